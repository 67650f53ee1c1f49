"""What every handler returns: a picture, what it says in one sentence, its numbers, its code, its footnotes."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from .highlight import highlighted
from .pictures import Picture
from .tables import Numbers, spelled_out

Payload = dict[str, Any]
"""A View as the browser gets it: JSON with arrays as base64."""


@dataclass(frozen=True, eq=False)
class View:
    """One view, whole: no tab builds these parts by itself, and none can forget them."""

    picture: Picture
    reading: str
    """One sentence about what is on screen, computed from the numbers."""
    table: Numbers
    python: str
    """A few lines that give the same numbers."""
    notes: tuple[str, ...] = ()
    """Every transform between the model's numbers and the picture."""
    name: str = "view"
    """Stem of the names of downloaded files."""
    forgets: tuple[str, ...] = ()
    """Keys of what was chosen in an earlier picture and means nothing in this one: no link shall hold them."""

    def __post_init__(self) -> None:
        """A table that is made of a picture is made of this one."""
        if getattr(self.table, "picture", self.picture) is not self.picture:
            raise ValueError(f"the table of {self.name!r} belongs to another picture")

    def payload(self, known: Collection[str] = ()) -> Payload:
        """The View as the panel in the browser takes it.

        Args:
            known: digests of fields that the panel has from its last payloads; they are not sent again.

        Returns:
            JSON. ``kept`` holds the digests of all kept fields: what ``known`` may name the next time.
        """
        picture, kept = self.picture.payload(known)
        return {
            "picture": picture,
            "kept": kept,
            "reading": self.reading,
            "table": self.table.wire(),
            "python": self.python,
            "highlighted": highlighted(self.python),
            "notes": list(self.notes),
            "name": self.name,
        }

    def whole(self) -> Payload:
        """The View for programs: nothing left out, the table in full."""
        picture, _ = self.picture.payload()
        return {
            "picture": picture,
            "reading": self.reading,
            "table": spelled_out(self.table),
            "python": self.python,
            "notes": list(self.notes),
            "name": self.name,
        }


def message(sentence: str, tone: str = "empty") -> Payload:
    """What a panel shows instead of a View: nothing yet (``"empty"``) or why not (``"error"``)."""
    return {"message": sentence, "tone": tone}


def percent(share: float, *, sign: bool = False) -> str:
    """A probability as people say it: ``45 %``, ``4.5 %``, ``less than 0.1 %``. Tables hold the exact number.

    ``sign`` writes ``< 0.1 %``, as labels have it.
    """
    value = 100 * float(share)
    if value == 0 or value == 100:
        return f"{value:.0f} %"
    if value < 0.1:
        return "< 0.1 %" if sign else "less than 0.1 %"
    if value > 99.9:
        return "> 99.9 %" if sign else "more than 99.9 %"
    return f"{value:.1f} %" if value < 9.95 or value >= 99.5 else f"{value:.0f} %"


def power(value: float) -> str:
    """A very small number by its power of ten, ``2e-7``; plain 0 for nought."""
    if value == 0:
        return "0"
    mantissa, exponent = f"{value:.0e}".split("e")
    return f"{mantissa}e{int(exponent)}"


def number(value: float) -> str:
    """Three significant digits; whole numbers with commas from a thousand on."""
    return f"{value:,.0f}" if 999.5 <= abs(value) < 1e15 else f"{value + 0.0:.3g}"  # −0 is 0


def quoted(text: str, limit: int = 30) -> str:
    """A token or phrase in quotation marks, shortened in the middle of a sentence."""
    return f"“{text if len(text) <= limit else text[: limit - 1] + '…'}”"


def count(n: int, noun: str, plural: str | None = None) -> str:
    """``1 token``, ``2 tokens``."""
    return f"{n:,} {noun if n == 1 else plural or noun + 's'}"


def listed(words: Sequence[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else list(words))
