"""Three words and their sum, a − b + c."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...analysis.embedding.arithmetic import Solved, WordSum
from .. import pictures
from ..pictures import Arrow, ArrowPoint, Arrows, Group, Row, SignedBar, SignedBars, SignedGroup, WordSums
from ..pictures.word_sums import SumLine
from ..space import cosine_text
from ..tables import Table
from ..view import View, count, number, quoted
from .pair import several

FEW_SOLVED = 4
"""Of the ten ready examples: a model that solves fewer is said to be too small for such sums."""
SHOWN = 4
"""Answers that are drawn in the plane."""


@dataclass(frozen=True, eq=False)
class ThreeWords:
    """What the picture of a sum shows."""

    found: WordSum
    typed: tuple[str, str, str]
    centred: bool
    keep_inputs: bool
    names: dict[int, str]
    """Texts of the answers."""
    solved: tuple[Solved, ...]
    """How the ready examples come out."""
    n_parameters: int
    code: str


def word_sum_view(shown: ThreeWords) -> View:
    """The three words and their sum in their plane, the ranked answers, and how the ready examples come out."""
    found = shown.found
    wanted = _wanted(shown)
    bars = SignedGroup(
        "",
        tuple(
            SignedBar(
                shown.names[one.token_id], one.cosine, "one of the three words" if one.asked else f"id {one.token_id}",
                "special" if one.asked else "attention",
            )
            for one in found.answers
        ),
    )  # fmt: skip
    low, full = pictures.track_of((bars,), running=False)
    hit = [i for i, one in enumerate(found.answers) if wanted and _same(shown.names[one.token_id], wanted.wanted)]
    return View(
        picture=Group(
            (
                "The three words, their sum, and the shadows of the nearest rows on the plane",
                f"Nearest to {_formula(shown)}, by cosine",
                _ready_title(shown),
            ),
            (
                _plane(shown),
                SignedBars(
                    groups=(bars,), low=low, full=full, running=False, form="plain", unit="cosine",
                    chosen=(0, hit[0]) if hit else None,
                ),
                _ready(shown),
            ),
            (Row((1.15, 1.0), 1.0), Row((1.0,), 0.5)),
        ),
        reading=_sum_reading(shown, wanted),
        table=Table(
            ("rank", "token", "id", "cosine", "distance from the plane", "one of the three"),
            tuple(
                (i + 1, shown.names[one.token_id], one.token_id, one.cosine, one.away, "yes" if one.asked else "")
                for i, one in enumerate(found.answers)
            ),
        ),
        python=shown.code,
        notes=_sum_notes(shown),
        name="word-sum",
    )  # fmt: skip


def _formula(shown: ThreeWords) -> str:
    a, b, c = shown.typed
    return f"{a} − {b} + {c}"


def _same(text: str, word: str) -> bool:
    return text.strip("␣").casefold() == word.casefold()


def _wanted(shown: ThreeWords) -> Solved | None:
    """The ready example that was typed."""
    typed = tuple(word.strip() for word in shown.typed)
    return next((one for one in shown.solved if one.words == typed), None)


def _plane(shown: ThreeWords) -> Arrows:
    found = shown.found
    a, b, c = found.words
    answers = [one for one in found.answers if not one.asked][:SHOWN]
    named = [
        ArrowPoint(a.text, "attention"), ArrowPoint(b.text, "key"), ArrowPoint(c.text, "value"),
        ArrowPoint(_formula(shown), "chosen", f"length {number(found.length)}"),
        *(
            ArrowPoint(
                shown.names[one.token_id], "residual",
                f"cosine {cosine_text(one.cosine)}, {number(one.away)} away from the plane", "ring",
            )
            for one in answers
        ),
    ]  # fmt: skip
    return Arrows(
        points=tuple(named),
        at=np.concatenate([found.plane, *(one.place[None] for one in answers)]).astype(np.float32),
        arrows=(
            Arrow(1, 0, "attention"), Arrow(2, 3, "attention"),
            Arrow(1, 2, "special", dashed=True, head=False), Arrow(0, 3, "special", dashed=True, head=False),
        ),
        arc=None,
        arc_label="",
        said="Full points lie in the plane, their distances are true; rings are shadows of rows that lie outside it.",
    )  # fmt: skip


def _ready_title(shown: ThreeWords) -> str:
    if shown.keep_inputs:
        return "Ten ready examples, the three words kept. “3rd, else 1st”: third now, and first if they are left out"
    return "Ten ready examples. “1st, from 9th”: nearest to the sum, and only 9th nearest to the third word alone"


def _ready(shown: ThreeWords) -> WordSums:
    return WordSums(
        tuple(
            SumLine(
                text=" − ".join(one.words[:2]) + f" + {one.words[2]}",
                wanted=one.wanted,
                said=_place(shown, one),
                solved=_rank(shown, one) == 1,
                pick=tuple(zip("abc", one.words, strict=True)),
                chosen=one is _wanted(shown),
            )
            for one in shown.solved
        )
    )


def _rank(shown: ThreeWords, one: Solved) -> int | None:
    """Place of the wanted answer by the rule that is chosen."""
    return one.rank_kept if shown.keep_inputs else one.rank


def _place(shown: ThreeWords, one: Solved) -> str:
    if one.rank is None or one.rank_kept is None:
        return "no single token here"
    if shown.keep_inputs:
        return f"{_nth(one.rank_kept)}, else {_nth(one.rank)}"
    without = "" if one.rank_without is None else f", from {_nth(one.rank_without)}"
    return f"{_nth(one.rank)}{without}"


def _nth(rank: int) -> str:
    return f"{rank:,}" + ("th" if 10 < rank % 100 < 14 else {1: "st", 2: "nd", 3: "rd"}.get(rank % 10, "th"))


def _sum_reading(shown: ThreeWords, wanted: Solved | None) -> str:
    found = shown.found
    first = found.answers[0]
    told = [
        f"Nearest to {_formula(shown)} is {quoted(shown.names[first.token_id])} (cosine {cosine_text(first.cosine)})"
    ]
    if shown.keep_inputs:
        told.append("the three words are not left out" + (", and it is one of them" if first.asked else ""))
    else:
        other = shown.names[found.first_of_all]
        left = f"were they not, it would be {quoted(other)} ({cosine_text(found.first_cosine)})"
        same = found.first_of_all == first.token_id
        told.append(f"the three words are left out{', which changes nothing here' if same else f'; {left}'}")
    sentence = "; ".join(told) + "."
    return " ".join(one for one in (sentence, _hope(shown, wanted), _record(shown)) if one)


def _hope(shown: ThreeWords, wanted: Solved | None) -> str:
    """How the answer that people expect comes out."""
    if wanted is None:
        return ""
    if wanted.rank is None or wanted.rank_kept is None:
        return f"{quoted(wanted.wanted)} is no single token of this model, so no row can be the answer."
    if shown.keep_inputs:
        other = f", and {_nth(wanted.rank)} if the three are left out" if wanted.rank != wanted.rank_kept else ""
        return f"The hoped-for {quoted(wanted.wanted)} comes {_nth(wanted.rank_kept)}{other}."
    c = quoted(wanted.words[2])
    without = (
        ""
        if wanted.rank_without is None
        else f"; among the rows nearest to {c} alone it is {_nth(wanted.rank_without)}"
    )
    if wanted.rank_without == 1:
        without += f", so the sum has added nothing that {c} did not say"
    return f"The hoped-for {quoted(wanted.wanted)} comes {_nth(wanted.rank)}{without}."


def _record(shown: ThreeWords) -> str:
    solved = sum(one.rank == 1 for one in shown.solved)
    kept = sum(one.rank_kept == 1 for one in shown.solved)
    known = sum(one.rank is not None for one in shown.solved)
    size = f"{shown.n_parameters / 1e6:,.1f} million parameters"
    sentence = f"Of the ten ready examples the hoped-for answer comes first in {kept if shown.keep_inputs else solved}"
    sentence += f", in {solved} if the three words are left out" if shown.keep_inputs else ""
    sentence += f", and in {10 - known} it is no single token" if known < 10 else ""
    if solved < FEW_SOLVED:
        return f"{sentence}: this model ({size}) is too small, or has read too little, for such sums."
    return f"{sentence}."


def _sum_notes(shown: ThreeWords) -> tuple[str, ...]:
    how = "the mean of all rows is taken away before angles are measured" if shown.centred else "as they are"
    kept = "kept among the answers" if shown.keep_inputs else "left out in all their spellings, as is usual"
    return (
        f"Rows of the model’s own token table, {how}; answers by the cosine of their angle with the sum; the three "
        f"words are {kept}.",
        "“1st, from 9th”: the place of the hoped-for word among the rows nearest to the sum, and among those nearest "
        "to the third word alone. Only the difference is the arithmetic’s.",
        f"{count(len(shown.solved), 'example')}, a handful of relations: no proof that meaning is arithmetic.",
        *several(shown.found.words),
    )
