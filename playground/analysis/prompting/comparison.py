"""Two distributions over one vocabulary, side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher

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


def by_words(
    first: Expectation, second: Expectation, names: tuple[Sequence[str], Sequence[str]]
) -> tuple[Expectation, Expectation, tuple[str, ...]]:
    """Two expectations of models with different vocabularies, over the texts that their tokens stand for.

    A blank before a word, or the sign for none, does not count: one model's "␣cat" is the other's "cat". Tokens with
    the same text are added up. A word that one model knows whole and the other in pieces stays two texts.

    Args:
        first: over its vocabulary.
        second: likewise.
        names: visible texts of all ids of each vocabulary.

    Returns:
        Both over the common list of texts (``logits`` are log-probabilities there), and the list.
    """
    texts: dict[str, int] = {}
    places = [np.array([texts.setdefault(_word(name), len(texts)) for name in vocabulary]) for vocabulary in names]
    found = []
    for expected, place in zip((first, second), places, strict=True):
        probs = np.bincount(place, weights=expected.probs, minlength=len(texts)).astype(np.float32)
        with np.errstate(divide="ignore"):
            found.append(replace(expected, probs=probs, logits=np.log(probs)))
    return found[0], found[1], tuple(texts)


def _word(name: str) -> str:
    return name.removeprefix("##").removeprefix("␣") or name


def differing(first: Sequence[str], second: Sequence[str]) -> tuple[tuple[bool, ...], tuple[bool, ...]]:
    """Which items of each sequence are not in the longest stretches that both have in common (``difflib``)."""
    same = SequenceMatcher(None, first, second, autojunk=False).get_matching_blocks()
    common = ({i for a, _, n in same for i in range(a, a + n)}, {i for _, b, n in same for i in range(b, b + n)})
    return (
        tuple(i not in common[0] for i in range(len(first))),
        tuple(i not in common[1] for i in range(len(second))),
    )
