"""Batches of like length from epochs that are drawn one after the other, each reproducible from its number."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

Item = TypeVar("Item")


class Epochs(Generic[Item]):
    """Batch number → items. `draw(rng)` gives the items of one epoch, `lengths(item)` the tokens of each part of one.

    Items are sorted by the first length, then by the next: so little of a batch is padding.
    """

    def __init__(
        self,
        draw: Callable[[random.Random], Sequence[Item]],
        lengths: Callable[[Item], tuple[int, ...]],
        tokens: int,
        seed: int,
    ) -> None:
        self._draw, self._lengths, self._tokens, self._seed = draw, lengths, tokens, seed
        self._number, self._first = 0, 0
        self._open()

    def _open(self) -> None:
        rng = random.Random(self._seed * 7919 + self._number)
        self._items = self._draw(rng)
        lengths = [self._lengths(item) for item in self._items]
        # Ties in random order: sentences of one length meet other neighbours in every epoch.
        order = sorted(range(len(lengths)), key=lambda i: (lengths[i], rng.random()))
        self._batches = cut_by_tokens(order, [sum(parts) for parts in lengths], self._tokens)
        rng.shuffle(self._batches)

    def batch(self, step: int) -> list[Item]:
        """The items of batch `step`; steps must not go back behind the current epoch (ValueError)."""
        if step < self._first:
            raise ValueError(f"Batch {step} lies in an epoch that is over; ask for batches in order.")
        while step >= self._first + len(self._batches):
            self._first += len(self._batches)
            self._number += 1
            self._open()
        return [self._items[i] for i in self._batches[step - self._first]]


def cut_by_tokens(order: list[int], lengths: list[int], tokens: int) -> list[list[int]]:
    """Cut `order` into runs of about `tokens` tokens each, by the lengths of the items it names."""
    batches: list[list[int]] = [[]]
    filled = 0
    for item in order:
        if filled + lengths[item] > tokens and batches[-1]:
            batches.append([])
            filled = 0
        batches[-1].append(item)
        filled += lengths[item]
    return batches
