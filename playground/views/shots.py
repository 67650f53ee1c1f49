"""One task with its examples: the sheet, the curve over them, and where the answer looks."""

from __future__ import annotations

import numpy as np

from ..analysis.prompting.shots import Shot
from ..analysis.prompting.tasks import MOST_EXAMPLES
from ..trace import Array
from . import pictures
from .running import running
from .shots_records import Answered, Ordered, Seen, Sheet
from .shots_said import notes_of, reading
from .tables import Table
from .view import View, count, percent

CHOICES = (("shots", "Number of examples"), ("flips", "Labels flipped"), ("orders", "Order of the examples"))
LEAST_TINT = 0.1
"""Share at the end of the tints at least."""


def shots_view(sheet: Sheet, answered: Answered | Ordered | None, seen: Seen | None, code: str) -> View:
    """The sheet and the curve, and under them the prompt as it was fed with the looks of the place that answers.

    Args:
        sheet: what is written down.
        answered: a sweep; None where nothing could be asked (``sheet.trouble`` says why).
        seen: the prompt that is shown; None likewise.
        code: lines that give the table's numbers again; "" where there are none.
    """
    members: list[pictures.Picture] = [_sheet(sheet, answered, seen), _curve(sheet, answered)]
    titles, rows = ["", ""], [pictures.Row((1.12, 1.0), 3.0)]
    if answered is not None and seen is not None:
        text = _text(seen, answered.shot)
        members.append(text)
        titles.append(_text_title(seen))
        if seen.on_examples is not None and seen.on_examples.shape[-1]:
            members.append(_heads(seen.on_examples.sum(-1), seen.head))
            titles.append("All heads: how much of its look each puts on the examples")
            rows.append(pictures.Row((1.7, 1.0), 2.4))
        else:
            rows.append(pictures.Row((1.0,), 1.9))
    return View(
        picture=pictures.Group(tuple(titles), tuple(members), tuple(rows)),
        reading=reading(sheet, answered),
        table=_table(sheet, answered),
        python=code or "# Nothing was asked: the sheet is not complete.\n",
        notes=notes_of(sheet, seen),
        name="shots",
    )


def _sheet(sheet: Sheet, answered: Answered | Ordered | None, seen: Seen | None) -> pictures.Shots:
    shot = answered.shot if answered is not None else None
    used = len(shot.examples) if shot is not None else len(sheet.examples)
    looks = seen.on_examples[seen.head] if seen is not None and seen.on_examples is not None else None
    shown = shot.examples if shot is not None else ()
    examples = []
    for i, example in enumerate(sheet.examples):
        label = shown[i].label if i < len(shown) else example.label
        look = float(looks[i]) if looks is not None and i < len(looks) else None
        at = sheet.labels.index(label) if label in sheet.labels else -1
        examples.append(pictures.ShotExample(example.text, example.label, label, at, look, i < used))
    told = None
    if isinstance(answered, Answered):
        told = answered.told[answered.at]
    elif isinstance(answered, Ordered):
        told = answered.told
    return pictures.Shots(
        tasks=sheet.tasks,
        task=sheet.task,
        labels=sheet.labels,
        form=sheet.form,
        examples=tuple(examples),
        query=sheet.query,
        queries=sheet.queries,
        answer=shot.scores.best if shot is not None else None,
        share=float(shot.scores.shares.max()) if shot is not None else 0.0,
        told=told,
        about=sheet.about,
        trouble=sheet.trouble,
        most=MOST_EXAMPLES,
    )


def _curve(sheet: Sheet, answered: Answered | Ordered | None) -> pictures.Curve:
    if answered is None:
        return _points(sheet, "shots", (), (), (), hint="The curve comes with the first answer.")
    if isinstance(answered, Ordered):
        return _orders(sheet, answered)
    shares = np.stack([shot.scores.shares for shot in answered.shots])
    lines = tuple(pictures.CurveLine(label, shares[:, i].copy()) for i, label in enumerate(sheet.labels))
    names = tuple(str(n) for n in range(len(answered.shots)))
    return _points(sheet, answered.over, names, lines, answered.told, chosen=answered.at)


def _orders(sheet: Sheet, answered: Ordered) -> pictures.Curve:
    found = answered.found
    if found is None:
        return _points(sheet, "orders", (), (), (), hint="Press “Try the examples in other orders”.")
    low, high = found.band
    first = answered.told if answered.told is not None else int(found.mean.argmax())
    rank = np.argsort(-found.shares[:, first], kind="stable")
    lines = tuple(
        pictures.CurveLine(label, found.shares[rank, i], float(found.mean[i]), float(low[i]), float(high[i]))
        for i, label in enumerate(sheet.labels)
    )
    names = tuple(" ".join(str(i + 1) for i in found.orders[n]) for n in rank)
    given = int(np.flatnonzero(rank == 0)[0])
    return _points(sheet, "orders", names, lines, (answered.told,) * len(names), chosen=given)


def _points(
    sheet: Sheet,
    over: str,
    names: tuple[str, ...],
    lines: tuple[pictures.CurveLine, ...],
    told: tuple[int | None, ...],
    *,
    chosen: int | None = None,
    hint: str = "",
) -> pictures.Curve:
    across = {
        "shots": "examples in the prompt",
        "flips": "examples whose label is flipped, from the first on",
        "orders": "orders of the examples, by their answer",
    }[over]
    return pictures.Curve(
        choices=CHOICES, choice=over, choice_key="over", points=names, across=across, lines=lines, told=told,
        joined=over != "orders", chosen=chosen, key="n" if over != "orders" else "", chance=1 / len(sheet.labels),
        hint=hint,
    )  # fmt: skip


def _text_title(seen: Seen) -> str:
    fed = f"The prompt as it is fed, {count(len(seen.tokens), 'token')}"
    if seen.looks is None:
        return fed
    return f"{fed}. Tint: where head {seen.head[0]}.{seen.head[1]} looks from the place that answers"


def _text(seen: Seen, shot: Shot) -> pictures.TintedText:
    n = len(seen.tokens)
    values = np.full(n, np.nan, np.float32) if seen.looks is None else seen.looks.weights[seen.head].astype(np.float32)
    full = max(LEAST_TINT, float(np.nanmax(values, initial=0.0)))
    marks = []
    for i, (start, end) in enumerate((*seen.prompt.spans, seen.prompt.query)):
        inside = [k for k, t in enumerate(seen.tokens) if t.span and t.span[0] < end and t.span[1] > start]
        if inside:
            name = str(i + 1) if i < len(seen.prompt.spans) else "asked"
            marks.append(pictures.TextMark(inside[0], inside[-1] + 1, name))
    return pictures.TintedText(
        pieces=running(seen.tokens, seen.prompt.text),
        names=tuple(token.text for token in seen.tokens),
        values=values,
        says=tuple("" if np.isnan(v) else f"{percent(v)} of the look" for v in values),
        full=full,
        ends=("", "") if seen.looks is None else ("0 %", percent(full)),
        marks=tuple(marks),
        pos=None,
        largest=1.5,
    )


def _heads(shares: Array, head: tuple[int, int]) -> pictures.Grid:
    n_layers, n_heads = shares.shape
    return pictures.Grid(
        (
            pictures.HeatMap(
                "",
                shares.astype(np.float32),
                pictures.Axis("layer", tuple(str(i) for i in range(n_layers)), "layer"),
                pictures.Axis("head", tuple(str(i) for i in range(n_heads)), "head"),
            ),
        ),
        "amount",
        max(1.0, pictures.full_of(shares)),
        chosen=(0, *head),
        form="percent",
        upwards=True,
        hint="Choose a head: the text beside it is tinted by its look.",
    )


def _table(sheet: Sheet, answered: Answered | Ordered | None) -> Table:
    columns = ("prompt", *sheet.labels, "all labels together", "the examples point to")
    if answered is None or (isinstance(answered, Ordered) and answered.found is None):
        return Table(columns, ())
    if isinstance(answered, Ordered) and answered.found is not None:
        rows = [
            (" ".join(str(i + 1) for i in order), *(float(x) for x in shares))
            for order, shares in zip(answered.found.orders, answered.found.shares, strict=True)
        ]
        return Table(("order", *sheet.labels), tuple(rows))
    assert isinstance(answered, Answered)
    what = "flipped" if answered.over == "flips" else "examples"
    return Table(
        columns,
        tuple(
            (
                f"{n} {what}",
                *(float(x) for x in shot.scores.shares),
                shot.scores.mass,
                "" if told is None else sheet.labels[told],
            )
            for n, (shot, told) in enumerate(zip(answered.shots, answered.told, strict=True))
        ),
    )
