"""Two distributions over one vocabulary, side by side."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...errors import PlaygroundError
from ...trace import Array
from ..sampling import ranking
from .answers import Expectation


@dataclass(frozen=True, eq=False)
class Comparison:
    """What changes from one expectation to the other."""

    first: Expectation
    second: Expectation
    tops: tuple[tuple[int, ...], tuple[int, ...]]
    """Ids of the most probable tokens of each, most probable first."""
    ids: tuple[int, ...]
    """All ids of ``tops`` and ``moved_most``, by the larger of their two probabilities."""
    gain: Array
    """(vocab_size,): second − first."""
    moved_most: int
    """Id of the token whose probability changes most."""
    divergence_bits: float
    """Jensen–Shannon divergence: 0 the same, 1 nothing in common."""


def compare(first: Expectation, second: Expectation, count: int = 10) -> Comparison:
    """Compares two expectations of models with one vocabulary, naming the ``count`` most probable tokens of each.

    Raises:
        PlaygroundError: vocabularies of different sizes.
    """
    if first.probs.shape != second.probs.shape:
        raise PlaygroundError(
            f"The two models have vocabularies of {len(first.probs):,} and {len(second.probs):,} tokens: their "
            "distributions cannot be compared token by token. Choose two models with one tokenizer."
        )
    tops = tuple(tuple(int(i) for i in ranking(e.probs, count)) for e in (first, second))
    gain = second.probs - first.probs
    moved_most = int(np.abs(gain).argmax())
    larger = np.maximum(first.probs, second.probs)
    ids = sorted({*tops[0], *tops[1], moved_most}, key=lambda i: (-larger[i], i))
    return Comparison(
        first, second, (tops[0], tops[1]), tuple(ids), gain, moved_most, divergence_bits(first.probs, second.probs)
    )


def divergence_bits(p: Array, q: Array) -> float:
    """Jensen–Shannon divergence of two distributions in bits (Lin 1991): 0 for equal, 1 for disjoint ones."""
    middle = (p + q) / 2

    def relative(a: Array) -> float:
        some = a > 0
        return float((a[some] * np.log2(a[some] / middle[some])).sum())

    return max(0.0, (relative(p) + relative(q)) / 2)
