"""Many draws: they follow the distribution that they are drawn from, and the test notices when they do not."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from playground import PlaygroundError
from playground.analysis.sampling.draws import draw_ids, draw_many, tally

PROBS = np.array([0.5, 0.3, 0.1, 0.05, 0.0499, 0.0001, 0.0], np.float32)


def binomial_tails(n: int, p: float, low: int, high: int) -> tuple[float, float, float]:
    """P(X < low), P(low ≤ X ≤ high) and P(X > high), added up term by term."""
    pmf = [math.comb(n, k) * p**k * (1 - p) ** (n - k) for k in range(n + 1)]
    return sum(pmf[:low]), sum(pmf[low : high + 1]), sum(pmf[high + 1 :])


@pytest.mark.parametrize("n", [10, 200, 1000])
def test_bands_hold_95_percent_of_a_binomial(n: int) -> None:
    found = draw_many(PROBS, n, seed=1)
    for p, low, high in zip(PROBS.astype(float), found.low.tolist(), found.high.tolist(), strict=True):
        below, within, above = binomial_tails(n, p, low, high)
        assert within >= 0.949 and below <= 0.026 and above <= 0.026


def test_counts_are_those_of_torch() -> None:
    found = draw_many(PROBS, 500, seed=3)
    generator = torch.Generator().manual_seed(3)
    share = torch.from_numpy(PROBS.astype(np.float64) / PROBS.astype(np.float64).sum())
    drawn = torch.multinomial(share, 500, replacement=True, generator=generator)
    assert found.counts.tolist() == [(drawn == i).sum().item() for i in range(len(PROBS))]
    assert found.counts.sum() == 500 and found.counts[-1] == 0
    np.testing.assert_allclose(found.expected, 500 * PROBS, rtol=1e-5)


def test_chi_square_figures() -> None:
    """Against the definition; the last three tokens, expected 5.49, 0.01 and 0 times, share a cell."""
    found = draw_many(PROBS, 110, seed=5)
    counts = found.counts.astype(float)
    cells = [*zip(counts[:4], 110 * PROBS[:4], strict=True), (counts[4:].sum(), 5.5)]
    assert (found.n_cells, found.degrees_of_freedom) == (5, 4)
    assert found.chi_square == pytest.approx(sum((c - e) ** 2 / e for c, e in cells), rel=1e-4)
    # 4 degrees of freedom: the upper tail is exp(−x/2)·(1 + x/2)
    half = found.chi_square / 2
    assert found.p_value == pytest.approx(math.exp(-half) * (1 + half), rel=1e-4)


def test_a_cell_that_is_too_rare_joins_the_smallest() -> None:
    found = draw_many(PROBS, 90, seed=5)  # 4.5 expected for date, 4.5 for the three after it
    assert found.n_cells == 4
    few = draw_many(PROBS, 40, seed=5)  # cherry 4, date 2, the others 2: one cell of 8
    assert few.n_cells == 3
    assert draw_many(PROBS, 4, seed=5).degrees_of_freedom == 0


def test_p_values_are_even_when_the_draws_are_honest() -> None:
    """At 200 seeds, 5 % below 0.05: between 2 and 22 of them, but for one run in a thousand; the seeds are fixed."""
    low = sum(draw_many(PROBS, 1000, seed=seed).p_value < 0.05 for seed in range(200))
    assert 2 <= low <= 22


def test_one_token_leaves_nothing_to_test() -> None:
    found = draw_many(np.array([0, 1, 0], np.float32), 50)
    assert found.counts.tolist() == [0, 50, 0] and (found.degrees_of_freedom, found.p_value) == (0, 1.0)
    assert found.low.tolist() == found.high.tolist() == [0, 50, 0]


def test_a_whole_vocabulary() -> None:
    probs = np.random.default_rng(0).dirichlet(np.full(50_000, 0.05)).astype(np.float32)
    found = draw_many(probs, 2000, seed=1)
    assert found.counts.sum() == 2000 and found.p_value > 1e-3
    inside = (found.low <= found.counts) & (found.counts <= found.high)
    assert inside.mean() > 0.95


@pytest.mark.parametrize("n", [0, -1, 100_001])
def test_how_often_one_may_draw(n: int) -> None:
    with pytest.raises(PlaygroundError, match="draws"):
        draw_many(PROBS, n)


def test_the_first_draws_are_a_part_of_all() -> None:
    """Counts that are shown on the way hold those before them."""
    probs = np.array([0.5, 0.3, 0.2], np.float32)
    drawn = draw_ids(probs, 500, seed=3)
    fewer, more = tally(probs, drawn[:50]), tally(probs, drawn)
    assert (fewer.counts <= more.counts).all() and fewer.counts.sum() == 50
    assert (more.counts == draw_many(probs, 500, seed=3).counts).all()
