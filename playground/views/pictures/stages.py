"""One column for each stage of a next-token distribution: what it keeps, what it removes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from .base import Picture


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


@dataclass(frozen=True, eq=False)
class Stages(Picture):
    """Rows are tokens, most probable first; columns are stages in the order in which they are applied."""

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

    def __post_init__(self) -> None:
        """Shapes fit, and what is drawn fits its track."""
        self.expect("probs", (len(self.columns), len(self.words)), "the columns and the words")
        self.expect("removed_by", (len(self.words),), "the words")
        if self.probs.size and float(self.probs.max()) > self.full + 1e-6:
            raise ValueError(f"Stages.probs reaches {self.probs.max()}, and a full bar has {self.full}")
