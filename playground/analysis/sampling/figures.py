"""What each stage does, in numbers: tokens left, mass kept and removed, entropy; and the two readings of top-p."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...errors import PlaygroundError
from ...trace import Array
from .distributions import entropy_bits, ranking
from .stages import Stages

EXACT = 1e-7
"""Sums of probabilities that differ by less are the same number: 0.2 + 0.1 misses 0.3 by a rounding error."""


@dataclass(frozen=True)
class StageFigures:
    """One stage in numbers."""

    name: str
    title: str
    n_left: int
    """Tokens that can still be drawn."""
    n_removed: int
    """Tokens that this stage ruled out."""
    removed_mass: float
    """Their probability just before: what the renormalisation gives to the others."""
    entropy_bits: float


def stage_figures(stages: Stages) -> tuple[StageFigures, ...]:
    """The figures of every stage, in order."""
    found, before = [], stages.raw
    for stage in stages:
        found.append(
            StageFigures(
                name=stage.name,
                title=stage.title,
                n_left=int((stage.probs > 0).sum()),
                n_removed=int(stage.removed.sum()),
                removed_mass=float(before[stage.removed].sum()),
                entropy_bits=float(entropy_bits(stage.probs)),
            )
        )
        before = stage.probs
    return tuple(found)


@dataclass(frozen=True, eq=False)
class TopPCut:
    """Where top-p cuts a distribution, by the two wordings that learners meet."""

    order: np.ndarray
    """(vocab_size,) ids, most probable first."""
    cumulative: Array
    """(vocab_size,): probability of each and all before it, in that order."""
    n_reaching: int
    """Tokens in the smallest set whose probability reaches p: the rule of Hugging Face, which runs."""
    n_not_exceeding: int
    """Tokens in the largest set whose probability does not exceed p; may be 0, and then nothing could be drawn."""
    boundary: int
    """Id of the last token that the first rule keeps: the two rules differ in it or in nothing."""

    @property
    def differ(self) -> bool:
        """Whether the rules disagree about the boundary token."""
        return self.n_reaching != self.n_not_exceeding


def top_p_cut(probs: Array, p: float) -> TopPCut:
    """Both wordings of top-p (nucleus sampling, Holtzman et al. 2020) on one distribution.

    "The smallest set whose probability reaches p" keeps the token that takes the sum over p; "combined probability not
    exceeding p" leaves it out. They agree only where some sum equals p.

    Args:
        probs: (vocab_size,); may sum to less than 1 when only the most probable tokens are known.
        p: above 0, at most 1.

    Raises:
        PlaygroundError: p out of range, or more than all that is there.
    """
    if not 0 < p <= 1:
        raise PlaygroundError("top_p must be a number above 0 and at most 1.")
    order = ranking(probs, len(probs))
    cumulative = np.cumsum(np.asarray(probs, np.float64)[order])
    if cumulative[-1] < p - 1e-4:
        raise PlaygroundError(
            f"The probabilities sum to {cumulative[-1]:.4g}, so no set of them reaches {p}. Choose a smaller top_p."
        )
    n_reaching = min(int((cumulative < p - EXACT).sum()) + 1, len(order))
    n_not_exceeding = int((cumulative <= p + EXACT).sum())
    return TopPCut(order, cumulative.astype(np.float32), n_reaching, n_not_exceeding, int(order[n_reaching - 1]))


def top_p_of(stages: Stages, p: float) -> TopPCut | None:
    """``top_p_cut`` on the distribution that the top-p stage is given; None where there is no such stage."""
    names = [stage.name for stage in stages]
    if "top_p" not in names:
        return None
    return top_p_cut(stages[names.index("top_p") - 1].probs, p)
