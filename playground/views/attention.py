"""All heads at a glance, one head large."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..analysis.attention import KINDS, Pattern, patterns, thumbnails
from ..trace import Array, Attention, Token
from .view import Table, View, count, percent, quoted, raw

CROSS = "A row is the token that was fed in; what it looks at in the source helps to write the token after it."
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
    def table(self) -> Table:
        """The chosen head's weights, exact."""
        return Table(
            ("row looks at column →", *(f"{i} {t.text}" for i, t in enumerate(self.columns))),
            tuple((f"{i} {t.text}", *map(float, self.weights[i])) for i, t in enumerate(self.rows)),
        )

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
    return View(
        picture=_picture(heads, thumbs, _labels(found)),
        reading=f"{heads.looks}{usual}.",
        table=heads.table,
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


def _picture(heads: Heads, thumbs: np.ndarray, labels: dict[str, str]) -> dict[str, object]:
    return {
        "kind": "heads",
        "n_layers": thumbs.shape[0],
        "n_heads": thumbs.shape[1],
        "size_q": heads.weights.shape[0],
        "size_k": heads.weights.shape[1],
        "thumbs": raw(thumbs, "u1"),
        "thumb_q": thumbs.shape[2],
        "thumb_k": thumbs.shape[3],
        "chosen": {"layer": heads.layer, "head": heads.head},
        "weights": raw(heads.weights, "f4"),
        "rows": [t.text for t in heads.rows],
        "cols": [t.text for t in heads.columns],
        "row_title": "looks (query)",
        "col_title": "is looked at (key)",
        "causal": is_causal(heads.layers),
        "chosen_pos": heads.pos,
        "labels": labels,
    }


def is_causal(layers: list[Attention]) -> bool:
    """Whether no row looks at what comes after it, in any head."""
    n, m = layers[0].weights.shape[1:]
    later = np.triu(np.ones((n, m), dtype=bool), k=1)
    return n == m and n > 1 and not any(attention.weights[:, later].any() for attention in layers)


def _labels(found: list[list[list[Pattern]]]) -> dict[str, str]:
    return {
        f"{layer}.{head}": f"{shares[0].name} {percent(shares[0].share)}"
        for layer, heads in enumerate(found)
        for head, shares in enumerate(heads)
        if shares and shares[0].share >= CLEAR
    }
