"""Attention over running text: where a word looks, and who looks at it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, Literal

from ...trace import Array
from .base import KEPT, Picture


@dataclass(frozen=True)
class TextPiece:
    """One token in running text."""

    text: str
    """As it is read, without signs for blanks."""
    before: str
    """What stands between it and the token before it: a blank or nothing."""
    special: bool


@dataclass(frozen=True, eq=False)
class AttentionText(Picture):
    """Rows look at columns. A click on a word is ``{key: its place}``, on a number of a layer or head ``{"layer"}``,
    ``{"head"}``."""

    kind: ClassVar[str] = "attentiontext"
    values: Array = field(metadata=KEPT)
    """float32 (row, column): see ``unit``."""
    unit: Literal["share", "length"]
    """"share": 0 to 1. "length": of vectors; the picture shows each as its share of the sum of its row."""
    rows: tuple[str, ...] = field(metadata=KEPT)
    """Names of the tokens that look, ␣cat."""
    columns: tuple[str, ...] = field(metadata=KEPT)
    """Names of those that are looked at."""
    row_pieces: tuple[TextPiece, ...] = field(metadata=KEPT)
    """The rows as running text."""
    column_pieces: tuple[TextPiece, ...] = field(metadata=KEPT)
    """The columns as running text; empty where they are the same text as the rows."""
    names: tuple[str, str]
    """What rows and columns are, where they are two texts: "Target text", "Source text"; else empty."""
    pos: int
    """The row whose looks are shown first."""
    key: Literal["pos", "step"]
    """What a click on a row chooses: a token of the text, or a step at which one was written, with a slider."""
    causal: bool
    """No row looks at a later column."""
    verb: str
    """"looks", or "comes from" where the values follow a flow."""
    meaning: str
    """What the values mean, and what they do not, in two or three sentences; "" for none."""
    layer: int
    head: int
    n_layers: int
    """Layers to choose from; 0: there is nothing to choose."""
    n_heads: int
    """Heads to choose from; 0: the values are of no single head."""

    def __post_init__(self) -> None:
        """The values fit the texts, and what is chosen is there."""
        self.expect("values", (len(self.rows), len(self.columns)), "rows and columns")
        self.expect("row_pieces", (len(self.rows),), "the rows")
        if self.column_pieces or len(self.rows) != len(self.columns):
            self.expect("column_pieces", (len(self.columns),), "the columns")
        self.expect_index("pos", len(self.rows))
        if self.n_layers:
            self.expect_index("layer", self.n_layers)
        if self.n_heads:
            self.expect_index("head", self.n_heads)
