"""One head at one token, step by step: the picture's columns, and the table of their numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ...analysis.attention import KINDS
from ...trace import Array
from .. import pictures
from ..pictures.head_steps import StepColumn, StepShares, StepStop
from ..tables import Table
from ..view import View, count, percent, quoted
from ..walk.told import number
from .steps_words import stops_of

if TYPE_CHECKING:
    from ...analysis.attention.steps import HeadSteps

NONE = np.zeros(0, np.float32)


@dataclass(frozen=True, eq=False)
class Standing:
    """What a drawing of one head at one token shows."""

    steps: HeadSteps
    step: str
    """The stop that is chosen; of a name that this head has not, the first."""
    n_layers: int
    code: str
    """Lines that make ``trace``."""
    guided: str = ""
    """What the head was shown to look at in training; "" for a head that found its way by itself."""

    @property
    def attention(self) -> str:
        """The layer's attention, in code."""
        tower = "trace.encoder" if self.steps.kind == "encoder" else "trace"
        return f"{tower}.layers[{self.steps.layer}].{'cross_' if self.steps.kind == 'cross' else ''}attention"


def steps_view(standing: Standing) -> View:
    """One row for each token that is looked at, one column for each step."""
    steps = standing.steps
    stops = stops_of(steps)
    names = [stop.name for stop in stops]
    picture = pictures.HeadSteps(
        rows=tuple(t.text for t in steps.rows), columns=tuple(t.text for t in steps.columns),
        cross=steps.kind == "cross", pos=steps.pos, key=steps.key, layer=steps.layer, n_layers=standing.n_layers,
        head=steps.head, n_heads=steps.n_heads, weights=steps.row, shown=steps.shown, n_rest=steps.rest.count,
        parts=tuple(_columns(steps)), query=_given(steps.q),
        met=NONE if steps.k is None else steps.k[steps.shown.index(steps.key)], products=_given(steps.products),
        before=_before(steps), shares=_shares(steps), stops=tuple(StepStop(**vars(stop)) for stop in stops),
        at=names.index(standing.step) if standing.step in names else 0,
    )  # fmt: skip
    return View(
        picture=picture,
        reading=_reading(standing),
        table=_table(steps),
        python=standing.code + _lines(standing),
        notes=_notes(steps),
        name=f"attention-steps-{steps.kind}-{steps.layer}-{steps.head}-{steps.pos}",
    )


def _given(values: Array | None) -> Array:
    return NONE if values is None else values


def _before(steps: HeadSteps) -> Array:
    if steps.q_before is None or steps.k_before is None:
        return np.zeros((0, 0), np.float32)
    return np.stack([steps.q_before, steps.k_before])


def _shares(steps: HeadSteps) -> StepShares | None:
    share = steps.share
    return None if share is None else StepShares(share.shares, share.bias, share.part, share.total)


def _columns(steps: HeadSteps) -> list[StepColumn]:
    """The steps from left to right."""

    def numbers(name: str, step: str, values: Array, form: str = "number", **more: Array | str) -> StepColumn:
        return StepColumn(name, step, form, **({"role": "", "values": values, "top": NONE, "top_name": "", "rest": NONE,
                          "sum": NONE, "sum_name": ""} | more))  # type: ignore[arg-type]  # fmt: skip

    found, stages = [], steps.stages
    rest = bool(steps.rest.count)
    more: dict[str, Any]
    if steps.k is not None and stages is not None:
        found.append(numbers("k", "qkv", steps.k, "strip", role="key", top=_given(steps.q), top_name="q"))
        found.append(numbers("q · k", "dot", stages.scores[0]))
        found.append(numbers(f"× {number(steps.scaling or 0)}", "scale", stages.scaled[0]))
        if stages.capped is not None:
            found.append(numbers("capped", "scale", stages.capped[0]))
        if stages.biased is not None:
            found.append(numbers("+ bias", "bias", stages.biased[0]))
        found.append(numbers("masked", "mask", stages.masked[0], "masked"))
        more = {"rest": np.array([steps.rest.exp], np.float32)} if rest else {}
        found.append(numbers("exp", "softmax", stages.exp[0], sum=stages.total, sum_name="Σ", **more))
    more = {"rest": np.array([steps.rest.weight], np.float32)} if rest else {}
    total = np.array([round(float(steps.row.sum(dtype=np.float64)), 5)], np.float32)
    found.append(numbers("weight", "softmax", steps.weights, "share", **more, sum=total, sum_name="Σ"))
    if steps.v is not None and steps.parts is not None:
        found.append(numbers("v", "qkv", steps.v, "strip", role="value"))
        more = {"rest": steps.rest.part} if rest else {}
        found.append(numbers("weight · v", "mix", steps.parts, "strip", role="attention", **more, sum=_given(steps.out),
                             sum_name="Σ: the head's output"))  # fmt: skip
    return found


def _reading(standing: Standing) -> str:
    steps = standing.steps
    best = int(steps.row.argmax())
    asked = quoted(steps.rows[steps.pos].text)
    share = ""
    if steps.share is not None:
        part = steps.share.shares[steps.head]
        against = f"works against {percent(-part)}" if part < 0 else f"gives {percent(part)}"
        share = f"; of what the layer's attention adds to {asked}, this head {against}"
    guided = f" This head was shown in training where to look: at {standing.guided}." if standing.guided else ""
    return (
        f"In head {steps.layer}.{steps.head}, {asked} looks most at {quoted(steps.columns[best].text)} "
        f"({percent(steps.row[best])}){share}.{guided}"
    )


def _notes(steps: HeadSteps) -> tuple[str, ...]:
    notes = [f"{KINDS[steps.kind].capitalize()}. Strips: blue is negative, vermilion positive, the surface 0; the "
             "strips of one column share their scale."]  # fmt: skip
    if steps.rest.count:
        notes.append(f"The {len(steps.shown)} tokens with the largest weights stand alone; "
                     f"{count(steps.rest.count, 'other')} are summed up in one line.")  # fmt: skip
    if steps.n_groups < steps.n_heads:
        notes.append(f"Grouped-query attention: {steps.n_heads} query heads share {steps.n_groups} key and value "
                     f"heads; head {steps.head} uses number {steps.group}.")  # fmt: skip
    if steps.share is None and steps.out is not None:
        notes.append("What the head adds behind the output matrix is left out: this family's matrix is not known, or "
                     "the text is too long for a second pass.")  # fmt: skip
    if steps.stages is None:
        notes.append("This family hands over its attention weights, and not the queries and keys that they come from.")
    return tuple(notes)


def _table(steps: HeadSteps) -> Table:
    """Every number of the columns that are not vectors."""
    columns: list[tuple[str, list[float]]] = []
    stages = steps.stages
    if stages is not None:
        columns += [("q · k", stages.scores[0].tolist()), ("scaled", stages.scaled[0].tolist())]
        if stages.capped is not None:
            columns.append(("capped", stages.capped[0].tolist()))
        if stages.biased is not None:
            columns.append(("biased", stages.biased[0].tolist()))
        columns += [("masked", stages.masked[0].tolist()), ("exp", stages.exp[0].tolist())]
    columns.append(("weight", steps.weights.tolist()))
    tokens = [steps.columns[i].text for i in steps.shown]
    rows = zip(steps.shown, tokens, *(values for _, values in columns), strict=True)
    return Table(("position", "token", *(name for name, _ in columns)), tuple(rows))


def _lines(standing: Standing) -> str:
    steps = standing.steps
    lines = [f"attention = {standing.attention}", f"head, pos = {steps.head}, {steps.pos}"]
    if steps.stages is not None:
        lines += [
            "scores = attention.q[head, pos] @ attention.per_head(attention.k)[head].T  # q · k",
            "masked = attention.masked[head, pos]  # scaled, biased, −inf where looking is forbidden",
            "print(scores, masked)",
        ]
    lines.append("print(attention.weights[head, pos])  # softmax of masked; sums to 1")
    if steps.out is not None:
        lines.append("print(attention.head_out[head, pos])  # Σ weight · v")
    return "\n".join(lines) + "\n"
