"""The line before all model work: in order, a few at once, with honest prospects, and never longer than it may be."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from playground.errors import PlaygroundError
from playground.turns import Line, Wait


class Held:
    """A line with one place, which is taken until it is released."""

    def __init__(self, room: int = 100) -> None:
        self.line = Line(1, room)
        self.release = threading.Event()
        self.pool = ThreadPoolExecutor(8)
        begun = threading.Event()

        def hold() -> bool:
            begun.set()
            return self.release.wait(20)

        self.first = self.pool.submit(self.line.run, "long", hold)
        assert begun.wait(20)

    def submit(self, work: Callable[[], object], tell: Callable[[Wait], None] | None = None) -> Future[object]:
        """One more in the line; returns when it stands there."""
        crowd = self.line.crowd
        future = self.pool.submit(self.line.run, "short", work, tell)
        while self.line.crowd == crowd and not future.done():
            time.sleep(0.001)
        return future


def test_no_more_at_once_than_places() -> None:
    line, inside, most = Line(2, 100), [], []

    def work() -> None:
        inside.append(1)
        most.append(len(inside))
        time.sleep(0.02)
        inside.pop()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: line.run("work", work), range(8)))
    assert max(most) == 2 and line.crowd == 0


def test_each_turn_is_told_how_many_share_the_machine() -> None:
    told: list[tuple[int, int]] = []
    line, meet = Line(2, 100, lambda *numbers: told.append(numbers)), threading.Barrier(2)
    for _ in range(5):
        line.run("alone", lambda: None)
    assert told == [(0, 1)] * 5  # the first thread, however many there are
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda _: line.run("together", lambda: meet.wait(20)), range(2)))
    assert sorted(thread for thread, _ in told[5:]) == [0, 1]
    assert sorted(count for _, count in told[5:]) in ([1, 2], [2, 2])
    told.clear()
    line.run("alone again", lambda: None)
    assert told == [(0, 1)]


def test_a_turn_that_fails_leaves_its_thread_to_others() -> None:
    line = Line(1, 100)

    def fail() -> None:
        raise ValueError("broken")

    for _ in range(2):
        with pytest.raises(ValueError, match="broken"):
            line.run("work", fail)
    assert line.run("work", lambda: 5) == 5 and line.crowd == 0


def test_the_order_is_that_of_arrival() -> None:
    held, done = Held(), list[int]()
    futures = [held.submit(lambda i=i: done.append(i)) for i in range(5)]  # type: ignore[misc]
    held.release.set()
    for future in futures:
        future.result(20)
    assert done == [0, 1, 2, 3, 4]


def test_who_waits_is_told_how_many_come_first_and_how_long_they_take() -> None:
    held = Held()
    told: list[Wait] = []
    held.submit(lambda: time.sleep(0.6))
    last = held.submit(lambda: "mine", told.append)
    while not told:
        assert not last.done()
    assert told[0].ahead == 2 and "2 requests are ahead of yours" in str(told[0])
    held.release.set()
    assert last.result(20) == "mine"


def test_the_prospect_is_learned_from_turns_of_the_same_kind() -> None:
    line = Line(1, 100)
    for _ in range(3):
        line.run("slow", lambda: time.sleep(0.05))
    line.run("quick", lambda: None)
    assert line._mean_s["slow"] >= 0.05 > 10 * line._mean_s["quick"]


def test_who_leaves_frees_the_place_in_the_line() -> None:
    class LeaveError(Exception):
        pass

    def leave(wait: Wait) -> None:
        raise LeaveError

    held = Held()
    gone = held.submit(lambda: pytest.fail("was not wanted any more"), leave)
    with pytest.raises(LeaveError):
        gone.result(20)
    assert held.line.crowd == 1
    held.release.set()
    assert held.submit(lambda: "next").result(20) == "next"


def test_a_full_line_refuses_and_says_when_to_come_again() -> None:
    held = Held(room=2)
    waiting = [held.submit(lambda: None) for _ in range(2)]
    with pytest.raises(PlaygroundError, match=r"busy: 3 requests .* Nothing you typed is lost; try again in about 1 s"):
        held.line.run("short", lambda: None)
    held.release.set()
    for future in waiting:
        future.result(20)
    assert held.line.run("short", lambda: "again") == "again"


def test_errors_come_to_their_own_asker_and_the_line_goes_on() -> None:
    line = Line(1, 100)
    for error in (ZeroDivisionError(), TimeoutError("the work's own")):
        with pytest.raises(type(error)):
            line.run("work", lambda error=error: (_ for _ in ()).throw(error), lambda wait: None)  # type: ignore[misc]
    assert line.run("work", lambda: 1) == 1 and line.crowd == 0


def test_closing_tells_those_who_wait_and_lets_work_end() -> None:
    held = Held()
    waiting = held.submit(lambda: pytest.fail("ran after closing"))
    held.line.close("We close.")
    held.release.set()
    assert held.first.result(20)
    for ask in (waiting.result, lambda: held.line.run("short", lambda: None)):
        with pytest.raises(PlaygroundError, match="We close"):
            ask()
