"""Figures of stages, and the two wordings of top-p: CONCEPTS S4 to S6."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from playground import PlaygroundError, SamplingSettings, next_token
from playground.analysis.sampling import entropy_bits, softmax
from playground.analysis.sampling.figures import cut_curve, stage_figures, top_p_cut

FRUIT = np.array([0.5, 0.3, 0.1, 0.05, 0.05], np.float32)


def test_figures_of_the_fruits() -> None:
    """S6 on the five fruits: top-k 3 takes 0.1 away, top-p 0.85 of the rest another 1/9."""
    figures = stage_figures(next_token(np.log(FRUIT), SamplingSettings(top_k=3, top_p=0.85)))
    assert [(f.name, f.title, f.n_left, f.n_removed) for f in figures] == [
        ("raw", "raw", 5, 0), ("top_k", "top-k", 3, 2), ("top_p", "top-p", 2, 1)
    ]  # fmt: skip
    assert [f.removed_mass for f in figures] == pytest.approx([0, 0.1, 1 / 9], abs=1e-6)
    assert [f.entropy_bits for f in figures] == pytest.approx([1.7855, 1.3516, 0.9544], abs=5e-5)


@pytest.mark.parametrize(("p", "kept"), [(0.8, 2), (0.9, 3), (0.5, 1), (0.51, 2), (1.0, 5), (1e-6, 1)])
def test_top_p_of_the_fruits(p: float, kept: int) -> None:
    """S5: p = 0.8 keeps two, p = 0.9 three."""
    assert top_p_cut(FRUIT, p).n_reaching == kept


@pytest.mark.parametrize(
    ("p", "reaching", "not_exceeding", "boundary"),
    [(0.30, 2, 2, "donut"), (0.25, 2, 1, "donut"), (0.31, 3, 2, "banana"), (0.19, 1, 0, "cake")],
)
def test_two_wordings_of_top_p(p: float, reaching: int, not_exceeding: int, boundary: str) -> None:
    """S5: .2/.1/.02/.01…: at 0.30 the sum is met exactly and the wordings agree; elsewhere the boundary differs."""
    words = ("cake", "donut", "banana", "apple")
    cut = top_p_cut(np.array([0.2, 0.1, 0.02, 0.01], np.float32), p)
    assert (cut.n_reaching, cut.n_not_exceeding, words[cut.boundary]) == (reaching, not_exceeding, boundary)
    assert cut.differ == (reaching != not_exceeding)


distributions = arrays.arrays(np.float32, st.integers(1, 40), elements=st.floats(-9, 9, width=32)).map(softmax)


@given(probs=distributions, p=st.floats(0.01, 0.99))
def test_the_first_wording_is_what_hugging_face_does(probs: np.ndarray, p: float) -> None:
    cut = top_p_cut(probs, p)
    if np.abs(cut.cumulative - p).min() < 1e-5:  # rounding decides
        return
    assert next_token(np.log(probs), SamplingSettings(top_p=p)).kept.sum() == cut.n_reaching
    assert cut.n_reaching - cut.n_not_exceeding == 1


def test_a_set_that_cannot_be_had_is_refused() -> None:
    for probs, p in ((FRUIT[:2], 0.9), (FRUIT, 0.0), (FRUIT, 1.1), (FRUIT, float("nan"))):
        with pytest.raises(PlaygroundError, match=r"\.$"):
            top_p_cut(probs, p)


def test_entropy_of_what_is_left_is_that_of_the_stage() -> None:
    stages = next_token(np.log(FRUIT), SamplingSettings(temperature=2.0, top_k=2))
    assert [f.entropy_bits for f in stage_figures(stages)] == pytest.approx(
        [float(entropy_bits(stage.probs)) for stage in stages]
    )


@given(st.integers(0, 12), st.floats(0.1, 1.0), st.floats(0.3, 2.0))
def test_the_curve_of_the_cuts(k: int, p: float, temperature: float) -> None:
    """It falls, its last rank is the vocabulary's, and what it says is kept is what can be drawn."""
    logits = np.random.default_rng(k).normal(0, 2, 900).astype(np.float32)
    settings = SamplingSettings(temperature=temperature, top_k=k, top_p=p)
    stages = next_token(logits, settings)
    curve = cut_curve(stages)
    assert curve.ranks[0] == 1 and curve.ranks[-1] == 900 and (np.diff(curve.ranks) > 0).all()
    assert (np.diff(curve.probs) <= 0).all() and (np.diff(curve.cumulative) >= -1e-6).all()
    assert curve.cumulative[-1] == pytest.approx(1, abs=1e-4)
    np.testing.assert_array_equal(curve.kept, stages.final[curve.token_ids] > 0)
    plain = next_token(logits, SamplingSettings(temperature=temperature))
    np.testing.assert_allclose(curve.probs, plain.final[curve.token_ids], rtol=1e-5)
    assert curve.kept[: curve.kept.sum()].all(), "those that are kept come first"
