"""The laws that a captured pass must obey, as numbers: each the largest |difference| from what must hold."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from ..models import LoadedModel
from ..trace import Array, Attention, Layer, Stack, Trace
from .parts import LayerParts, StackParts
from .prepare import prepare
from .readout import read_out


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


def check_laws(model: LoadedModel, trace: Trace) -> Laws:
    """Recomputes every step of a trace from its inputs."""
    parts = prepare(model).parts
    towers: list[tuple[StackParts, Stack]] = [(parts.stack, trace)]
    if parts.encoder is not None and trace.encoder is not None:
        towers.append((parts.encoder, trace.encoder))
    attentions = [
        a for _, stack in towers for la in stack.layers for a in (la.attention, la.cross_attention) if a is not None
    ]
    return Laws(
        residual=_worst(_residual(tower, p, layer) for tower, s in towers for p, layer in _pairs(tower, s)),
        rows=_worst(float(np.abs(a.weights.sum(-1) - 1).max()) for a in attentions if a.sinks is None),
        softmax=_worst(_softmax(a) for a in attentions),
        forbidden=_worst(_forbidden(a) for a in attentions),
        head_out=_worst(_head_out(a) for a in attentions),
        embedding=_worst(_embedding(tower, stack) for tower, stack in towers) if parts.described else None,
        unembed=_unembed(model, trace) if parts.head and trace.layers else None,
    )


def _worst(values: Iterable[float | None]) -> float | None:
    known = [v for v in values if v is not None]
    return max(known) if known else None


def _pairs(parts: StackParts, stack: Stack) -> list[tuple[LayerParts, Layer]]:
    return list(zip(parts.layers, stack.layers, strict=True)) if stack.layers else []


@torch.inference_mode()
def _normed(norm: nn.Module | None, array: Array) -> Array:
    if norm is None:
        return array
    parameter = next(norm.parameters())
    return norm(torch.from_numpy(np.array(array)).to(parameter.device, parameter.dtype)).float().cpu().numpy()


def _residual(tower: StackParts, parts: LayerParts, layer: Layer) -> float | None:
    if layer.attn_out is None or layer.mlp_out is None:
        return None
    stream = layer.resid_pre
    steps = ((layer.attn_out, parts.attn_norm), (layer.cross_out, parts.cross_norm), (layer.mlp_out, parts.mlp_norm))
    for added, norm in steps:
        if added is not None:
            stream = stream + added.reshape(stream.shape)
            stream = _normed(norm, stream) if tower.post_norm else stream
    return float(np.abs(stream - layer.resid_post).max())


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


def _head_out(attention: Attention) -> float | None:
    if attention.v is None or attention.head_out is None:
        return None
    return float(np.abs(attention.weights @ attention.per_head(attention.v) - attention.head_out).max())


def _embedding(tower: StackParts, stack: Stack) -> float | None:
    if stack.embeddings is None or not stack.layers:
        return None
    total = stack.embeddings
    entered = stack.layers[0].resid_pre
    if total.shape != entered.shape:  # a projection stands between them (OPT-350m, small ELECTRA)
        return None
    for part in (stack.positions, stack.token_types):
        total = total if part is None else total + part
    return float(np.abs(_normed(tower.embed_norm, total) - entered).max())


def _unembed(model: LoadedModel, trace: Trace) -> float:
    return float(np.abs(read_out(model, trace.layers[-1].resid_post) - trace.logits).max())
