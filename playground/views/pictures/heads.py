"""All heads as thumbnails, one of them large, and what one token looks at, over the sentence."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np

from ...trace import Array
from .base import KEPT, Picture


@dataclass(frozen=True, eq=False)
class OtherMap:
    """A second map beside the large one."""

    title: str
    """Whose it is: "mask lifted", or "cloze · layer 2 · head 3"."""
    weights: Array
    """float32 (query, key)."""
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    causal: bool
    """No row sees a later column."""
    stairs: bool
    """Whether the border of the mask that was taken away is drawn."""
    partners: tuple[tuple[int, ...], ...]
    """For each row of the large map the rows here that are the same piece of text."""

    def __post_init__(self) -> None:
        """The weights fit the texts."""
        if self.weights.shape != (len(self.rows), len(self.columns)):
            raise ValueError(
                f"OtherMap.weights {self.weights.shape}: {len(self.rows)} rows, {len(self.columns)} columns"
            )


@dataclass(frozen=True, eq=False)
class Heads(Picture):
    """Rows look at columns. A click is ``{"layer", "head"}`` (a thumbnail) or ``{"pos"}`` (a row, a word)."""

    kind: ClassVar[str] = "heads"
    thumbs: np.ndarray = field(metadata=KEPT)
    """uint8 (n_layers, n_heads, q, k): weights of 0 … 1 as 0 … 255, at most as large as ``weights``."""
    names: tuple[tuple[str, ...], ...] = field(metadata=KEPT)
    """(n_layers, n_heads): what the head does, in words; "" where it follows no simple pattern."""
    layer: int
    """Of the head that is shown large."""
    head: int
    weights: Array = field(metadata=KEPT)
    """float32 (query, key) of the chosen head: kept, since a click on a row does not change it. Of a long text some
    rows around the chosen one."""
    first: int
    """Position of the first row of ``weights``."""
    rows: tuple[str, ...] = field(metadata=KEPT)
    """Texts of those that look, the queries, one for each row of ``weights``."""
    columns: tuple[str, ...] = field(metadata=KEPT)
    """Texts of those that are looked at, the keys."""
    pos: int
    """The row whose looks are drawn over the sentence."""
    causal: bool
    """No row sees a later column."""
    cross: bool
    """Rows and columns are two texts, even where their tokens are the same."""
    hidden: tuple[int, ...]
    """Columns that are left out; every row is divided by what it gives to the others."""
    role: str
    """What the heads are sorted by; "" for layer by layer."""
    order: tuple[tuple[int, int], ...] = field(metadata=KEPT)
    """(layer, head) of all heads in that order; empty for layer by layer."""
    scores: tuple[str, ...] = field(metadata=KEPT)
    """Their figures, in words."""
    clear: int
    """How many of them, from the first on, clearly do it."""
    other: OtherMap | None = field(metadata=KEPT)
    """A map beside the large one."""

    def __post_init__(self) -> None:
        """The thumbnails, names and texts fit each other."""
        if self.thumbs.ndim != 4 or self.thumbs.dtype != np.uint8:
            raise ValueError(f"Heads.thumbs are {self.thumbs.dtype} {self.thumbs.shape}, not uint8 of four axes")
        n_layers, n_heads = self.thumbs.shape[:2]
        self.expect("weights", (len(self.rows), len(self.columns)), "rows and columns")
        self.expect("names", (n_layers,), "the thumbnails' layers")
        for names in self.names:
            if len(names) != n_heads:
                raise ValueError(f"Heads.names has a layer of {len(names)} heads, but the thumbnails have {n_heads}")
        self.expect_index("layer", n_layers)
        self.expect_index("head", n_heads)
        if not self.first <= self.pos < self.first + len(self.rows):
            raise ValueError(f"Heads.pos is {self.pos}, outside rows {self.first} … {self.first + len(self.rows) - 1}")
        self.expect("scores", (len(self.order),), "the order")
        if self.other is not None and len(self.other.partners) != len(self.rows):
            raise ValueError(f"OtherMap.partners of {len(self.other.partners)} rows, but there are {len(self.rows)}")
