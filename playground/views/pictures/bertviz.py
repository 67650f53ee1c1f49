"""BertViz's own drawings of attention."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, Literal

from ...trace import Array
from .base import KEPT, Picture

Drawing = Literal["head", "model", "neuron"]


@dataclass(frozen=True, eq=False)
class Bertviz(Picture):
    """BertViz's head view, model view or neuron view. A click is ``{"layer", "head"}`` or ``{"pos"}``."""

    kind: ClassVar[str] = "bertviz"
    view: Drawing
    layers: tuple[int, ...]
    """The layers whose weights are here, rising."""
    heads: tuple[int, ...]
    """The heads whose weights are here, rising."""
    n_layers: int
    """All that there are to choose from; ``n_heads`` likewise."""
    n_heads: int
    layer: int
    """Of the chosen head; one of ``layers``."""
    head: int
    """One of ``heads``."""
    pos: int
    """The row that the neuron view shows first."""
    weights: Array = field(metadata=KEPT)
    """float32 (layer, head, query, key), one for each of ``layers`` and ``heads``."""
    queries: Array = field(metadata=KEPT)
    """float32 (query, head_dim) of the chosen head, for the neuron view; empty elsewhere. ``keys`` likewise."""
    keys: Array = field(metadata=KEPT)
    rows: tuple[str, ...] = field(metadata=KEPT)
    """Texts of those that look."""
    columns: tuple[str, ...] = field(metadata=KEPT)
    """Texts of those that are looked at."""
    second: int | None
    """Where the second of two sentences begins, for BertViz's filter; None: there is one, or rows are not columns."""
    causal: bool
    """No row sees a later column."""
    n_marks: int
    """Lines and cells that BertViz makes of this, to say before it takes long."""

    def __post_init__(self) -> None:
        """The weights fit the layers, heads and texts."""
        shape = (len(self.layers), len(self.heads), len(self.rows), len(self.columns))
        self.expect("weights", shape, "layers, heads, rows and columns")
        self.expect_index("pos", len(self.rows))
        self.expect_index("second", len(self.rows), 1)
        if self.view == "neuron":
            width = self.queries.shape[-1]
            self.expect("queries", (len(self.rows), width), "rows")
            self.expect("keys", (len(self.columns), width), "columns")
        for chosen, there in (("layer", self.layers), ("head", self.heads)):
            if getattr(self, chosen) not in there:
                raise ValueError(f"Bertviz.{chosen} is {getattr(self, chosen)}, which is none of the {chosen}s {there}")
