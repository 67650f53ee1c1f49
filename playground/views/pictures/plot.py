"""A Plotly figure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from .base import Picture

Picks = Mapping[str, np.ndarray]
"""Key of a click → its value for each point of a trace: int32, (points,), or (rows, columns) for a heatmap."""


@dataclass(frozen=True, eq=False)
class Plot(Picture):
    """Any Plotly figure. A click on a point is what ``picks`` says of it, such as ``{"pos": 3}``."""

    kind: ClassVar[str] = "plot"
    figure: Mapping[str, Any]
    """As :func:`playground.views.figures.figure` makes it: colours are roles, arrays are packed."""
    picks: tuple[Picks, ...]
    """For each trace of the figure; an empty mapping: nothing to choose there. Points with a ``pos`` light up with
    their token in every other picture."""
    pos: int | None
    """The chosen token's place: its point has a ring. None: no ring."""
    view_key: str
    """Camera and zoom are kept while it stays the same."""

    def __post_init__(self) -> None:
        """There are picks for every trace."""
        self.expect("picks", (len(self.figure["data"]),), "the figure's traces")
