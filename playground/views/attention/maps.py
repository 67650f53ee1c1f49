"""All heads at a glance, one head large."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...analysis.attention import KINDS, AttentionMaps, Pattern, Role
from ...analysis.attention.resting import without
from ...trace import Array
from .. import pictures
from ..tables import MatrixTable
from ..view import View, count, listed, number, percent, quoted

CROSS = (
    "A row of cross-attention is named by the word that is written there, while the word before it is fed in; the last "
    "one, in brackets, is the model's best guess."
)
CORNER = "row looks at column →"
WHOLE, MOST_ROWS = 512, 256
"""Of a text of more tokens than the first, so many rows of the large map are sent at a time."""
CLEAR = 0.3
"""From this mean share on, a head is named after its pattern in the grid."""


def shown_at(where: str) -> str:
    """Where a head was shown to look: ``at the token before``; ``from a label, at the token before``."""
    start, _, target = where.rpartition(", ")
    return f"{start}, at {target}" if start.startswith("from ") else f"at {where}"


@dataclass(frozen=True, eq=False)
class Heads:
    """What a drawing of attention shows; rows look at columns."""

    maps: AttentionMaps
    """All heads of one kind of attention."""
    layer: int
    """Of the head that is shown large."""
    head: int
    pos: int
    """The row whose looks are drawn over the sentence."""
    code: str
    """Lines that make ``trace``."""
    guided: str = ""
    """What the chosen head was shown to look at in training; "" for a head that found its way by itself."""

    @property
    def kind(self) -> str:
        """One of "self", "cross", "encoder"."""
        return self.maps.kind

    @property
    def weights(self) -> Array:
        """(query, key) of the chosen head."""
        return self.maps.layers[self.layer].weights[self.head]

    @property
    def stack(self) -> str:
        """The trace's tower, in code."""
        return "trace.encoder" if self.kind == "encoder" else "trace"

    @property
    def field(self) -> str:
        """The layer's attention, in code."""
        return "cross_attention" if self.kind == "cross" else "attention"

    @property
    def texts(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The texts of the rows and of the columns."""
        return tuple(t.text for t in self.maps.rows), tuple(t.text for t in self.maps.columns)

    def looks(self, row: Array | None = None) -> str:
        """Where the chosen row looks most, as the beginning of a sentence.

        Args:
            row: (key), its weights as they are drawn; None: the model's own.
        """
        row = self.weights[self.pos] if row is None else row
        rows, columns = self.texts
        asks = rows[self.pos]
        if not row.any():
            return f"In head {self.layer}.{self.head}, {quoted(asks)} looks at nothing but what is left out"
        best = int(row.argmax())
        most = f"looks most at {quoted(columns[best])} ({percent(row[best])})"
        if self.kind == "cross" and self.pos + 1 < len(rows):
            return f"To write {quoted(rows[self.pos + 1])} after {quoted(asks)}, head {self.layer}.{self.head} {most}"
        return f"In head {self.layer}.{self.head}, {quoted(asks)} {most}"

    @property
    def guidance(self) -> str:
        """A sentence where training has shown the chosen head where to look; else nothing."""
        if not self.guided or len(self.maps.rows) < 2:  # one token alone has no other to look at
            return ""
        return f" This head was shown in training where to look: {shown_at(self.guided)}."


@dataclass(frozen=True, eq=False)
class Beside:
    """A second map."""

    other: pictures.OtherMap
    said: str
    """What is to be said of both, as a sentence."""
    note: str
    """What was done to put it there."""


@dataclass(frozen=True, eq=False)
class Extras:
    """What a page of maps may show beyond the maps."""

    role: Role | None = None
    """What the heads are sorted by; None: layer by layer."""
    values: Array | None = None
    """(n_layers, n_heads): the figures of ``role``."""
    thumbs: np.ndarray | None = None
    """Thumbnails with the resting columns left out; None: nothing is left out."""
    written: tuple[str, ...] = ()
    """Of cross-attention: the word that each row helps to write."""
    beside: Beside | None = None


def attention_view(heads: Heads, extras: Extras = Extras()) -> View:
    """Every head as a thumbnail beside one head large."""
    picture = _picture(heads, extras)
    usual = _usual(heads.maps.patterns[heads.layer][heads.head])
    shrunk = (
        "; of a long text, a cell is the largest weight over some columns, averaged over some rows"
        if heads.maps.shrunk
        else ""
    )
    beside = extras.beside
    hidden = picture.hidden
    looks = heads.looks(picture.weights[heads.pos - picture.first])
    return View(
        picture=picture,
        reading=f"{looks}{usual if not hidden else ''}.{heads.guidance}"
        + (f" {beside.said}" if beside is not None else ""),
        table=MatrixTable(picture, CORNER, "weights", "rows", "columns"),
        python=heads.code + _lines(heads, hidden),
        notes=(
            _whole(heads, hidden),
            f"Thumbnails show the same weights in 256 steps{shrunk}. Not every map can be read: a weight says where a "
            "head looks, not what it does with it.",
            *((f"Sorted by: {extras.role.definition} ({extras.role.source})",) if extras.role is not None else ()),
            *((f"Rows {picture.first} to {picture.first + len(picture.rows) - 1} of the large map, around the chosen "
               "one, each whole; choose a word to see others.",) if len(picture.rows) < len(heads.maps.rows) else ()),
            *((CROSS,) if heads.kind == "cross" else ()),
            *((beside.note,) if beside is not None else ()),
        ),
        name=f"attention-{heads.kind}-{heads.layer}-{heads.head}",
    )  # fmt: skip


def _whole(heads: Heads, hidden: tuple[int, ...]) -> str:
    kind = KINDS[heads.kind].capitalize()
    if not hidden:
        return f"{kind}: the weights that the model used, after mask and softmax; each row sums to 1."
    names = listed([quoted(heads.maps.columns[i].text) for i in hidden[:4]] + (["others"] if len(hidden) > 4 else []))
    return (
        f"{kind}: {names} left out, and each row divided by what it gives to the others, so that it sums to 1 again; a "
        "row that gives nothing to others stays empty."
    )


def _lines(heads: Heads, hidden: tuple[int, ...]) -> str:
    weights = f"{heads.stack}.layers[{heads.layer}].{heads.field}.weights[{heads.head}]"
    if not hidden:
        return f"print({weights})  # (query, key); each row sums to 1\n"
    return (
        f"weights = {weights}.copy()  # (query, key)\nweights[:, {list(hidden)}] = 0  # left out\n"
        "print(weights / weights.sum(-1, keepdims=True).clip(1e-6))\n"
    )


def _titled(role: Role | None) -> str:
    return "" if role is None else role.title if role.unit == "share" else f"{role.title}, in {role.unit}"


def _short(share: float) -> str:
    """A share for the narrow place under a thumbnail."""
    return "0 %" if share < 5e-4 else "100 %" if share > 0.995 else percent(share)


def _usual(shares: tuple[Pattern, ...]) -> str:
    """What the head does on average, where it follows a simple pattern."""
    if not shares:
        return ""
    best = shares[0]
    if best.share < CLEAR:
        return f"; it follows no simple pattern: on average over {_rows(best)}, {percent(best.share)} go to {best.name}"
    return f"; on average over {_rows(best)} the head gives {percent(best.share)} to {best.name}"


def _rows(pattern: Pattern) -> str:
    """The rows of the mean, and which those are where some are left out."""
    left_out = {"the first token": " (from the third token on)"}
    return count(pattern.n_rows, "row") + left_out.get(pattern.name, "")


def _picture(heads: Heads, extras: Extras) -> pictures.Heads:
    rows, columns = heads.texts
    maps = heads.maps
    hidden = maps.resting if extras.thumbs is not None else ()
    some = len(rows) > WHOLE and heads.kind != "cross"
    first = max(0, min(heads.pos - MOST_ROWS // 2, len(rows) - MOST_ROWS)) if some else 0
    here = slice(first, first + MOST_ROWS if some else len(rows))
    weights = without(heads.weights[here], hidden) if hidden else heads.weights[here]
    order, scores, clear = _ordered(extras)
    return pictures.Heads(
        thumbs=maps.thumbs if extras.thumbs is None else extras.thumbs,
        names=tuple(tuple(_named(shares) for shares in layer) for layer in maps.patterns),
        layer=heads.layer,
        head=heads.head,
        weights=weights,
        first=first,
        rows=(extras.written or rows)[here],
        columns=columns,
        pos=heads.pos,
        causal=maps.causal,
        cross=heads.kind == "cross",
        hidden=hidden,
        role=_titled(extras.role),
        order=order,
        scores=scores,
        clear=clear,
        other=extras.beside.other if extras.beside is not None else None,
    )


def _ordered(extras: Extras) -> tuple[tuple[tuple[int, int], ...], tuple[str, ...], int]:
    """Heads from the one that does it most: all of them, their figures, and how many clearly do it."""
    role, values = extras.role, extras.values
    if role is None or values is None:
        return (), (), 0
    sign = 1 if role.key == "entropy_bits" else -1  # the sharpest first, of all others the largest
    there = [(sign * float(v), layer, head) for (layer, head), v in np.ndenumerate(values) if not np.isnan(v)]
    there.sort()
    found = [sign * value for value, _, _ in there]
    clear = sum(value >= CLEAR for value in found) if role.unit == "share" else len(found)
    figures = tuple(_short(v) if role.unit == "share" else number(v) for v in found)
    return tuple((layer, head) for _, layer, head in there), figures, clear


def _named(shares: tuple[Pattern, ...]) -> str:
    """What a head does, where it follows a simple pattern clearly enough."""
    return f"{shares[0].name} {percent(shares[0].share, sign=True)}" if shares and shares[0].share >= CLEAR else ""
