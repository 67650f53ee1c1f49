"""All heads at a glance, one head large."""

from __future__ import annotations

from dataclasses import dataclass

from ...analysis.attention import KINDS, AttentionMaps, Pattern
from ...trace import Array
from .. import pictures
from ..tables import MatrixTable
from ..view import View, count, percent, quoted

CROSS = "A row is the token that was fed in; what it looks at in the source helps to write the token after it."
CORNER = "row looks at column →"
CLEAR = 0.3
"""From this mean share on, a head is named after its pattern in the grid."""


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

    @property
    def guidance(self) -> str:
        """A sentence where training has shown the chosen head where to look; else nothing."""
        return f" This head was shown in training where to look: at {self.guided}." if self.guided else ""

    @property
    def looks(self) -> str:
        """Where the chosen row looks most, as the beginning of a sentence."""
        rows, columns = self.texts
        best = int(self.weights[self.pos].argmax())
        most = f"looks most at {quoted(columns[best])} ({percent(self.weights[self.pos, best])})"
        if self.kind == "cross" and self.pos + 1 < len(rows):
            written = f"To write {quoted(rows[self.pos + 1])} after {quoted(rows[self.pos])}"
            return f"{written}, head {self.layer}.{self.head} {most}"
        return f"In head {self.layer}.{self.head}, {quoted(rows[self.pos])} {most}"


def attention_view(heads: Heads) -> View:
    """Every head as a thumbnail beside one head large."""
    picture = _picture(heads)
    usual = _usual(heads.maps.patterns[heads.layer][heads.head])
    shrunk = (
        "; of a long text, a cell is the largest weight over some columns, averaged over some rows"
        if heads.maps.shrunk
        else ""
    )
    return View(
        picture=picture,
        reading=f"{heads.looks}{usual}.{heads.guidance}",
        table=MatrixTable(picture, CORNER, "weights", "rows", "columns"),
        python=heads.code
        + f"print({heads.stack}.layers[{heads.layer}].{heads.field}.weights[{heads.head}])"
        + "  # (query, key); each row sums to 1\n",
        notes=(
            f"{KINDS[heads.kind].capitalize()}: the weights that the model used, after mask and softmax; each row sums "
            "to 1.",
            f"Thumbnails show the same weights in 256 steps{shrunk}. Not every map can be read: a weight says where a "
            "head looks, not what it does with it.",
            *((CROSS,) if heads.kind == "cross" else ()),
        ),
        name=f"attention-{heads.kind}-{heads.layer}-{heads.head}",
    )


def _usual(shares: tuple[Pattern, ...]) -> str:
    """What the head does on average, where it follows a simple pattern."""
    if not shares:
        return ""
    best = shares[0]
    if best.share < CLEAR:
        return f"; it follows no simple pattern: on average {percent(best.share)} go to {best.name}"
    return f"; on average over {count(best.n_rows, 'row')} the head gives {percent(best.share)} to {best.name}"


def _picture(heads: Heads) -> pictures.Heads:
    rows, columns = heads.texts
    return pictures.Heads(
        thumbs=heads.maps.thumbs,
        names=tuple(tuple(_named(shares) for shares in layer) for layer in heads.maps.patterns),
        layer=heads.layer,
        head=heads.head,
        weights=heads.weights,
        rows=rows,
        columns=columns,
        pos=heads.pos,
        causal=heads.maps.causal,
        cross=heads.kind == "cross",
    )


def _named(shares: tuple[Pattern, ...]) -> str:
    """What a head does, where it follows a simple pattern clearly enough."""
    return f"{shares[0].name} {percent(shares[0].share, sign=True)}" if shares and shares[0].share >= CLEAR else ""
