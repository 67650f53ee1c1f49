"""What attention moves, and not only where it looks: weights times the length of what is fetched there.

A head adds to a place, for every token that it looks at, the vector ``α · f(x)``, where ``f(x) = v · W_O`` is the
token's value behind the head's slice of the output projection. A large weight on a token with a tiny value moves
nothing; the length ``‖α · f(x)‖`` says how much it does (Kobayashi et al. 2020, "Attention is Not Only a Weight").
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ...errors import PlaygroundError
from ...trace import Array, Trace
from .which import attentions

if TYPE_CHECKING:
    from ...models import LoadedModel


@dataclass(frozen=True, eq=False)
class MovedNorms:
    """Lengths of the vectors that one layer's attention adds, for each token that they come from."""

    heads: Array
    """(n_heads, query, key): ‖α · f(x)‖ of each head."""
    layer: Array
    """(query, key): ‖Σ α · f(x)‖ over the heads, which may cancel each other."""
    projected: bool
    """False where the family's output projection is not known: then f(x) is the bare value v."""


def moved_norms(model: LoadedModel, trace: Trace, kind: str = "self", layer: int = 0) -> MovedNorms:
    """The norms of the weighted, transformed values of one layer.

    Args:
        model: that the trace was captured from.
        trace: any.
        kind: "self", "cross" or "encoder".
        layer: of that tower.

    Raises:
        PlaygroundError: the trace has none of this kind, or the family does not hand over its values.
    """
    attention = attentions(trace, kind)[layer]
    if attention.v is None:
        raise PlaygroundError(
            "This family does not hand over its values, so what attention moves cannot be measured. The weights "
            "themselves can: choose one of the other measures."
        )
    values = attention.per_head(attention.v)
    carried = _carried(model, kind, layer, values)
    projected = carried is not None
    if carried is None:
        # Heads side by side, as they enter the projection: lengths of different heads add up at right angles.
        n_heads, n_keys, width = values.shape
        carried = np.zeros((n_heads, n_keys, n_heads * width), np.float32)
        for head in range(n_heads):
            carried[head, :, head * width : (head + 1) * width] = values[head]
    lengths = np.linalg.norm(carried, axis=-1)
    return MovedNorms(attention.weights * lengths[:, None, :], _of_sum(attention.weights, carried), projected)


def _of_sum(weights: Array, carried: np.ndarray) -> Array:
    """(query, key): ‖Σ_h α_h f_h‖ from the products of the heads' vectors with each other, key by key."""
    squares = np.zeros(weights.shape[1:], np.float64)
    for key in range(weights.shape[-1]):
        vectors = carried[:, key].astype(np.float64)
        alphas = weights[:, :, key].astype(np.float64)
        squares[:, key] = ((vectors @ vectors.T @ alphas) * alphas).sum(0)
    return np.sqrt(np.maximum(squares, 0)).astype(np.float32)


def _carried(model: LoadedModel, kind: str, layer: int, values: Array) -> np.ndarray | None:
    """(n_heads, key, d_model): every head's values behind its slice of the output projection, the bias left out."""
    from torch import nn

    from ...hooks import carry, wiring
    from ...hooks.forms import linear_weights

    ways = wiring(model)
    steps = {"self": ways.attn, "cross": ways.cross, "encoder": ways.encoder}[kind][layer]
    # Up to and with the matrix: a norm behind it (Gemma 2, OLMo 2) mixes the heads' parts.
    matrix = next((n for n, step in enumerate(steps or ()) if not isinstance(step, float)), None)
    if steps is None or matrix is None:
        return None
    projection = steps[matrix]
    if not isinstance(projection, nn.Module) or linear_weights(projection) is None:
        return None
    n_heads, n_keys, width = values.shape
    found = []
    for head in range(n_heads):
        apart = np.zeros((n_keys + 1, n_heads * width))
        apart[:n_keys, head * width : (head + 1) * width] = values[head]
        found.append(carry(steps[: matrix + 1], apart)[:n_keys])
    return np.stack(found).astype(np.float32)
