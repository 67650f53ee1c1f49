"""A walk through the forward pass: the machine, and every step at one token recomputed from what comes in."""

from .inside import Inside, inside_layer
from .machine import Block, Machine, Part, TowerMap, machine_of
from .records import SOURCE, Cells, Curves, Ranking, Step, Strip
from .steps import Walk, steps_at, walk_at

__all__ = [
    "SOURCE", "Block", "Cells", "Curves", "Inside", "Machine", "Part", "Ranking", "Step", "Strip", "TowerMap",
    "Walk", "inside_layer", "machine_of", "steps_at", "walk_at",
]  # fmt: skip
