"""One measured figure with its bar, and the table that shows many of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple


@dataclass(frozen=True)
class Figure:
    """A measured value; `bar` is what it must reach (None: told for information), `at_most` turns the bar round."""

    model: str
    what: str
    value: float
    bar: float | None = None
    at_most: bool = False
    unit: str = ""

    @property
    def holds(self) -> bool | None:
        """Whether the bar is met; None where there is no bar."""
        if self.bar is None:
            return None
        return self.value <= self.bar if self.at_most else self.value >= self.bar

    def cells(self) -> tuple[str, str, str, str, str]:
        """Model, what, value with unit, bar, and yes / NO / nothing."""
        unit = f" {self.unit}" if self.unit and self.unit != "%" else self.unit
        bar = "" if self.bar is None else f"{'≤' if self.at_most else '≥'} {self.bar:g}{unit}"
        verdict = {None: "", True: "yes", False: "NO"}[self.holds]
        return (
            self.model,
            self.what,
            f"{self.value:.3g}{unit}" if abs(self.value) < 10 else f"{self.value:.1f}{unit}",
            bar,
            verdict,
        )


class Report(NamedTuple):
    """The figures of one model, and lines to read with human eyes (continuations, translations, fillings)."""

    figures: list[Figure]
    samples: list[str]


def table(figures: Iterable[Figure]) -> str:
    """A Markdown table of figures, columns padded so that it reads well in a terminal too."""
    rows = [("model", "figure", "measured", "bar", "holds"), *(figure.cells() for figure in figures)]
    widths = [max(len(row[i]) for row in rows) for i in range(5)]
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |" for row in rows
    ]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(lines)
