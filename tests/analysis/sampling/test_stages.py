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
    asked = {
        "raw": True,
        "temperature": settings.temperature != 1,
        "top_k": settings.top_k,
        "top_p": settings.top_p < 1,
    }
    assert [stage.name for stage in stages] == [name for name in expected if asked[name]]
    possible = np.ones(len(logits), bool)
    for stage in stages:
        np.testing.assert_allclose(stage.probs, expected[stage.name], atol=2e-5, err_msg=stage.name)
        assert stage.probs.sum() == pytest.approx(1, abs=1e-4)
        still = expected[stage.name] > 0
        np.testing.assert_array_equal(stage.removed, possible & ~still, err_msg=stage.name)
        possible = still
    # what is less probable than single precision can hold cannot be drawn either
    assert not (stages.kept & (expected["top_p"] == 0)).any()
    assert stages.kept[expected["top_p"] > 1e-30].all()
    assert stages.raw is stages[0].probs and stages.final is stages[-1].probs


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


def test_greedy_takes_one_token_and_nothing_else_acts() -> None:
    """As in ``generate``: temperature and the cuts act only when sampling, penalties always."""
    stages = next_token(FRUIT, SamplingSettings(do_sample=False, temperature=0.1, top_k=3, top_p=0.1))
    assert [stage.name for stage in stages] == ["raw", "greedy"]
    assert stages.final.tolist() == [1, 0, 0, 0, 0] and stages.kept.sum() == 1
    cut = stages.removed_by(1)
    assert stages.removed_by(0) is None and cut is not None and cut.name == "greedy"
    penalised = next_token(FRUIT, SamplingSettings(do_sample=False, repetition_penalty=3.0), token_ids=[0, 0])
    assert penalised.final.tolist() == [0, 1, 0, 0, 0]  # log 0.5 · 3 < log 0.3


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
        {"min_p": -0.1}, {"min_p": 1.1}, {"typical_p": 0.0}, {"typical_p": 1.5}, {"epsilon_cutoff": 1.0},
        {"repetition_penalty": 0.0}, {"repetition_penalty": float("nan")}, {"no_repeat_ngram_size": -1},
    ],
)  # fmt: skip
def test_settings_that_mean_nothing_are_refused(change: dict) -> None:
    with pytest.raises(PlaygroundError, match=r"^[A-Zmten].*\.$"):
        SamplingSettings(**change)
    assert dataclasses.asdict(SamplingSettings())


def test_a_setting_is_written_as_python_would_write_it() -> None:
    for settings in (SamplingSettings(), SamplingSettings(min_p=0.1, stop_strings=("\n", "END"), top_k=3)):
        assert eval(repr(settings)) == settings
    assert "None" not in repr(SamplingSettings())
    assert SamplingSettings(stop_strings=("", "a")).stop_strings == ("a",)  # an empty one would end every text
    assert SamplingSettings(stop_strings=()).given() == SamplingSettings().given()


@pytest.mark.parametrize(
    ("change", "shares"),
    [
        ({"min_p": 0.19}, [0.5, 0.3, 0.1, 0, 0]),  # at least a fifth of the largest
        ({"min_p": 0.21}, [0.5, 0.3, 0, 0, 0]),
        ({"epsilon_cutoff": 0.06}, [0.5, 0.3, 0.1, 0, 0]),
        # entropy 1.786 bits; surprisals 1, 1.737, 3.32, 4.32, 4.32 bits: banana is the most typical, then apple
        ({"typical_p": 0.25}, [0, 0.3, 0, 0, 0]),
        ({"typical_p": 0.5}, [0.5, 0.3, 0, 0, 0]),
        ({"min_p": 0.0, "typical_p": 1.0, "epsilon_cutoff": 0.0}, [0.5, 0.3, 0.1, 0.05, 0.05]),
    ],
)
def test_the_other_cuts_on_the_five_fruits(change: dict, shares: list[float]) -> None:
    found = next_token(FRUIT, SamplingSettings(**change)).final
    np.testing.assert_allclose(found, np.array(shares) / sum(shares), atol=1e-5)


def test_a_repeated_pair_is_ruled_out() -> None:
    stages = next_token(FRUIT, SamplingSettings(no_repeat_ngram_size=2), token_ids=[3, 0, 3])
    cut = stages.removed_by(0)
    assert cut is not None and cut.title == "no-repeat-ngram-size" and stages.kept.sum() == 4


def test_more_than_one_row_of_logits_is_refused() -> None:
    with pytest.raises(PlaygroundError, match="one position"):
        next_token(np.zeros((2, 5), np.float32), SamplingSettings())


def test_logits_that_rule_tokens_out_stay_ruled_out() -> None:
    stages = next_token(np.array([1, -np.inf, 0], np.float32), SamplingSettings(top_k=3))
    assert stages.final[1] == 0 and not stages.kept[1] and stages.removed_by(1) is None


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
