"""What a step of a walk is told in, and how its numbers are written."""

from __future__ import annotations

from dataclasses import dataclass

from ...analysis.walk import Step
from ..view import number as plain_number

PARTS = {"attn": "attention", "cross": "cross-attention", "mlp": "feed-forward"}


@dataclass(frozen=True)
class Told:
    """A step in words."""

    title: str
    sentence: str
    formula: str = ""
    numbers: str = ""


def number(value: float) -> str:
    """Three significant digits, with a true minus sign."""
    return plain_number(value).replace("-", "−")


def less(value: float) -> str:
    """``− 4.61``; a negative number comes out as what it is, ``+ 4.61``."""
    return f"+ {number(-value)}" if value < 0 else f"− {number(value)}"


def lengths(step: Step) -> str:
    """The lengths of the vectors of a sum."""
    figures = dict(step.figures)
    if "length" not in figures:
        return ""
    added = ", ".join(
        f"{name.removeprefix('length of ')} {number(value)}"
        for name, value in step.figures
        if name.startswith("length of")
    )
    return f"lengths: {added} → {number(figures['length'])}"
