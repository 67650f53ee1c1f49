"""How many of something lie where along a scale, and where one of them stands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from .base import Picture


@dataclass(frozen=True)
class SpreadRow:
    """One histogram."""

    title: str
    counts: tuple[int, ...]
    """In equal steps from ``Spread.low`` to ``Spread.high``."""
    mean: float
    mark: float
    """Where the one stands."""
    mark_label: str
    on: bool
    """Whether it is the one that the rest of the panel speaks of."""


@dataclass(frozen=True, eq=False)
class Spread(Picture):
    """Histograms on one scale."""

    kind: ClassVar[str] = "spread"
    rows: tuple[SpreadRow, ...]
    low: float
    high: float
    unit: str
    """What the scale measures."""

    def __post_init__(self) -> None:
        """The scale has a length, and all rows as many steps."""
        if not self.low < self.high or len({len(row.counts) for row in self.rows}) != 1:
            raise ValueError(
                f"Spread from {self.low} to {self.high} with {[len(row.counts) for row in self.rows]} steps"
            )
