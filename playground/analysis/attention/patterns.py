"""How far each head follows a simple pattern: the previous token, the first one, the token itself, induction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ...trace import Array, Attention, Token

FEWEST_REPEATS = 3
"""Rows whose token occurred before, from which on a mean over them says something about a head."""
PREVIOUS, FIRST, ITSELF = "the previous token", "the first token", "the token itself"
INDUCTION = "what followed the same token before"


@dataclass(frozen=True, eq=False)
class HeadScores:
    """Mean weight that each head of one layer puts on a pattern, over the rows that can show it.

    Arrays are (n_heads,); NaN where no row of the text can show the pattern.
    """

    previous: Array
    """On the token before; over all rows but the first."""
    first: Array
    """On the first token; over the rows from the third on, for which it is neither the token itself nor the one
    before."""
    itself: Array
    """On the token itself; over all rows but the first, which a causal head can look at nothing else."""
    induction: Array
    """On the tokens that followed earlier occurrences of the row's token (Olsson et al. 2022); over the rows whose
    token occurred before."""
    n_repeats: int
    """Rows that ``induction`` is a mean over."""


def head_scores(weights: Array, token_ids: Sequence[int]) -> HeadScores:
    """The scores of every head of a layer on one text.

    Args:
        weights: (n_heads, seq, seq); each row sums to 1.
        token_ids: (seq,) of the text.
    """
    n_heads, n = weights.shape[:2]
    nothing = np.full(n_heads, np.nan, np.float32)
    rows = np.arange(1, n)
    queries, keys = np.nonzero(induction_targets(token_ids))
    repeated = np.unique(queries)
    return HeadScores(
        previous=weights[:, rows, rows - 1].mean(-1) if n > 1 else nothing,
        first=weights[:, 2:, 0].mean(-1) if n > 2 else nothing,
        itself=weights[:, rows, rows].mean(-1) if n > 1 else nothing,
        induction=weights[:, queries, keys].sum(-1) / len(repeated) if len(repeated) else nothing,
        n_repeats=len(repeated),
    )


@dataclass(frozen=True)
class Pattern:
    """How much of its weight a head puts on one simple pattern, on average over the rows that can show it."""

    name: str
    share: float
    n_rows: int
    """Rows that the mean is over."""


def patterns(attention: Attention, tokens: Sequence[Token]) -> list[list[Pattern]]:
    """For each head the patterns of ``head_scores``, the strongest first; induction only where at least
    ``FEWEST_REPEATS`` rows can show it. Square attention only: across two texts there are none."""
    n_heads, n, n_keys = attention.weights.shape
    if n != n_keys:
        return [[] for _ in range(n_heads)]
    if n == 1:
        return [[Pattern(ITSELF, 1.0, 1)] for _ in range(n_heads)]
    scores = head_scores(attention.weights, [t.token_id for t in tokens])
    shown = [(ITSELF, scores.itself, n - 1), (PREVIOUS, scores.previous, n - 1)]
    if n > 2:
        shown.append((FIRST, scores.first, n - 2))
    if scores.n_repeats >= FEWEST_REPEATS:
        shown.append((INDUCTION, scores.induction, scores.n_repeats))
    return [
        sorted((Pattern(name, float(shares[head]), rows) for name, shares, rows in shown), key=lambda p: -p.share)
        for head in range(n_heads)
    ]


def suggested_head(layers: Sequence[Attention], found: Sequence[Sequence[Sequence[Pattern]]]) -> tuple[int, int]:
    """(layer, head) to begin with: the one that follows a simple pattern most, "the first token" left out (most heads
    rest there); across two texts, the one whose rows are surest.

    Args:
        layers: the attentions, from the bottom up.
        found: their ``patterns``, one for each layer.
    """
    best, where = -1.0, (0, 0)
    for index, attention in enumerate(layers):
        for head in range(attention.n_heads):
            shares = [p.share for p in found[index][head] if p.name in {PREVIOUS, INDUCTION}]
            share = max(shares) if shares else float(attention.weights[head].max(-1).mean())
            if share > best:
                best, where = share, (index, head)
    return where


def induction_targets(token_ids: Sequence[int]) -> np.ndarray:
    """(query, key) bool: key stands right after an earlier occurrence of the query's token, and is another token: in
    "word word word" every key would qualify, and nothing be said."""
    ids = np.asarray(token_ids)
    same = ids[:, None] == ids[None, :]
    earlier = np.tril(same, k=-1)
    targets = np.zeros_like(same)
    targets[:, 1:] = earlier[:, :-1]
    # The token before the query cannot be "what followed" unless it lies strictly before the query.
    return targets & np.tril(np.ones_like(same), k=-1) & ~same
