"""Drawing many times from one distribution: counts beside what was expected, and whether they agree."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...errors import PlaygroundError
from ...trace import Array

MOST = 100_000
FEWEST_EXPECTED = 5.0
"""Tokens that are expected less often are counted together: the chi-square distribution holds from about here on."""
COVERAGE = 0.95


@dataclass(frozen=True, eq=False)
class Draws:
    """N independent draws. Arrays are (vocab_size,)."""

    n_draws: int
    counts: np.ndarray
    """How often each token was drawn."""
    expected: Array
    """n_draws · probability."""
    low: np.ndarray
    high: np.ndarray
    """Counts between which at least 95 % of such experiments lie (binomial quantiles, both ends within)."""
    chi_square: float
    """Σ (count − expected)² / expected over the cells (Pearson 1900)."""
    degrees_of_freedom: int
    """Cells − 1; 0 where only one cell is left, and nothing can be tested."""
    p_value: float
    """Probability of a chi-square at least this large if the draws follow the distribution; 1 without cells."""
    n_cells: int
    """Tokens with their own cell, and one for all that are expected less than 5 times."""


def draw_many(probs: Array, n_draws: int, seed: int = 0) -> Draws:
    """Draws with replacement, by the generator and the method that ``generate`` draws with.

    Args:
        probs: (vocab_size,), sums to 1.
        n_draws: 1 to 100,000.
        seed: of the draws.

    Raises:
        PlaygroundError: a number of draws that is out of range.
    """
    return tally(probs, draw_ids(probs, n_draws, seed))


def draw_ids(probs: Array, n_draws: int, seed: int = 0) -> np.ndarray:
    """(n_draws,) the tokens in the order in which they were drawn; arguments as in ``draw_many``."""
    import torch

    if not 1 <= n_draws <= MOST:
        raise PlaygroundError(f"Between 1 and {MOST:,} draws can be made, not {n_draws:,}.")
    generator = torch.Generator().manual_seed(seed)
    share = torch.from_numpy(_share(probs))
    drawn: np.ndarray = torch.multinomial(share, n_draws, replacement=True, generator=generator).numpy()
    return drawn


def tally(probs: Array, drawn: np.ndarray) -> Draws:
    """Counts of the tokens that were drawn, (n_draws,) at least one, against what was expected."""
    import torch

    share, n_draws = _share(probs), len(drawn)
    counts = np.bincount(drawn, minlength=len(share))
    expected = n_draws * share
    low, high = _band(n_draws, share)
    cells = _cells(counts, expected)
    chi_square = float(((cells[0] - cells[1]) ** 2 / cells[1]).sum())
    freedom = max(0, cells.shape[1] - 1)
    # Upper tail of the chi-square distribution: the regularised incomplete gamma function Q(k/2, x/2).
    halves = torch.tensor([freedom / 2, chi_square / 2], dtype=torch.float64)
    p_value = float(torch.special.gammaincc(halves[0], halves[1])) if freedom else 1.0
    return Draws(n_draws, counts, expected.astype(np.float32), low, high, chi_square, freedom, p_value, cells.shape[1])


def _share(probs: Array) -> np.ndarray:
    share = np.asarray(probs, np.float64)
    found: np.ndarray = share / share.sum()
    return found


def _cells(counts: np.ndarray, expected: np.ndarray) -> np.ndarray:
    """(2, cells): counts and expectations, rare tokens in one cell; a cell that is rare itself joins the smallest."""
    common = expected >= FEWEST_EXPECTED
    cells = np.stack([counts[common], expected[common]]).astype(np.float64)
    rest = np.array([counts[~common].sum(), expected[~common].sum()])
    if rest[1] >= FEWEST_EXPECTED or not cells.shape[1]:
        return np.column_stack([cells, rest]) if rest[1] > 0 else cells
    cells[:, cells[1].argmin()] += rest
    return cells


def _band(n_draws: int, share: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(vocab_size,) smallest and largest count of the central 95 % of the binomial distribution.

    Exact by adding up probabilities where n·p is small; else by the normal approximation with continuity correction.
    """
    tail, normal = (1 - COVERAGE) / 2, 1.959964
    spread = np.sqrt(n_draws * share * (1 - share))
    low = np.maximum(0, np.floor(n_draws * share - normal * spread - 0.5)).astype(np.int64)
    high = np.minimum(n_draws, np.ceil(n_draws * share + normal * spread + 0.5)).astype(np.int64)
    rare = (n_draws * share < 50) & (share > 0)
    low[share == 0] = high[share == 0] = 0
    low[share == 1] = high[share == 1] = n_draws
    # Equal shares have equal bands: a vocabulary's tail is reckoned once.
    values, place = np.unique(np.round(share[rare], 9), return_inverse=True)
    if len(values):
        up_to = min(n_draws, 120)
        counts = np.arange(up_to + 1)
        log_choose = np.concatenate([[0.0], np.cumsum(np.log(np.arange(n_draws, n_draws - up_to, -1) / counts[1:]))])
        safe = np.clip(values, 1e-300, 1 - 1e-16)[:, None]
        cumulative = np.cumsum(np.exp(log_choose + counts * np.log(safe) + (n_draws - counts) * np.log1p(-safe)), -1)
        low[rare] = (cumulative < tail).sum(-1)[place]
        high[rare] = np.minimum((cumulative < 1 - tail).sum(-1), up_to)[place]
    return low, high
