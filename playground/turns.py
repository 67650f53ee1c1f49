"""Who computes when: a few threads do all model work, and what waits for them stands in line in the order of arrival.

A forward pass is one turn, and so is each step of a text that is being written: whoever writes goes to the end of the
line after every token, so a long text holds up a short look by no more than one step. The threads are always the same
few, because torch keeps helper threads and the C library a heap for every thread that ever computed. Of those that are
idle the first works: while more helpers are alive than the machine has cores, OpenMP lets them sleep between any two
operations, and to wake them each time takes a quarter longer for a forward pass, ten times as long for a small step.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as StillComputing  # the built-in one only from Python 3.11 on
from dataclasses import dataclass
from heapq import heappop, heappush
from typing import Any, TypeVar

from .errors import PlaygroundError

Value = TypeVar("Value")
TOLD_EVERY_S = 0.5
FIRST_GUESS_S = 0.1
"""What a turn is taken to last before one of its kind was measured."""
WEIGHT = 0.2
"""Of the newest turn in the moving mean of how long turns last."""


@dataclass(frozen=True)
class Wait:
    """What somebody who waits may expect."""

    ahead: int
    """Turns that come first, those under way included; 0: the own turn is under way."""
    seconds: float
    """Until the own turn begins, by how long such turns lasted lately."""

    def __str__(self) -> str:
        others = "1 request is" if self.ahead == 1 else f"{self.ahead} requests are"
        return f"{others} ahead of yours, about {max(1, round(self.seconds))} s"


@dataclass(eq=False)
class _Ticket:
    kind: str
    started: bool = False


class Line:
    """At most ``places`` turns at once; the others wait in order. Safe for threads.

    Args:
        places: how many turns at once.
        room: how many may wait; those who come later are refused.
        prepare: called before each turn on its thread, with the thread's number, from 0, and the number of turns that
            are under way with it.
    """

    def __init__(
        self, places: int, room: int, prepare: Callable[[int, int], None] = lambda thread, under_way: None
    ) -> None:
        self._places, self._room, self._prepare = places, room, prepare
        self._threads = [ThreadPoolExecutor(1, f"model-work-{n}") for n in range(places)]
        self._idle = list(range(places))
        """Numbers of threads without work, as a heap."""
        self._pending: deque[tuple[_Ticket, Callable[[], Any], Future[Any]]] = deque()
        self._lock = threading.Lock()
        self._tickets: list[_Ticket] = []  # under way and waiting, in order of arrival
        self._mean_s: dict[str, float] = {}
        self._closed: str | None = None
        self._asked: dict[int, _Ticket] = {}  # by the thread that waits

    def run(self, kind: str, work: Callable[[], Value], tell: Callable[[Wait], None] | None = None) -> Value:
        """What ``work()`` gives, or raises, when its turn has come. It must not ask for another turn.

        Args:
            kind: what the turn is for; turns of one kind are taken to last about equally long.
            work: runs on one of the line's threads.
            tell: called every half second until the turn is over; what it raises ends the wait. Work that has begun
                goes on, and its result is thrown away.

        Raises:
            PlaygroundError: too many wait already, or the line is closed.
        """
        ticket = _Ticket(kind)
        with self._lock:
            self._refuse_if_full()
            self._tickets.append(ticket)
            self._asked[threading.get_ident()] = ticket
            future = self._submit(ticket, work)
        try:
            return self._result(ticket, future, tell)
        except BaseException:
            if future.cancel():
                self._end(ticket)
            raise
        finally:
            self._asked.pop(threading.get_ident(), None)

    def _submit(self, ticket: _Ticket, work: Callable[[], Value]) -> Future[Value]:
        """Hands a turn to the first idle thread, or to the next one that will be; for whoever holds the lock."""
        future: Future[Value] = Future()
        self._pending.append((ticket, work, future))
        if self._idle:
            number = heappop(self._idle)
            self._threads[number].submit(self._serve, number)
        return future

    def _serve(self, number: int) -> None:
        """One turn after another, as long as there are any."""
        while True:
            with self._lock:
                if not self._pending:
                    heappush(self._idle, number)
                    return
                ticket, work, future = self._pending.popleft()
            if not future.set_running_or_notify_cancel():
                continue
            try:
                future.set_result(self._work(number, ticket, work))
            except BaseException as error:
                future.set_exception(error)

    def wait_of(self, thread: int | None) -> Wait | None:
        """What a thread that is in ``run`` may expect; None for one that is not."""
        ticket = self._asked.get(thread or 0)
        return None if ticket is None else self._wait_of(ticket)

    def _result(self, ticket: _Ticket, future: Future[Any], tell: Callable[[Wait], None] | None) -> Any:
        while True:
            try:
                return future.result(TOLD_EVERY_S if tell else None)
            except StillComputing:
                if tell is None or future.done():
                    raise
                tell(self._wait_of(ticket))

    def _work(self, number: int, ticket: _Ticket, work: Callable[[], Value]) -> Value:
        if self._closed is not None:
            self._end(ticket)
            raise PlaygroundError(self._closed)
        ticket.started, began = True, time.monotonic()
        try:
            self._prepare(number, sum(other.started for other in list(self._tickets)))
            return work()
        finally:
            self._end(ticket, time.monotonic() - began)

    def _end(self, ticket: _Ticket, seconds: float | None = None) -> None:
        """Takes a ticket out of the line; ``seconds`` is how long its turn lasted, if it had one."""
        with self._lock:
            self._tickets.remove(ticket)
            if seconds is not None:
                mean = self._mean_s.get(ticket.kind, seconds)
                self._mean_s[ticket.kind] = mean + WEIGHT * (seconds - mean)

    def _refuse_if_full(self) -> None:
        if self._closed is not None:
            raise PlaygroundError(self._closed)
        if len(self._tickets) >= self._places + self._room:
            wait = self._expected(self._tickets)
            raise PlaygroundError(
                f"The playground is busy: {wait.ahead} requests are waiting already. Nothing you typed is lost; try"
                f" again in about {max(1, round(wait.seconds))} s."
            )

    def _wait_of(self, ticket: _Ticket) -> Wait:
        with self._lock:
            if ticket.started or ticket not in self._tickets:
                return Wait(0, 0.0)
            return self._expected(self._tickets[: self._tickets.index(ticket)])

    def _expected(self, ahead: list[_Ticket]) -> Wait:
        seconds = sum(self._mean_s.get(ticket.kind, FIRST_GUESS_S) for ticket in ahead)
        return Wait(len(ahead), seconds / self._places)

    @property
    def crowd(self) -> int:
        """Turns under way and waiting."""
        return len(self._tickets)

    def close(self, sentence: str) -> None:
        """From now on everyone who waits or comes gets ``sentence``; turns under way end by themselves."""
        self._closed = sentence
