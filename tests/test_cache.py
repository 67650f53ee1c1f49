"""One memory for models and results: bounded, in order of use, and each thing computed once."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest

from playground.cache import Memory
from playground.errors import PlaygroundError


def sized(limit: int) -> Memory[bytes]:
    return Memory(lambda: limit, len)


def together(jobs: list[Any]) -> list[Any]:
    """Results of all jobs, begun at the same moment."""
    start = threading.Barrier(len(jobs))

    def work(job: Any) -> Any:
        start.wait()
        return job()

    with ThreadPoolExecutor(len(jobs)) as pool:
        return list(pool.map(work, jobs))


def test_the_least_recently_used_goes_first_and_looking_is_using() -> None:
    memory, made = sized(3000), []

    def make(key: str) -> bytes:
        made.append(key)
        return bytes(1000)

    for key in "abcadaacb":  # a, b, c fit; a is looked at; d pushes b out; a, a, c are there; b again
        memory.get(key, partial(make, key))
    assert made == list("abcdb")
    assert memory.size == 3000


def test_values_come_in_the_order_of_use_and_asking_for_them_is_no_use() -> None:
    memory = sized(9)
    for key in (b"a", b"b", b"c", b"a"):
        memory.get(key, partial(bytes, key))
    assert memory.values() == memory.values() == (b"b", b"c", b"a")


def test_the_newest_stays_however_large() -> None:
    memory = sized(10)
    for key in ("a", "b"):
        memory.get(key, lambda: bytes(1000))
    assert memory.get("b", lambda: pytest.fail("forgotten")) and len(memory) == 1


def test_a_bound_that_shrinks_holds_from_the_next_value_on() -> None:
    bounds = [3000]
    memory: Memory[bytes] = Memory(lambda: bounds[0], len)
    for key in "abc":
        memory.get(key, lambda: bytes(1000))
    bounds[0] = 2000
    memory.get("d", lambda: bytes(1000))
    assert (len(memory), memory.size) == (2, 2000)


def test_room_is_made_also_for_what_is_larger_than_the_bound() -> None:
    memory = sized(3000)
    for key in "abc":
        memory.get(key, lambda: bytes(1000))
    memory.make_room(1500)
    assert memory.size == 1000
    memory.make_room(10_000)
    assert memory.size == 0


def test_eight_threads_that_ask_the_same_compute_once() -> None:
    memory, made = sized(100), []

    def slow() -> bytes:
        made.append(1)
        time.sleep(0.05)
        return bytes(8)

    results = together([lambda: memory.get("key", slow)] * 8)
    assert len(made) == 1 and len(set(map(id, results))) == 1


def test_errors_are_not_remembered() -> None:
    memory = sized(100)
    with pytest.raises(PlaygroundError):
        memory.get("key", _fails(PlaygroundError("Not yet.")))
    assert memory.get("key", lambda: b"fine") == b"fine"


def _fails(error: Exception) -> Any:
    def compute() -> bytes:
        time.sleep(0.05)  # until the others wait
        raise error

    return compute


def _asks(memory: Memory[bytes], first: Exception) -> list[str]:
    """What four threads get that ask at once, where the first computation fails."""
    tries: list[int] = []

    def compute() -> bytes:
        tries.append(1)
        return _fails(first)() if len(tries) == 1 else b"fine"

    def ask() -> str:
        try:
            return memory.get("key", compute).decode()
        except Exception as error:
            return f"{type(error).__name__}: {error}"

    return sorted(together([ask] * 4))


def test_those_who_wait_share_an_error_written_for_visitors() -> None:
    assert _asks(sized(100), PlaygroundError("Too long.")) == ["PlaygroundError: Too long."] * 4


def test_those_who_wait_go_on_themselves_where_the_first_one_was_cancelled() -> None:
    assert _asks(sized(100), KeyError("stop")) == ["KeyError: 'stop'", "fine", "fine", "fine"]


def test_who_waits_can_leave_and_the_computation_goes_on() -> None:
    class LeaveError(Exception):
        pass

    memory, release = sized(100), threading.Event()

    begun = threading.Event()

    def leave() -> None:
        raise LeaveError

    def slow() -> bytes:
        begun.set()
        assert release.wait(20)
        return b"fine"

    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(memory.get, "key", slow)
        assert begun.wait(20)
        with pytest.raises(LeaveError):
            memory.get("key", lambda: b"mine", waiting=leave)
        assert memory.get("other", lambda: b"at once") == b"at once"  # what is under way holds up nothing else
        release.set()
        assert first.result(20) == b"fine"
    assert memory.values() == (b"at once", b"fine")


def test_no_more_wait_than_there_is_room_for_and_others_are_not_refused() -> None:
    memory: Memory[bytes] = Memory(lambda: 100, len, room=1)
    release, waits = threading.Event(), threading.Event()
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(memory.get, "key", lambda: release.wait(20) and b"fine")  # type: ignore[arg-type,return-value]
        while not memory._under_way:
            time.sleep(0.001)
        second = pool.submit(memory.get, "key", lambda: b"mine", waits.set)
        assert waits.wait(20)
        with pytest.raises(PlaygroundError, match="Too many people wait"):
            memory.get("key", lambda: b"mine")
        assert memory.get("other", lambda: b"at once") == b"at once"
        release.set()
        assert first.result(20) == second.result(20) == b"fine"
    assert memory.get("key", lambda: b"again") == b"fine"
