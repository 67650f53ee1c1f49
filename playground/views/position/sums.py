"""Token row + position row = what enters, in numbers."""

from __future__ import annotations

import numpy as np

from ...analysis.position import Entering
from ...trace import Array, Token
from .. import figures
from ..pictures import Axis, Grid, Group, HeatMap, Plot, Row, full_of
from ..tables import Table
from ..view import View, number, power, quoted

CELLS = 16
"""Numbers of a sum that are written out."""


def sum_view(found: Entering, tokens: tuple[Token, ...], pos: int, code: str) -> View:
    """Token row + position row = what enters, in numbers; beside it how long each part is over the whole text."""
    rows = [f"{name} row" for name, _ in found.parts] + ["their sum"]
    values = [values for _, values in found.parts] + [found.total]
    n = min(CELLS, len(found.total))
    heat = np.stack([one[:n] for one in values]).astype(np.float32)
    token, apart = tokens[pos], _apart(found)
    return View(
        picture=Group(
            (f"{quoted(token.text, 20)} at position {pos}: its first {n} numbers", "Length of each part"),
            (
                Grid(
                    maps=(
                        HeatMap("", heat, Axis("", tuple(rows)), Axis("number", tuple(map(str, range(n))))),
                    ),
                    scale="signed",
                    full=full_of(heat),
                ),
                _lengths(found, tokens, pos),
            ),
            (Row((1.0,), 1.0), Row((1.0,), 1.0)),
        ),
        reading=_sum_reading(found, token, pos),
        table=Table(
            ("number", *rows, *(["enters layer 0"] if apart is not None else [])),
            tuple(
                (i, *(float(one[i]) for one in (*values, *([] if apart is None else [apart]))))
                for i in range(len(found.total))
            ),
        ),
        python=code,
        notes=_sum_notes(found),
        name="sum",
    )  # fmt: skip


def _apart(found: Entering) -> Array | None:
    """What enters, where it is as wide as the sum and another vector."""
    same = found.entered is not None and found.entered.shape == found.total.shape
    return found.entered if same and found.difference is None else None


def _lengths(found: Entering, tokens: tuple[Token, ...], pos: int) -> Plot:
    """Of token row and position row at each token."""
    colours = {"token": "@attention", "position": "@key", "sentence": "@special"}
    names = [f"{i} {token.text}" for i, token in enumerate(tokens)]
    traces = [
        {
            "type": "bar", "x": np.arange(len(names)), "y": lengths, "name": f"{name} row",
            "marker": {"color": colours[name]}, "hoverinfo": "text",
            "hovertext": [f"{text}<br>{name} row: {length:.4f}" for text, length in zip(names, lengths, strict=True)],
        }
        for name, lengths in found.lengths
    ]  # fmt: skip
    ticks = np.arange(0, len(names), max(1, len(names) // 24))
    return Plot(
        figure=figures.figure(
            traces,
            barmode="group",
            xaxis={"tickvals": ticks, "ticktext": [names[i][:14] for i in ticks]},
            yaxis={"title": {"text": "length"}},
            shapes=[figures.rule("v", pos, "@chosen", "dot")],
            legend={"orientation": "h", "x": 0, "xanchor": "left", "y": 1.0, "yanchor": "bottom"},
            margin={"t": 34},
            showlegend=True,
        ),
        picks=tuple({"pos": np.arange(len(names), dtype=np.int32)} for _ in traces),
        view_key="lengths",
    )


def _sum_reading(found: Entering, token: Token, pos: int) -> str:
    lengths = {name: float(values[pos]) for name, values in found.lengths}
    if "position" not in lengths:
        return (
            f"This model adds nothing to {quoted(token.text)} for its place: its row of the token table (length "
            f"{number(lengths['token'])}) enters alone, and position comes in inside attention."
        )
    more = " + sentence row" if "sentence" in lengths else ""
    apart, total = _apart(found), number(float(np.linalg.norm(found.total)))
    end = f"what enters, of length {total}" if found.difference is not None else f"a sum of length {total}"
    if apart is not None:
        end += f", which is brought to {number(float(np.linalg.norm(apart)))} before it enters"
    return (
        f"{quoted(token.text)} at position {pos}: token row (length {number(lengths['token'])}) + position row (length "
        f"{number(lengths['position'])}){more} = {end}."
    )


def _sum_notes(found: Entering) -> tuple[str, ...]:
    notes = [f"The first {min(CELLS, len(found.total))} of {len(found.total):,} numbers; the table has all."]
    if found.difference is not None:
        notes.append(f"✓ sum − what the model gave its first layer: {power(found.difference)} at most.")
    elif found.entered is None:
        notes.append("What enters the first layer is not known in this family.")
    elif found.entered.shape == found.total.shape:
        notes.append(
            "Between the sum and layer 0 more happens in this family, a norm in BERT and its kin: the last column of "
            "the table is what enters."
        )
    else:
        notes.append("Between the sum and layer 0 this family has a matrix that changes the width.")
    return tuple(notes)
