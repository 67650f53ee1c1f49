"""A token looked up in the token table."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from ..analysis.lookup import Lookup
from ..trace import Array, Token
from . import pictures
from .pictures import TableRow, full_of
from .tables import Table
from .view import View, count, listed, number, power, quoted

COLUMNS = 40
"""Numbers of each vector that are drawn; all of them are in the table."""
FIRST = 3
"""Numbers that the sentence says."""


def lookup_view(
    found: Lookup,
    tokens: tuple[Token, ...],
    names: Mapping[int, str],
    *,
    by_id: bool,
    last: bool,
    code: str,
) -> View:
    """The way from an id to a vector.

    Args:
        found: the rows.
        tokens: of the text.
        names: visible text of each row's token.
        by_id: the rows are those beside it in the table; else those at the smallest angle.
        last: the sheet holds the vectors behind the last layer; else the rows that were looked up.
        code: lines that print the token's row.
    """
    sheet = found.last if last and found.last is not None else found.looked_up
    rows = zip(found.rows, found.cosines, strict=True)
    drawn = np.ascontiguousarray(found.values[:, :COLUMNS])
    shown = np.ascontiguousarray(sheet[:, :COLUMNS], dtype=np.float32)
    own, looked_up = found.values[found.own], found.looked_up[found.pos]
    return View(
        picture=pictures.Lookup(
            tokens=tuple(token.text for token in tokens),
            token_ids=found.token_ids,
            pos=found.pos,
            n_rows=found.shape[0],
            width=found.shape[1],
            rows=tuple(TableRow(i, names[i], float(cosine)) for i, cosine in rows),
            own=found.own,
            by_id=by_id,
            values=drawn,
            full=full_of(drawn),
            factor=found.factor,
            check=_check(found),
            sheet_title="After the last layer" if sheet is found.last else _rows_title(found),
            through=found.n_layers if sheet is found.last else 0,
            sheet=shown,
            sheet_width=sheet.shape[1],
            sheet_full=_colour_end(shown),
        ),
        reading=_reading(found, tokens, sheet),
        table=Table(
            ("number", f"row {found.token_ids[found.pos]} of the table", f"{tokens[found.pos].text} as looked up"),
            tuple((i, float(a), float(b)) for i, (a, b) in enumerate(zip(own, looked_up, strict=True))),
        ),
        python=code,
        notes=_notes(found, by_id, drawn.shape[1], sheet, last),
        name="lookup",
    )


def _colour_end(values: Array) -> float:
    """The largest |number|, but at most five times the usual one: a single huge number would leave the rest pale."""
    sizes = np.abs(values[np.isfinite(values)])
    usual = float(np.sqrt((sizes.astype(np.float64) ** 2).mean())) if sizes.size else 0.0
    return min(full_of(values), 5 * usual) or 1.0


def _check(found: Lookup) -> str:
    if not found.captured:
        return ""
    times = "" if found.factor == 1 else f" × {number(found.factor)}"
    return f"✓ row{times} − what the model looked up: {power(found.difference)}"


def _rows_title(found: Lookup) -> str:
    return "The rows looked up" + ("" if found.factor == 1 else f", × {number(found.factor)}")


def _reading(found: Lookup, tokens: tuple[Token, ...], sheet: Array) -> str:
    own, token = found.values[found.own], tokens[found.pos]
    first = ", ".join(f"{value:.3f}".replace("-", "−") for value in own[:FIRST])
    times = "" if found.factor == 1 else f", multiplied by {number(found.factor)} on the way in"
    next_one = ""
    if sheet is found.looked_up and found.added:
        rows = " and ".join(f"a row for its {name}" for name in found.added)
        verb = "is" if len(found.added) == 1 else "are"
        next_one = f" Before the first layer {rows} {verb} added to each: see Position, “token + position”."
    return (
        f"{quoted(token.text)} has the id {token.token_id}, so its vector is row {token.token_id} of "
        f"{found.shape[0]:,}: {first}, … ({found.shape[1]:,} numbers{times}). "
        f"The whole text, {count(len(tokens), 'token')}, has the shape (1, {len(tokens):,}, {sheet.shape[1]:,})."
        f"{next_one}"
    )


def _notes(found: Lookup, by_id: bool, drawn: int, sheet: Array, last: bool) -> tuple[str, ...]:
    notes = [
        f"The first {drawn} of {found.shape[1]:,} numbers are drawn; the table has all of the token’s.",
        "A vector with a single 1, multiplied by the table, gives one row of it: models skip the product and read the "
        "row.",
        "(1, tokens, numbers): 1 text at a time, a vector for each of its tokens.",
    ]
    if not by_id:
        nearest = [i for i in range(len(found.rows)) if i != found.own][:1]
        notes.append(
            "The rows stand in the order of their angle to the token’s own, over the whole table and nothing centred; "
            + listed([f"the nearest has a cosine of {number(found.cosines[i])}" for i in nearest])
            + ". Rows that point the same way belong to words that are used alike."
        )
    if not found.captured:
        notes.append("This family does not hand over the rows that it looks up: they are read from its table.")
    if found.factor != 1 and math.isclose(found.factor**2, found.shape[1], rel_tol=1e-3):
        notes.append(f"{number(found.factor)} is √{found.shape[1]:,}, the factor of the original transformer.")
    if last and found.last is None:
        notes.append("This family does not hand over its vectors after the last layer: the rows looked up stand there.")
    if sheet is found.last:
        notes.append("After the last layer each vector has taken in its neighbours, and the shape is the same.")
    return tuple(notes)
