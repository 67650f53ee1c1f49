"""A walk through the forward pass: the machine, and every step at one token recomputed from what comes in.

What computes is imported when it is first used: the page knows the records before torch is there.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from .records import SOURCE, Cells, Chip, Curves, Onward, Ranking, Step, Strip

if TYPE_CHECKING:
    from .inside import Inside, inside_layer
    from .machine import Block, Machine, Part, TowerMap, machine_of
    from .steps import Walk, WayOut, steps_at, way_in_at, way_out_at

_HOMES = {
    "inside": ("Inside", "inside_layer"),
    "machine": ("Block", "Machine", "Part", "TowerMap", "machine_of"),
    "steps": ("Walk", "WayOut", "steps_at", "way_in_at", "way_out_at"),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "SOURCE", "Block", "Cells", "Chip", "Curves", "Inside", "Machine", "Onward", "Part", "Ranking", "Step", "Strip",
    "TowerMap", "Walk", "WayOut", "inside_layer", "machine_of", "steps_at", "way_in_at", "way_out_at",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_HOME_OF[name]}", __name__), name)
