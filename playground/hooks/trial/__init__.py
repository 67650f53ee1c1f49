"""How a family works that nobody described: found by watching one short pass, to be put before the laws.

``layers`` finds what is added to the stream, ``ends`` what enters the first layer and what leaves the last,
``equations`` is their arithmetic. Nothing here is believed until ``laws`` hold on the real weights.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, nn

from ...models import LoadedModel
from ..forms import is_norm
from ..parts import LayerParts, ModelParts, StackParts, token_table
from ..recorder import recording
from ..unembed import end_bias, soft_cap
from ..watch import Call, watching
from .ends import Bottom, bottom, top
from .equations import flat, same
from .layers import layer_parts


@torch.inference_mode()
def observe(model: LoadedModel, inputs: dict[str, Any]) -> ModelParts | None:
    """The parts of a model as one short pass shows them; None where they do not make a whole.

    Args:
        model: with its attention switched already.
        inputs: arguments of its forward pass. An encoder–decoder's two texts must differ in length: by its keys one
            tells cross-attention from self-attention.
    """
    with recording() as seen, watching(model.module) as calls:
        output = model.module(**inputs)
    sides = ("encoder", "decoder") if model.info.kind == "encoder-decoder" else ("",)
    towers = _towers(model.module, calls)[-len(sides) :]
    if len(towers) < len(sides):
        return None
    crossing = {
        caller: len(sides) == 2 and record.query.shape[-2] != record.key.shape[-2]
        for caller, record in seen.attentions.items()
    } or _by_name(model.module)
    stacks = [
        _stack(calls, tower, token_table(model, side), crossing) for tower, side in zip(towers, sides, strict=True)
    ]
    way_out = top(calls, towers[-1][-1], bare_logits(model, output.logits[0].float()))
    if way_out is None or any(stack is None for stack in stacks):
        return None
    stack = stacks[-1]
    assert stack is not None
    return ModelParts(
        stack=_with_norm(stack, way_out.final_norm),
        encoder=_with_norm(stacks[0], _norm_behind(calls, towers[0][-1])) if len(sides) == 2 and stacks[0] else None,
        head=way_out.head,
        out_scale=way_out.out_scale,
        logit_scale=way_out.logit_scale,
        described=True,
        by_trial=True,
    )


def _towers(root: nn.Module, calls: Sequence[Call]) -> list[list[Call]]:
    """Lists of layers through which one stream goes, each layer called once: in the order in which they ran.

    Where lists stand within lists, the one whose layers hold the most is meant.
    """
    by_module: dict[int, list[Call]] = {}
    for call in calls:
        by_module.setdefault(id(call.module), []).append(call)
    found: list[list[Call]] = []
    for module in root.modules():
        if not isinstance(module, nn.ModuleList) or not len(module):
            continue
        chain = [by_module.get(id(layer), []) for layer in module]
        if any(len(made) != 1 for made in chain):
            continue
        chained = [made[0] for made in chain]
        if _is_stream(chained) and not any(_within(chained[0], outer) for outer in found):
            found.append(chained)
    return sorted(found, key=lambda tower: tower[0].started)


def _is_stream(chain: Sequence[Call]) -> bool:
    tensors = [t for call in chain for t in (call.entered, call.left)]
    if any(t is None or t.ndim != 3 or not t.is_floating_point() for t in tensors):
        return False
    if len({t.shape for t in tensors if t is not None}) != 1:
        return False
    return all(
        torch.equal(below.left, above.entered)  # type: ignore[arg-type]
        for below, above in pairwise(chain)
    )


def _within(call: Call, tower: Sequence[Call]) -> bool:
    return any(layer.started < call.started and call.ended < layer.ended for layer in tower)


def _stack(
    calls: Sequence[Call], tower: Sequence[Call], table: nn.Module | None, crossing: dict[int, bool]
) -> StackParts | None:
    layers: list[LayerParts] = []
    abreast: set[bool] = set()
    for layer in tower:
        inside = [c for c in calls if c.started > layer.started and 0 <= c.ended < layer.ended]
        found = layer_parts(inside, layer, crossing)
        if found is None:
            return None
        layers.append(found[0])
        if found[0].attn is not None and found[0].mlp is not None:
            abreast.add(found[1])
    post_norm = {any((part.attn_norm, part.cross_norm, part.mlp_norm)) for part in layers}
    if len(post_norm) > 1 or len(abreast) > 1:
        return None
    assert tower[0].entered is not None
    low = bottom(calls, table, tower[0].entered[0].float(), tower[0].started)
    return _tower(layers, table, low, post_norm == {True}, abreast == {True})


def _tower(
    layers: Sequence[LayerParts], table: nn.Module | None, low: Bottom, post_norm: bool, parallel: bool
) -> StackParts:
    return StackParts(
        layers=tuple(layers),
        embed=table,
        positions=low.positions,
        token_types=low.token_types,
        embed_norm=low.norm,
        embed_scale=low.scale,
        final_norm=None,
        post_norm=post_norm,
        parallel=parallel,
        embed_described=low.found,
    )


def _with_norm(stack: StackParts, norm: nn.Module | None) -> StackParts:
    return replace(stack, final_norm=norm)


def _norm_behind(calls: Sequence[Call], last: Call) -> nn.Module | None:
    """The norm that reads what the last layer gave."""
    assert last.left is not None
    stream = last.left[0].float()
    for call in calls:
        if call.started > last.ended and is_norm(call.module, stream.shape[-1]):
            entered = flat(call.entered, stream)
            if entered is not None and same(entered, stream):
                return call.module
    return None


def _by_name(root: nn.Module) -> dict[int, bool]:
    """Attention modules by the names that families give them, where they do not call our function."""
    cross = ("cross", "encoder_attn", "encdec", "encoder_attention")
    return {
        id(module): any(word in path.lower() for word in cross)
        for path, module in root.named_modules()
        if "attention" in type(module).__name__.lower()
    }


def bare_logits(model: LoadedModel, logits: Tensor) -> Tensor:
    """The logits before the soft cap and without the bias that some families add at the very end."""
    cap, bias = soft_cap(model.module.config), end_bias(model.module)
    if cap is not None:
        logits = torch.atanh((logits / cap).clamp(-1 + 1e-7, 1 - 1e-7)) * cap
    return logits if bias is None else logits - bias
