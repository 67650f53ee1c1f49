"""Several people write at once: each gets the text that they get alone, their next tokens run as one batch."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from playground import SamplingSettings, engine, models
from playground.analysis.generation import Step, together
from playground.engine import Prompt, rounds
from playground.errors import PlaygroundError
from playground.settings import override
from tests.test_engine import load_tiny
from tests.test_engine import together as at_once

TEXTS = ["The cat sat on the mat.", "One, two,", "She said that he", "Paris is the capital of France and the dog"]
SETTINGS = [SamplingSettings(max_new_tokens=12, seed=seed, temperature=1.1) for seed in range(len(TEXTS))]


@pytest.fixture(autouse=True)
def one_worker(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Tiny models by name and a line in which everybody waits for everybody."""
    monkeypatch.setattr(models, "load_model", load_tiny)
    monkeypatch.setattr(engine.work, "_memory", engine.new_memory())
    monkeypatch.setattr(engine.work, "_line", None)
    with override(workers=1):
        yield
    engine.forget()


def written(name: str, number: int) -> list[int]:
    """A text as the page has it written."""
    steps = engine.generate(Prompt(f"tiny-{name}", TEXTS[number]), SETTINGS[number], written=())
    return [step.token.token_id for step in steps]


def held_line() -> tuple[threading.Thread, threading.Event]:
    """Somebody whose turn goes on until the event is set: the others gather behind it."""
    go, begun = threading.Event(), threading.Event()

    def hold() -> None:
        begun.set()
        go.wait(20)

    thread = threading.Thread(target=lambda: engine.line().run("long", hold))
    thread.start()
    assert begun.wait(5)
    return thread, go


@pytest.mark.parametrize("name", ["gpt2", "llama", "marian", "gemma3"])
def test_each_gets_their_own_text(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    alone = [written(name, number) for number in range(len(TEXTS))]
    engine.forget()
    sizes: list[int] = []
    real = together.run_together

    def counted(steppers: Any) -> int:
        sizes.append(real(steppers))
        return sizes[-1]

    monkeypatch.setattr(together, "run_together", counted)
    holder, go = held_line()
    threading.Timer(0.3, go.set).start()
    assert at_once([lambda n=n: written(name, n) for n in range(len(TEXTS))]) == alone
    holder.join()
    if name in {"gpt2", "llama"}:
        assert max(sizes) >= 3, "nobody was run together"
    assert engine.rounds.n_writers() == 0


def test_looks_at_what_comes_next_join_too(monkeypatch: pytest.MonkeyPatch) -> None:
    sampling = SamplingSettings(max_new_tokens=12)
    texts = [tuple(written("gpt2", number)[:4]) for number in range(3)]

    def look(number: int) -> Any:
        found = engine.ahead(Prompt("tiny-gpt2", TEXTS[number]), texts[number], sampling)
        assert found is not None
        return found[1].final

    sizes: list[int] = []
    real = together.run_together
    monkeypatch.setattr(together, "run_together", lambda steppers: sizes.append(real(steppers)))
    holder, go = held_line()
    threading.Timer(0.3, go.set).start()
    found = at_once([lambda n=n: look(n) for n in range(3)])
    holder.join()
    assert max(sizes) == 3, "nobody was run together"
    monkeypatch.setattr(together, "run_together", real)
    engine.forget()
    for number in range(3):
        assert found[number] == pytest.approx(look(number), abs=1e-6)


class Text:
    """Stands for a text that is gone on with."""

    def __init__(self, steps: Iterator[Any]) -> None:
        self._steps = steps

    def prepare(self) -> Any:
        """A draft that joins no pass."""
        return SimpleNamespace(ended_by="end token")

    def __next__(self) -> Step:
        return next(self._steps)


def failing() -> Iterator[str]:
    yield "one"
    raise PlaygroundError("Loosen one.")


def test_what_ends_one_text_ends_no_other() -> None:
    shared = rounds.Rounds()
    given: list[Any] = []

    def fails() -> None:
        with pytest.raises(PlaygroundError, match="Loosen"):
            list(shared.write(Text(failing()), lambda: False))  # type: ignore[arg-type]

    def goes_on() -> None:
        given.extend(shared.write(Text(iter("abcdef")), lambda: False))  # type: ignore[arg-type]

    holder, go = held_line()
    threading.Timer(0.2, go.set).start()
    at_once([fails, goes_on])
    holder.join()
    assert given == list("abcdef")
    assert not shared._seats and engine.rounds.n_writers() == 0


def test_stopping_ends_with_the_token_in_hand() -> None:
    """Tokens that were written ahead while others waited are not shown after Stop."""
    shared, stop = rounds.Rounds(), threading.Event()
    holder, go = held_line()
    taken: list[Any] = []
    threading.Timer(0.2, go.set).start()
    other = threading.Thread(target=lambda: list(shared.write(Text(iter("xyz")), lambda: False)))  # type: ignore[arg-type]
    other.start()
    mine: Any = Text(iter("abcdef"))
    for step in shared.write(mine, stop.is_set):
        taken.append(step)
        stop.set()
    holder.join()
    other.join()
    assert taken == ["a"]


def test_whoever_is_still_busy_with_a_token_is_written_for_too() -> None:
    shared = rounds.Rounds()
    slow: Any = Text(iter("abcdefghijklmnop"))
    quick: Any = Text(iter("0123456789"))
    mine = shared.write(slow, lambda: False)
    assert next(mine) == "a"
    assert list(shared.write(quick, lambda: False)) == list("0123456789")
    (seat,) = shared._seats
    assert list(seat.steps) == list("bcdefghi") and len(seat.steps) == rounds.AHEAD
    assert list(mine) == list("bcdefghijklmnop")
    assert not shared._seats


def test_texts_are_kept_by_their_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    """A class of sixty keeps what the model has read of everybody's text; beyond the bound the oldest goes."""
    from playground.engine import writing

    for number in range(60):
        engine.ahead(Prompt("tiny-gpt2", f"The cat {number}"), (), SamplingSettings())
    assert len(writing._texts) == 60
    sizes = [store.n_bytes for _, store in writing._texts.values()]
    assert min(sizes) > 0
    with override(result_bytes=int(sum(sizes) / writing.TEXTS_SHARE / 2)):
        engine.ahead(Prompt("tiny-gpt2", "One more"), (), SamplingSettings())
    assert 25 <= len(writing._texts) <= 35
    assert ("texts", "tiny-gpt2", "One more") in writing._texts and (
        "texts",
        "tiny-gpt2",
        "The cat 0",
    ) not in writing._texts
