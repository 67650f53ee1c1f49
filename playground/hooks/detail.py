"""The steps inside single layers, out of the calls of their modules: which step is which is told by its numbers."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any, TypeVar

import numpy as np
from torch import nn

from ..models import LoadedModel
from ..trace import Array, Attention, Layer, Stack, frozen
from ..trace.detail import LayerDetail, Linear, Mlp, Norm, Projections
from .forms import PROJECTIONS, close, is_activation, linear_weights, norm_form, numbers
from .parts import OwnAttention, StackParts
from .prepare import prepare
from .rotation import meeting
from .watch import Call

AnyStack = TypeVar("AnyStack", bound=Stack)


def with_detail(
    model: LoadedModel, parts: StackParts, stack: AnyStack, calls: Sequence[Call], wanted: Collection[int]
) -> AnyStack:
    """A tower whose wanted layers carry their steps, with its first and last norm."""
    if not stack.layers:
        return stack
    layers = []
    for n, (layer, part) in enumerate(zip(stack.layers, parts.layers, strict=True)):
        if n in wanted:
            own = next(call for call in calls if call.module is part.layer)
            inside = [call for call in calls if own.started < call.started and call.ended < own.ended]
            cross = {*part.attention_callers["cross"]} if part.cross is not None else set()
            called = {id(call.module) for call in inside} & prepare(model).callers
            layer = replace(layer, detail=layer_detail(layer, inside, {c: c in cross for c in called}, part.own))
        layers.append(layer)
    bottom = [part for part in (stack.embeddings, stack.positions, stack.token_types) if part is not None]
    entered = stack.layers[0].resid_pre
    first = last = None
    if parts.embed_norm is not None and bottom and all(part.shape[-1] == entered.shape[-1] for part in bottom):
        first = _norm(model, parts.embed_norm, np.sum(np.broadcast_arrays(*bottom), axis=0), entered)
    if parts.final_norm is not None and stack.final is not None:
        last = _norm(model, parts.final_norm, stack.layers[-1].resid_post, stack.final)
    return replace(stack, layers=tuple(layers), embed_norm=first, final_norm=last)


def _norm(model: LoadedModel, module: nn.Module, entered: Array, left: Array) -> Norm | None:
    form = norm_form(module, entered, left)
    path = next(path for path, part in model.module.named_modules() if part is module)
    return None if form is None else Norm(path, form.kind, entered, left, form.scale, form.shift, form.epsilon)


def weights_of(model: LoadedModel, linear: Linear) -> tuple[Array, Array | None]:
    """(d_in, d_out) and (d_out,): ``linear.entered @ weight + bias == linear.left``. Views of the model's own numbers,
    read-only, but for columns that do not lie side by side."""
    found = linear_weights(model.module.get_submodule(linear.path))
    assert found is not None
    weight, bias = found
    if linear.columns is not None:
        first, count = linear.columns[0], len(linear.columns)
        beside = linear.columns == tuple(range(first, first + count))
        chosen: Any = slice(first, first + count) if beside else list(linear.columns)
        weight, bias = weight[:, chosen], None if bias is None else bias[chosen]
    return frozen(weight), None if bias is None else frozen(bias)


def layer_detail(
    layer: Layer, calls: Sequence[Call], crossing: dict[int, bool], own: OwnAttention | None = None
) -> LayerDetail:
    """The steps of one layer.

    Args:
        layer: as captured.
        calls: of every module inside it, in order.
        crossing: id of each module that called the attention function → whether it is a cross-attention.
        own: the projections of an attention that does not call it.
    """
    leaves = [call for call in calls if not any(True for _ in call.module.children()) and call.left is not None]
    attention = (
        _projections(calls, leaves, layer.attention, [c for c, cross in crossing.items() if not cross])
        if own is None
        else _own_projections(leaves, own, layer.attention)
    )
    cross = _projections(calls, leaves, layer.cross_attention, [c for c, cross in crossing.items() if cross])
    inside = {id(leaf) for call in calls if id(call.module) in crossing for leaf in _below(call, leaves)}
    outside = [leaf for leaf in leaves if id(leaf) not in inside]
    mlp, why = _mlp(outside, layer)
    notes = [why] if why else []
    if layer.attention is not None and (attention is None or None in (attention.q, attention.k, attention.v)):
        notes.append("The matrices that make queries, keys and values are not known one by one in this family.")
    elif attention is not None and not attention.explained:
        notes.append("How queries and keys come from their projections is not known step by step in this family.")
    return LayerDetail(
        norms=tuple(norm for leaf in outside if (norm := norm_step(leaf, layer.resid_pre)) is not None),
        attention=attention,
        cross_attention=cross,
        mlp=mlp,
        notes=tuple(notes),
    )


def _below(outer: Call, leaves: Sequence[Call]) -> list[Call]:
    return [leaf for leaf in leaves if outer.started <= leaf.started and leaf.ended <= outer.ended]


def rows(tensor: Any) -> Array:
    """A tensor of one text as (seq, width)."""
    return numbers(tensor.reshape(-1, tensor.shape[-1]))


def norm_step(call: Call, like: Array) -> Norm | None:
    """A call as a norm of the stream, where it is one."""
    if call.entered is None or call.left is None or call.entered.shape[-1] != like.shape[-1]:
        return None
    entered, left = rows(call.entered), rows(call.left)
    if entered.shape != like.shape or left.shape != like.shape:
        return None
    form = norm_form(call.module, entered, left)
    if form is None:
        return None
    return Norm(call.path, form.kind, entered, left, form.scale, form.shift, form.epsilon)


def _linear(call: Call, columns: Sequence[int] | None = None) -> Linear:
    left = rows(call.left)
    chosen = None if columns is None else tuple(int(c) for c in columns)
    return Linear(call.path, rows(call.entered), left if chosen is None else left[:, list(chosen)], chosen)


def _is_linear(call: Call) -> bool:
    return isinstance(call.module, nn.Module) and linear_weights(call.module) is not None


# Attention


def _projections(
    calls: Sequence[Call], leaves: Sequence[Call], attention: Attention | None, callers: Sequence[int]
) -> Projections | None:
    """q, k, v by their names or as columns of one matrix; the projection behind the heads by what it is given."""
    caller = next((call for call in calls if id(call.module) in callers), None)
    if caller is None or attention is None or attention.v is None or attention.head_out is None:
        return None
    products = [leaf for leaf in _below(caller, leaves) if _is_linear(leaf)]
    joined = attention.head_out.transpose(1, 0, 2).reshape(attention.head_out.shape[1], -1)
    behind = [leaf for leaf in leaves if leaf.started > caller.started and _is_linear(leaf)]
    out = next((leaf for leaf in behind if close(rows(leaf.entered), joined)), None)
    named = {
        name: next((leaf for leaf in products if leaf.path.rpartition(".")[2] in words), None)
        for name, words in PROJECTIONS.items()
    }
    if all(leaf is not None for leaf in named.values()):
        found: dict[str, Linear | None] = {n: _linear(leaf) for n, leaf in named.items() if leaf is not None}
    else:
        found = _fused(products, attention)
    steps = Projections(found.get("q"), found.get("k"), found.get("v"), _linear(out) if out is not None else None)
    return meeting(steps, attention, _below(caller, leaves))


def _own_projections(leaves: Sequence[Call], own: OwnAttention, attention: Attention | None) -> Projections | None:
    by_module = {leaf.module: leaf for leaf in leaves}
    if attention is None or attention.q is None:
        return None
    q, k, v, out = (_linear(by_module[module]) for module in (own.q, own.k, own.v, own.out))
    return Projections(q, k, v, out, explained=True)


def _fused(products: Sequence[Call], attention: Attention) -> dict[str, Linear | None]:
    """One matrix for q, k and v: side by side (GPT-2, Phi-3), or head by head (GPT-NeoX). The values tell which."""
    assert attention.v is not None
    n_kv, seq, width = attention.v.shape
    n_heads = attention.n_heads
    values = attention.v.transpose(1, 0, 2).reshape(seq, -1)
    beside = np.split(np.arange((n_heads + 2 * n_kv) * width), [n_heads * width, (n_heads + n_kv) * width])
    layouts = [[part.tolist() for part in beside]]
    if n_heads == n_kv:
        by_head = np.arange(3 * n_heads * width).reshape(n_heads, 3, width)
        layouts.append(by_head.transpose(1, 0, 2).reshape(3, -1).tolist())
    for leaf in products:
        left = rows(leaf.left)
        for columns in layouts:
            if left.shape == (seq, sum(map(len, columns))) and close(left[:, columns[2]], values):
                return {name: _linear(leaf, part) for name, part in zip("qkv", columns, strict=True)}
    return {}


# Feed-forward


def _mlp(leaves: Sequence[Call], layer: Layer) -> tuple[Mlp | None, str | None]:
    """The feed-forward around the one activation outside the attention, or a sentence why there is none to show."""
    bent = [leaf for leaf in leaves if is_activation(leaf.module, leaf.entered, leaf.left)]
    if layer.mlp_out is None:
        return None, None
    if len(bent) != 1 or rows(bent[0].left).shape[0] != len(layer.resid_pre):
        return None, "The feed-forward of this layer is not one activation between two matrices: it shows as a whole."
    act = bent[0]
    pre, post = rows(act.entered), rows(act.left)
    before = [leaf for leaf in leaves if leaf.ended < act.started and _is_linear(leaf)]
    around = [leaf for leaf in leaves if leaf is not act and _is_linear(leaf)]
    first = _giving(before, pre)
    for down in (leaf for leaf in leaves if leaf.started > act.ended and _is_linear(leaf)):
        hidden = rows(down.entered)
        if first is not None and close(hidden, post):
            return Mlp(first, None, _linear(down), type(act.module).__name__, pre, post), None
        if first is None or hidden.shape != post.shape:
            continue
        for other in (part for leaf in around if leaf.ended < down.started for part in _parts(leaf, pre.shape[1])):
            if close(post * other.left, hidden):
                return Mlp(first, other, _linear(down), type(act.module).__name__, pre, post), None
    return None, "How the feed-forward of this layer puts its parts together is not known: it shows as a whole."


def _giving(leaves: Sequence[Call], wanted: Array) -> Linear | None:
    """The product, or the part of one, that gave these numbers."""
    return next((part for leaf in leaves for part in _parts(leaf, wanted.shape[1]) if close(part.left, wanted)), None)


def _parts(leaf: Call, width: int) -> list[Linear]:
    """A product's columns in groups of a width: gate and up may share one matrix (Phi-3)."""
    total = leaf.left.shape[-1] if leaf.left is not None else 0
    if total == width:
        return [_linear(leaf)]
    if total != 2 * width:
        return []
    return [_linear(leaf, range(width)), _linear(leaf, range(width, 2 * width))]
