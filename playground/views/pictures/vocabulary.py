"""A page of the vocabulary, with what was searched in it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from .base import KEPT, Picture


@dataclass(frozen=True)
class VocabularyEntry:
    """One token."""

    token_id: int
    text: str
    piece: str
    sort: str
    """Key of one of ``VocabularyPage.kinds``."""
    kind_says: str
    script: str
    n_characters: int
    hex: str


@dataclass(frozen=True)
class VocabularyShare:
    """How many tokens are of some kind, script or length."""

    key: str
    """What a click chooses."""
    label: str
    all: int
    """In the whole vocabulary."""
    found: int
    """Of those that were found."""


@dataclass(frozen=True)
class VocabularyCard:
    """One token in full."""

    token_id: int
    text: str
    says: tuple[str, ...]
    """Its facts, a few words each."""
    near: tuple[tuple[int, str], ...]
    """(id, text) of the tokens before and after it, itself among them."""
    link_text: str
    """A text in which it stands; "" where none is known."""
    link_pos: int
    """Its position there."""


@dataclass(frozen=True, eq=False)
class VocabularyPage(Picture):
    """Tokens as a list to leaf through; beside it how they spread.

    A click is ``{"token": id}``, ``{"page": "n@query"}``, or one of ``{"kind": key}``, ``{"script": key}`` and
    ``{"length": n}`` with an empty page.
    """

    kind: ClassVar[str] = "vocabularypage"
    query: str
    """What was searched for."""
    n_found: int
    page: int
    n_pages: int
    first: int
    """How many were found before the first that is shown."""
    entries: tuple[VocabularyEntry, ...] = field(metadata=KEPT)
    kinds: tuple[VocabularyShare, ...] = field(metadata=KEPT)
    scripts: tuple[VocabularyShare, ...] = field(metadata=KEPT)
    lengths: tuple[VocabularyShare, ...] = field(metadata=KEPT)
    chosen: tuple[str, str, str]
    """The keys of kind, script and length that are chosen; "all" or "0" for none."""
    card: VocabularyCard | None
    nothing: str
    """What to do where nothing was found; "" otherwise."""

    def __post_init__(self) -> None:
        """The page is one of the pages, and no share is larger than the whole."""
        if not 0 <= self.page < self.n_pages or self.first + len(self.entries) > self.n_found:
            raise ValueError(
                f"page {self.page} of {self.n_pages}, {len(self.entries)} tokens from {self.first} of {self.n_found}"
            )
        for share in (*self.kinds, *self.scripts, *self.lengths):
            if not 0 <= share.found <= share.all:
                raise ValueError(f"{share.found} of {share.all} tokens are of the kind {share.key!r}")
