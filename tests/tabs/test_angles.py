"""Angles on the page: what the panel says is what the model's own table says."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from playground import engine
from playground.analysis.embedding import cosines
from playground.analysis.embedding.angles import word_of
from playground.analysis.typed import typed_ids
from playground.engine import Prompt
from playground.errors import PlaygroundError
from playground.hooks import embedding_table
from playground.tabs.contract import Look
from playground.views.pictures import Arrows, Group, SignedBars, Spread, WordSums
from playground.views.view import View
from tests.tabs.tiny_pages import PROMPTS, shown
from tests.tiny import tiny

NAME = "embeddings-angles"


def parts(view: View) -> tuple[Any, Any, Any]:
    assert isinstance(view.picture, Group)
    first, second, third = view.picture.pictures
    assert isinstance(first, Arrows) and isinstance(second, SignedBars) and isinstance(third, Spread | WordSums)
    return first, second, third


@pytest.mark.parametrize("centre", ["raw", "mean"])
@pytest.mark.parametrize("model", PROMPTS)
def test_angle_bars_and_table_are_the_tables_own(model: str, centre: str) -> None:
    prompt = PROMPTS[model]
    view = shown(NAME, prompt, first="cat", second="sat", centre=centre)
    arrows, bars, spread = parts(view)
    family = tiny(prompt.model.removeprefix("tiny-"))
    rows = embedding_table(family).astype(np.float64)
    rows = rows - rows.mean(0) if centre == "mean" else rows
    one, two = (rows[typed_ids(family, word, both_texts=True)].mean(0) for word in ("cat", "sat"))
    if centre == "mean":
        table = embedding_table(family).astype(np.float64)
        one, two = (table[typed_ids(family, word, both_texts=True)].mean(0) - table.mean(0) for word in ("cat", "sat"))
    cosine = float(one @ two / np.linalg.norm(one) / np.linalg.norm(two))
    assert arrows.arc_label == f"{np.degrees(np.arccos(cosine)):.0f}°"
    marks = {row.title: row.mark for row in spread.rows}
    assert marks["as they are" if centre == "raw" else "without the mean, of all rows"] == pytest.approx(
        cosine, abs=1e-5
    )
    near = cosines(rows.astype(np.float32), one.astype(np.float32))
    for row, bar in zip(view.table.rows, bars.groups[0].bars, strict=True):
        assert row[2] == pytest.approx(float(near[row[1]]), abs=1e-5) and bar.value == row[2]
    own = typed_ids(family, "cat", both_texts=True)
    assert view.table.rows[0][2] == pytest.approx(max(x for i, x in enumerate(near) if i not in own), abs=1e-5)


@pytest.mark.parametrize("model", PROMPTS)
def test_the_chosen_token_and_its_nearest_stand_for_empty_boxes(model: str) -> None:
    prompt = PROMPTS[model]
    view = shown(NAME, prompt, Look(pos=1))
    trace = engine.trace(prompt)
    token = (trace.encoder or trace).tokens[1]
    arrows, bars, _ = parts(view)
    assert arrows.points[1].name == token.text
    assert arrows.points[2].name == bars.groups[0].bars[0].label and bars.chosen == (0, 0)


@pytest.mark.parametrize("model", PROMPTS)
def test_what_a_bar_says_may_be_typed_means_that_token(model: str) -> None:
    view = shown(NAME, PROMPTS[model], first="cat")
    family = tiny(PROMPTS[model].model.removeprefix("tiny-"))
    for bar, row in zip(parts(view)[1].groups[0].bars, view.table.rows, strict=True):
        ((key, typed),) = bar.pick
        assert key == "second" and typed_ids(family, typed, both_texts=True) == [row[1]]


def test_a_sum_of_any_words_and_a_ready_one() -> None:
    view = shown(NAME, PROMPTS["gpt2"], show="sum", a="cat", b="mat", c="sat")
    arrows, bars, sums = parts(view)
    assert [point.name.strip("␣") for point in arrows.points[:3]] == ["cat", "mat", "sat"]
    assert bars.groups[0].bars[0].label in view.reading and "hoped-for “" not in view.reading
    assert not any(line.chosen for line in sums.lines) and len(sums.lines) == 10
    assert "too small" in view.reading, "a random table solves nothing"
    ready = shown(NAME, PROMPTS["gpt2"], show="sum", **dict(sums.lines[3].pick))
    assert [line.chosen for line in parts(ready)[2].lines].index(True) == 3


def test_kept_words_are_grey_and_the_code_gives_the_table() -> None:
    view = shown(NAME, PROMPTS["gpt2"], show="sum", a="cat", b="mat", c="sat", inputs=True)
    roles = [bar.role for bar in parts(view)[1].groups[0].bars]
    assert [role == "special" for role in roles] == [row[5] == "yes" for row in view.table.rows] and "special" in roles
    printed: list[Any] = []
    exec(view.python, {"print": lambda *values: printed.append(values)})
    assert [values[0] for values in printed] == [row[2] for row in view.table.rows]
    np.testing.assert_allclose([values[1] for values in printed], [row[3] for row in view.table.rows], atol=1e-6)


def test_the_code_of_a_pair_gives_its_numbers() -> None:
    view = shown(NAME, PROMPTS["bert"], first="cat", second="", centre="mean")
    printed: list[Any] = []
    exec(view.python, {"print": lambda *values: printed.append(values)})
    assert f"{printed[0][1]:.0f}°" in view.reading
    assert [i for i, _ in printed[1][0]] == [row[1] for row in view.table.rows]


@pytest.mark.parametrize(
    ("values", "words"),
    [({"first": "#99999999"}, "There is no token"), ({"show": "sum", "a": " "}, "needs three words"),
     ({"second": "\u200b"}, "no token")],
)  # fmt: skip
def test_what_cannot_be_compared_is_said(values: dict[str, Any], words: str) -> None:
    with pytest.raises(PlaygroundError, match=words):
        shown(NAME, Prompt("tiny-bert", "the cat"), **values)


def test_a_word_of_several_tokens_is_said_to_be_their_mean() -> None:
    model = tiny("gpt2")
    n = len(word_of(model, engine.token_table("tiny-gpt2"), "unbelievable").token_ids)
    view = shown(NAME, PROMPTS["gpt2"], first="unbelievable")
    assert n > 1 and any(f"“unbelievable” is {n} tokens" in note for note in view.notes)
