"""Positions as a number that is added to the scores by distance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...models import LoadedModel
from ...trace import Array, Trace

FAR = 128
"""Distances on either side that a bias is worked out for."""


@dataclass(frozen=True, eq=False)
class BiasByDistance:
    """What is added to the scores of each head by how far the key stands from the query (T5, Raffel et al. 2020)."""

    distances: np.ndarray
    """(n,) int: key's position − query's: negative is to the left."""
    values: Array
    """(n_heads, n)."""
    spread: float
    """Largest difference between two pairs at the same distance in this run: 0 where only the distance counts."""
    worked_out: bool
    """By the family's own function, for distances up to ``FAR``; else only those of this text are known."""


def bias_by_distance(model: LoadedModel, trace: Trace, encoder: bool, layer: int) -> BiasByDistance | None:
    """The bias of one layer's self-attention; None where it has none.

    Longer distances than the text's are worked out by the family's own ``compute_bias``, if what that gives is what
    this run had.
    """
    stack = trace.encoder if encoder and trace.encoder is not None else trace
    attention = stack.layers[layer].attention if stack.layers else None
    if attention is None or attention.bias is None:
        return None
    bias = attention.bias
    longer = _longer_bias(model, bias, encoder)
    distances = np.arange(-(bias.shape[1] - 1), bias.shape[2])
    diagonals = [np.diagonal(bias, int(d), 1, 2) for d in distances]
    spread = max(float(np.ptp(one, axis=-1).max()) for one in diagonals)
    if longer is not None:
        distances = np.arange(-FAR, FAR + 1)
        diagonals = [np.diagonal(longer, int(d), 1, 2) for d in distances]
    if trace.encoder is None or not encoder:  # a decoder never looks to the right
        n = int((distances <= 0).sum())
        distances, diagonals = distances[:n], diagonals[:n]
    return BiasByDistance(
        distances, np.stack([one.mean(-1) for one in diagonals], axis=1).astype(np.float32), spread, longer is not None
    )


def _longer_bias(model: LoadedModel, bias: Array, encoder: bool) -> Array | None:
    import torch

    for name, module in model.module.named_modules():
        compute = getattr(module, "compute_bias", None)
        if compute is None or not getattr(module, "has_relative_attention_bias", False):
            continue
        if name.startswith("decoder") == encoder:
            continue
        with torch.inference_mode():
            found: Array = compute(FAR + 1, FAR + 1)[0].float().cpu().numpy()
        n = min(bias.shape[1], bias.shape[2], FAR + 1)
        if found.shape[0] == bias.shape[0] and np.abs(found[:, :n, :n] - bias[:, :n, :n]).max() < 1e-3:
            return found
    return None
