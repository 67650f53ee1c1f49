"""Named points in two or three dimensions: to turn, to search, to choose, to circle."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np

from .base import KEPT, Picture

MOST_GROUPS = 9
"""Groups that colours and shapes tell apart."""


@dataclass(frozen=True, eq=False)
class Cloud(Picture):
    """A click on a point chooses it, a line around some of them chooses those: both as a text for the view's key
    "picked", which begins with ``mark``; a click on a token of the text chooses its ``pos`` too."""

    kind: ClassVar[str] = "cloud"
    names: tuple[str, ...] = field(metadata=KEPT)
    """(n,): what the points are called."""
    points: np.ndarray = field(metadata=KEPT)
    """(n, 2 or 3) float32."""
    groups: np.ndarray = field(metadata=KEPT)
    """(n,) int32: index into ``legend``."""
    legend: tuple[str, ...] = field(metadata=KEPT)
    """Name of each group."""
    rest: int | None = field(metadata=KEPT)
    """Index of the group of what belongs to none of the others, drawn grey; None: there is none."""
    main: np.ndarray = field(metadata=KEPT)
    """(n,) uint8: 1 for what the picture is about, drawn full and named first; 0 for what stands around it."""
    pos: np.ndarray = field(metadata=KEPT)
    """(n,) int32: position in the text, −1 for what is not of it."""
    axes: tuple[str, ...]
    """Titles of the axes; empty where they mean nothing."""
    said: tuple[str, ...]
    """What was done to the vectors, step by step; it is written on the plot."""
    chosen: int | None
    """Index of the point with the ring."""
    near: np.ndarray
    """(k,) int32: the points nearest to the chosen one before projecting, nearest first; lines lead to them."""
    nearness: np.ndarray
    """(k,) float32: their cosines with it."""
    lassoed: np.ndarray
    """(m,) int32: the points that were circled."""
    mark: str
    """Names the set of points, so that what was picked in another set is not taken for this one's."""
    view_key: str
    """Camera and zoom are kept while it stays the same."""

    def __post_init__(self) -> None:
        """Everything is told of every point, and what is chosen exists."""
        n = len(self.names)
        for name in ("groups", "main", "pos"):
            self.expect(name, (n,), "the names of the points")
        if self.points.ndim != 2 or self.points.shape[0] != n or self.points.shape[1] not in (2, 3):
            raise ValueError(f"Cloud.points has shape {self.points.shape}, but {n} names ask for ({n}, 2) or ({n}, 3)")
        if len(self.legend) > MOST_GROUPS:
            raise ValueError(f"Cloud has {len(self.legend)} groups; {MOST_GROUPS} can be told apart")
        self.expect("nearness", self.near.shape, "the neighbours")
        self.expect_index("chosen", n)
        for name, length in (("groups", len(self.legend)), ("near", n), ("lassoed", n)):
            values = getattr(self, name)
            if values.size and not 0 <= values.min() <= values.max() < length:
                raise ValueError(f"Cloud.{name} goes from {values.min()} to {values.max()}, outside 0 … {length - 1}")
