"""Attention over the running text: where a word looks, and who looks at it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ...analysis.attention import KINDS
from ...trace import Array, Token
from ..pictures import AttentionText
from ..running import running
from ..tables import MatrixTable
from ..view import View, percent, quoted
from .maps import CORNER

DISPUTED = (
    "Whether attention explains an answer is disputed (Jain and Wallace 2019, “Attention is not Explanation”; "
    "Wiegreffe and Pinter 2019, “Attention is not not Explanation”): a look is no reason. What a head is good for "
    "shows when it is taken away."
)


@dataclass(frozen=True)
class Measure:
    """A way to say how much one token has to do with another."""

    title: str
    meaning: str
    """What it means, and what it does not."""
    by_layer: bool = True
    by_head: bool = False
    length: bool = False
    """The numbers are lengths of vectors, not shares."""
    flow: bool = False
    """The numbers say where something comes from."""


MEASURES = {
    "head": Measure(
        "One head",
        "The weights of one head: how its look is shared out among the tokens. They say where it looked, not what it "
        "took from there, nor whether that mattered for the answer.",
        by_head=True,
    ),
    "heads": Measure(
        "Mean of a layer’s heads",
        "The mean weight over all heads of one layer. Heads do different things, and the mean hides what each of them "
        "does.",
    ),
    "layers": Measure(
        "Mean of all layers",
        "The mean weight over all heads of all layers: an overview, and no more. In the upper layers each place holds "
        "a mixture of many words already, so that to look at a place is no longer to look at its word.",
        by_layer=False,
    ),
    "rollout": Measure(
        "Rollout through the layers",
        "How much of each word has come to a place through all layers up to this one, if in each of them half of a "
        "vector stays as it is and half is what attention brings (Abnar and Zuidema 2020). An estimate from weights "
        "alone: what the values, the feed-forwards and the norms do is left out.",
        flow=True,
    ),
    "moved": Measure(
        "Attention × |value|, one head",
        "How long the vector is that one head fetches from each word: its weight times the length of the word’s value "
        "behind the output projection (Kobayashi et al. 2020), as a share of the row’s sum. A word may be looked at "
        "much and give next to nothing. It says how much is moved, not in which direction.",
        by_head=True,
        length=True,
    ),
    "moved_layer": Measure(
        "Attention × |value|, whole layer",
        "The same for all heads of one layer together: the length of the sum of what they fetch from each word "
        "(Kobayashi et al. 2020), as a share of the row’s sum. What heads fetch can cancel out. It says how much is "
        "moved, not in which direction.",
        length=True,
    ),
}


@dataclass(frozen=True, eq=False)
class Looks:
    """What is drawn over the text."""

    kind: str
    """"self", "cross" or "encoder"."""
    measure: str
    """A key of ``MEASURES``."""
    values: Array
    """(row, column)."""
    rows: tuple[Token, ...]
    columns: tuple[Token, ...]
    row_text: str | None
    """What the rows' tokens were cut from; None where that is not known. ``column_text`` likewise."""
    column_text: str | None
    pos: int
    layer: int
    head: int
    n_layers: int
    n_heads: int
    causal: bool
    code: str
    guided: str = ""
    """A sentence where training has shown the head where to look; else nothing."""
    notes: tuple[str, ...] = ()

    @property
    def how(self) -> Measure:
        """The measure."""
        return MEASURES[self.measure]


def attention_text_view(looks: Looks) -> View:
    """Running text with the looks of each word, whichever way they were measured."""
    how = looks.how
    picture = text_picture(looks, how.meaning)
    length = ("The numbers in the table are the lengths themselves.",) if how.length else ()
    return View(
        picture=picture,
        reading=f"{said(looks)}{looks.guided}",
        table=MatrixTable(picture, CORNER, "values", "rows", "columns"),
        python=looks.code,
        notes=(*_notes(looks), *length, *looks.notes, DISPUTED),
        name=f"attention-text-{looks.kind}-{looks.measure}",
    )


def text_picture(looks: Looks, meaning: str = "") -> AttentionText:
    """The picture alone, for views that show it beside another."""
    how, cross = looks.how, looks.kind == "cross"
    return AttentionText(
        values=looks.values,
        unit="length" if how.length else "share",
        rows=tuple(token.text for token in looks.rows),
        columns=tuple(token.text for token in looks.columns),
        row_pieces=running(looks.rows, looks.row_text),
        column_pieces=running(looks.columns, looks.column_text) if cross else (),
        names=("Target text", "Source text") if cross else ("", ""),
        pos=looks.pos,
        key="pos",
        causal=looks.causal,
        verb="comes from" if how.flow else "looks",
        meaning=meaning,
        layer=looks.layer,
        head=looks.head,
        n_layers=looks.n_layers if how.by_layer else 0,
        n_heads=looks.n_heads if how.by_head else 0,
    )


def said(looks: Looks) -> str:
    """Where the chosen word looks most, and who looks at it most."""
    shares = shares_of(looks)
    row = shares[looks.pos]
    best = int(row.argmax())
    name, there = quoted(looks.rows[looks.pos].text), quoted(looks.columns[best].text)
    if looks.how.flow:
        share = f"{percent(row[best])} of what stands at {name}"
        return f"{_where(looks)}, {share} comes from {there}{_others(looks, row, best)}."
    first = f"{_where(looks)}, {name} {_does(looks)} {there} ({percent(row[best])})"
    if looks.kind == "cross":
        return f"{first}."
    return f"{first}; {_seen(looks, shares)}."


def shares_of(looks: Looks) -> np.ndarray:
    """The values as they are drawn: lengths as shares of the sum of their row."""
    if not looks.how.length:
        return looks.values
    total = looks.values.sum(-1, keepdims=True)
    return np.divide(looks.values, total, out=np.zeros_like(looks.values), where=total > 0)


def _others(looks: Looks, row: np.ndarray, best: int) -> str:
    """Of a flow, the largest part that is not the word's own."""
    if best != looks.pos or looks.kind == "cross" or len(row) < 2:
        return ""
    other = int(np.where(np.arange(len(row)) == best, -1, row).argmax())
    return f" itself, and {percent(row[other])} from {quoted(looks.columns[other].text)}"


def _does(looks: Looks) -> str:
    return "fetches most from" if looks.how.length else "looks most at"


def _seen(looks: Looks, shares: np.ndarray) -> str:
    """Who looks most at the chosen word, of the others."""
    column = shares[:, looks.pos].copy()
    column[looks.pos] = -1
    name = quoted(looks.rows[looks.pos].text)
    others = len(column) > 1 and column.max() > 0
    if not others:
        return f"no other word {'fetches from' if looks.how.length else 'looks at'} {name}"
    who = int(column.argmax())
    use = "used" if looks.how.length else "looked at"
    return f"{name} is {use} most by {quoted(looks.rows[who].text)} ({percent(column[who])})"


def _where(looks: Looks) -> str:
    how = looks.how
    if how.by_head:
        return f"In head {looks.layer}.{looks.head}"
    if how.flow:
        return "In layer 0" if looks.layer == 0 else f"Through layers 0 to {looks.layer}"
    if how.length:
        return f"In all heads of layer {looks.layer} together"
    return f"In the mean over the heads of layer {looks.layer}" if how.by_layer else "In the mean over all layers"


def _notes(looks: Looks) -> Sequence[str]:
    notes = [f"{KINDS[looks.kind].capitalize()}."]
    if looks.kind == "cross":
        notes.append(
            "A word of the target is what was fed in; its look at the source helps to write the word after it."
        )
        if looks.how.flow:
            notes.append("What is missing to 100 % comes from the target’s own words.")
    return notes
