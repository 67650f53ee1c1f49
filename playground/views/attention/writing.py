"""Attention while a text is written: the words, and a map that grows by a row with each of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...analysis.attention.writing import WrittenLooks
from ...trace import Array
from .. import pictures
from ..pictures import AttentionText, Axis, Grid, Group, HeatMap, Row
from ..running import running
from ..tables import Table
from ..view import View, count, percent, quoted
from .text import MEASURES

BY = ("layers", "heads", "head")
"""The measures of ``MEASURES`` that can be followed step by step."""
CORNER = "while writing … it looked at →"


@dataclass(frozen=True, eq=False)
class Standing:
    """What is shown of a text that was or is being written."""

    looks: WrittenLooks
    measure: str
    """One of ``BY``."""
    layer: int
    head: int
    step: int
    """The written token that is looked at, from 0 on."""
    text: str
    """The prompt, or the source."""
    running: bool
    code: str

    @property
    def values(self) -> Array:
        """(row, column): the weights by the measure; NaN where a column was not written yet."""
        weights = self.looks.weights
        if self.measure == "head":
            found = weights[self.layer][self.head]
        elif self.measure == "heads":
            found = weights[self.layer].mean(0)
        else:
            found = np.concatenate(weights).mean(0)
        return np.where(self.looks.seen, found, np.nan).astype(np.float32)


def attention_writing_view(standing: Standing) -> View:
    """The written words with what each looked at, over the map of all steps."""
    values = standing.values
    rows = [f"{i + 1} {token.text}" for i, token in enumerate(standing.looks.rows)]
    columns = [f"{i} {token.text}" for i, token in enumerate(standing.looks.columns)]
    return View(
        picture=Group(
            titles=("", "Each row is a step: what the model looked at while it wrote the word"),
            pictures=(_text(standing, values), _map(standing, values)),
            rows=(Row((1.0,), 1.0), Row((1.0,), 1.25)),
        ),
        reading=_reading(standing, values),
        table=Table(
            (CORNER, *columns),
            tuple((name, *map(_cell, row)) for name, row in zip(rows, values.tolist(), strict=True)),
        ),
        python=standing.code + _code(standing),
        notes=_notes(standing),
        name=f"attention-writing-{standing.looks.kind}",
    )


def _cell(value: float) -> float | str:
    return value if np.isfinite(value) else ""


def _text(standing: Standing, values: Array) -> AttentionText:
    looks, how = standing.looks, MEASURES[standing.measure]
    cross = looks.kind == "cross"
    return AttentionText(
        values=values,
        unit="share",
        rows=tuple(token.text for token in looks.rows),
        columns=tuple(token.text for token in looks.columns),
        row_pieces=running(looks.rows),
        column_pieces=running(looks.columns, standing.text),
        names=("Written", "Source text" if cross else "What was there"),
        pos=standing.step,
        key="step",
        causal=False,
        verb="looks",
        meaning="",
        layer=standing.layer,
        head=standing.head,
        n_layers=len(looks.weights) if how.by_layer else 0,
        n_heads=looks.weights[standing.layer].shape[0] if how.by_head else 0,
    )


def _map(standing: Standing, values: Array) -> Grid:
    looks = standing.looks
    down = Axis("written", tuple(token.text for token in looks.rows), key="step")
    across = Axis("looked at", tuple(token.text for token in looks.columns))
    return Grid(
        maps=(HeatMap("", values, down, across),),
        scale="amount",
        full=pictures.full_of(values),
        chosen=(0, standing.step, int(np.nanargmax(values[standing.step]))),
        form="percent",
        missing="not written yet at this step",
        hint="Choose a row to go back to its step.",
    )


def _reading(standing: Standing, values: Array) -> str:
    looks, row = standing.looks, values[standing.step]
    best = int(np.nanargmax(row))
    most = f"{quoted(looks.columns[best].text)} ({percent(row[best])})"
    where = _where(standing)
    if looks.rows[0].token_id < 0:
        return f"Nothing is written yet. To write the first word, the model looks most at {most}, {where}. Press Write."
    written = quoted(looks.rows[standing.step].text)
    said = f"Step {standing.step + 1} of {len(looks.rows)}: while writing {written}, it looked most at {most}, {where}."
    ended = looks.rows[-1].special and standing.step == len(looks.rows) - 1 and not standing.running
    return said + (" The model ended by itself, with its end token." if ended else "")


def _where(standing: Standing) -> str:
    if standing.measure == "head":
        return f"in head {standing.layer}.{standing.head}"
    return f"in the mean of layer {standing.layer}" if standing.measure == "heads" else "in the mean of all layers"


def _code(standing: Standing) -> str:
    ids = () if standing.looks.rows[0].token_id < 0 else tuple(token.token_id for token in standing.looks.rows)
    mean = {
        "head": f"looks.weights[{standing.layer}][{standing.head}]",
        "heads": f"looks.weights[{standing.layer}].mean(0)",
        "layers": "sum(weights.mean(0) for weights in looks.weights) / len(looks.weights)",
    }[standing.measure]
    return (
        "from playground.analysis.attention.writing import looks_while_writing\n\n"
        f"written = {ids!r}\n"
        f"looks = looks_while_writing(model, trace, written, {standing.looks.kind!r})\n"
        f"print({mean})  # (written token, column)\n"
    )


def _notes(standing: Standing) -> tuple[str, ...]:
    looks = standing.looks
    notes = [
        "A word is written by the position before it: the row shows where that position looked, at the moment when the "
        "word was drawn. The first token is read again by no one until the second is written, and so on.",
        MEASURES[standing.measure].meaning,
    ]
    if looks.kind == "self":
        notes.append(f"The text began with {count(looks.n_prompt, 'token')}.")
    return tuple(notes)
