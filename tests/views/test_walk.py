"""The walk as a View: words and numbers of every step, for every kind of model."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from playground import engine
from playground.analysis.walk import Step
from playground.engine import Prompt
from playground.hooks import forward_count
from playground.tabs.contract import Asked, Look
from playground.tabs.forward.walk import WALK, found, neighbours
from playground.views import pictures
from playground.views.view import View
from tests.tabs.tiny_pages import PROMPTS, put_tiny_models
from tests.views.shown import shown

KINDS = {
    **PROMPTS,
    "llama": Prompt("tiny-llama", "The cat sat on the mat."),
    "gemma2": Prompt("tiny-gemma2", "The cat sat on the mat."),
    "t5": Prompt("tiny-t5", "The cat sat", "the cat"),
}


@pytest.fixture(autouse=True)
def tiny_models(monkeypatch: pytest.MonkeyPatch) -> None:
    put_tiny_models(monkeypatch)


def walk(prompt: Prompt, step: str = "row", layer: int | None = None, **look: int) -> View:
    return WALK.show(Asked(prompt, Look(layer=layer, **look), {"step": step}))


def picture(view: View) -> pictures.Walk:
    assert isinstance(view.picture, pictures.Walk)
    return view.picture


@pytest.mark.parametrize("name", KINDS)
def test_a_walk_leads_through_every_step_of_every_layer_and_back(name: str) -> None:
    prompt = KINDS[name]
    place: tuple[int | None, str] = (None, "encoder-tokens" if name in ("marian", "t5") else "tokens")
    seen: list[tuple[int, str]] = []
    while True:
        view = walk(prompt, place[1], place[0])
        drawn = picture(view)
        here = (drawn.layer, drawn.step.name)
        assert here not in seen, "the walk goes round in circles"
        if seen:
            assert drawn.before is not None
            back = picture(walk(prompt, drawn.before.step, drawn.before.layer))
            assert back.step.name == seen[-1][1]
        seen.append(here)
        whole = shown(view)
        assert drawn.step.sentence.endswith(".") and drawn.step.check and whole["table"]["rows"]
        if drawn.after is None:
            break
        place = (drawn.after.layer, drawn.after.step)
    trace = engine.trace(prompt)
    layers = len(trace.layers) + (len(trace.encoder.layers) if trace.encoder is not None else 0)
    assert len([step for _, step in seen if step.endswith("mlp-down")]) in (layers, 0)
    assert seen[-1][1] == "write"


def test_a_layer_that_is_opened_costs_one_pass() -> None:
    engine.trace(PROMPTS["marian"])
    before = forward_count()
    for layer in (0, 1):
        for step in ("attn-softmax", "mlp-down", "encoder-attn-norm", "softmax"):
            walk(PROMPTS["marian"], step, layer, pos=1)
    assert forward_count() == before + 2


def test_numbers_of_a_sentence_are_the_models() -> None:
    view = walk(PROMPTS["gpt2"], "attn-softmax", 1, pos=3, head=2)
    weights = engine.trace(PROMPTS["gpt2"]).layers[1].attention
    assert weights is not None
    row = weights.weights[2, 3]
    best = int(row.argmax())
    step = picture(view).step
    token = engine.trace(PROMPTS["gpt2"]).tokens[best].text
    assert f"to “{token}”" in step.sentence and f"= {row[best]:.3g}" in step.numbers and step.exact
    assert view.whole()["table"]["rows"][best][-1] == pytest.approx(float(row[best]))


@pytest.mark.parametrize("name", KINDS)
def test_the_code_gives_the_numbers_of_the_step(name: str) -> None:
    steps = picture(walk(KINDS[name])).names
    printed: list[Any] = []
    for step in steps:
        view = walk(KINDS[name], step, 1, pos=2)
        exec(view.python, {"print": printed.append})
        values = picture(view).step.outgoing
        if step in ("attn-out", "mlp-down", "attn-mix", "embed-norm", "final-norm", "row"):
            np.testing.assert_allclose(printed[-1], values[-1].values, atol=1e-5)
    assert len(printed) == len(steps)


def test_a_step_sends_little_and_the_machine_once() -> None:
    first = walk(PROMPTS["gpt2"], "attn-norm", 0).payload()
    second = walk(PROMPTS["gpt2"], "attn-qkv", 0).payload(first["kept"])
    assert set(second["picture"]["towers"]) == {"same"}
    assert len(json.dumps(second)) < 0.6 * len(json.dumps(first)) or len(json.dumps(second)) < 20_000


def test_a_name_that_a_layer_has_not_leads_to_the_same_part() -> None:
    steps = tuple(Step(name, (), ()) for name in ("row", "attn-qkv", "attn-out", "mlp-up", "mlp-add", "softmax"))
    assert [found(steps, name) for name in ("mlp-gate", "first", "last", "end", "nothing")] == [3, 1, 4, 5, 0]
    assert neighbours(steps, 4, 0, 2, 0) == ((0, "mlp-up", None), (1, "first", None))
    assert neighbours(steps, 1, 1, 2, 0) == ((0, "last", None), (1, "attn-out", None))
    assert neighbours(steps, 0, 1, 2, 3) == ((2, "encoder-end", None), (0, "first", None))
    assert neighbours(steps, 5, 1, 2, 0) == ((1, "last", None), None)


@pytest.mark.parametrize("text", ["The", "The cat sat on the mat. " * 5])
def test_short_and_long_texts(text: str) -> None:
    for step in ("attn-softmax", "attn-scale", "mlp-act", "softmax"):
        shown(walk(Prompt("tiny-gpt2", text), step))
