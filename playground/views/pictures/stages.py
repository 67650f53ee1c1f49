"""One column for each stage of a next-token distribution: what it keeps, what it removes, and where the cuts lie."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np

from .base import KEPT, Picture


@dataclass(frozen=True)
class Column:
    """The figures of one stage."""

    title: str
    n_left: int
    """Tokens that can still be drawn after it."""
    n_removed: int
    removed_mass: float
    """Probability of what it removed, just before; 0 to 1."""
    entropy_bits: float
    rest: float
    """Probability of all tokens that have no row."""


@dataclass(frozen=True)
class TopP:
    """Top-p's two wordings on the distribution that it is given."""

    n_reaching: int
    """Tokens in the smallest set that reaches p: the rule that runs."""
    reached: float
    """Their probability."""
    n_within: int
    """Tokens in the largest set that does not exceed p."""
    within: float
    boundary: str
    """The last token that the rule keeps."""


@dataclass(frozen=True)
class DrawnColumn:
    """What many draws gave, for each row and, last, for all tokens without one."""

    n_draws: int
    counts: tuple[int, ...]
    expected: tuple[float, ...]
    low: tuple[int, ...]
    high: tuple[int, ...]
    """Counts between which 95 of 100 such experiments lie; for the last, which is no single token, (0, n_draws)."""
    chi_square: float
    p_value: float
    n_cells: int


@dataclass(frozen=True, eq=False)
class Stages(Picture):
    """Rows are tokens, most probable first; columns are stages in the order in which they are applied.

    The curve above them is the distribution that the cuts are made in, by rank, with the sum of it as top-p sees it.
    The cuts can be dragged: ``{"top_k": k}``, ``{"top_p": p}``.
    """

    kind: ClassVar[str] = "stages"
    place: str
    """Where the distribution stands, in words."""
    words: tuple[str, ...]
    """(n_rows,): texts of the tokens."""
    columns: tuple[Column, ...]
    """(n_stages,)."""
    probs: np.ndarray
    """(n_stages, n_rows) float32: each token's probability after each stage."""
    removed_by: np.ndarray
    """(n_rows,) int32: the stage that removed the token; −1: it can be drawn."""
    n_rest: int
    """Tokens that have no row."""
    full: float
    """Value of a bar that fills its track."""
    ranks: np.ndarray = field(metadata=KEPT)
    """(n_points,) int32, from 1."""
    curve: np.ndarray
    """(n_points,) float32: probability of the token of that rank before the cuts."""
    cumulative: np.ndarray
    """(n_points,) float32: sum up to that rank in the distribution that top-p is given."""
    curve_kept: np.ndarray
    """(n_points,) uint8: 1 for tokens that can be drawn in the end."""
    curve_words: tuple[str, ...]
    """Texts of the first ranks."""
    top_k: int
    """0: it cuts nothing."""
    top_p: float
    cut: TopP | None
    """None: top-p does nothing."""
    draggable: bool
    """False where nothing is drawn, so that no cut changes anything."""
    drawn: DrawnColumn | None

    def __post_init__(self) -> None:
        """Shapes fit, and what is drawn fits its track."""
        self.expect("probs", (len(self.columns), len(self.words)), "the columns and the words")
        self.expect("removed_by", (len(self.words),), "the words")
        for name in ("curve", "cumulative", "curve_kept"):
            self.expect(name, self.ranks.shape, "the ranks")
        if self.probs.size and float(self.probs.max()) > self.full + 1e-6:
            raise ValueError(f"Stages.probs reaches {self.probs.max()}, and a full bar has {self.full}")
        if self.drawn is not None and len(self.drawn.counts) != len(self.words) + 1:
            raise ValueError(
                f"Stages.drawn has {len(self.drawn.counts)} counts for {len(self.words)} words and the rest"
            )
