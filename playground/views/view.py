"""What every handler returns: a picture, what it says in one sentence, its numbers, its code, its footnotes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from . import figures

Payload = dict[str, Any]
"""A View as the browser gets it: JSON with arrays as base64."""


@dataclass(frozen=True)
class Table:
    """The picture's numbers, exact, for those who cannot see it."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]

    def __post_init__(self) -> None:
        for row in self.rows:
            if len(row) != len(self.columns):
                raise ValueError(f"a row of {len(row)} cells in a table of {len(self.columns)} columns: {row!r}")


@dataclass(frozen=True, eq=False)
class View:
    """One view, whole: no tab builds these parts by itself, and none can forget them."""

    picture: Mapping[str, Any]
    """``{"kind": …}`` and what that kind of picture needs; arrays as numpy."""
    reading: str
    """One sentence about what is on screen, computed from the numbers."""
    table: Table
    python: str
    """A few lines that give the same numbers."""
    notes: tuple[str, ...] = ()
    """Every transform between the model's numbers and the picture."""
    name: str = "view"
    """Stem of the names of downloaded files."""

    def payload(self) -> Payload:
        """The View as the panel in the browser takes it."""
        return {
            "picture": figures.pack(self.picture),
            "reading": self.reading,
            "table": {
                "columns": list(self.table.columns),
                "rows": [[_plain(c) for c in row] for row in self.table.rows],
            },
            "python": self.python,
            "notes": list(self.notes),
            "name": self.name,
        }


def message(sentence: str, tone: str = "empty") -> Payload:
    """What a panel shows instead of a View: nothing yet (``"empty"``) or why not (``"error"``)."""
    return {"message": sentence, "tone": tone}


def raw(array: np.ndarray, dtype: str) -> str:
    """An array as bare base64 of little-endian numbers, for pictures that know their own shapes."""
    packed: str = figures.typed(np.ascontiguousarray(array, dtype=dtype))["bdata"]
    return packed


def _plain(cell: Any) -> Any:
    if isinstance(cell, np.generic):
        cell = cell.item()
    if isinstance(cell, float) and float(np.float32(cell)) == cell:
        cell = float(str(np.float32(cell)))  # as many digits as name this float32 and no other
    # JSON has no NaN and no infinities, and the browser's parser stops at them.
    return str(cell) if isinstance(cell, float) and not np.isfinite(cell) else cell


def percent(share: float) -> str:
    """A probability for people: one decimal, and below 0.1 % the power of ten instead of a rounded nought."""
    value = 100 * float(share)
    return f"{value:.1f} %" if value >= 0.1 else f"{power(value)} %"


def power(value: float) -> str:
    """A very small number by its power of ten, ``2e-7``; plain 0 for nought."""
    if value == 0:
        return "0"
    mantissa, exponent = f"{value:.0e}".split("e")
    return f"{mantissa}e{int(exponent)}"


def number(value: float) -> str:
    """Three significant digits."""
    return f"{value + 0.0:.3g}"  # −0 is 0


def quoted(text: str, limit: int = 30) -> str:
    """A token or phrase in quotation marks, shortened in the middle of a sentence."""
    return f"“{text if len(text) <= limit else text[: limit - 1] + '…'}”"


def count(n: int, noun: str, plural: str | None = None) -> str:
    """``1 token``, ``2 tokens``."""
    return f"{n:,} {noun if n == 1 else plural or noun + 's'}"


def listed(words: Sequence[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else list(words))
