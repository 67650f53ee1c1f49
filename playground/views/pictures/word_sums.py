"""Sums of words and what comes of them, to choose from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from .base import Picture


@dataclass(frozen=True)
class SumLine:
    """One sum."""

    text: str
    """"king − man + woman"."""
    wanted: str
    """The answer that people expect."""
    said: str
    """How it comes out."""
    solved: bool
    pick: tuple[tuple[str, str], ...]
    """Keys of a click."""
    chosen: bool


@dataclass(frozen=True, eq=False)
class WordSums(Picture):
    """A click on a line is what its ``pick`` says."""

    kind: ClassVar[str] = "wordsums"
    lines: tuple[SumLine, ...]
