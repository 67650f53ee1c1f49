"""Attention rollout: how much of each token has come to each place through all layers up to one.

In every layer half of a vector is its own (the residual stream) and half is what attention brings, averaged over the
heads: ``Ã = ½·I + ½·mean over heads of A``, rows summing to 1, and the layers multiply: ``Ã_l · … · Ã_0`` (Abnar and
Zuidema 2020, "Quantifying Attention Flow in Transformers", section 3). It follows weights alone: what the values, the
feed-forward and the norms do is left out.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ...errors import PlaygroundError
from ...trace import Array, Attention, Trace
from .which import attentions


def rollout(trace: Trace, kind: str = "self", layer: int = -1) -> Array:
    """(query, key) float32: the share of each place's vector after a layer that began at each token.

    Rows sum to 1. Of kind "cross" the columns are the source's tokens, the encoder's own rollout is in it, and a row
    sums to the share that comes from the source; the rest began in the target itself. That is the same rule with the
    decoder's two additions to the stream, one after the other.

    Args:
        trace: any.
        kind: "self", "cross" or "encoder". "self" of an encoder–decoder keeps to the target's own attention.
        layer: up to and with this one.

    Raises:
        PlaygroundError: the trace has none of this kind.
    """
    layers = attentions(trace, kind)
    top = range(len(layers))[layer] + 1
    if kind != "cross":
        return _through(layers[:top]).astype(np.float32)
    source = _through(attentions(trace, "encoder"))
    own = attentions(trace, "self")
    if len(own) != len(layers):
        raise PlaygroundError("Not every layer looks at both texts here, so there is no rollout across them.")
    n, m = layers[0].weights.shape[1:]
    target, across = np.eye(n), np.zeros((n, m))
    for self_attention, cross_attention in zip(own[:top], layers[:top], strict=True):
        mixed = _mixed(self_attention)
        target, across = mixed @ target, mixed @ across
        target, across = 0.5 * target, 0.5 * across + 0.5 * _mean(cross_attention) @ source
    return across.astype(np.float32)


def _through(layers: Sequence[Attention]) -> np.ndarray:
    flow = np.eye(layers[0].weights.shape[-1])
    for attention in layers:
        flow = _mixed(attention) @ flow
    return flow


def _mean(attention: Attention) -> np.ndarray:
    """(query, key): the mean over heads; rows sum to 1, also where the model has a sink of its own."""
    mean = attention.weights.astype(np.float64).mean(0)
    return mean / mean.sum(-1, keepdims=True)


def _mixed(attention: Attention) -> np.ndarray:
    mean = _mean(attention)
    return 0.5 * np.eye(len(mean)) + 0.5 * mean
