"""From logits to the distribution that is drawn from: against the definitions, in numpy, and figures of CONCEPTS."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from playground import PlaygroundError, SamplingSettings, next_token
from playground.analysis.sampling import entropy_bits, rank_of, ranking, softmax

FRUIT = np.log(np.array([0.5, 0.3, 0.1, 0.05, 0.05], np.float32))
"""Apple, banana, cherry, date, elderberry: CONCEPTS S4, S5."""

logits_of = arrays.arrays(
    np.float32, st.integers(2, 60), elements=st.floats(-12, 12, width=32), unique=True
)  # equal logits leave open which one a cut takes
settings_of = st.builds(
    SamplingSettings,
    temperature=st.sampled_from([0.1, 0.5, 0.8, 1.0, 1.7]),
    top_k=st.sampled_from([0, 1, 2, 5, 50]),
    top_p=st.sampled_from([0.05, 0.3, 0.5, 0.9, 0.99, 1.0]),
)


def by_definition(logits: np.ndarray, settings: SamplingSettings) -> tuple[dict[str, np.ndarray], float]:
    """Each stage from its textbook definition in double precision; and how near top-p came to deciding otherwise."""

    def normalised(scores: np.ndarray, kept: np.ndarray) -> np.ndarray:
        weights = np.where(kept, np.exp(scores - scores[kept].max()), 0)
        return weights / weights.sum()

    scores = logits.astype(np.float64) / settings.temperature
    kept = np.ones(len(scores), bool)
    stages = {"raw": normalised(logits.astype(np.float64), kept), "temperature": normalised(scores, kept)}
    if settings.top_k:
        kept[np.argsort(-scores)[settings.top_k :]] = False
    stages["top_k"] = normalised(scores, kept)
    margin = 1.0
    if settings.top_p < 1:
        order = np.argsort(-scores)
        before = np.cumsum(stages["top_k"][order]) - stages["top_k"][order]  # what stands above each token
        kept[order[1:][before[1:] >= settings.top_p]] = False
        margin = float(np.abs(before[1:] - settings.top_p).min())
    stages["top_p"] = normalised(scores, kept)
    return stages, margin


@given(logits=logits_of, settings=settings_of)
def test_every_stage_is_what_its_name_says(logits: np.ndarray, settings: SamplingSettings) -> None:
    expected, margin = by_definition(logits, settings)
    assume(margin > 1e-5)
    stages = next_token(logits, settings)
    for name, probs in expected.items():
        found = getattr(stages, name)
        np.testing.assert_allclose(found, probs, atol=2e-5, err_msg=name)
        assert found.sum() == pytest.approx(1, abs=1e-4)
    # what is less probable than single precision can hold cannot be drawn either
    assert not (stages.kept & (expected["top_p"] == 0)).any()
    assert stages.kept[expected["top_p"] > 1e-30].all()
    np.testing.assert_array_equal(stages.cut_by["top_k"], expected["top_k"] == 0)
    np.testing.assert_array_equal(stages.cut_by["top_p"], (expected["top_p"] == 0) & (expected["top_k"] > 0))
    assert stages.final is stages.top_p


@pytest.mark.parametrize(
    ("change", "shares"),
    [
        ({"top_k": 1}, [1, 0, 0, 0, 0]),
        ({"top_k": 2}, [0.625, 0.375, 0, 0, 0]),
        ({"top_k": 3}, [5 / 9, 3 / 9, 1 / 9, 0, 0]),
        ({"top_k": 50}, [0.5, 0.3, 0.1, 0.05, 0.05]),
        ({"top_p": 0.8}, [0.625, 0.375, 0, 0, 0]),
        ({"top_p": 0.9}, [5 / 9, 3 / 9, 1 / 9, 0, 0]),
        ({"top_p": 0.5}, [1, 0, 0, 0, 0]),
        ({"top_p": 0.01}, [1, 0, 0, 0, 0]),
        ({"top_k": 3, "top_p": 0.85}, [0.625, 0.375, 0, 0, 0]),  # top-p looks at what top-k left: 5/9 + 3/9 ≥ 0.85
        ({"temperature": 0.5}, np.array([25, 9, 1, 0.25, 0.25]) / 35.5),
        ({"temperature": 0.5, "top_p": 0.7}, [1, 0, 0, 0, 0]),  # top-p looks at what temperature made: 25/35.5 ≥ 0.7
    ],
)
def test_the_five_fruits(change: dict, shares: list[float]) -> None:
    np.testing.assert_allclose(next_token(FRUIT, SamplingSettings(**change)).final, shares, atol=1e-5)


def test_greedy_leaves_the_distribution_alone() -> None:
    """As in ``generate``: the settings act only when sampling."""
    stages = next_token(FRUIT, SamplingSettings(do_sample=False, temperature=0.1, top_k=1, top_p=0.1))
    np.testing.assert_allclose(stages.final, stages.raw, atol=1e-6)
    assert stages.kept.all()


def test_logits_are_not_changed() -> None:
    logits = FRUIT.copy()
    logits.flags.writeable = False
    next_token(logits, SamplingSettings(temperature=0.5, top_k=2, top_p=0.5))
    np.testing.assert_array_equal(logits, FRUIT)


@pytest.mark.parametrize(
    "change",
    [
        {"temperature": 0.0}, {"temperature": -1.0}, {"temperature": float("nan")}, {"temperature": float("inf")},
        {"top_k": -1}, {"top_k": 10**9}, {"top_p": 0.0}, {"top_p": 1.01}, {"top_p": float("nan")},
        {"top_p": None}, {"temperature": None},
        {"max_new_tokens": 0}, {"seed": -1}, {"seed": 2**64},
    ],
)  # fmt: skip
def test_settings_that_mean_nothing_are_refused(change: dict) -> None:
    with pytest.raises(PlaygroundError, match=r"^[A-Zmt].*\.$"):
        SamplingSettings(**change)
    assert dataclasses.asdict(SamplingSettings())


def test_more_than_one_row_of_logits_is_refused() -> None:
    with pytest.raises(PlaygroundError, match="one position"):
        next_token(np.zeros((2, 5), np.float32), SamplingSettings())


def test_logits_that_rule_tokens_out_stay_ruled_out() -> None:
    stages = next_token(np.array([1, -np.inf, 0], np.float32), SamplingSettings(top_k=3))
    assert stages.final[1] == 0 and not stages.kept[1] and not stages.cut_by["top_k"][1]


distributions = arrays.arrays(np.float32, st.integers(1, 40), elements=st.floats(-9, 9, width=32)).map(softmax)


@given(probs=distributions, count=st.integers(1, 60))
def test_ranking_is_a_stable_sort(probs: np.ndarray, count: int) -> None:
    expected = sorted(range(len(probs)), key=lambda i: (-probs[i], i))[:count]
    found = ranking(probs, count)
    assert [float(probs[i]) for i in found] == [float(probs[i]) for i in expected]
    if count >= len(probs):
        assert found.tolist() == expected


@given(probs=distributions)
def test_ranks_count_the_more_probable_ones(probs: np.ndarray) -> None:
    ranks = [rank_of(probs, i) for i in range(len(probs))]
    assert min(ranks) == 1
    assert ranks[int(ranking(probs, 1)[0])] == 1
    assert sorted(ranks) == [1 + int((probs > p).sum()) for p in sorted(probs)[::-1]]


@given(probs=distributions)
def test_entropy_lies_between_certainty_and_evenness(probs: np.ndarray) -> None:
    found = float(entropy_bits(probs))
    assert -1e-5 <= found <= np.log2(len(probs)) + 1e-4


def test_entropy_figures() -> None:
    assert float(entropy_bits(np.array([0.25] * 4, np.float32))) == 2
    assert float(entropy_bits(np.array([1, 0, 0], np.float32))) == 0
    assert float(entropy_bits(np.array([0.5, 0.25, 0.25], np.float32))) == 1.5


def test_softmax_of_huge_logits() -> None:
    found = softmax(np.array([[1e4, 1e4], [-1e4, 1e4]], np.float32))
    np.testing.assert_allclose(found, np.array([[0.5, 0.5], [0, 1]]))
