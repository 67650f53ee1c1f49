"""Text that the project generates itself: a small seeded grammar, a minority of the training text.

Each kind is a function from a random generator to one short document. The kinds exist because lessons need
contexts that are rare in a few megabytes of children's stories (queens, banks, repeated patterns).
The model cards say which kinds a model saw, and how much of its text they were.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable

from . import explain, pairs, patterns, people, scenes, senses

Document = Callable[[random.Random], str]

KINDS: dict[str, Document] = {
    "people": people.document,
    "people_story": people.story,
    "senses": senses.document,
    "scenes": scenes.document,
    "patterns": patterns.document,
    "explain": explain.document,
}

__all__ = ["KINDS", "documents", "translations"]


def documents(weights: dict[str, int], seed: int) -> list[str]:
    """Generate `weights[kind]` documents of each kind, shuffled; raises KeyError for an unknown kind."""
    rng = random.Random(seed)
    made = [KINDS[kind](rng) for kind, count in weights.items() for _ in range(count)]
    rng.shuffle(made)
    return made


def translations(count: int, seed: int) -> list[tuple[str, str]]:
    """Generate up to `count` different (English, French) pairs, in the order of `corpora.read_pairs`."""
    rng = random.Random(seed)
    made: Iterable[tuple[str, str]] = (pairs.pair(rng) for _ in range(count))
    return sorted(set(made))
