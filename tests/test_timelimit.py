"""What takes too long is ended from outside, and what does not is never touched."""

from __future__ import annotations

import threading
import time

import pytest

from playground.errors import PlaygroundError
from playground.timelimit import time_limit

LATE = PlaygroundError("Too slow.")


def test_a_loop_that_never_asks_is_ended() -> None:
    with pytest.raises(PlaygroundError, match=r"Too slow\."), time_limit(0.05, LATE):
        while True:
            try:
                sum(range(1000))
            except Exception:
                continue


def test_what_is_in_time_is_left_alone_also_afterwards() -> None:
    for _ in range(50):
        with time_limit(0.1, LATE):
            pass
    ended = time.monotonic() + 0.2
    while time.monotonic() < ended:
        sum(range(100))


def test_on_the_very_edge_the_limit_holds_or_nothing_happens_but_never_later() -> None:
    """The block and its limit end in the same moment, again and again: no interruption may arrive after the block."""
    late = 0
    for n in range(300):
        try:
            with time_limit(0.001, LATE):
                time.sleep(0.001 + n % 7 * 1e-5)
        except PlaygroundError:
            late += 1
        sum(range(1000))
    assert late > 0


def test_other_threads_are_not_interrupted() -> None:
    ended = []

    def other() -> None:
        until = time.monotonic() + 0.2
        while time.monotonic() < until:
            sum(range(100))
        ended.append(True)

    thread = threading.Thread(target=other)
    thread.start()
    with pytest.raises(PlaygroundError), time_limit(0.05, LATE):
        while True:
            sum(range(100))
    thread.join(20)
    assert ended


def test_the_block_s_own_error_is_the_one_that_is_raised() -> None:
    with pytest.raises(ZeroDivisionError), time_limit(10, LATE):
        raise ZeroDivisionError
