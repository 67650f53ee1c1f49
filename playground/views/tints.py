"""Pale colours for tokens: equal tokens match, neighbours differ."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import pairwise

from .theme import N_TINTS


def tints(token_ids: Sequence[int]) -> list[int]:
    """A tint, 0 … ``N_TINTS`` − 1, for each token of a text.

    Equal ids have equal tints. Different neighbours have different ones, unless a token has more different neighbours
    than there are tints; then as few of them as possible share its colour. A text that grows at its end keeps the
    tints of its beginning almost always.
    """
    beside: dict[int, Counter[int]] = defaultdict(Counter)
    for left, right in pairwise(token_ids):
        if left != right:
            beside[left][right] += 1
            beside[right][left] += 1
    tint: dict[int, int] = {}
    for token_id in token_ids:
        if token_id in tint:
            continue
        taken: Counter[int] = Counter()
        for other, times in beside[token_id].items():
            if other in tint:
                taken[tint[other]] += times
        # the wish comes from the id alone, so that a word has mostly the same colour in every text
        wishes = [(token_id + step) % N_TINTS for step in range(N_TINTS)]
        tint[token_id] = min(wishes, key=lambda choice: taken[choice])
    return [tint[token_id] for token_id in token_ids]
