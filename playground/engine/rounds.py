"""Several texts written at once: whoever's turn comes writes for all of them, their next tokens as one batch."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from .work import crowd, line

if TYPE_CHECKING:
    from ..analysis.generation.branches import Continuation
    from ..analysis.generation.draft import Draft

Item = TypeVar("Item")
ROUND_S = 0.05
"""How long a turn may go on with rounds of a token each while others wait: to hand over takes time too."""
AHEAD = 8
"""Tokens that may be written for somebody who has not fetched them yet. Whoever's turn it is writes for all, also for
those who are still busy showing their last token: or few would ever write together."""


class _Seat(Generic[Item]):
    """One text that is being written, and its tokens that nobody has fetched yet."""

    def __init__(self, text: Continuation[Item]) -> None:
        self.text = text
        self.steps: deque[Item] = deque()
        self.over = False
        self.at_work = False
        """Whether a turn writes for it at the moment."""
        self.error: BaseException | None = None
        self.served = threading.Event()

    @property
    def has_room(self) -> bool:
        """Whether another token may be written for it."""
        return not self.over and len(self.steps) < AHEAD

    @property
    def wants(self) -> bool:
        """The same, and nobody is at it."""
        return self.has_room and not self.at_work

    def prepare(self) -> Draft | None:
        """The draft that the next token is written on; None where there can be none."""
        try:
            return self.text.prepare()
        except BaseException as error:  # for whoever owns the text
            self.over, self.error = True, error
            return None

    def write(self) -> None:
        """Writes a token."""
        try:
            step = next(self.text, None)
        except BaseException as error:  # for whoever owns the text
            self.over, self.error = True, error
            return
        if step is None:
            self.over = True
        else:
            self.steps.append(step)


_under_way: set[_Seat[Any]] = set()


def n_writers() -> int:
    """How many texts are being written: who shows them may do so the less often the more there are."""
    return len(_under_way)


class Rounds:
    """The texts of one model that are under way. Safe for threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._seats: list[_Seat[Any]] = []

    def look(self, text: Continuation[Item]) -> Item:
        """The only step of a text that writes nothing.

        Raises:
            PlaygroundError: as ``write``.
        """
        (found,) = self._steps(_Seat(text), lambda: False)
        return found

    def write(self, text: Continuation[Item], cancelled: Callable[[], bool]) -> Iterator[Item]:
        """The text's tokens as they come; written ahead while others write, and not given any more once ``cancelled``.

        Raises:
            PlaygroundError: as the text does; too many wait already.
        """
        seat = _Seat(text)
        _under_way.add(seat)
        try:
            yield from self._steps(seat, cancelled)
        finally:
            _under_way.discard(seat)

    def _steps(self, seat: _Seat[Item], cancelled: Callable[[], bool]) -> Iterator[Item]:
        with self._lock:
            self._seats.append(seat)
        try:
            while not cancelled():
                if not seat.steps and not seat.over:
                    self._wait(seat)
                if seat.steps:
                    yield seat.steps.popleft()
                elif seat.error is not None:
                    raise seat.error
                else:
                    return
        finally:
            with self._lock:
                self._seats.remove(seat)

    def _wait(self, seat: _Seat[Item]) -> None:
        """Comes back when there is a token, or no more can come."""
        seat.served.clear()
        line().run("token", lambda: self._turn(seat))
        seat.served.wait()

    def _turn(self, mine: _Seat[Item]) -> None:
        """One turn in the line. Another's may have served this seat already, or be at it."""
        with self._lock:
            if mine.steps or mine.over:
                mine.served.set()
            if mine.served.is_set() or mine.at_work:
                return
            seats = [seat for seat in self._seats if seat.wants]
            for seat in seats:
                seat.at_work = True
        try:
            until = time.monotonic() + (ROUND_S if crowd() > 1 else 0.0)
            self._round(seats)
            while time.monotonic() < until and (open_ := [seat for seat in seats if seat.has_room]):
                self._round(open_)
        finally:
            with self._lock:
                for seat in seats:
                    seat.at_work = False
                    seat.served.set()

    def _round(self, seats: Sequence[_Seat[Any]]) -> None:
        """A token for each: the model once for all whose next token can be run together."""
        from ..analysis.generation.together import run_together

        drafts = {seat: draft for seat in seats if (draft := seat.prepare()) is not None}
        if len(drafts) > 1:
            run_together([draft.stepper for draft in drafts.values() if draft.ended_by is None])
        for seat in drafts:
            seat.write()
