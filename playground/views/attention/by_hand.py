"""Attention on a few numbers that were typed, or on the first tokens of a head of the loaded model."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

from ...analysis.attention.by_hand import Softmaxed
from ...analysis.attention.steps import HeadMatrices
from .. import pictures
from ..pictures.matrices import SoftmaxOfList
from ..tables import MatrixTable
from ..view import View, count, percent, power, quoted
from .matrices import CORNER, stages_drawn, written

MISPRINTED = ([0.56, 0.72, 0.11], "0.30, 0.50, 0.20")
"""A list that learners meet with shares that are not its softmax."""
OF_THE_HEAD = (
    "Numbers, scale and mask are the head's own. The typed tokens, the two switches and the list belong to the typed "
    "example: change one of them, and it comes back."
)


@dataclass(frozen=True, eq=False)
class ByHand:
    """What the view shows."""

    found: HeadMatrices
    names: tuple[str, ...]
    """Of the queries."""
    keys: tuple[str, ...]
    row: int
    column: int
    scale: float
    """What q·k is multiplied by."""
    softmaxed: Softmaxed | None
    shown_code: str
    """The lines in the picture."""
    code: str
    """All lines."""
    own: str = ""
    """Which head of which model; "" for typed numbers."""
    difference: float | None = None
    """Largest |difference| from the model's own weights; None for typed numbers."""
    why: str = ""
    """Why the weights are not the model's own; "" where they are."""


def by_hand_view(shown: ByHand) -> View:
    """Every matrix with its numbers, the chosen cell written out, the same in PyTorch."""
    found, listed = shown.found, shown.softmaxed
    assert found.v is not None and found.out is not None
    digits = 4 if found.q.shape[1] <= 4 else 0
    picture = pictures.Matrices(
        queries=shown.names, keys=shown.keys, query_at=found.rows, key_at=found.columns,
        picks=("", "") if shown.own else ("row", "column"),
        q=found.q, k=found.k, v=found.v, stages=tuple(stages_drawn(found, shown.scale)), weights=found.weights,
        out=found.out, row=shown.row, column=shown.column, digits=digits,
        lines=tuple(_lines(shown)),
        check=_check(shown), exact=shown.difference is not None and shown.difference <= 1e-4, code=shown.shown_code,
        softmaxed=None if listed is None else SoftmaxOfList(listed.numbers, listed.exps, listed.shares, listed.total),
    )  # fmt: skip
    most = int(found.weights[shown.row].argmax())
    whose = f"Head {shown.own} of the model, with its own scale and mask: " if shown.own else ""
    first = f"{whose}{quoted(shown.names[shown.row])} gives {percent(found.weights[shown.row, most])} of its attention"
    return View(
        picture=picture,
        reading=f"{first} to {quoted(shown.keys[most])}; its output is {_output(found.out[shown.row])}.",
        table=MatrixTable(picture, CORNER, "weights", "queries", "keys"),
        python=shown.code,
        notes=_notes(shown),
        name="attention-by-hand",
    )


def _lines(shown: ByHand) -> Iterator[tuple[tuple[str, str], ...]]:
    """Of a typed example the chosen cell; of a model's head, which is not drawn anew for a click, every cell."""
    one = [(shown.row, shown.column)]
    cells = itertools.product(range(len(shown.names)), range(len(shown.keys))) if shown.own else one
    for row, column in cells:
        yield tuple(written(shown.found, row, column, shown.scale, 4))


def _output(row: object) -> str:
    values = [f"{float(x) + 0.0:.4f}".replace("-", "−") for x in row]  # type: ignore[attr-defined]
    return f"[{', '.join(values[:4])}{', …' if len(values) > 4 else ''}]"


def _check(shown: ByHand) -> str:
    if shown.difference is None:
        return ""
    found = f"against the model's own weights: max |difference| {power(shown.difference)}"
    return f"{found}. {shown.why}" if shown.why else found


def _notes(shown: ByHand) -> tuple[str, ...]:
    width, rows = shown.found.q.shape[1], len(shown.names)
    notes = [OF_THE_HEAD] if shown.own else []
    notes += [f"{count(rows, 'token')}, vectors of {count(width, 'number')}. Blue is negative, vermilion positive; "
             "weights: the darker, the larger. Choose a cell: it is written out below."]  # fmt: skip
    if shown.softmaxed is not None and [round(float(x), 4) for x in shown.softmaxed.numbers] == MISPRINTED[0]:
        notes.append(f"This list is often printed with the shares [{MISPRINTED[1]}]. They sum to 1, but they are not "
                     "its softmax.")  # fmt: skip
    return tuple(notes)
