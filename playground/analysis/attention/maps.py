"""All heads at a glance: what a page of attention maps shows, computed once for a trace."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ...trace import Attention, Token, Trace
from .patterns import Pattern, patterns
from .resting import opening_head, resting_columns, without
from .which import attentions, sides

SIDE = 48
"""Largest side of a thumbnail, in cells."""


@dataclass(frozen=True, eq=False)
class AttentionMaps:
    """The attentions of one kind with everything that is drawn of all heads; rows look at columns."""

    kind: str
    """"self", "cross" or "encoder"."""
    layers: tuple[Attention, ...]
    """From the bottom up."""
    rows: tuple[Token, ...]
    columns: tuple[Token, ...]
    thumbs: np.ndarray
    """(n_layers, n_heads, rows, columns) uint8: see ``thumbnails``."""
    shrunk: bool
    """True when the thumbnails have fewer cells than the weights."""
    patterns: tuple[tuple[tuple[Pattern, ...], ...], ...]
    """[layer][head]: the patterns it follows, the strongest first; empty for cross-attention."""
    causal: bool
    """True when no row looks at what comes after it, in any head."""
    suggested: tuple[int, int]
    """(layer, head) that is worth looking at first, see ``opening_head``."""
    resting: tuple[int, ...] = ()
    """Columns of special tokens, and of the first token where a text looks at itself."""


def attention_maps(trace: Trace, kind: str = "self", side: int = SIDE) -> AttentionMaps:
    """Gathers the attentions of one kind for a page of maps.

    Args:
        trace: the forward pass.
        kind: "self", "cross" or "encoder".
        side: largest side of a thumbnail.

    Raises:
        PlaygroundError: the trace has none of this kind.
    """
    layers = attentions(trace, kind)
    rows, columns = sides(trace, kind)
    found = tuple(tuple(tuple(head) for head in patterns(attention, rows)) for attention in layers)
    return AttentionMaps(
        kind=kind,
        layers=tuple(layers),
        rows=rows,
        columns=columns,
        thumbs=thumbnails(layers, side),
        shrunk=max(len(rows), len(columns)) > side,
        patterns=found,
        causal=is_causal(layers),
        suggested=opening_head(layers, columns, kind),
        resting=resting_columns(columns, kind),
    )


def thumbnails_without(model: object, trace: Trace, kind: str, side: int = SIDE) -> np.ndarray:
    """The thumbnails with the resting columns left out and each row divided by what is left of it; the model is not
    needed.

    Raises:
        PlaygroundError: the trace has none of this kind.
    """
    layers = attentions(trace, kind)
    resting = resting_columns(sides(trace, kind)[1], kind)
    return np.stack([_bytes(_shrunk(without(a.weights, resting), side)) for a in layers])


def is_causal(layers: Sequence[Attention]) -> bool:
    """Whether no row looks at what comes after it, in any head."""
    n, m = layers[0].weights.shape[1:]
    later = np.triu(np.ones((n, m), dtype=bool), k=1)
    return n == m and n > 1 and not any(attention.weights[:, later].any() for attention in layers)


def thumbnails(layers: Sequence[Attention], side: int = SIDE) -> np.ndarray:
    """uint8 (layer, head, q, k) for small pictures: weights of 0…1 as 0…255.

    Where a text is longer than ``side``, a cell stands for a block of weights: the largest over its columns, averaged
    over its rows. A diagonal or a stripe keeps its full tint so, which a plain mean would wash out; a single large
    weight in a block of n rows counts 1/n.
    """
    return np.stack([_bytes(_shrunk(a.weights, side)) for a in layers])


def _shrunk(weights: np.ndarray, side: int) -> np.ndarray:
    n_rows, n_columns = weights.shape[1:]
    if n_columns > side:
        weights = np.maximum.reduceat(weights, _starts(n_columns, side), axis=2)
    if n_rows > side:
        starts = _starts(n_rows, side)
        counts = np.diff(np.append(starts, n_rows))
        weights = np.add.reduceat(weights, starts, axis=1) / counts[:, None]
    return weights


def _starts(length: int, side: int) -> np.ndarray:
    """Where the blocks begin; they differ by one in length at most."""
    return np.linspace(0, length, side, endpoint=False).astype(int)


def _bytes(weights: np.ndarray) -> np.ndarray:
    return np.round(np.clip(weights, 0, 1) * 255).astype(np.uint8)
