"""Texts that several settings write from one prompt, side by side, and the tree of a beam search."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, Literal

from .base import KEPT, KEPT_IN_BLOCKS, Picture


@dataclass(frozen=True)
class VersusToken:
    """One written token."""

    text: str
    special: bool
    p: float
    """The model's own probability."""
    rank: int
    entropy_bits: float
    repeat: bool
    """The last four tokens stood in this order before."""


@dataclass(frozen=True)
class VersusFigure:
    """One line under a text."""

    name: str
    value: float | None
    """Of the text; None before it is written."""
    mean: float | None
    low: float | None
    high: float | None
    """Over many runs; None before they are made."""
    share: bool
    """Whether it is a share from 0 to 1."""


@dataclass(frozen=True)
class Contender:
    """One of the settings and what it writes."""

    title: str
    said: str
    """The settings in words."""
    first: tuple[tuple[str, float], ...]
    """The most probable first tokens under the settings, and their probabilities."""
    tokens: tuple[VersusToken, ...]
    differs: int | None
    """Index of its first token that differs from the first contender's text; None where there is none, or no text."""
    figures: tuple[VersusFigure, ...]
    ended: str
    """What ended it, in words."""


@dataclass(frozen=True)
class BeamDot:
    """One continuation that a beam search weighed."""

    parent: int | None
    """Index of the one that it continues."""
    depth: int
    """1 for the first new token."""
    row: int
    """0 for the best of its step."""
    text: str
    log_prob: float
    """In nats."""
    score: float
    """Sum of the log-probabilities."""
    fate: Literal["kept", "pruned", "finished"]


@dataclass(frozen=True)
class BeamSearch:
    """A beam search as far as it has come."""

    best: tuple[int, ...]
    """Indices of the dots of the best text so far."""
    finished: tuple[tuple[str, float], ...]
    """Texts that have ended, the best first, with their scores by length."""
    num_beams: int
    length_penalty: float


@dataclass(frozen=True, eq=False)
class Versus(Picture):
    """Two to four texts."""

    kind: ClassVar[str] = "versus"
    prompt: tuple[str, ...] = field(metadata=KEPT)
    contenders: tuple[Contender, ...]
    full_bits: float
    """Uncertainty of the strongest tint, and of a full bar."""
    running: int | None
    """Which of them is being written."""
    beams: BeamSearch | None
    dots: tuple[BeamDot, ...] = field(metadata=KEPT_IN_BLOCKS)
    """Of ``beams``; parents stand before their children."""

    def __post_init__(self) -> None:
        """There are two to four."""
        if not 2 <= len(self.contenders) <= 4:
            raise ValueError(f"Versus.contenders are {len(self.contenders)}, but two to four stand side by side")
        self.expect_index("running", len(self.contenders))
        if self.beams is None and self.dots:
            raise ValueError(f"Versus.dots are {len(self.dots)}, without a beam search")
