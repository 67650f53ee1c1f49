"""The one way to models: remembers by what was asked, within bounds, once, and never mixes two askers."""

from __future__ import annotations

import pickle
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

from playground import SamplingSettings, capture, engine, models
from playground.cache import n_bytes
from playground.engine import Prompt
from playground.errors import PlaygroundError
from playground.hooks import forward_count
from playground.models import LoadedModel
from playground.settings import override
from tests.tiny import FAMILIES, tiny

PROMPTS = {
    "gpt2": Prompt("tiny-gpt2", "The cat sat on the mat. The cat"),
    "bert": Prompt("tiny-bert", "The [MASK] sat on the mat."),
    "marian": Prompt("tiny-marian", "Le chat noir est assis", "the cat sat"),
    "falcon": Prompt("tiny-falcon", "The cat sat on the mat."),
}
"""One model of each kind: decoder, encoder, encoder–decoder, undescribed."""


def load_tiny(name: str, progress: Any = None) -> LoadedModel:
    """In place of loading: no folder, no hub."""
    family = name.removeprefix("tiny-")
    if family not in FAMILIES:
        raise PlaygroundError(f"There is no model {name}. Choose one of the list.")
    return tiny(family)


@pytest.fixture(autouse=True)
def tiny_models(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tiny models by name, an empty memory and an empty line."""
    monkeypatch.setattr(models, "load_model", load_tiny)
    monkeypatch.setattr(engine.work, "_memory", engine.new_memory())
    monkeypatch.setattr(engine.work, "_line", None)


def together(jobs: list[Any]) -> list[Any]:
    """Results of all jobs, begun at the same moment."""
    start = threading.Barrier(len(jobs))

    def work(job: Any) -> Any:
        start.wait()
        return job()

    with ThreadPoolExecutor(len(jobs)) as pool:
        return list(pool.map(work, jobs))


# Memory


def test_bytes_are_counted_once() -> None:
    array = np.zeros((10, 10), np.float32)
    assert n_bytes((array, array[2:], [array.T], "text", None)) == 400
    trace = capture(tiny("gpt2"), "The cat sat on the mat")
    below, above = trace.layers
    assert np.shares_memory(below.resid_post, above.resid_pre)
    assert n_bytes((below.resid_post, above.resid_pre)) == below.resid_post.nbytes
    logits, n = trace.logits.nbytes, len(trace)
    assert logits < n_bytes(trace) < logits + 40 * n * 32 * 4 + 20 * 4 * n * n * 4


# Asking


def test_one_prompt_is_one_forward_pass() -> None:
    before = forward_count()
    first = engine.trace(PROMPTS["gpt2"])
    engine.logit_lens(PROMPTS["gpt2"])
    engine.laws(PROMPTS["gpt2"])
    assert engine.trace(Prompt(*vars(PROMPTS["gpt2"]).values())) is first
    assert forward_count() == before + 1
    engine.forget()
    assert engine.trace(PROMPTS["gpt2"]) is not first
    assert forward_count() == before + 2


def test_visitors_on_different_texts_and_models_get_their_own() -> None:
    prompts = [Prompt(f"tiny-{m}", t) for m in ("gpt2", "llama") for t in ("The cat", "a", "The dog sat on the mat")]
    expected = {p: capture(tiny(p.model.removeprefix("tiny-")), p.text) for p in prompts}
    for _ in range(4):
        engine.forget()
        for prompt, trace in zip(
            prompts * 2, together([lambda p=p: engine.trace(p) for p in prompts * 2]), strict=True
        ):
            assert (trace.model_id, trace.text) == (prompt.model, prompt.text)
            np.testing.assert_allclose(trace.logits, expected[prompt].logits, atol=1e-5)


def test_targets_are_part_of_the_question() -> None:
    typed = engine.trace(Prompt("tiny-marian", "Le chat", "the cat"))
    other = engine.trace(Prompt("tiny-marian", "Le chat", "a dog"))
    free = engine.trace(Prompt("tiny-marian", "Le chat"))
    assert len({tuple(t.token_id for t in trace.tokens) for trace in (typed, other, free)}) == 3


@pytest.mark.parametrize("text", ["", "x" * 100_000])
def test_text_that_cannot_be_run_is_refused(text: str) -> None:
    with pytest.raises(PlaygroundError):
        engine.trace(Prompt("tiny-gpt2", text))
    assert not len(engine.work._memory)


@pytest.mark.parametrize(("text", "target"), [("x" * 20_001, None), ("Le chat", "x" * 20_001)])
def test_too_many_characters_are_refused_before_a_tokenizer_sees_them(
    text: str, target: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(models, "load_model", lambda *_: pytest.fail("asked for the model"))
    prompt = Prompt("tiny-marian", text, target)
    for ask in (lambda: engine.trace(prompt), lambda: engine.generate(prompt, SamplingSettings())):
        with pytest.raises(PlaygroundError, match="has 20,001 characters; at most 20,000"):
            ask()


@pytest.mark.parametrize("name", PROMPTS)
def test_everything_can_travel_to_another_process(name: str) -> None:
    """Plain picklable values, no torch module among them: so that model work can move elsewhere."""
    prompt = PROMPTS[name]
    values: list[Any] = [prompt, engine.load(prompt.model), engine.trace(prompt), engine.laws(prompt)]
    if name != "falcon":
        values.append(engine.logit_lens(prompt))
    if name != "bert":
        values.append(list(engine.generate(prompt, SamplingSettings(max_new_tokens=2))))
    for value in values:
        packed = pickle.dumps(value)
        assert b"torch.nn.modules" not in packed  # a step's processors may hold a tensor or two
        assert type(pickle.loads(packed)) is type(value)


def test_small_questions() -> None:
    model = tiny("gpt2")
    ids = model.tokenizer("The cat")["input_ids"]
    assert engine.decoded("tiny-gpt2", ids) == "The cat"
    assert "".join(engine.names("tiny-gpt2", ids)) == "The␣cat"
    assert engine.mask_token("tiny-gpt2") is None
    assert engine.mask_token("tiny-bert") == ("[MASK]", tiny("bert").tokenizer.mask_token_id)


def test_one_analysis_is_remembered_by_its_function_and_all_its_arguments() -> None:
    made: list[Any] = []
    prompt, other = PROMPTS["gpt2"], Prompt("tiny-gpt2", "Another text")

    assert engine.analysed(_compared, prompt, other, made_by(made)) == (14, 9)
    assert engine.analysed(_compared, prompt, other, made_by(made)) == (14, 9)
    assert len(made) == 1
    assert engine.analysed(_compared, other, prompt, made_by(made)) == (9, 14)
    assert len(made) == 2


class made_by:  # noqa: N801 - reads like a function
    """An argument that notes each computation it was used in, and is equal to every other."""

    def __init__(self, made: list[Any]) -> None:
        self.made = made

    def __eq__(self, other: object) -> bool:
        return isinstance(other, made_by)

    def __hash__(self) -> int:
        return 1


def _compared(model: LoadedModel, one: Any, other: Any, note: made_by) -> tuple[int, int]:
    note.made.append(model.info.id)
    return len(one), len(other)


# Turns


def test_model_work_is_done_by_a_few_threads_always_the_same() -> None:
    """torch keeps helper threads, and the C library a heap, for every thread that ever computed."""
    with override(workers=2):
        names = together([lambda i=i: engine.analysed(_thread, PROMPTS["gpt2"], i) for i in range(8)])
    assert len(set(names)) <= 2 and all(name.startswith("model-work") for name in names)


def _thread(model: LoadedModel, traced: Any, number: int) -> str:
    time.sleep(0.01)
    return threading.current_thread().name


def test_steps_come_one_by_one_and_in_slices_while_others_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    """A slice never goes beyond its time by more than a step, whoever takes it gets all of it, in order."""
    turns: list[str] = []
    real = engine.line().run
    monkeypatch.setattr(engine.line(), "run", lambda kind, *rest: turns.append(kind) or real(kind, *rest))  # type: ignore[func-returns-value]
    assert list(engine.streamed(iter(range(5)), "alone")) == [0, 1, 2, 3, 4]
    assert len(turns) == 6
    monkeypatch.setattr(engine.work, "crowd", lambda: 2)
    turns.clear()
    monkeypatch.setattr(engine.work, "SLICE_S", 10.0)
    assert list(engine.streamed(iter(range(5)), "crowd")) == [0, 1, 2, 3, 4]
    assert len(turns) == 2


def test_a_closed_playground_tells_everyone_and_ends_what_is_written() -> None:
    steps = engine.generate(PROMPTS["gpt2"], SamplingSettings(max_new_tokens=9))
    next(steps)
    engine.close("The playground stops.")
    with pytest.raises(PlaygroundError, match="stops"):
        list(steps)
    with pytest.raises(PlaygroundError, match="stops"):
        engine.trace(PROMPTS["gpt2"])


def test_who_writes_does_not_hold_up_who_looks() -> None:
    """With one worker, a generation that waits for its reader leaves its place to others."""
    with override(workers=1):
        steps: Iterator[Any] = engine.generate(PROMPTS["gpt2"], SamplingSettings(max_new_tokens=5))
        next(steps)
        with ThreadPoolExecutor(1) as pool:
            assert pool.submit(engine.trace, Prompt("tiny-gpt2", "Another visitor")).result(timeout=20) is not None
        assert len(list(steps)) <= 4
        steps = engine.generate(PROMPTS["gpt2"], SamplingSettings(max_new_tokens=5))
        next(steps)
        steps.close()  # type: ignore[attr-defined]
        assert engine.trace(Prompt("tiny-gpt2", "And one more"))


def test_two_who_write_get_their_own_texts() -> None:
    chosen = [SamplingSettings(max_new_tokens=8, seed=s) for s in range(4)]

    def write(settings: SamplingSettings) -> list[int]:
        return [s.token.token_id for s in engine.generate(PROMPTS["gpt2"], settings)]

    alone = [write(settings) for settings in chosen]
    assert len(set(map(tuple, alone))) > 1
    assert together([lambda s=s: write(s) for s in chosen]) == alone


def test_cancelled_writing_ends() -> None:
    asked = iter([False, False, True, True])
    steps = list(engine.generate(PROMPTS["gpt2"], SamplingSettings(max_new_tokens=9), lambda: next(asked)))
    assert len(steps) == 2


def test_the_more_people_wait_or_write_the_fewer_updates_each_gets(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [100.0]
    monkeypatch.setattr("playground.engine.pace.time.monotonic", lambda: clock[0])

    def updates(crowd: int, writers: int, at_once: bool = True) -> int:
        monkeypatch.setattr("playground.engine.pace.crowd", lambda: crowd)
        monkeypatch.setattr("playground.engine.pace.n_writers", lambda: writers)
        pace, count = engine.Pace(1.0, at_once=at_once), 0
        for _ in range(120):
            count += pace.due()
            clock[0] += 0.25
        return count

    assert updates(0, 0) == updates(1, 1) == 24  # every 1.25 s: the first step behind a whole second
    assert updates(0, 0, at_once=False) == 23
    assert updates(5, 1) == updates(1, 5) == 6
