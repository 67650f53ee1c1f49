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


CUTTING = ("top_k", "top_p", "min_p", "typical_p", "epsilon_cutoff", "eta_cutoff", "top_h")
ALL_RANKS = 200
"""Ranks that a curve has one by one; further ones grow by a twentieth each."""


@dataclass(frozen=True, eq=False)
class CutCurve:
    """The distribution that the cuts are made in, most probable token first. Arrays are (n_points,)."""

    ranks: np.ndarray
    """1, 2, 3 … 200, then ever further apart, and the last rank of all."""
    token_ids: np.ndarray
    probs: Array
    """After temperature and penalties, before any cut."""
    cumulative: Array
    """Probability of a token and all before it in the distribution that top-p is given, which top-k has cut already."""
    kept: np.ndarray
    """True for tokens that can be drawn in the end."""


def cut_curve(stages: Stages) -> CutCurve:
    """The curve of a distribution with what its cuts leave."""
    names = [stage.name for stage in stages]
    first = next((i for i, name in enumerate(names) if name in CUTTING), None)
    last = len(names) - (names[-1] == "greedy")
    base = stages[(first if first is not None else last) - 1].probs
    given = stages[names.index("top_p") - 1 if "top_p" in names else last - 1].probs
    order = ranking(base, len(base))
    at = _ranks(len(order))
    cumulative = np.cumsum(np.asarray(given, np.float64)[order])
    return CutCurve(
        ranks=(at + 1).astype(np.int32),
        token_ids=order[at],
        probs=base[order[at]].astype(np.float32),
        cumulative=cumulative[at].astype(np.float32),
        kept=stages.final[order[at]] > 0,
    )


def _ranks(count: int) -> np.ndarray:
    """Indices 0 … ``ALL_RANKS`` − 1, then further apart, then the last."""
    near = np.arange(min(count, ALL_RANKS))
    if count <= ALL_RANKS:
        return near
    far = np.geomspace(ALL_RANKS, count - 1, max(2, int(20 * np.log(count / ALL_RANKS)))).astype(int)
    return np.unique(np.concatenate([near, far]))
