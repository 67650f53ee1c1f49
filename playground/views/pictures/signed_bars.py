"""Named numbers left and right of nought, one after the other up to their sum."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, Literal

from .base import KEPT, Picture

ROLES = ("signed", "query", "key", "value", "attention", "mlp", "residual", "special")
"""Colours that a bar may have; "signed": by its sign."""


@dataclass(frozen=True)
class SignedBar:
    """One number."""

    label: str
    value: float
    note: str = ""
    """For the pointer."""
    role: str = "signed"
    """One of ``ROLES``."""
    pick: tuple[tuple[str, int | str], ...] = ()
    """Keys of a click, (("layer", 2), ("head", 5)); (): it cannot be clicked."""


@dataclass(frozen=True)
class SignedGroup:
    """Bars under one title; "" for no title."""

    title: str
    bars: tuple[SignedBar, ...]


@dataclass(frozen=True, eq=False)
class SignedBars(Picture):
    """A click on a bar is what its ``pick`` says."""

    kind: ClassVar[str] = "signedbars"
    groups: tuple[SignedGroup, ...] = field(metadata=KEPT)
    full: float
    """The number at the right end of the track."""
    low: float
    """The number at its left end; −``full``, or less far where little is negative."""
    running: bool
    """Each bar begins where the one before it ended, so that the last one ends at the sum of all."""
    total: float | None = None
    """Sum of all bars, as a line of its own at the end; None: no such line."""
    total_label: str = "sum"
    unit: str = ""
    form: Literal["signed", "percent", "plain"] = "signed"
    """How numbers stand beside their bars: with a plus or minus, as shares of 1, or as they are."""
    chosen: tuple[int, int] | None = None
    """Group and index of the bar that stands out; None: none does."""
    badge: str = ""
    """A check, in a few words: "the sum is the logit, 2e-6 off"."""

    def __post_init__(self) -> None:
        """Every bar fits the track, and a total is the sum."""
        if not self.low <= 0 < self.full:
            raise ValueError(f"SignedBars goes from {self.low} to {self.full}, and nought must lie between")
        reached = 0.0
        slack = 1e-4 * (self.full - self.low)
        for bar in (bar for group in self.groups for bar in group.bars):
            if bar.role not in ROLES:
                raise ValueError(f"the bar {bar.label!r} has the role {bar.role!r}, which is none of {ROLES}")
            reached = reached * self.running + bar.value
            if not self.low - slack <= reached <= self.full + slack:
                raise ValueError(f"the bar {bar.label!r} ends at {reached}, the track at {self.low} and {self.full}")
        if self.chosen is not None:
            group, index = self.chosen
            if not (0 <= group < len(self.groups) and 0 <= index < len(self.groups[group].bars)):
                raise ValueError(f"SignedBars.chosen is {self.chosen}, and there is no such bar")


def track_of(groups: tuple[SignedGroup, ...], *, running: bool) -> tuple[float, float]:
    """The ends that a track needs for these bars: (low, full), for ``SignedBars.low`` and ``.full``."""
    at, low, high = 0.0, 0.0, 0.0
    for bar in (bar for group in groups for bar in group.bars):
        at = at * running + bar.value
        low, high = min(low, at), max(high, at)
    return (low, high) if high > 0 else (low, max(-low, 1.0) / 20)
