"""Where heads rest: the first token and special tokens, which take what a head has no use for (attention sinks)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ...trace import Array, Attention, Token
from .roles import separators

LONGEST = 256
"""Tokens of a text that ``opening_head`` looks at, the last ones."""
NOTHING_LEFT = 1e-6
"""A row that gives less than this to all other tokens has nothing left to be divided by."""


def resting_columns(columns: Sequence[Token], kind: str) -> tuple[int, ...]:
    """Positions of special tokens, and of the first token where a text looks at itself (Xiao et al. 2024)."""
    first = kind != "cross" and len(columns) > 1
    return tuple(i for i, token in enumerate(columns) if token.special or (first and i == 0))


def without(weights: Array, hidden: Sequence[int]) -> Array:
    """Weights with some columns left out, each row divided by what is left of it.

    Args:
        weights: (…, query, key).
        hidden: columns that become 0.

    Returns:
        Rows that sum to 1, or are all 0 where (nearly) nothing was left.
    """
    left = np.array(weights, np.float32)
    left[..., list(hidden)] = 0
    total = left.sum(-1, keepdims=True)
    return np.where(total > NOTHING_LEFT, left / np.maximum(total, NOTHING_LEFT), 0).astype(np.float32)


def unexplained(attention: Attention, hidden: Sequence[int]) -> np.ndarray:
    """(n_heads,): how much of a head's attention neither its resting places nor the distance between tokens explain.

    A weight is explained as far as the other rows put as much on the token at the same distance. A head that looks one
    back in every row, or at the first token, gets 0; one that finds a certain word wherever it stands gets 1.
    Across two texts there is no distance: there it is the mean over the rows of the largest weight beside the resting
    places.
    """
    weights = np.array(attention.weights[:, -LONGEST:, -LONGEST:], np.float64)
    n, m = weights.shape[1:]
    first = attention.weights.shape[-1] - m
    columns = [i - first for i in hidden if i >= first]
    weights[:, :, columns] = 0
    rows = np.ones(n, bool)
    if attention.weights.shape[1] != attention.weights.shape[2]:
        return weights.max(-1).mean(-1)
    rows[columns] = False
    if not rows.any():
        return np.zeros(len(weights))
    distance = (np.arange(n)[:, None] - np.arange(m)[None, :] + m - 1).ravel()
    counted = (rows[:, None] & ~np.isin(np.arange(m), columns)[None, :]).ravel()
    found = np.zeros(len(weights))
    for head, own in enumerate(weights):
        values = np.where(counted, own.ravel(), 0)
        sums, counts = np.bincount(distance, values), np.bincount(distance, counted)
        others = counts[distance] - 1
        usual = np.divide(sums[distance] - values, others, out=np.zeros_like(values), where=others > 0)
        found[head] = np.maximum(values - usual, 0)[counted].sum() / rows.sum()
    return found


def opening_head(layers: Sequence[Attention], columns: Sequence[Token], kind: str) -> tuple[int, int]:
    """(layer, head) to begin with: the one with most ``unexplained`` attention, whose map depends on the words. Looks
    at punctuation count no more than those at resting places."""
    hidden = sorted({*resting_columns(columns, kind), *np.flatnonzero(separators(columns)).tolist()})
    best, where = -1.0, (0, 0)
    for index, attention in enumerate(layers):
        shares = unexplained(attention, hidden)
        if float(shares.max()) > best:
            best, where = float(shares.max()), (index, int(shares.argmax()))
    return where
