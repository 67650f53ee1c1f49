"""How a tokenizer gets from a text to tokens: the stages before, and one word as a wall of bricks."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from ..theme import N_TINTS
from .base import KEPT, Picture

BRICK_ROLES = ("cell", "merged", "tried", "found", "edge", "win")
STOPS = ("text", "normal", "words", "spell", "tokens")


@dataclass(frozen=True)
class SplitChip:
    """A stretch of the text on one of the lines above the wall."""

    text: str
    note: str
    """For the pointer."""
    special: bool
    """An added token that was typed."""
    pos: int | None
    """Place of its first token in what the model reads; None: it cannot be chosen."""


@dataclass(frozen=True)
class SplitLine:
    """The text after one stage."""

    stop: str
    """One of ``STOPS``."""
    title: str
    said: str
    """What the stage does."""
    chips: tuple[SplitChip, ...]
    """(): it changes nothing in this text, and ``said`` stands there instead."""


@dataclass(frozen=True)
class Brick:
    """A piece over a stretch of the word."""

    row: int
    """From 0, the characters, downwards."""
    start: int
    """First cell that it stands over."""
    end: int
    """Cell behind the last."""
    text: str
    detail: str
    """A number in small type: of a merge, a score; "" for none."""
    note: str
    """For the pointer."""
    since: int
    """The step from which on it stands."""
    role: str
    """One of ``BRICK_ROLES``: a character; two joined; looked up and no piece; looked up and found; a way that lost;
    the best way so far."""
    final: bool
    """It becomes a token."""


@dataclass(frozen=True)
class SplitOption:
    """One of the possibilities that a step chooses among."""

    text: str
    number: str
    taken: bool


@dataclass(frozen=True)
class SplitStep:
    """One step in words."""

    stop: str
    """One of ``STOPS``."""
    title: str
    sentence: str
    options: tuple[SplitOption, ...]
    """What it chose among; () where there was no choice."""
    more: str
    """What ``options`` leaves out, in a few words; "" for nothing."""


@dataclass(frozen=True)
class SplitToken:
    """One of the word's tokens."""

    text: str
    token_id: int
    pos: int
    tint: int
    """Its pale colour, 0 … ``N_TINTS`` − 1."""


@dataclass(frozen=True, eq=False)
class Split(Picture):
    """A click is ``{"pos": a word's first token, "step": -1}``, ``{"pos"}`` or ``{"step"}``."""

    kind: ClassVar[str] = "split"
    lines: tuple[SplitLine, ...] = field(metadata=KEPT)
    """The text, normalised, cut into words."""
    word: int
    """Index of the chosen chip on the last line."""
    cells: int
    """Columns of the wall: characters, or bytes."""
    rows: int
    """Rows of the wall, that of the characters included."""
    bricks: tuple[Brick, ...] = field(metadata=KEPT)
    steps: tuple[SplitStep, ...] = field(metadata=KEPT)
    at: int
    """Index of the step that it stands at."""
    tokens: tuple[SplitToken, ...] = field(metadata=KEPT)
    pos: int | None
    """Place of the chosen token; None: it is none of this word's."""
    question: str
    """What the steps' options are, in two or three words: "Neighbours and the number of their merge"."""
    hint: str
    """What the small numbers on the bricks are; "" where there are none."""
    badge: str
    """The check, in a few words."""

    def __post_init__(self) -> None:
        """Bricks stand on the wall and appear at a step; words and steps are there."""
        self.expect_index("at", len(self.steps))
        if not self.lines or not 0 <= self.word < max(1, len(self.lines[-1].chips)):
            raise ValueError(f"Split.word is {self.word}, outside the {len(self.lines)} lines' words")
        for stop in (*(step.stop for step in self.steps), *(line.stop for line in self.lines)):
            if stop not in STOPS:
                raise ValueError(f"a step belongs to {stop!r}, which is none of {STOPS}")
        for brick in self.bricks:
            inside = 0 <= brick.start < brick.end <= self.cells and 0 <= brick.row < self.rows
            if not inside or brick.role not in BRICK_ROLES or not 0 <= brick.since < len(self.steps):
                raise ValueError(f"{brick} on a wall of {self.rows} × {self.cells} and {len(self.steps)} steps")
        for token in self.tokens:
            if not 0 <= token.tint < N_TINTS:
                raise ValueError(f"the token at {token.pos} has tint {token.tint}, and there are {N_TINTS}")
