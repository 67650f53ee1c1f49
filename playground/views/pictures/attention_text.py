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
    token: str
    """As it is named elsewhere on the page, ␣cat."""
    special: bool


@dataclass(frozen=True, eq=False)
class AttentionText(Picture):
    """Rows look at columns. A click on a word is ``{"pos"}``, on a number of a layer or head ``{"layer"}``,
    ``{"head"}``."""

    kind: ClassVar[str] = "attentiontext"
    values: Array = field(metadata=KEPT)
    """float32 (row, column): see ``unit``."""
    unit: Literal["share", "length"]
    """"share": 0 to 1. "length": of vectors; the picture shows each as its share of the sum of its row."""
    rows: tuple[TextPiece, ...] = field(metadata=KEPT)
    """Those that look."""
    columns: tuple[TextPiece, ...] = field(metadata=KEPT)
    """Those that are looked at; empty where they are the rows."""
    names: tuple[str, str]
    """What rows and columns are, where they are two texts: "Target text", "Source text"; else empty."""
    pos: int
    """The row whose looks are shown first."""
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
        self.expect("values", (len(self.rows), len(self.columns or self.rows)), "rows and columns")
        self.expect_index("pos", len(self.rows))
        if self.n_layers:
            self.expect_index("layer", self.n_layers)
        if self.n_heads:
            self.expect_index("head", self.n_heads)
