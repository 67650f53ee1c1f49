"""Several tokenizers: on one text, on one sentence in many languages; and a model that reads another's ids."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np

from ...trace import Array
from ..theme import N_TINTS
from .base import KEPT, Picture


@dataclass(frozen=True)
class RowToken:
    """A token of one of the rows."""

    text: str
    token_id: int
    tint: int
    """Its pale colour, 0 … ``N_TINTS`` − 1."""
    unknown: bool
    """It stands for something that the vocabulary cannot spell."""


@dataclass(frozen=True)
class RowEntry:
    """One tokenizer."""

    name: str
    said: str
    """Its kind and the size of its vocabulary."""
    n_text: int
    """Tokens of the text, without those that it adds itself."""
    n_added: int
    n_unknown: int
    exact: bool
    """The text comes back from its tokens, character for character."""
    per_word: float | None
    """Tokens per word; None where the text has no word."""
    per_token: float | None
    """Bytes per token."""
    tokens: tuple[RowToken, ...]
    """From the first to the last that is drawn; those that stand for no text have no place in ``TokenRows.over``."""


@dataclass(frozen=True, eq=False)
class TokenRows(Picture):
    """The text once for each tokenizer, one row below the other, cut where any of them cuts."""

    kind: ClassVar[str] = "tokenrows"
    entries: tuple[RowEntry, ...] = field(metadata=KEPT)
    texts: tuple[str, ...] = field(metadata=KEPT)
    """What stands in each column."""
    over: np.ndarray = field(metadata=KEPT)
    """int32 (entries, columns): index of the first token over the column; −1: none."""
    counts: np.ndarray = field(metadata=KEPT)
    """int32 (entries, columns): tokens over the column; more than one where a character is cut into bytes."""
    n_left: int
    """Characters at the end of the text that are not drawn."""

    def __post_init__(self) -> None:
        """A number for each entry and column, and tokens that are there."""
        shape = len(self.entries), len(self.texts)
        self.expect("over", shape, "entries and texts")
        self.expect("counts", shape, "entries and texts")
        for entry, own, counts in zip(self.entries, self.over, self.counts, strict=True):
            if shape[1] and int((own + counts).max()) > len(entry.tokens):
                raise ValueError(f"a column of {entry.name!r} names token {int(own.max())} of {len(entry.tokens)}")
            if any(not 0 <= token.tint < N_TINTS for token in entry.tokens):
                raise ValueError(f"a token of {entry.name!r} has a tint that is none of {N_TINTS}")


@dataclass(frozen=True)
class LanguageRow:
    """The sentence in one language."""

    language: str
    script: str
    text: str


@dataclass(frozen=True, eq=False)
class Languages(Picture):
    """For each language a bar for each tokenizer: its tokens, measured by those of the first language."""

    kind: ClassVar[str] = "languages"
    rows: tuple[LanguageRow, ...] = field(metadata=KEPT)
    names: tuple[str, ...]
    """Of the tokenizers."""
    counts: np.ndarray
    """int32 (tokenizers, languages): tokens."""
    unknown: np.ndarray
    """int32 (tokenizers, languages): of them those that stand for something the vocabulary cannot spell."""
    lost: np.ndarray
    """uint8 (tokenizers, languages): 1 where so much is unknown that the sentence is not there."""
    ratios: Array
    """(tokenizers, languages): tokens by those of the first language."""
    full: float
    """The ratio at the end of the tracks."""

    def __post_init__(self) -> None:
        """A number for each tokenizer and language."""
        for name in ("counts", "unknown", "lost", "ratios"):
            self.expect(name, (len(self.names), len(self.rows)), "names and rows")


@dataclass(frozen=True)
class MisreadToken:
    """One id, in two vocabularies."""

    written: str
    token_id: int
    read: str | None
    """None: the model has no such id."""
    tint: int
    """Pale colour of the id, 0 … ``N_TINTS`` − 1."""


@dataclass(frozen=True)
class MisreadBar:
    """A mean surprise."""

    label: str
    bits: float
    role: str
    """A colour of ``theme.PALETTE``."""


@dataclass(frozen=True, eq=False)
class Misread(Picture):
    """Tokens of one vocabulary, their ids, and what another vocabulary has under the same ids."""

    kind: ClassVar[str] = "misread"
    writer: str
    reader: str
    tokens: tuple[MisreadToken, ...] = field(metadata=KEPT)
    n_left: int
    """Tokens that are not drawn."""
    bars: tuple[MisreadBar, ...]
    """(): the model was not run on the ids."""
    full: float
    """Bits at the end of the bars' tracks."""
    why: str
    """Why there are no bars, or what they are."""
