"""The laws that a captured pass must obey, as numbers: each the largest |difference| from what must hold."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from ..trace import Array, Attention, Layer, Stack, Trace
from .parts import LayerParts, ModelParts, StackParts
from .unembed import unembed

TOLERANCE = 1e-3
"""Largest relative difference for which a law holds; rounding in float32 stays a hundred times below it."""


@dataclass(frozen=True)
class Laws:
    """Largest |difference| for each law; None where the family does not hand over what the law needs."""

    residual: float | None
    """resid_pre + attn_out (+ cross_out) + mlp_out against resid_post; post-norm: norm(x + sublayer(x))."""
    rows: float | None
    """Sums of attention rows against 1."""
    softmax: float | None
    """softmax(q·k·scaling + bias + mask) against the weights."""
    forbidden: float | None
    """Weight on what the mask forbids, against 0."""
    head_out: float | None
    """weights · v against the heads' outputs."""
    embedding: float | None
    """norm(embeddings + positions + token types) against what enters the first layer."""
    unembed: float | None
    """unembed(final_norm(resid_post[-1])) against the logits."""


@dataclass(frozen=True)
class _Pair:
    """Something recomputed, and the model's own."""

    ours: Array
    theirs: Array
    before: Array | None = None
    """The stream before the step: then a difference counts against what the step added, which may be far smaller."""

    def largest(self) -> float:
        """Largest |difference|."""
        apart = self.ours - self.theirs
        return float(max(apart.max(), -apart.min()))

    def relative(self) -> float:
        """Largest |difference| of a row, relative to the row: a token with a huge vector hides no other."""
        whole = np.linalg.norm(self.theirs, axis=-1)
        size = whole
        if self.before is not None:
            size = np.linalg.norm(self.theirs - self.before, axis=-1) + 1e-3 * whole  # float32 forgets the rest
        return float((np.linalg.norm(self.ours - self.theirs, axis=-1) / np.maximum(size, 1e-30)).max())


def measure(module: nn.Module, parts: ModelParts, trace: Trace, how: Callable[[_Pair], float] = _Pair.largest) -> Laws:
    """Recomputes every step of a trace from its inputs by the given parts."""
    towers: list[tuple[StackParts, Stack]] = [(parts.stack, trace)]
    if parts.encoder is not None and trace.encoder is not None:
        towers.append((parts.encoder, trace.encoder))
    attentions = [
        a for _, stack in towers for la in stack.layers for a in (la.attention, la.cross_attention) if a is not None
    ]

    def worst(pairs: Iterable[_Pair | None]) -> float | None:
        return _worst(None if pair is None else how(pair) for pair in pairs)

    return Laws(
        residual=worst(_residual(tower, p, layer) for tower, s in towers for p, layer in _pairs(tower, s)),
        rows=_worst(float(np.abs(a.weights.sum(-1) - 1).max()) for a in attentions if a.sinks is None),
        softmax=_worst(_softmax(a) for a in attentions),
        forbidden=_worst(_forbidden(a) for a in attentions),
        head_out=worst(_head_out(a) for a in attentions),
        embedding=worst(_embedding(tower, stack) for tower, stack in towers) if parts.described else None,
        unembed=worst([_unembed(module, parts, trace)]) if parts.head and trace.layers else None,
    )


def tolerance(module: nn.Module) -> float:
    """The largest relative difference that a model's own precision explains: half precision keeps three digits."""
    return TOLERANCE if next(module.parameters()).dtype in (torch.float32, torch.float64) else 40 * TOLERANCE


def broken(module: nn.Module, parts: ModelParts, trace: Trace) -> tuple[str, ...]:
    """Names of the laws that do not hold on a trace, or cannot be put to it though the parts claim to be described."""
    found = vars(measure(module, parts, trace, _Pair.relative))
    room = tolerance(module)
    wrong = [name for name, value in found.items() if value is not None and not value <= room]
    if parts.described:
        wrong += [name for name in ("residual", "unembed") if found[name] is None]
    return tuple(wrong)


def _worst(values: Iterable[float | None]) -> float | None:
    known = [v for v in values if v is not None]
    return max(known) if known else None


def _pairs(parts: StackParts, stack: Stack) -> list[tuple[LayerParts, Layer]]:
    return list(zip(parts.layers, stack.layers, strict=True)) if stack.layers else []


@torch.inference_mode()
def _normed(norm: nn.Module | None, array: Array) -> Array:
    if norm is None:
        return array
    tensor = torch.from_numpy(np.array(array))
    parameter = next(norm.parameters(), tensor)  # a norm may have none
    return norm(tensor.to(parameter.device, parameter.dtype)).float().cpu().numpy()


def _residual(tower: StackParts, parts: LayerParts, layer: Layer) -> _Pair | None:
    if layer.attn_out is None and layer.mlp_out is None:
        return None
    stream = layer.resid_pre
    steps = ((layer.attn_out, parts.attn_norm), (layer.cross_out, parts.cross_norm), (layer.mlp_out, parts.mlp_norm))
    for added, norm in steps:
        if added is not None:
            stream = stream + added.reshape(stream.shape)
            stream = _normed(norm, stream) if tower.post_norm else stream
    return _Pair(stream, layer.resid_post, layer.resid_pre)


def _softmax(attention: Attention) -> float | None:
    masked = attention.masked
    if masked is None:
        return None
    top = masked.max(-1, keepdims=True)
    exp = np.exp(masked - top)
    total = exp.sum(-1, keepdims=True)
    if attention.sinks is not None:
        total = total + np.exp(attention.sinks[:, None, None] - top)
    return float(np.abs(exp / total - attention.weights).max())


def _forbidden(attention: Attention) -> float | None:
    if attention.allowed is None or attention.allowed.all():
        return None
    return float(np.abs(attention.weights[:, ~attention.allowed]).max())


def _head_out(attention: Attention) -> _Pair | None:
    if attention.v is None or attention.head_out is None:
        return None
    return _Pair(attention.weights @ attention.per_head(attention.v), attention.head_out)


def _embedding(tower: StackParts, stack: Stack) -> _Pair | None:
    if stack.embeddings is None or not stack.layers or not tower.embed_described:
        return None
    total = stack.embeddings
    entered = stack.layers[0].resid_pre
    if total.shape != entered.shape:  # a projection stands between them (OPT-350m, small ELECTRA)
        return None
    for part in (stack.positions, stack.token_types):
        total = total if part is None else total + part
    return _Pair(_normed(tower.embed_norm, total), entered)


@torch.inference_mode()
def _unembed(module: nn.Module, parts: ModelParts, trace: Trace) -> _Pair:
    parameter = next(module.parameters())
    last = torch.from_numpy(np.array(trace.layers[-1].resid_post)).to(parameter.device, parameter.dtype)
    return _Pair(unembed(module, parts, last).float().cpu().numpy(), trace.logits)
