"""What enters the first layer, as a sum."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...trace import Array, Stack


@dataclass(frozen=True, eq=False)
class Entering:
    """What enters the first layer at one position, as a sum."""

    parts: tuple[tuple[str, Array], ...]
    """(name, (width,)): token row, position row, sentence row, as far as there are such."""
    total: Array
    """(width,): their sum."""
    entered: Array | None
    """(d_model,): what the first layer was given; None where that is not known."""
    difference: float | None
    """Largest |difference| of the two; None where something stands between them."""
    lengths: tuple[tuple[str, Array], ...]
    """(name, (seq,)): Euclidean length of each part at every position."""


def entering(stack: Stack, pos: int) -> Entering | None:
    """The sum that enters; None where the family does not hand over its token rows."""
    if stack.embeddings is None:
        return None
    named = (("token", stack.embeddings), ("position", stack.positions), ("sentence", stack.token_types))
    shape = stack.embeddings.shape
    there = [(name, np.broadcast_to(rows, shape)) for name, rows in named if rows is not None]
    total: Array = np.stack([rows[pos] for _, rows in there]).sum(0, dtype=np.float32)
    entered = stack.layers[0].resid_pre[pos] if stack.layers else None
    difference = None
    if entered is not None and entered.shape == total.shape:
        off = float(np.abs(total - entered).max())
        difference = off if off <= 1e-3 * max(1.0, float(np.abs(entered).max())) else None
    lengths = tuple((name, np.linalg.norm(rows, axis=1)) for name, rows in there)
    return Entering(tuple((name, rows[pos].copy()) for name, rows in there), total, entered, difference, lengths)
