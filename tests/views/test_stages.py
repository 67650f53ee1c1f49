"""The next-token distribution stage by stage: everything sums to one, and the blackboard's figures come out."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from playground import SamplingSettings, next_token
from playground.analysis.prompting import expectation
from playground.analysis.sampling.by_hand import parse
from playground.analysis.sampling.figures import top_p_of
from playground.views import pictures
from playground.views.stages import ranked, stages_view
from playground.views.view import View
from tests.views.shown import shown, trace_of

FRUITS = "apple 0.5\nbanana 0.3\ncherry 0.1\ndate 0.05\nelderberry 0.05"


def view_of(logits: np.ndarray, settings: SamplingSettings, words: tuple[str, ...] | None = None) -> View:
    stages = next_token(logits, settings)
    ids = ranked(stages)
    names = [words[i] if words else f"n{i}" for i in ids]
    cut = top_p_of(stages, settings.top_p)
    return stages_view(stages, names, settings, place="Here", python="pass\n", cut=cut)


def by_hand(text: str, **settings: Any) -> pictures.Stages:
    typed = parse(text)
    picture = view_of(typed.logits, SamplingSettings(**settings), typed.words).picture
    assert isinstance(picture, pictures.Stages)
    return picture


@pytest.mark.parametrize(
    "settings",
    [
        SamplingSettings(),
        SamplingSettings(temperature=0.8, top_k=5, top_p=0.9),
        SamplingSettings(temperature=2.0, top_k=60),
        SamplingSettings(top_p=0.05),
        SamplingSettings(do_sample=False),
    ],
)
def test_every_column_is_everything(settings: SamplingSettings) -> None:
    view = view_of(expectation(trace_of("gpt2")).logits, settings)
    shown(view)
    picture: Any = view.picture
    for column, probs in zip(picture.columns, picture.probs, strict=True):
        assert probs.sum() + column.rest == pytest.approx(1, abs=1e-5)
    for i, stage in enumerate(picture.removed_by):
        assert (stage >= 0) == (picture.probs[-1, i] == 0)
        if stage >= 0:
            assert picture.probs[stage - 1, i] > 0 and not picture.probs[stage:, i].any()
    assert picture.columns[0].n_left == len(next_token(expectation(trace_of("gpt2")).logits, settings).raw)


@pytest.mark.parametrize(("k", "kept"), [(1, 1), (2, 2), (3, 3)])
def test_top_k_on_the_five_fruits(k: int, kept: int) -> None:
    picture = by_hand(FRUITS, top_k=k)
    assert [i for i, stage in enumerate(picture.removed_by) if stage < 0] == list(range(kept))
    assert picture.columns[-1].n_left == kept


@pytest.mark.parametrize(("p", "kept"), [(0.8, ["apple", "banana"]), (0.9, ["apple", "banana", "cherry"])])
def test_top_p_on_the_five_fruits(p: float, kept: list[str]) -> None:
    picture = by_hand(FRUITS, top_p=p)
    assert [word for word, stage in zip(picture.words, picture.removed_by, strict=True) if stage < 0] == kept


def test_five_times_0_7_is_a_fifth_each() -> None:
    picture = by_hand("\n".join(f"{word} 0.7" for word in "abcde"))
    np.testing.assert_allclose(picture.probs[-1], [0.2] * 5, atol=1e-6)


def test_the_boundary_token_of_top_p_is_named() -> None:
    """p = 0.3 on 0.2, 0.1, 0.02, 0.01, …: the sum of two reaches it exactly, so the readings agree; 0.25 parts them."""
    cakes = "cake 0.20\ndonut 0.10\nbanana 0.02\napple 0.01\n… 0.67"
    for p, differs in ((0.3, False), (0.25, True)):
        typed = parse(cakes)
        reading = view_of(typed.logits, SamplingSettings(top_p=p), typed.words).reading
        assert ("boundary" in reading) == differs
        assert not differs or "“donut” is top-p's boundary" in reading


def test_a_picture_checks_its_shapes() -> None:
    column = pictures.Column("raw", 2, 0, 0.0, 1.0, 0.0)
    with pytest.raises(ValueError, match=r"\(1, 3\).*|shape"):
        pictures.Stages("x", ("a", "b"), (column,), np.zeros((1, 3), np.float32), np.zeros(2, np.int32), 0, 1.0)
    with pytest.raises(ValueError, match="full bar"):
        pictures.Stages("x", ("a",), (column,), np.ones((1, 1), np.float32), np.zeros(1, np.int32), 0, 0.5)
