"""The token strip."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from ..theme import N_TINTS
from .base import KEPT, Picture

Columns = tuple[int, int]


@dataclass(frozen=True)
class Chip:
    """One token of the strip."""

    pos: int
    """Its place in what the model reads; some places may be left out of the strip."""
    text: str
    piece: str
    token_id: int
    special: bool
    span: tuple[int, int] | None
    """From and to which character of ``Tokens.text``; None where it stands for no text."""
    n_bytes: int
    hex: str
    """Its bytes, "E4 B8"; empty for a special token."""
    joined: bool
    """It goes on with the word that the chip before it began."""
    tint: int
    """Its pale colour, 0 … ``N_TINTS`` − 1: neighbours differ, equal tokens match."""
    group: int
    """Index into ``Tokens.shared`` of the characters of which it holds some bytes; −1 for whole characters."""
    template: bool
    """A chat template put it there."""


@dataclass(frozen=True)
class LevelRow:
    """Some columns of the text at three levels, which are not torn apart at the end of a line."""

    characters: tuple[str, ...]
    """"" for a column that stands for no character."""
    wide: tuple[int, ...]
    """Columns that each character takes."""
    words: tuple[Columns, ...]
    """Columns [from, to) of each word."""
    tokens: tuple[tuple[int, int, int], ...]
    """(position in the text, from column, to column)."""


@dataclass(frozen=True)
class WindowBar:
    """The context window and what fills it; all numbers are tokens."""

    used: int
    room: int
    """What may be read at once."""
    full: int
    """What the whole bar stands for."""
    left_out: int
    """Of the typed text; 0 where all of it is read."""
    at_start: bool
    """Whether what is left out stood at the start."""
    says: str


@dataclass(frozen=True)
class BackPart:
    """A piece of the decoded text."""

    text: str
    same: bool
    """Whether it is as it was typed."""


@dataclass(frozen=True)
class SpecialMark:
    """A special token and what it is for."""

    token_id: int
    text: str
    roles: str
    """In words; "" for none of the usual ones."""
    says: str
    places: tuple[int, ...]
    """Positions at which it stands in the text."""


@dataclass(frozen=True, eq=False)
class Tokens(Picture):
    """A text above, under it the pieces that the model reads. A click is ``{"pos": place}``."""

    kind: ClassVar[str] = "tokens"
    text: str = field(metadata=KEPT)
    before: str = field(metadata=KEPT)
    """What was typed before ``text`` and is not read; ``after`` likewise."""
    after: str = field(metadata=KEPT)
    tokens: tuple[Chip, ...] = field(metadata=KEPT)
    shared: tuple[str, ...] = field(metadata=KEPT)
    """Characters whose bytes lie in several tokens."""
    levels: tuple[LevelRow, ...] = field(metadata=KEPT)
    """The text at three levels, to stand in the place of the strip; empty for the strip."""
    picks: bool
    """Whether a click chooses a position: not where these are not the tokens that were run."""
    window: WindowBar
    back: tuple[BackPart, ...] = field(metadata=KEPT)
    """What the ids decode to; empty where that is what was typed."""
    back_says: str
    marks: tuple[SpecialMark, ...] = field(metadata=KEPT)
    more_marks: str
    """How many special tokens are not among them; "" for none."""
    missing: str
    """Why what was asked for is not shown; "" where it is."""
    pos: int | None
    """The chosen token's place; None: none is chosen, or it is hidden."""

    def __post_init__(self) -> None:
        """The places rise, tints and groups exist, the columns fit, and the chosen one is in the strip."""
        places = [chip.pos for chip in self.tokens]
        if places != sorted(set(places)):
            raise ValueError(f"Tokens.tokens stand at {places}, which do not rise")
        if self.pos is not None and self.pos not in places:
            raise ValueError(f"Tokens.pos is {self.pos}, which is none of the places {places}")
        for chip in self.tokens:
            if not 0 <= chip.tint < N_TINTS:
                raise ValueError(f"the chip at {chip.pos} has tint {chip.tint}, and there are {N_TINTS}")
            if not -1 <= chip.group < len(self.shared):
                raise ValueError(f"the chip at {chip.pos} is of group {chip.group}, and there are {len(self.shared)}")
        for row in self.levels:
            n = sum(row.wide)
            if len(row.wide) != len(row.characters) or any(not a < b <= n for a, b in row.words):
                raise ValueError(f"words at {row.words} over {len(row.characters)} characters in {n} columns")
