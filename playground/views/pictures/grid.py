"""Rows × columns of numbers as heat maps: one, or several on one scale of colours."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, Literal

import numpy as np

from ...trace import Array
from .base import KEPT, Picture


@dataclass(frozen=True)
class Axis:
    """The rows or the columns of a map."""

    title: str
    """What they are, "layer"; "" where their names say it."""
    names: tuple[str, ...]
    key: str = ""
    """Key of a click that says which one was chosen, "layer"; "": a click does not say it. Columns or rows whose key
    is "pos" light up with their token in every other picture."""
    values: tuple[int | str, ...] = ()
    """What a click says for each name, in the model's coordinates; (): 0, 1, 2, …"""

    def __post_init__(self) -> None:
        """A value for each name, or none."""
        if self.values and len(self.values) != len(self.names):
            raise ValueError(f"an axis has {len(self.values)} values for {len(self.names)} names")


@dataclass(frozen=True, eq=False)
class HeatMap:
    """One of the maps of a grid."""

    title: str
    values: Array
    """float32 (row, column); nan: there is no number, and the cell is hatched."""
    down: Axis
    """The rows, the first on top (see ``Grid.upwards``)."""
    across: Axis
    also: tuple[tuple[str, int | str], ...] = ()
    """Further keys of a click on any cell of this map, (("part", "attn"),)."""


@dataclass(frozen=True, eq=False)
class Grid(Picture):
    """A click on a cell is what the axes and ``HeatMap.also`` say of it, such as ``{"layer": 2, "head": 5}``."""

    kind: ClassVar[str] = "grid"
    maps: tuple[HeatMap, ...] = field(metadata=KEPT)
    scale: Literal["amount", "signed"]
    """Colours: from 0 to ``full``, or from −``full`` over 0 to ``full``."""
    full: float
    """The number at the end of the colours; :func:`full_of` finds it."""
    chosen: tuple[int, int, int] | None = None
    """Map, row and column of the cell with the frame; None: no cell has one."""
    form: Literal["number", "percent"] = "number"
    unit: str = ""
    """Behind numbers: "bits"."""
    ends: tuple[str, str] = ("", "")
    """What the lowest and the highest end mean, in a word or two."""
    missing: str = ""
    """What a hatched cell means; "" where there is none."""
    hint: str = "Point at a cell for its number."
    """What the line below says while no cell is pointed at or chosen."""
    upwards: bool = False
    """The first row stands at the bottom, as layers do."""

    def __post_init__(self) -> None:
        """Maps fit their axes, numbers their colours, and the chosen cell is there."""
        for heat in self.maps:
            wanted = len(heat.down.names), len(heat.across.names)
            if heat.values.shape != wanted:
                raise ValueError(f"the map {heat.title!r} has shape {heat.values.shape}, but its axes ask for {wanted}")
            found = heat.values[np.isfinite(heat.values)]
            least, most = (float(found.min()), float(found.max())) if found.size else (0.0, 0.0)
            if most > self.full * 1.00001 or least < (-self.full * 1.00001 if self.scale == "signed" else 0):
                raise ValueError(f"the map {heat.title!r} goes from {least} to {most}, its colours to {self.full}")
        if not self.full > 0:
            raise ValueError(f"Grid.full is {self.full}, and the colours need more than nothing")
        if self.chosen is not None:
            which, row, column = self.chosen
            shape = self.maps[which].values.shape if 0 <= which < len(self.maps) else ()
            if not shape or not (0 <= row < shape[0] and 0 <= column < shape[1]):
                raise ValueError(f"Grid.chosen is {self.chosen}, in {len(self.maps)} maps, the named one of {shape}")


def full_of(*values: Array) -> float:
    """The largest |number| of some maps, for ``Grid.full``; 1 where there is none but nought."""
    largest = max((float(np.abs(v[np.isfinite(v)]).max(initial=0.0)) for v in values), default=0.0)
    return largest or 1.0
