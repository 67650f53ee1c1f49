"""What happens on the page, by its handlers: run, open a tab, turn a control, click, go back, cancel."""

from __future__ import annotations

import json
import threading
import time
from types import SimpleNamespace
from typing import Any

import gradio as gr
import pytest

from playground import engine, models
from playground.engine import Prompt
from playground.errors import PlaygroundError
from playground.hooks import forward_count
from playground.lessons import lessons
from playground.tabs.base import CROSSED, Look
from playground.tabs.running import _stops, cancel, run, sample_for
from playground.tabs.wiring import Wiring
from tests.tabs.rooms import PROMPTS, defaults, page
from tests.tiny import tiny

SKIP = gr.skip()
TEXT = "The cat sat"


@pytest.fixture(scope="module")
def wiring() -> Wiring:
    return page()


def state_of(wiring: Wiring, tab: str) -> tuple[Any, ...]:
    return (PROMPTS["gpt2"], Look(), tuple(defaults(wiring.built[tab]).values()))


# Run


def test_running_gives_a_prompt_and_facts() -> None:
    prompt, facts, notice, ran, box, pos = run("tiny-gpt2", TEXT, "ignored", None)
    assert prompt == Prompt("tiny-gpt2", TEXT)
    assert json.loads(ran) == {"model": "tiny-gpt2", "text": TEXT, "target": None}
    assert notice == "" and facts["items"] and box["visible"] is False
    assert pos == SKIP, "what a link has chosen stays chosen"


def test_an_encoder_decoder_has_a_second_text() -> None:
    prompt, *_, box, _ = run("tiny-marian", TEXT, "the cat", None)
    assert prompt == Prompt("tiny-marian", TEXT, "the cat") and box["visible"]
    prompt, *_, box, _ = run("tiny-marian", TEXT, "", None)
    assert prompt.target is None and box["placeholder"].startswith("Written by the model: ")


@pytest.mark.parametrize(
    ("last", "kept"),
    [
        (None, True),
        (Prompt("tiny-gpt2", TEXT), True),
        (Prompt("tiny-llama", TEXT), True),
        (Prompt("tiny-gpt2", "another text"), False),
    ],
)
def test_a_position_belongs_to_a_text(last: Prompt | None, kept: bool) -> None:
    pos = run("tiny-gpt2", TEXT, "", last)[-1]
    assert pos == SKIP if kept else pos is None


@pytest.mark.parametrize(
    ("model", "text", "words"),
    [
        ("unknown/model", TEXT, "There is no model"),
        ("", TEXT, "no model"),
        (None, TEXT, "no model"),
        ("tiny-gpt2", "", "no text"),
        ("tiny-gpt2", None, "no text"),
        ("tiny-gpt2", "x" * 100_000, "Shorten it"),
    ],
)
def test_a_failure_changes_the_notice_and_nothing_else(model: Any, text: Any, words: str) -> None:
    """What was typed stays, and the pictures stay with what they show."""
    prompt, facts, notice, ran, box, pos = run(model, text, "", None)
    assert words in notice
    assert [prompt, facts, ran, box, pos] == [SKIP] * 5


def test_an_unforeseen_failure_is_a_sentence_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "trace", lambda *_: 1 / 0)
    notice = run("tiny-gpt2", TEXT, "", None)[2]
    assert notice == CROSSED
    assert not _stops


HOSTILE = ["<script>alert(1)</script>", "${1+1}", "{{x}}", "a\0b", "\ud800", "   ", "👩‍👩‍👧", "\n"]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_texts_run(text: str) -> None:
    prompt, _, notice, *_ = run("tiny-gpt2", text, "", None)
    assert notice == "" and prompt.text == text


class Slow:
    """A model whose loading tells of its progress until it may end."""

    def __init__(self) -> None:
        self.begun, self.loads = threading.Event(), 0

    def load(self, name: str, tell: Any) -> Any:
        self.loads += 1
        for _ in range(100 if self.loads == 1 else 1):
            tell(None, "Loading")
            self.begun.set()
            time.sleep(0.02)
        return tiny("gpt2")


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Slow:
    """Loading through the real shelf, where visitors wait for one another."""
    loader, shelf = Slow(), models.new_memory()

    def load_model(name: str, progress: Any = None) -> Any:
        tell = progress or (lambda *_: None)
        return shelf.get(name, lambda: loader.load(name, tell), lambda: tell(None, "Waiting"))

    monkeypatch.setattr(models, "load_model", load_model)
    return loader


def visit(session: str, results: dict[str, str]) -> threading.Thread:
    def work() -> None:
        request: Any = SimpleNamespace(session_hash=session)
        results[session] = run("slow", TEXT, "", None, request, lambda *_, **__: None)[2]  # type: ignore[arg-type]

    thread = threading.Thread(target=work)
    thread.start()
    return thread


def test_loading_can_be_cancelled(slow: Slow) -> None:
    results: dict[str, str] = {}
    visitor = visit("me", results)
    assert slow.begun.wait(5)
    cancel(SimpleNamespace(session_hash="somebody else"))  # type: ignore[arg-type]
    cancel(SimpleNamespace(session_hash="me"))  # type: ignore[arg-type]
    visitor.join(5)
    assert "cancelled" in results["me"] and not _stops


def test_who_waits_for_the_same_model_is_not_cancelled_with_me(slow: Slow) -> None:
    results: dict[str, str] = {}
    me = visit("me", results)
    assert slow.begun.wait(5)
    other = visit("other", results)
    time.sleep(0.1)
    cancel(SimpleNamespace(session_hash="me"))  # type: ignore[arg-type]
    me.join(5)
    other.join(5)
    assert "cancelled" in results["me"] and results["other"] == ""


# Tabs


def test_a_tab_is_drawn_when_it_is_opened_and_not_again(wiring: Wiring) -> None:
    own = tuple(defaults(wiring.built["tokens"]).values())
    active, drawn, payload, _ = wiring.enter("tokens", PROMPTS["gpt2"], None, None, None, None, *own)
    assert active == "tokens" and drawn == state_of(wiring, "tokens") and "picture" in payload
    again = wiring.enter("tokens", PROMPTS["gpt2"], None, None, None, drawn, *own)
    assert again == ["tokens", SKIP, SKIP, SKIP]
    for changed in (
        wiring.enter("tokens", PROMPTS["gpt2"], 1, None, None, drawn, *own),
        wiring.enter("tokens", PROMPTS["falcon"], None, None, None, drawn, *own),
        wiring.enter("tokens", PROMPTS["gpt2"], None, None, None, drawn, False, *own[1:]),
    ):
        assert changed[1] not in (SKIP, drawn)


def test_before_the_first_run_nothing_is_drawn(wiring: Wiring) -> None:
    own = defaults(wiring.built["sampling"]).values()
    assert wiring.enter("sampling", None, None, None, None, None, *own) == ["sampling", SKIP, SKIP]
    drawn, payload = wiring.turn("sampling", None, None, None, None, *own)
    assert drawn is None and payload["tone"] == "empty" and "Run" in payload["message"]


def test_switching_tabs_runs_no_forward_pass(wiring: Wiring) -> None:
    run("tiny-gpt2", PROMPTS["gpt2"].text, "", None)
    before = forward_count()
    for tab, built in wiring.built.items():
        if tab != "prompting":  # it runs two texts of its own, once
            wiring.enter(tab, PROMPTS["gpt2"], None, None, None, None, *defaults(built).values())
            wiring.turn(tab, PROMPTS["gpt2"], 1, 1, 1, *defaults(built).values())
    assert forward_count() == before


@pytest.mark.parametrize("junk", [None, "text", [1], {"pos": "x"}, {"layer": None, "head": 1.5}, {}])
def test_clicks_of_any_kind_are_survived(wiring: Wiring, junk: Any) -> None:
    for tab, built in wiring.built.items():
        event: Any = SimpleNamespace(_data=junk)
        pos, _, _, _, payload, *_ = wiring.picker(tab)(event, PROMPTS["gpt2"], 2, 1, 1, *defaults(built).values())
        assert pos == 2 and "picture" in payload


def test_a_click_chooses_and_draws(wiring: Wiring) -> None:
    event: Any = SimpleNamespace(_data={"layer": 0, "head": 3})
    own = defaults(wiring.built["attention"]).values()
    pos, layer, head, drawn, payload, _ = wiring.picker("attention")(event, PROMPTS["gpt2"], 2, 1, 1, *own)
    assert (pos, layer, head) == (2, 0, 3)
    assert payload["picture"]["chosen"] == {"layer": 0, "head": 3} and drawn[1] == Look(2, 0, 3)


def arrive(wiring: Wiring, prompt: Prompt | None, active: str, drawn: dict[str, Any]) -> dict[str, Any]:
    """By tab: what is drawn; under "fresh": what is reset."""
    own = [value for built in wiring.built.values() for value in defaults(built).values()]
    states = [drawn.get(tab) for tab in wiring.built]
    results = wiring.arrive(prompt, active, None, None, None, *states, *own)
    n = len(wiring.built)
    found, rest = dict(zip(wiring.built, results[:n], strict=True)), results[n:]
    outputs = sum(len(built.outputs) for built in wiring.built.values())
    return {**found, "fresh": rest[outputs:]}


def test_a_new_trace_draws_the_open_tab_only(wiring: Wiring) -> None:
    found = arrive(wiring, PROMPTS["gpt2"], "forward", {})
    assert found.pop("forward")[0] == PROMPTS["gpt2"]
    assert all(value == SKIP for tab, value in found.items() if tab != "fresh")


def test_what_the_last_text_made_is_put_away(wiring: Wiring) -> None:
    """Text written for another prompt must not stand under the new one; but it stays when nothing has changed."""
    drawn = {"sampling": state_of(wiring, "sampling")}
    (kept,) = arrive(wiring, PROMPTS["gpt2"], "sampling", drawn)["fresh"]
    (reset,) = arrive(wiring, PROMPTS["falcon"], "sampling", drawn)["fresh"]
    assert kept == SKIP and "message" in reset


def test_going_back_restores(wiring: Wiring) -> None:
    event: Any = SimpleNamespace(_data={"query": "?tab=forward&pos=4&text=abc"})
    values = dict(zip([c.key for c in wiring.controls], wiring.go_back(event)[3:], strict=True))
    assert (values["tab"], values["pos"], values["text"]) == ("forward", 4, "abc")
    for junk in (None, "x", {}, {"query": None}):
        assert len(wiring.go_back(SimpleNamespace(_data=junk))) == 3 + len(wiring.controls)  # type: ignore[arg-type]


@pytest.mark.parametrize("index", range(len(lessons())))
def test_a_lesson_is_opened_whole(wiring: Wiring, index: int) -> None:
    values = dict(zip([c.key for c in wiring.controls], wiring.open_lesson(str(index))[3:], strict=True))
    assert {key: str(values[key]) for key in lessons()[index].state} == lessons()[index].state
    assert wiring.open_lesson(str(index))[2] == lessons()[index].look
    assert values["pos"] is None and (values["target"] == "" or "target" in lessons()[index].state)
    assert wiring.open_lesson("") == [SKIP] * (3 + len(wiring.controls))


def test_what_was_typed_stays_when_the_model_changes() -> None:
    assert sample_for("storyteller", "my own words") == SKIP
    assert sample_for("nobody/nothing", "") == SKIP
    assert isinstance(sample_for("openai-community/gpt2", ""), str)


def test_refused_models_raise_what_the_page_shows() -> None:
    with pytest.raises(PlaygroundError):
        engine.load("nonsense")
