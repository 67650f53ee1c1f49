"""Work that goes on, watched: who must wait for others meanwhile is told how many, and about how long."""

from __future__ import annotations

import contextvars
import threading
from collections.abc import Iterator
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

from .. import engine
from .contract import Doing

Step = TypeVar("Step")
PATIENCE_S = 1.0
"""Seconds without a step after which somebody is told what they wait for, and between two such words."""
_END = object()


def watched(steps: Iterator[Step]) -> Iterator[Step | Doing]:
    """The steps, and as long as the next one stands in line, what it waits for.

    Each step is computed when it is asked for, on a thread of its own that ends with this iterator.

    Raises:
        Exception: what computing a step raises.
    """
    asked: SimpleQueue[bool] = SimpleQueue()
    given: SimpleQueue[Any] = SimpleQueue()

    def work() -> None:
        while asked.get():
            try:
                given.put(next(steps, _END))
            except BaseException as error:
                given.put(error)

    worker = threading.Thread(target=contextvars.copy_context().run, args=(work,), name="action", daemon=True)
    worker.start()
    try:
        while True:
            asked.put(True)
            while (item := _within(PATIENCE_S, given)) is None:
                wait = engine.line().wait_of(worker.ident)
                if wait is not None and wait.ahead:
                    yield Doing(f"Waiting: {wait}")
            if item is _END:
                return
            if isinstance(item, BaseException):
                raise item
            yield item
    finally:
        asked.put(False)


def _within(seconds: float, given: SimpleQueue[Any]) -> Any:
    try:
        return given.get(timeout=seconds)
    except Empty:
        return None
