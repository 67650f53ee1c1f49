"""A memory that computes each thing once, keeps what fits, and forgets the least recently used: for models and results.

``cachetools`` keeps the order and adds up the sizes; what it does not do is here: many threads that ask for the same
thing at once share one computation, and the newest thing stays however large it is, or nothing could ever be shown.
"""

from __future__ import annotations

import copy
import math
import threading
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as StillComputing  # the built-in one only from Python 3.11 on
from dataclasses import fields, is_dataclass
from typing import Any, Generic, TypeVar

import numpy as np
from cachetools import LRUCache

from .errors import PlaygroundError

Value = TypeVar("Value")
LOOK_UP_S = 0.2
"""How often someone who waits for another thread's computation is asked whether to go on waiting."""


class Memory(Generic[Value]):
    """Values by key, bounded by their size. Safe for threads.

    Args:
        limit: how large all values together may be; asked each time, so that a setting can change.
        size_of: how large one value is, in the unit of ``limit``.
        room: how many threads may wait for computations of others; those who come later are refused.
    """

    def __init__(self, limit: Callable[[], int], size_of: Callable[[Value], int], room: int = 100) -> None:
        self._limit, self._room, self._waiting = limit, room, 0
        self._lock = threading.Lock()
        # never full for cachetools, which would refuse a value larger than the bound: `_trim` keeps the bound
        self._kept: LRUCache[Hashable, Value] = LRUCache(math.inf, getsizeof=size_of)
        self._under_way: dict[Hashable, Future[Value]] = {}

    def get(self, key: Hashable, compute: Callable[[], Value], waiting: Callable[[], None] | None = None) -> Value:
        """The value under ``key``: remembered, or computed now.

        If another thread computes it already, its value is awaited. A ``PlaygroundError`` that it meets is raised here
        too, for we should meet the same; after any other error (its visitor pressed Cancel) this thread computes.

        Args:
            key: what is asked for.
            compute: makes the value; must not ask this memory for the same key.
            waiting: called now and then while another thread computes; what it raises ends the wait.

        Raises:
            PlaygroundError: too many wait already; and what ``compute`` raises.
        """
        while True:
            with self._lock:
                if key in self._kept:
                    return self._kept[key]
                ahead = self._under_way.get(key)
                if ahead is None:
                    mine = self._under_way[key] = Future()
                elif self._waiting >= self._room:
                    raise PlaygroundError(
                        "Too many people wait for this at the moment. Nothing you typed is lost; try again in a minute."
                    )
                else:
                    self._waiting += 1
            if ahead is None:
                return self._compute(key, compute, mine)
            try:
                error = _outcome(ahead, waiting)
            finally:
                with self._lock:
                    self._waiting -= 1
            if error is None:
                return ahead.result()
            if isinstance(error, PlaygroundError):
                raise copy.copy(error) from error  # one object raised in many threads would collect their tracebacks

    def _compute(self, key: Hashable, compute: Callable[[], Value], mine: Future[Value]) -> Value:
        try:
            value = compute()
        except BaseException as error:
            with self._lock:
                self._under_way.pop(key, None)
            mine.set_exception(error)
            raise
        with self._lock:
            self._under_way.pop(key, None)
            self._kept[key] = value
            self._trim(self._limit(), keep=1)
        mine.set_result(value)
        return value

    def _trim(self, limit: float, keep: int) -> None:
        while len(self._kept) > keep and self._kept.currsize > limit:
            self._kept.popitem()

    def make_room(self, size: int) -> None:
        """Forget until ``size`` more fit. Whoever holds a forgotten value still keeps it alive until done with it."""
        with self._lock:
            self._trim(self._limit() - size, keep=0)

    def forget_oldest(self) -> None:
        """Forget the least recently used value."""
        with self._lock:
            if self._kept:
                self._kept.popitem()

    def drop(self, key: Hashable) -> bool:
        """Forget one value; False if it was not there."""
        with self._lock:
            return self._kept.pop(key, None) is not None

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._kept.clear()

    def values(self) -> tuple[Value, ...]:
        """What is kept, the least recently used first."""
        with self._lock:
            spare = copy.copy(self._kept)  # its order shows only as it is emptied
            return tuple(spare.popitem()[1] for _ in range(len(spare)))

    @property
    def size(self) -> int:
        """Of all that is kept, in the unit of the limit."""
        return int(self._kept.currsize)

    def __contains__(self, key: Hashable) -> bool:
        return key in self._kept

    def __len__(self) -> int:
        return len(self._kept)


def _outcome(ahead: Future[Value], waiting: Callable[[], None] | None) -> BaseException | None:
    """What became of another thread's computation: its error, or None."""
    while True:
        if waiting is not None:
            waiting()
        try:
            return ahead.exception(timeout=LOOK_UP_S if waiting is not None else None)
        except StillComputing:
            continue


def n_bytes(value: Any) -> int:
    """Bytes held by the arrays in nested records; memory that several of them share is counted once."""
    seen: dict[int, int] = {}

    def walk(node: Any) -> None:
        if isinstance(node, np.ndarray):
            while isinstance(node.base, np.ndarray):
                node = node.base
            # By address: one tensor gives a new array each time it is turned into numpy.
            address = node.__array_interface__["data"][0]
            seen[address] = max(seen.get(address, 0), node.nbytes)
        elif is_dataclass(node) and not isinstance(node, type):
            for field in fields(node):
                walk(getattr(node, field.name))
        elif isinstance(node, tuple | list):
            for item in node:
                walk(item)

    walk(value)
    return sum(seen.values())
