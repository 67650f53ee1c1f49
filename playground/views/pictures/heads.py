"""All heads as thumbnails, one of them large, and what one token looks at, over the sentence."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np

from ...trace import Array
from .base import KEPT, Picture


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
    """float32 (query, key) of the chosen head: kept, since a click on a row does not change it."""
    rows: tuple[str, ...] = field(metadata=KEPT)
    """Texts of those that look, the queries."""
    columns: tuple[str, ...] = field(metadata=KEPT)
    """Texts of those that are looked at, the keys."""
    pos: int
    """The row whose looks are drawn over the sentence."""
    causal: bool
    """No row sees a later column."""
    cross: bool
    """Rows and columns are two texts, even where their tokens are the same."""

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
        self.expect_index("pos", len(self.rows))
