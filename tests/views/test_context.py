"""The guess from more and more context, and an exchanged word: the numbers of the picture, the table, the sentence."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest

from playground import capture, load_model
from playground.analysis.context import context_curve, context_sweep
from playground.analysis.reach import Reach, reach
from playground.tabs.sampling.context import _before_it_returns, _telling
from playground.tokens import vocabulary
from playground.views.context import FELT, Sight, context_view
from playground.views.pictures import Context
from playground.views.view import View, percent
from tests.tiny import tiny
from tests.views.shown import shown

STORY = "Once upon a time, there was a little girl named Lily. She had a red ball. One day, Lily lost the ball."


def view_of(name: str, pos: int, changed: int, whole: bool = False, **instead: Any) -> tuple[View, Reach]:
    """The view of a tiny model; ``instead`` changes what the exchange did."""
    model = tiny(name)
    trace = capture(model, "The cat sat on the mat. The cat")
    sweep = context_sweep(model, trace, pos)
    found = dataclasses.replace(reach(model, trace, changed), **instead)
    ids = [sweep.target_id, *(int(i) for i in sweep.guesses), *found.others]
    curve = context_curve(model, trace) if whole else None
    sight = Sight(trace.tokens, 0, sweep, found, vocabulary(model.tokenizer, ids), curve)
    return context_view(sight, "pass\n"), found


@pytest.mark.parametrize("name", ["gpt2", "llama"])
def test_every_number_is_that_of_the_analysis(name: str) -> None:
    model = tiny(name)
    trace = capture(model, "The cat sat on the mat. The cat")
    view, found = view_of(name, 4, 2, whole=True)
    picture, rows = view.picture, shown(view)["table"]["rows"]
    assert isinstance(picture, Context)
    sweep, curve = context_sweep(model, trace, 4), context_curve(model, trace)
    assert [row[3] for row in rows[: len(sweep.lengths)]] == pytest.approx(sweep.probs.tolist(), rel=1e-5)
    assert [row.mean_bits for row in picture.rows[:3]] == pytest.approx(curve.mean_bits[:3].tolist())
    assert picture.rows[-1].mean_bits is None, "5 tokens in view are on no power of two: nothing is made up"
    later = rows[len(sweep.lengths) :]
    assert [row[8] for row in later] == pytest.approx(found.bits.tolist())
    assert [row[2] for row in later] == [t.text for t in trace.tokens[2:]] == list(picture.tokens[2:])
    assert percent(float(sweep.probs[-1])) in view.reading and "5 tokens in view" in view.reading


def test_states_travel_as_bytes() -> None:
    view, found = view_of("gpt2", 4, 2)
    picture = view.picture
    assert isinstance(picture, Context) and found.states is not None and found.state_changes is not None
    np.testing.assert_allclose(picture.states / 127.5 - 1, found.states, atol=1 / 255 + 1e-6)
    largest = float(found.state_changes.max())
    np.testing.assert_allclose(picture.state_changes * largest / 255, found.state_changes, atol=largest / 510 + 1e-6)


def test_without_a_network_that_knows_the_text_its_rows_are_left_out_and_it_is_said() -> None:
    nothing: dict[str, Any] = dict.fromkeys(("network_bits", "state_change", "states", "state_changes"))
    view, found = view_of("gpt2", 4, 2, **nothing)
    assert isinstance(view.picture, Context) and view.picture.states.size == 0 and view.picture.network_bits.size == 0
    assert any("cannot read this text" in note for note in view.notes)
    assert percent(float(found.attention[-1])) in view.reading and "recurrent" not in view.reading
    assert all(row[10] == "" for row in view.table.rows)


@pytest.mark.parametrize(
    ("bits", "words"),
    [
        ([9, 0, 0, 0.2, 0, 0, 0, 0, 0], "still moves by 0.1 bits or more 3 tokens later"),
        ([9, FELT, 0, 0, 0, 0, 0, 0, 0], "still moves by 0.1 bits or more 1 token later"),
        ([9, 0, 0.09, 0, 0, 0, 0, 0, 0], "never moves by 0.1 bits after it"),
    ],
)
def test_how_long_it_is_felt(bits: list[float], words: str) -> None:
    _, found = view_of("gpt2", 4, 2)
    moved = np.resize(np.array(bits, np.float32), len(found.bits))
    moved[len(bits) :] = 0
    view, _ = view_of("gpt2", 4, 2, bits=moved)
    assert f"the transformer's guess {words}" in view.reading


def test_the_last_word_can_be_exchanged_and_nothing_follows() -> None:
    last = len(capture(tiny("gpt2"), "The cat sat on the mat. The cat")) - 1
    view, _ = view_of("gpt2", 0, last)
    assert "exchange an earlier word" in view.reading and "its one token in view" in view.reading


def test_it_begins_with_a_word_that_comes_again_and_the_place_before_that() -> None:
    tokens = capture(load_model("storyteller"), STORY).tokens
    changed = _telling(tokens, 1)
    assert tokens[changed].text == "␣Lily" and tokens[_before_it_returns(tokens, changed) + 1].text == "␣Lily"
    assert _before_it_returns(tokens, len(tokens) - 1) == len(tokens) - 2


def test_the_lesson_tells_the_truth() -> None:
    """“Lily” is guessed once its first mention is in view; there the transformer feels an exchange, and the network
    hardly does."""
    model = load_model("storyteller")
    trace = capture(model, STORY)
    changed = _telling(trace.tokens, 1)
    pos = _before_it_returns(trace.tokens, changed)
    sweep = context_sweep(model, trace, pos)
    known = dict(zip(sweep.lengths, sweep.probs.tolist(), strict=True))
    assert known[8] < 0.05 and known[16] > 0.5 and pos - changed < 16
    found = reach(model, trace, changed)
    assert found.network_bits is not None and found.state_change is not None
    k = pos - changed
    assert found.bits[k] > 5 and found.network_bits[k] < 0.5 and found.attention[k] > 0.5
    assert found.state_change[0] == 1 and found.state_change[k] < 0.6 and found.state_change[-1] < 0.3
