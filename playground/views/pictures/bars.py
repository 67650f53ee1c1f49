"""Bars: what stands for what, how much, and how much it was before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from .base import Picture


@dataclass(frozen=True)
class Bar:
    """One bar: a share from 0 to 1."""

    label: str
    value: float
    before: float | None = None
    """The outline: the same thing under other circumstances."""
    state: Literal["kept", "cut", "chosen", "rest"] = "kept"
    token_id: int | None = None
    """What a click gives; None: the bar cannot be clicked."""
    note: str = ""
    """Why it is as it is, for the pointer."""


@dataclass(frozen=True)
class BarGroup:
    """Bars under one title; the last may stand for all that has no bar of its own."""

    title: str
    bars: tuple[Bar, ...]


@dataclass(frozen=True, eq=False)
class Bars(Picture):
    """Groups side by side on one scale. A click is ``{"token_id": id}``."""

    kind: ClassVar[str] = "bars"
    groups: tuple[BarGroup, ...]
    full: float
    """Value of a bar that fills its track."""

    def __post_init__(self) -> None:
        """Values are shares, and every bar but the rest fits its track."""
        if not 0 < self.full <= 1:
            raise ValueError(f"Bars.full is {self.full}, but bars are shares from 0 to 1")
        for bar in (bar for group in self.groups for bar in group.bars):
            if bar.state != "rest" and not 0 <= bar.value <= self.full + 1e-6:
                raise ValueError(f"the bar {bar.label!r} has value {bar.value}, and a full one has {self.full}")
