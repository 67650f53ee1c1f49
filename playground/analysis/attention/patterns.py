"""Which simple pattern each head follows most: the previous token, the first one, the token itself, induction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ...trace import Attention, Token
from .roles import head_scores

FEWEST_REPEATS = 3
"""Rows whose token occurred before, from which on a mean over them says something about a head."""
PREVIOUS, FIRST, ITSELF = "the previous token", "the first token", "the token itself"
INDUCTION = "what followed the same token before"
NAMES = {"itself": ITSELF, "previous": PREVIOUS, "first": FIRST, "induction": INDUCTION}
"""Key of a role → its name as a pattern."""


@dataclass(frozen=True)
class Pattern:
    """How much of its weight a head puts on one simple pattern, on average over the rows that can show it."""

    name: str
    share: float
    n_rows: int
    """Rows that the mean is over."""


def patterns(attention: Attention, tokens: Sequence[Token]) -> list[list[Pattern]]:
    """For each head the simplest roles of ``head_scores``, the strongest first; induction only where at least
    ``FEWEST_REPEATS`` rows can show it. Square attention only: across two texts there are none."""
    n_heads, n, n_keys = attention.weights.shape
    if n != n_keys:
        return [[] for _ in range(n_heads)]
    if n == 1:
        return [[Pattern(ITSELF, 1.0, 1)] for _ in range(n_heads)]
    scores = {NAMES[key]: score for key, score in head_scores(attention, tokens, NAMES).items()}
    shown = {
        name: score for name, score in scores.items() if score.n_rows >= (FEWEST_REPEATS if name == INDUCTION else 1)
    }
    return [
        sorted((Pattern(name, float(sc.values[head]), sc.n_rows) for name, sc in shown.items()), key=lambda p: -p.share)
        for head in range(n_heads)
    ]
