"""Points that move from level to level on one plane, with the ways that they have come."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from ...trace import Array
from .base import KEPT, Picture


@dataclass(frozen=True, eq=False)
class LayerPaths(Picture):
    """A slider and a button go through the levels: where they stop is a click ``{"level": 3}``. A point is one too,
    ``{"pos": 4}``.
    """

    kind: ClassVar[str] = "layerpaths"
    points: Array = field(metadata=KEPT)
    """float32 (levels, points, 2)."""
    levels: tuple[str, ...] = field(metadata=KEPT)
    """What each level is."""
    names: tuple[str, ...] = field(metadata=KEPT)
    """(points,): short texts beside them."""
    captions: tuple[str, ...] = field(metadata=KEPT)
    """(points,): a line for each in the legend, where every point has a colour of its own; (): no legend."""
    special: tuple[int, ...] = field(metadata=KEPT)
    """Points that stand for special tokens: grey."""
    axes: tuple[str, str]
    """What lies along the plane's two directions."""
    level: int
    """Where the slider stands."""
    pos: int | None
    """The chosen point; None: none is chosen, and a click chooses none."""

    def __post_init__(self) -> None:
        """Every level has a place for every point."""
        self.expect("points", (len(self.levels), len(self.names), 2), "levels and names")
        if self.captions:
            self.expect("captions", (len(self.names),), "the names")
        self.expect_index("level", len(self.levels))
        self.expect_index("pos", len(self.names))
