"""Queries, keys and values of families that compute attention in their own way, where plain projections give them.

Such a family hands over its weights only. If softmax(q·kᵀ·scale) of what its projections gave is these weights, and the
weights times the values are what its output projection reads, then these are its queries, keys and values (GPT-Neo).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ..models import LoadedModel
from ..trace import Array, Attention
from .forms import PROJECTIONS, close, linear_weights, numbers
from .parts import LayerParts, ModelParts, OwnAttention
from .watch import Call, watching


@torch.inference_mode()
def with_own_attention(model: LoadedModel, parts: ModelParts, inputs: dict[str, Any]) -> ModelParts:
    """The parts, with every layer's projections where all of them explain their weights; as they were otherwise."""
    if model.info.kind == "encoder-decoder" or not parts.stack.layers:
        return parts
    with watching(model.module) as calls:
        weights = getattr(model.module(**inputs, output_attentions=True), "attentions", None) or ()
    if len(weights) != len(parts.stack.layers):
        return parts
    found = [
        _own(layer, calls, given) if isinstance(given, Tensor) and given.ndim == 4 else None
        for layer, given in zip(parts.stack.layers, weights, strict=True)
    ]
    if any(own is None for own in found):
        return parts
    layers = tuple(replace(layer, own=own) for layer, own in zip(parts.stack.layers, found, strict=True))
    return replace(parts, stack=replace(parts.stack, layers=layers))


def _own(layer: LayerParts, calls: list[Call], weights: Tensor) -> OwnAttention | None:
    outer = next(call for call in calls if call.module is layer.layer)
    inside = [call for call in calls if outer.started < call.started and call.ended < outer.ended]
    leaves = [call for call in inside if call.left is not None and linear_weights(call.module) is not None]
    named = [[leaf for leaf in leaves if leaf.path.rpartition(".")[2] in words] for words in PROJECTIONS.values()]
    if any(len(same) != 1 for same in named):
        return None
    q, k, v = (same[0] for same in named)
    n_heads = weights.shape[1]
    if any(call.left.shape[-1] % n_heads for call in (q, k, v) if call.left is not None):
        return None
    given, queries, keys, values = numbers(weights[0]), _rows(q.left), _rows(k.left), _rows(v.left)
    for out in (leaf for leaf in leaves if leaf.started > v.ended):
        for power in (-0.5, 0.0):
            scaling = (queries.shape[-1] // n_heads) ** power
            own = OwnAttention(q.module, k.module, v.module, out.module, n_heads, scaling)
            attention = own_attention(own, given, queries, keys, values, _rows(out.entered))
            if attention is not None and _explains(attention):
                return own
    return None


def _rows(tensor: Tensor | None) -> Array:
    assert tensor is not None
    return numbers(tensor.reshape(-1, tensor.shape[-1]))


def own_attention(own: OwnAttention, weights: Array, q: Array, k: Array, v: Array, joined: Array) -> Attention | None:
    """The steps of one attention; None where the shapes do not go together.

    Args:
        own: how many heads, and the scale.
        weights: (n_heads, query, key), the family's own. What no head gives any weight to counts as forbidden.
        q: (seq, n_heads · head_dim), as projected; k and v likewise.
        joined: (seq, n_heads · head_dim), what the output projection reads.
    """
    seq, width = len(q), q.shape[1] // own.n_heads
    if weights.shape != (own.n_heads, seq, seq) or k.shape[1] % width or v.shape != k.shape or joined.shape != q.shape:
        return None
    queries, keys, values = (a.reshape(seq, -1, width).transpose(1, 0, 2) for a in (q, k, v))
    if own.n_heads % len(keys):
        return None
    allowed = np.asarray((weights > 0).any(0))
    return Attention(
        weights=weights,
        q=queries,
        k=keys,
        v=values,
        head_out=joined.reshape(seq, own.n_heads, -1).transpose(1, 0, 2),
        scaling=own.scaling,
        allowed=None if bool(allowed.all()) else allowed,
    )


def _explains(attention: Attention) -> bool:
    masked, values = attention.masked, attention.v
    assert masked is not None and values is not None and attention.head_out is not None
    exp = np.exp(masked - masked.max(-1, keepdims=True))
    return close(exp / exp.sum(-1, keepdims=True), attention.weights) and close(
        attention.weights @ attention.per_head(values), attention.head_out
    )
