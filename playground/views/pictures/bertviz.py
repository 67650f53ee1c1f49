"""BertViz's own drawings of attention."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, Literal

from ...trace import Array
from .base import KEPT, Picture


@dataclass(frozen=True, eq=False)
class Bertviz(Picture):
    """BertViz's head view or model view. A click is ``{"layer", "head"}``."""

    kind: ClassVar[str] = "bertviz"
    view: Literal["head", "model"]
    layers: tuple[int, ...]
    """The layers whose weights are here, rising."""
    layer: int
    """Of the chosen head; one of ``layers``."""
    head: int
    weights: Array = field(metadata=KEPT)
    """float32 (layer, head, query, key), one layer for each of ``layers``."""
    rows: tuple[str, ...] = field(metadata=KEPT)
    """Texts of those that look."""
    columns: tuple[str, ...] = field(metadata=KEPT)
    """Texts of those that are looked at."""

    def __post_init__(self) -> None:
        """The weights fit the layers and texts."""
        n_heads = self.weights.shape[1] if self.weights.ndim == 4 else 0
        shape = (len(self.layers), n_heads, len(self.rows), len(self.columns))
        self.expect("weights", shape, "layers, rows and columns")
        self.expect_index("head", n_heads)
        if self.layer not in self.layers:
            raise ValueError(f"Bertviz.layer is {self.layer}, which is none of the layers {self.layers}")
