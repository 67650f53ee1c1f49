"""A Plotly figure on a plane."""

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
    """Any Plotly figure on a plane. A click on a point is what ``picks`` says of it, such as ``{"pos": 3}``."""

    kind: ClassVar[str] = "plot"
    figure: Mapping[str, Any]
    """As :func:`playground.views.figures.figure` makes it: colours are roles, arrays are packed."""
    picks: tuple[Picks, ...]
    """For each trace of the figure; an empty mapping: nothing to choose there. In the first scatter trace whose points
    have a ``pos``, that of the token under the pointer has a ring, in whichever picture the pointer is."""
    view_key: str
    """The zoom is kept while it stays the same."""

    def __post_init__(self) -> None:
        """There are picks for every trace."""
        self.expect("picks", (len(self.figure["data"]),), "the figure's traces")
