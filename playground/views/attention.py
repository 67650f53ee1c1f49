"""All heads at a glance, one head large."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..analysis.attention import KINDS, Pattern, patterns, thumbnails
from ..trace import Array, Attention, Token
from . import pictures
from .tables import MatrixTable
from .view import View, count, percent, quoted

CROSS = "A row is the token that was fed in; what it looks at in the source helps to write the token after it."
CORNER = "row looks at column →"
CLEAR = 0.3
"""From this mean share on, a head is named after its pattern in the grid."""


@dataclass(frozen=True, eq=False)
class Heads:
    """What a drawing of attention shows; rows look at columns."""

    layers: list[Attention]
    """The attentions of one kind, from the bottom up."""
    rows: tuple[Token, ...]
    columns: tuple[Token, ...]
    kind: str
    """"self", "cross" or "encoder"."""
    layer: int
    """Of the head that is shown large."""
    head: int
    pos: int
    """The row whose looks are drawn over the sentence."""
    code: str
    """Lines that make ``trace``."""

    @property
    def weights(self) -> Array:
        """(query, key) of the chosen head."""
        return self.layers[self.layer].weights[self.head]

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
        return tuple(t.text for t in self.rows), tuple(t.text for t in self.columns)

    @property
    def looks(self) -> str:
        """Where the chosen row looks most, as the beginning of a sentence."""
        best = int(self.weights[self.pos].argmax())
        if self.kind == "cross" and self.pos + 1 < len(self.rows):
            return (
                f"To write {quoted(self.rows[self.pos + 1].text)} after {quoted(self.rows[self.pos].text)}, head "
                f"{self.layer}.{self.head} looks most at {quoted(self.columns[best].text)} "
                f"({percent(self.weights[self.pos, best])})"
            )
        return (
            f"In head {self.layer}.{self.head}, {quoted(self.rows[self.pos].text)} looks most at "
            f"{quoted(self.columns[best].text)} ({percent(self.weights[self.pos, best])})"
        )


def attention_view(heads: Heads) -> View:
    """Every head as a thumbnail beside one head large."""
    thumbs = thumbnails(heads.layers)
    found = [patterns(attention, heads.rows) for attention in heads.layers]
    shares = found[heads.layer][heads.head]
    usual = _usual(shares)
    shrunk = ", long texts averaged down" if max(heads.weights.shape) > thumbs.shape[2] else ""
    picture = _picture(heads, thumbs, found)
    return View(
        picture=picture,
        reading=f"{heads.looks}{usual}.",
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


def _usual(shares: list[Pattern]) -> str:
    """What the head does on average, where it follows a simple pattern."""
    if not shares:
        return ""
    best = shares[0]
    if best.share < CLEAR:
        return f"; it follows no simple pattern: on average {percent(best.share)} go to {best.name}"
    return f"; on average over {count(best.n_rows, 'row')} the head gives {percent(best.share)} to {best.name}"


def _picture(heads: Heads, thumbs: np.ndarray, found: list[list[list[Pattern]]]) -> pictures.Heads:
    rows, columns = heads.texts
    return pictures.Heads(
        thumbs=thumbs,
        names=tuple(tuple(_named(shares) for shares in layer) for layer in found),
        layer=heads.layer,
        head=heads.head,
        weights=heads.weights,
        rows=rows,
        columns=columns,
        pos=heads.pos,
        causal=is_causal(heads.layers),
        cross=heads.kind == "cross",
    )


def is_causal(layers: list[Attention]) -> bool:
    """Whether no row looks at what comes after it, in any head."""
    n, m = layers[0].weights.shape[1:]
    later = np.triu(np.ones((n, m), dtype=bool), k=1)
    return n == m and n > 1 and not any(attention.weights[:, later].any() for attention in layers)


def _named(shares: list[Pattern]) -> str:
    """What a head does, where it follows a simple pattern clearly enough."""
    return f"{shares[0].name} {percent(shares[0].share)}" if shares and shares[0].share >= CLEAR else ""
