"""Positions as vectors that are added: sines and cosines, or a learned table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ...models import LoadedModel
from ...trace import Array, Trace

BASE = 10_000.0
"""Of the wavelengths in the original transformer (Vaswani et al. 2017)."""
MOST = 1024
"""Positions of a table that are looked at: of longer ones the first."""


def sinusoids(length: int, width: int, *, halves: bool = False) -> Array:
    """The table of the original transformer (Vaswani et al. 2017, section 3.5), (length, width) float32.

    ``PE(pos, 2i) = sin(pos / 10000^(2i/width))`` and ``PE(pos, 2i+1) = cos(the same)``: sine and cosine interleaved.

    Args:
        length: positions.
        width: dimensions, an even number.
        halves: all sines first, then all cosines, as Marian lays the same numbers out.

    Raises:
        ValueError: an odd width.
    """
    if width % 2:
        raise ValueError(f"the width is {width}, and sines and cosines come in pairs")
    angles = np.arange(length)[:, None] / BASE ** (np.arange(0, width, 2) / width)
    sin, cos = np.sin(angles), np.cos(angles)
    if halves:
        return np.concatenate([sin, cos], axis=1).astype(np.float32)
    return np.stack([sin, cos], axis=-1).reshape(length, width).astype(np.float32)


def wavelength(dimension: int, width: int, *, halves: bool = False) -> float:
    """Positions after which a dimension of ``sinusoids`` repeats: 2π·10000^(2i/width)."""
    pair = dimension % (width // 2) if halves else dimension // 2
    return float(2 * np.pi * BASE ** (2 * pair / width))


WAVES = 5
"""Times that the wave of a dimension shall fit into the table, so that it is seen as a wave."""


def telling_dimension(rows: Array, layout: str) -> int:
    """A dimension whose curve over the positions (positions, width) tells something.

    Of sines and cosines a sine that fits ``WAVES`` times; of learned numbers the one that varies most from far to far
    and least from one position to the next, by its covariance with itself one position on.
    """
    length, width = rows.shape
    if layout == "learned":
        centred = rows - rows.mean(0)
        return int((centred[1:] * centred[:-1]).sum(0).argmax()) if length > 1 else 0
    sines = range(0, width, 2) if layout == "interleaved" else range(width // 2)
    waves = [wavelength(i, width, halves=layout == "halves") for i in sines]
    return sines[int(np.abs(np.log(np.array(waves) * WAVES / length)).argmin())]


@dataclass(frozen=True, eq=False)
class ByDistance:
    """How alike the vectors of two positions are, by how far apart they stand."""

    mean: Array
    """(n,): mean cosine over all pairs at distance 0, 1, …, n − 1."""
    low: Array
    """(n,): the 10th percentile of these pairs."""
    high: Array
    """(n,): the 90th."""


def cosine_by_distance(table: Array) -> ByDistance:
    """Compares all pairs of rows of a table of positions (n, width)."""
    lengths = np.linalg.norm(table, axis=1, keepdims=True)
    unit = table / np.where(lengths > 0, lengths, 1)
    near = unit @ unit.T
    found = [np.diagonal(near, d) for d in range(len(table))]
    low, high = (np.array([np.percentile(one, p) for one in found], np.float32) for p in (10, 90))
    return ByDistance(np.array([one.mean() for one in found], np.float32), low, high)


@dataclass(frozen=True, eq=False)
class PositionTable:
    """What a model adds to the token row at each position."""

    rows: Array
    """(positions, width): from the position of the first token on."""
    whole: int
    """Rows that there are in all; ``rows`` holds at most ``MOST`` of them."""
    layout: str
    """"interleaved" or "halves" for sines and cosines (see ``sinusoids``), "learned" for any other numbers."""
    stored: bool
    """Whether ``rows`` is the model's table; else only the rows of this text are known."""
    offset: int
    """Rows of the stored table before the first that a text uses: OPT and BART leave out two."""


def position_table(model: LoadedModel, trace: Trace, encoder: bool) -> PositionTable | None:
    """The table of positions of one tower; None where position does not enter as a vector that is added."""
    from ...hooks import prepare

    parts = prepare(model).parts
    stack, own = (trace.encoder, parts.encoder) if encoder and trace.encoder is not None else (trace, parts.stack)
    seen = stack.positions
    if seen is None:
        return None
    seen = np.broadcast_to(seen, (len(stack), seen.shape[-1]))
    weight: Any = getattr(getattr(own, "positions", None), "weight", None)
    rows, offset = seen, None
    if weight is not None and weight.ndim == 2 and weight.shape[1] == seen.shape[1]:
        stored: Array = weight.detach().float().cpu().numpy()
        offset = _offset(stored, seen)
        rows = seen if offset is None else stored[offset:]
    return PositionTable(rows[:MOST].copy(), len(rows), _layout(rows[:MOST]), offset is not None, offset or 0)


def _offset(stored: Array, seen: Array) -> int | None:
    """Where the text's rows stand in the table, one after the other; None: they do not."""
    size = float(np.abs(seen).max())
    for first in range(min(len(stored) - len(seen), 8) + 1):
        if np.abs(stored[first : first + len(seen)] - seen).max() <= 1e-4 * max(1.0, size):
            return first
    return None


def _layout(rows: Array) -> str:
    length, width = rows.shape
    if width % 2 == 0:
        for halves, name in ((False, "interleaved"), (True, "halves")):
            if np.abs(rows - sinusoids(length, width, halves=halves)).max() < 1e-3:
                return name
    return "learned"
