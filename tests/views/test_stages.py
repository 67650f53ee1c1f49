"""The next-token distribution stage by stage: everything sums to one, and the blackboard's figures come out."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from playground import SamplingSettings, next_token
from playground.analysis.prompting import expectation
from playground.analysis.sampling.by_hand import parse
from playground.analysis.sampling.draws import draw_many
from playground.analysis.sampling.figures import cut_curve, top_p_of
from playground.views import pictures
from playground.views.stages import ranked, stages_view
from playground.views.view import View
from tests.views.shown import shown, trace_of

FRUITS = "apple 0.5\nbanana 0.3\ncherry 0.1\ndate 0.05\nelderberry 0.05"


def view_of(
    logits: np.ndarray, settings: SamplingSettings, words: tuple[str, ...] | None = None, draws: int = 0
) -> View:
    stages = next_token(logits, settings)
    ids = ranked(stages)
    names = [words[i] if words else f"n{i}" for i in ids]
    cut = top_p_of(stages, settings.top_p)
    drawn = draw_many(stages.final, draws, 7) if draws else None
    boundary = (words[cut.boundary] if words else f"n{cut.boundary}") if cut else ""
    return stages_view(
        stages, names, settings, place="Here", python="pass\n", curve=cut_curve(stages), cut=cut, boundary=boundary,
        draws=drawn,
    )  # fmt: skip


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
    for before, column in zip(picture.columns, picture.columns[1:], strict=False):
        rows_left = sum(1 for stage in picture.removed_by if stage < 0 or stage > picture.columns.index(column))
        assert (column.rest == 0) == (column.n_left == rows_left), "nought only where all without a row are removed"
        assert before.n_left >= column.n_left
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


def test_both_wordings_of_top_p_are_given() -> None:
    cut = by_hand(FRUITS, top_p=0.85).cut
    assert cut is not None and cut.boundary == "cherry"
    assert (cut.n_reaching, cut.n_within) == (3, 2)
    assert (cut.reached, cut.within) == pytest.approx((0.9, 0.8))


def test_the_curve_is_the_distribution_before_the_cuts() -> None:
    picture: Any = view_of(
        expectation(trace_of("gpt2")).logits, SamplingSettings(temperature=0.7, top_k=9, top_p=0.8)
    ).picture
    stages = next_token(expectation(trace_of("gpt2")).logits, SamplingSettings(temperature=0.7))
    np.testing.assert_allclose(picture.curve, np.sort(stages.final)[::-1][picture.ranks - 1], rtol=1e-5)
    assert picture.ranks[-1] == len(stages.final) and picture.cumulative[8] == pytest.approx(1, abs=1e-5)
    assert int(picture.curve_kept.sum()) == picture.columns[-1].n_left == picture.cut.n_reaching


def test_draws_are_all_counted() -> None:
    view = view_of(expectation(trace_of("gpt2")).logits, SamplingSettings(top_k=5), draws=100)
    shown(view)
    drawn: Any = view.picture.drawn  # type: ignore[attr-defined]
    assert sum(drawn.counts) == 100 and sum(drawn.expected) == pytest.approx(100, abs=1e-3)
    assert "Of 100 draws" in view.reading and "greedy would have taken it 100 times" in view.reading


def test_a_picture_checks_its_shapes() -> None:
    column = pictures.Column("raw", 2, 0, 0.0, 1.0, 0.0)
    one = np.ones(1, np.float32)

    def stages(words: tuple[str, ...], probs: np.ndarray, full: float, curve: np.ndarray = one) -> pictures.Stages:
        removed = np.zeros(len(words), np.int32)
        return pictures.Stages(
            "x", words, (column,), probs, removed, 0, full, np.ones(1, np.int32), curve, one, np.ones(1, np.uint8), (),
            0, 1.0, None, True, None,
        )  # fmt: skip

    with pytest.raises(ValueError, match=r"\(1, 3\).*|shape"):
        stages(("a", "b"), np.zeros((1, 3), np.float32), 1.0)
    with pytest.raises(ValueError, match="full bar"):
        stages(("a",), np.ones((1, 1), np.float32), 0.5)
    with pytest.raises(ValueError, match="curve"):
        stages(("a",), np.ones((1, 1), np.float32), 1.0, np.ones(2, np.float32))
