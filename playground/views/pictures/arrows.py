"""Vectors as arrows in a plane, one unit as long in every direction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from .base import Picture

ROLES = ("attention", "key", "value", "query", "chosen", "residual", "special")


@dataclass(frozen=True)
class ArrowPoint:
    """A point with its name."""

    name: str
    role: str
    """Colour: one of ``ROLES``."""
    note: str = ""
    """For the pointer."""
    mark: str = "disc"
    """"disc", "ring" for what lies beside the plane and throws its shadow on it, or "none"."""
    pick: tuple[tuple[str, str], ...] = ()
    """Keys of a click; (): it cannot be clicked."""


@dataclass(frozen=True)
class Arrow:
    """From one point to another."""

    start: int
    end: int
    role: str
    dashed: bool = False
    head: bool = True


@dataclass(frozen=True, eq=False)
class Arrows(Picture):
    """A click on a point is what its ``pick`` says."""

    kind: ClassVar[str] = "arrows"
    points: tuple[ArrowPoint, ...]
    at: np.ndarray
    """(n, 2) float32: where they are."""
    arrows: tuple[Arrow, ...]
    arc: tuple[int, int, int] | None
    """Corner, and the two points that an angle is drawn between; None: no angle."""
    arc_label: str
    """"51°"; "" without an angle."""
    said: str
    """What the plane is, in a sentence; it is written below."""

    def __post_init__(self) -> None:
        """Every point has a place, every arrow its points."""
        n = len(self.points)
        self.expect("at", (n, 2), "the points")
        used = [i for arrow in self.arrows for i in (arrow.start, arrow.end)] + list(self.arc or ())
        if any(not 0 <= i < n for i in used):
            raise ValueError(f"Arrows speaks of the points {sorted(set(used))}, and there are {n}")
        for role in [*(point.role for point in self.points), *(arrow.role for arrow in self.arrows)]:
            if role not in ROLES:
                raise ValueError(f"the role {role!r} is none of {ROLES}")
