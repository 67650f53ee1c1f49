"""Wholes and their parts: bars on one scale, each made of segments."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from .base import Picture


@dataclass(frozen=True)
class Segment:
    """One part of a bar."""

    label: str
    value: float
    said: str
    """The number as people say it: "3.2 million"."""
    role: str
    """Its colour, "attention", or paler: "attention/0.5"."""


@dataclass(frozen=True)
class StackedBar:
    """One whole."""

    title: str
    said: str
    """Its number as people say it."""
    segments: tuple[Segment, ...]
    """From the left; their values add up to the whole."""
    note: str = ""
    """Behind the title, smaller."""


@dataclass(frozen=True, eq=False)
class Stacked(Picture):
    """Bars below each other; where each is one segment, a line each. Nothing to click."""

    kind: ClassVar[str] = "stacked"
    bars: tuple[StackedBar, ...]
    full: float
    """The number of a bar from edge to edge."""

    def __post_init__(self) -> None:
        """Every bar fits."""
        for bar in self.bars:
            total = sum(segment.value for segment in bar.segments)
            if min((segment.value for segment in bar.segments), default=0) < 0 or total > self.full * 1.0001:
                raise ValueError(f"the bar {bar.title!r} comes to {total}, and a full one to {self.full}")
