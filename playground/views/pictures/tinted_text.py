"""Running text whose tokens are tinted by an amount."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from ...trace import Array
from .attention_text import TextPiece
from .base import KEPT, Picture


@dataclass(frozen=True)
class TextMark:
    """A stretch of tokens with a name: an example."""

    start: int
    end: int
    """Behind its last token."""
    name: str


@dataclass(frozen=True, eq=False)
class TintedText(Picture):
    """Running text whose tokens are tinted by an amount. A click is ``{"pos": index}``."""

    kind: ClassVar[str] = "tintedtext"
    pieces: tuple[TextPiece, ...] = field(metadata=KEPT)
    names: tuple[str, ...] = field(metadata=KEPT)
    """The tokens' own texts, ␣cat."""
    values: Array
    """float32 (tokens,): what the tint says; nan: nothing is known there."""
    says: tuple[str, ...]
    """(tokens,): a line for the pointer."""
    full: float
    """The amount at the end of the tints."""
    ends: tuple[str, str]
    """What stands at the ends of the scale."""
    marks: tuple[TextMark, ...]
    pos: int | None
    """The chosen token; None: none can be chosen."""
    largest: float
    """Size of the words at most, in units; the text is as large as its room allows."""

    def __post_init__(self) -> None:
        """A number, a name and a line for each token."""
        self.expect("values", (len(self.pieces),), "the tokens")
        self.expect("names", (len(self.pieces),), "the tokens")
        self.expect("says", (len(self.pieces),), "the tokens")
        self.expect_index("pos", len(self.pieces))
        if not self.full > 0:
            raise ValueError(f"TintedText.full is {self.full}")
