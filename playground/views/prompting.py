"""Two prompts, or two models, side by side: what each makes the model expect, and how each goes on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..analysis.prompting import Comparison, differing
from ..trace import Array, Token
from . import pictures
from .pictures import Bar, BarGroup, Bars
from .running import running
from .tables import Table
from .view import View, number, percent, quoted


def full_scale(*largest: float) -> float:
    """Value of a full bar: everything, or half of it where no share is larger, so that small ones can be told apart."""
    return 1.0 if max(largest) > 0.5 else 0.5


@dataclass(frozen=True, eq=False)
class Side:
    """One prompt on one model."""

    title: str
    """"Prompt A", with the model where there are two."""
    tokens: tuple[Token, ...]
    """What is fed."""
    text: str
    written: tuple[Token, ...] | None
    """How it goes on; None: nothing was written yet."""
    ended: str
    """What ended that, in words; "" while it is written."""


@dataclass(frozen=True, eq=False)
class Compared:
    """All that the view shows."""

    sides: tuple[Side, Side]
    found: Comparison
    names: tuple[str, ...]
    """Texts of ``found.ids``."""
    two_models: bool
    code: str
    hint: str
    """Why nothing is written, or what to press; "" where it is."""


def compared_view(shown: Compared) -> View:
    """Both prompts in full with what differs between them marked, under each its distribution, and how it goes on."""
    found, sides = shown.found, shown.sides
    name_of = dict(zip(found.ids, shown.names, strict=True))
    first, second = found.first.probs, found.second.probs
    members: list[pictures.Picture] = [
        *_texts(*((side.tokens, running(side.tokens, side.text)) for side in sides)),
        Bars(
            (
                _group("", first, second, found.tops[0], name_of),
                _group("", second, first, found.tops[1], name_of),
            ),
            full_scale(first.max(), second.max()),
        ),
    ]
    titles = [sides[0].title, sides[1].title, _bits_title(found)]
    rows = [pictures.Row((1.0, 1.0), 1.0), pictures.Row((1.0,), 2.2)]
    if all(side.written is not None for side in sides):
        members += _texts(*((side.written or (), running(side.written or ())) for side in sides))
        titles += [f"It goes on{': ' + side.ended if side.ended else ' …'}" for side in sides]
        rows.append(pictures.Row((1.0, 1.0), 1.0))
    return View(
        picture=pictures.Group(tuple(titles), tuple(members), tuple(rows)),
        reading=_reading(found, name_of[found.moved_most], (sides[0].title, sides[1].title)),
        table=Table(
            ("id", "token", sides[0].title, sides[1].title, "difference"),
            tuple((i, name_of[i], float(first[i]), float(second[i]), float(found.gain[i])) for i in found.ids),
        ),
        python=shown.code,
        notes=_notes(shown),
        name="compared",
    )


def _bits_title(found: Comparison) -> str:
    return (
        f"What comes next. The outline is the same token on the other side; {number(found.divergence_bits)} bits apart"
        if found.divergence_bits >= 1e-6
        else "What comes next: the same on both sides"
    )


def _texts(
    first: tuple[Sequence[Token], tuple[pictures.TextPiece, ...]],
    second: tuple[Sequence[Token], tuple[pictures.TextPiece, ...]],
) -> list[pictures.TintedText]:
    """Two texts; the tokens that the other one lacks at that place are tinted."""
    marks = differing(*([token.text for token in tokens] for tokens, _ in (first, second)))
    return [
        pictures.TintedText(
            pieces=pieces,
            names=tuple(token.text for token in tokens),
            values=np.where(other, np.float32(0.35), np.float32(np.nan)).astype(np.float32),
            says=tuple("only on this side" if o else "" for o in other),
            full=1.0,
            ends=("", ""),
            marks=(),
            pos=None,
            largest=1.7,
        )
        for (tokens, pieces), other in zip((first, second), marks, strict=True)
    ]


def _notes(shown: Compared) -> tuple[str, ...]:
    notes = [
        "softmax of the model’s own logits at the end of each prompt (an encoder’s: at its first mask). Tinted: what "
        "the other side has not.",
        "Bits apart (Jensen–Shannon divergence): how much a single drawn token would tell about which side it came "
        "from; 0 nothing, 1 everything.",
    ]
    if shown.two_models:
        notes.append(
            "The models have different vocabularies: tokens of the same text are compared, blanks before them left "
            "out. A word that one of them knows only in pieces has no partner."
        )
    return (*notes, shown.hint) if shown.hint else tuple(notes)


def _group(title: str, mine: Array, other: Array, top: tuple[int, ...], name_of: dict[int, str]) -> BarGroup:
    bars = [Bar(name_of[i], float(mine[i]), float(other[i]), token_id=i) for i in top]
    rest = Bar(f"{len(mine) - len(top):,} other tokens", max(0.0, float(1 - mine[list(top)].sum())), state="rest")
    return BarGroup(title, (*bars, rest))


def _reading(compared: Comparison, name: str, titles: tuple[str, str]) -> str:
    first, second, most = compared.first, compared.second, compared.moved_most
    if compared.divergence_bits < 1e-6:
        return "Both sides make the model expect the same."
    surer = "" if abs(first.entropy_bits - second.entropy_bits) < 0.05 else _surer(compared, titles)
    return (
        f"{quoted(name)} moves most: {percent(first.probs[most])} after {titles[0]}, {percent(second.probs[most])} "
        f"after {titles[1]}. {_apart(compared.divergence_bits)}{surer}"
    )


def _apart(bits: float) -> str:
    """The divergence as people can use it."""
    steps = (
        (0.02, "they expect almost the same"),
        (0.2, "they expect much the same, with other weights"),
        (0.6, "they expect clearly different things"),
        (2.0, "they have hardly anything in common"),
    )
    told = next(words for most, words in steps if bits < most)
    return f"The two are {number(bits)} bits apart, on a scale from 0 (the same) to 1 (nothing in common): {told}."


def _surer(compared: Comparison, titles: tuple[str, str]) -> str:
    bits = (compared.first.entropy_bits, compared.second.entropy_bits)
    sure = int(bits[1] < bits[0])
    return (
        f" The model is surer after {titles[sure]} ({number(bits[sure])} bits of uncertainty against "
        f"{number(bits[1 - sure])})."
    )
