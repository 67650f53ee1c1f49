"""Weights of many heads as one map over the text."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ...trace import Array, Trace
from .rollout import rollout
from .which import attentions

if TYPE_CHECKING:
    from ...models import LoadedModel


def mean_weights(model: LoadedModel, trace: Trace, kind: str = "self", layer: int | None = None) -> Array:
    """(query, key): the mean weight over all heads of a layer; of None, over all heads of all layers.

    Raises:
        PlaygroundError: the trace has none of this kind.
    """
    layers = attentions(trace, kind)
    chosen = layers if layer is None else [layers[layer]]
    weights = np.concatenate([attention.weights for attention in chosen])
    return weights.mean(0, dtype=np.float64).astype(np.float32)


def rolled_out(model: LoadedModel, trace: Trace, kind: str, layer: int) -> Array:
    """``rollout`` of a trace, as the engine asks for it."""
    return rollout(trace, kind, layer)
