"""Shots: the sheet, the curve and the looks say what the sweeps found."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from playground import capture
from playground.analysis.prompting.shots import (
    Example,
    Task,
    flip_sweep,
    looks_of_answer,
    order_sweep,
    share_on,
    shots_sweep,
)
from playground.views.shots import shots_view
from playground.views.shots_records import Answered, Ordered, Seen, Sheet
from playground.views.view import percent
from tests.hooks.variants import variant
from tests.views.shown import HOSTILE, shown

TASK = Task(("Yes", "No"), "{text}? {label}")
EXAMPLES = (Example("cat", "Yes"), Example("mat", "No"), Example("sea", "Yes"))
SHEET = Sheet((("words", "Words"),), "words", TASK.labels, TASK.template, EXAMPLES, "dog", ("dog",), "", "m", 9)


def roomy() -> Any:
    return variant("gpt2", n_positions=128)


def seen_of(shot: Any, head: tuple[int, int] = (1, 2)) -> Seen:
    trace = capture(roomy(), shot.prompt.text)
    looks = looks_of_answer(trace)
    return Seen(trace.tokens, shot.prompt, looks, share_on(looks, shot.prompt.spans), head)


def test_the_curve_holds_the_shares_of_every_prompt() -> None:
    shots = tuple(shots_sweep(roomy(), TASK, EXAMPLES, "dog"))
    view = shots_view(SHEET, Answered(shots, 2, "shots", (None, 0, 0, 1)), seen_of(shots[2]), "pass\n")
    picture: Any = view.picture
    sheet, curve, text, heads = picture.pictures
    for i, line in enumerate(curve.lines):
        assert line.values.tolist() == [float(shot.scores.shares[i]) for shot in shots]
    assert curve.points == ("0", "1", "2", "3") and curve.chosen == 2 and curve.chance == 0.5
    assert [example.used for example in sheet.examples] == [True, True, False]
    assert (sheet.answer, sheet.told) == (shots[2].scores.best, 0)
    rows = shown(view)["table"]["rows"]
    for row, shot in zip(rows, shots, strict=True):
        assert row[1:4] == pytest.approx([*shot.scores.shares.tolist(), shot.scores.mass], rel=1e-5)
    assert [row[4] for row in rows] == ["", "Yes", "Yes", "No"]
    looks = seen_of(shots[2])
    assert looks.looks is not None and looks.on_examples is not None
    np.testing.assert_allclose(text.values, looks.looks.weights[1, 2])
    np.testing.assert_allclose(heads.maps[0].values, looks.on_examples.sum(-1))
    assert [example.look for example in sheet.examples[:2]] == pytest.approx(looks.on_examples[1, 2].tolist())
    assert [mark.name for mark in text.marks] == ["1", "2", "asked"]
    for mark, (start, end) in zip(text.marks, (*shots[2].prompt.spans, shots[2].prompt.query), strict=True):
        inside = looks.tokens[mark.start : mark.end]
        assert inside[0].span and inside[-1].span and inside[0].span[0] <= start + 1 and inside[-1].span[1] >= end


def test_flipped_labels_are_shown_where_they_are_flipped() -> None:
    shots = tuple(flip_sweep(roomy(), TASK, EXAMPLES, "dog"))
    view = shots_view(SHEET, Answered(shots, 2, "flips", (None,) * 4), seen_of(shots[2]), "pass\n")
    picture: Any = view.picture
    assert [example.label for example in picture.pictures[0].examples] == ["Yes", "No", "Yes"]
    assert [example.shown for example in picture.pictures[0].examples] == ["No", "Yes", "Yes"]
    assert "flipped" in view.reading and percent(shots[-1].scores.shares.max()) in view.reading


def test_orders_have_a_mean_and_a_band() -> None:
    *_, found = order_sweep(roomy(), TASK, EXAMPLES, "dog")
    (shot, *_) = shots_sweep(roomy(), TASK, EXAMPLES, "dog")
    view = shots_view(SHEET, Ordered(found, shot, 1), seen_of(shot), "pass\n")
    picture: Any = view.picture
    curve = picture.pictures[1]
    low, high = found.band
    for i, line in enumerate(curve.lines):
        assert (line.mean, line.low, line.high) == pytest.approx((found.mean[i], low[i], high[i]))
        assert sorted(line.values.tolist()) == pytest.approx(sorted(found.shares[:, i].tolist()))
    assert (np.diff(curve.lines[1].values) <= 0).all(), "sorted by the label that the examples point to"
    assert curve.points[curve.chosen] == "1 2 3" and "all 6 orders" in view.reading
    assert len(shown(view)["table"]["rows"]) == 6
    untried: Any = shots_view(SHEET, Ordered(None, shot, 1), seen_of(shot), "pass\n").picture
    assert not untried.pictures[1].points and "Press" in untried.pictures[1].hint


def test_trouble_leaves_the_sheet_as_it_was_typed() -> None:
    typed = replace(SHEET, labels=("Pos", "Positive"), query=HOSTILE, trouble="Choose other labels.")
    view = shots_view(typed, None, None, "")
    picture: Any = view.picture
    sheet, curve = picture.pictures
    assert (sheet.query, sheet.labels, sheet.trouble) == (HOSTILE, ("Pos", "Positive"), view.reading)
    assert [example.text for example in sheet.examples] == ["cat", "mat", "sea"] and not curve.points
    assert shown(view)["table"]["rows"] == []


def test_a_model_that_expects_something_else_is_said_to() -> None:
    shots = tuple(shots_sweep(roomy(), TASK, EXAMPLES, "dog"))
    masses = (1, 1, 1, 0.01)
    few = tuple(replace(s, scores=replace(s.scores, mass=mass)) for s, mass in zip(shots, masses, strict=True))
    said = [
        shots_view(SHEET, Answered(few, at, "shots", (None,) * 4), seen_of(few[at]), "pass\n").reading for at in (2, 3)
    ]
    assert "expects other words" not in said[0] and "expects other words" in said[1]


def test_a_model_that_does_not_get_it_is_said_to_be_too_small() -> None:
    shots = tuple(shots_sweep(roomy(), TASK, EXAMPLES, "dog"))
    best = shots[-1].scores.best
    same = (shots[-1], *shots[1:])
    other = replace(shots[0], scores=replace(shots[0].scores, log_probs=-shots[-1].scores.log_probs))
    for first, told, words in (
        (same, best, "what the examples point to"),
        (same, 1 - best, "too small"),
        ((other, *shots[1:]), 1 - best, "lead it astray"),
    ):
        view = shots_view(SHEET, Answered(first, 3, "shots", (told,) * 4), seen_of(shots[-1]), "pass\n")
        assert words in view.reading
