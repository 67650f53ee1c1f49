"""Figures of texts, and many runs of one prompt."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from playground import PlaygroundError, SamplingSettings, generate
from playground.analysis.generation.runs import distinct_share, first_difference, text_figures
from tests.analysis.generation.test_draft import endless, ids_of
from tests.analysis.generation.test_loop import PROMPT

SETTINGS = SamplingSettings(max_new_tokens=8, seed=4)


def test_figures_of_a_text() -> None:
    steps = list(generate(endless("gpt2"), PROMPT, SETTINGS))
    found = text_figures(steps)
    raw = [float(step.stages.raw[step.token.token_id]) for step in steps]
    assert (found.n_tokens, found.ended_by) == (8, "max new tokens")
    assert found.perplexity == pytest.approx(float(np.prod(raw)) ** (-1 / 8), rel=1e-3)
    assert found.mean_entropy_bits == pytest.approx(np.mean([step.entropy_bits for step in steps]))
    assert found.first_choices == pytest.approx(np.mean([step.rank == 1 for step in steps]))
    with pytest.raises(PlaygroundError, match="Nothing is written"):
        text_figures([])


def test_greedy_repeats_are_counted() -> None:
    """The tiny random model falls into a loop; from the fifth token of one token on, each one repeats."""
    steps = list(generate(endless("gpt2"), PROMPT, dataclasses.replace(SETTINGS, do_sample=False, max_new_tokens=20)))
    found = text_figures(steps)
    assert found.repeat_rate == sum(step.repeat for step in steps) / 20 > 0.3
    assert found.distinct[0] == len(set(ids_of(steps))) / 20 < 1
    assert found.first_choices == 1.0


@pytest.mark.parametrize(
    ("ids", "n", "share"), [([1, 1, 1, 1], 1, 0.25), ([1, 2, 1, 2, 1], 2, 0.5), ([1, 2, 3], 3, 1.0), ([1], 2, 1.0)]
)
def test_distinct_n_grams(ids: list[int], n: int, share: float) -> None:
    assert distinct_share(ids, n) == share


def test_where_two_texts_part() -> None:
    model = endless("gpt2")
    one = list(generate(model, PROMPT, SETTINGS))
    other = list(generate(model, PROMPT, dataclasses.replace(SETTINGS, seed=9)))
    place = first_difference(one, other)
    assert place is not None
    assert ids_of(one)[:place] == ids_of(other)[:place] and ids_of(one)[place] != ids_of(other)[place]
    assert first_difference(one, one) is None
    assert first_difference(one, one[:3]) == first_difference(one[:3], one) == 3
