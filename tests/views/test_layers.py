"""The pictures of vectors on their way say the numbers that they were given."""

from __future__ import annotations

import numpy as np
import pytest

from playground.analysis.paths import Distortion, distortion, find_word, level_vectors, paths, same_word
from playground.views import pictures
from playground.views.layers import FEW, Shown, text_view, word_view
from playground.views.pictures import Grid, Group, Plot
from playground.views.view import View
from tests.views.shown import accepted, shown, trace_of

SENTENCES = ("The cat sat on the mat.", "Once upon a time a cat was happy", "the little cat")


def view_of(name: str, level: int = 1, text: str = SENTENCES[0], odd: Distortion | None = None) -> View:
    trace = trace_of(name, text)
    stack = trace.encoder or trace
    found = level_vectors(stack)
    laid = paths(found, "level", False)
    return text_view(Shown(found, laid, level, "level", False, odd or distortion(found), "pass\n"), stack.tokens, 1)


@pytest.mark.parametrize("name", ["gpt2", "bert", "marian", "electra"])
def test_points_table_and_curves_are_one(name: str) -> None:
    view = view_of(name)
    assert isinstance(view.picture, Group)
    points, curves = view.picture.pictures
    assert isinstance(points, pictures.LayerPaths) and isinstance(curves, Plot)
    accepted(curves.figure)  # type: ignore[arg-type]
    rows = shown(view)["table"]["rows"]
    n_levels, n = points.points.shape[:2]
    assert len(rows) == n_levels * n
    np.testing.assert_allclose([row[3:5] for row in rows], points.points.reshape(-1, 2), rtol=1e-5)
    assert points.levels[-1] in view.reading and "of the variance" in view.reading


def test_many_tokens_have_one_line_for_all() -> None:
    view = view_of("gpt2", text="cat " * 30)
    assert isinstance(view.picture, Group) and isinstance(view.picture.pictures[1], Plot)
    assert len(view.picture.pictures[0].names) > FEW  # type: ignore[attr-defined]
    assert len(view.picture.pictures[1].figure["data"]) == 4


def test_of_a_long_text_the_table_holds_the_chosen_level(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of few tokens every level is there; many are not sent with every click."""
    view = view_of("gpt2", text="cat " * 30)
    n = len(view.picture.pictures[0].names)  # type: ignore[attr-defined]
    assert len(shown(view)["table"]["rows"]) == 4 * n
    monkeypatch.setattr("playground.views.layers.text.ROWS", 4 * n - 1)
    view = view_of("gpt2", level=2, text="cat " * 30)
    rows = shown(view)["table"]["rows"]
    assert len(rows) == n and {row[0] for row in rows} == {"after layer 0"}
    assert "level of the slider" in " ".join(view.notes)


def test_what_distorts_is_named() -> None:
    said = " ".join(view_of("gpt2", odd=Distortion(((0, 2, 31.0),), ((7, 3, 0.4),))).notes)
    assert "The first token" in said and "31 times" in said and "number 7 holds 40 % " in said
    assert "No single token" in " ".join(view_of("gpt2", odd=Distortion((), ())).notes)


@pytest.mark.parametrize("name", ["gpt2", "bert"])
@pytest.mark.parametrize("n", [2, 3])
def test_one_word_s_matrix_table_and_sentence_are_one(name: str, n: int) -> None:
    sentences = SENTENCES[:n]
    stacks = [trace_of(name, text) for text in sentences]
    same = same_word(stacks, [find_word("cat", text) for text in sentences], True)
    laid = paths(same.levels, "level", False)
    shown_ = Shown(same.levels, laid, 2, "level", False, distortion(same.levels), "pass\n")
    view = word_view(shown_, same, "cat", sentences, causal=name == "gpt2")
    assert isinstance(view.picture, Group)
    points, curves, matrix = view.picture.pictures
    assert isinstance(points, pictures.LayerPaths) and isinstance(curves, Plot) and isinstance(matrix, Grid)
    accepted(curves.figure)  # type: ignore[arg-type]
    np.testing.assert_array_equal(matrix.maps[0].values, same.cosines[2])
    rows = shown(view)["table"]["rows"]
    assert len(rows) == len(points.levels) * n * (n - 1) // 2
    last = [row[3] for row in rows if row[0] == points.levels[-1]]
    assert f"{max(last):.2f}".replace("-", "−") in view.reading
    here = [row[3] for row in rows if row[0] == points.levels[2]]
    slider = view.reading.split("The slider stands at", 1)[1]
    assert points.levels[2] in slider and all(
        f"{one:.2f}".replace("-", "−") in slider for one in (max(here), min(here))
    )
    assert ("reads forwards" in " ".join(view.notes)) == (name == "gpt2")
    assert points.captions == sentences
    same_place = len({tuple(at) for at in same.positions}) == 1
    assert ("at another place" in " ".join(view.notes)) == (not same_place and min(same.cosines[0].flat) > 0.9999)
