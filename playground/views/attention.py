"""All heads at a glance, one head large."""

from __future__ import annotations

import numpy as np

from ..analysis.attention import KINDS, Pattern, patterns, thumbnails
from ..trace import Attention, Token
from .view import Table, View, percent, quoted, raw

CLEAR = 0.3
"""From this mean share on, a head is named after its pattern in the grid."""


def attention_view(
    layers: list[Attention],
    rows: tuple[Token, ...],
    columns: tuple[Token, ...],
    *,
    kind: str,
    layer: int,
    head: int,
    pos: int,
    code: str,
) -> View:
    """Every head as a thumbnail beside one head large; rows look at columns.

    Args:
        layers: the attentions of one kind, from the bottom up.
        rows: tokens that look.
        columns: tokens that are looked at.
        kind: "self", "cross" or "encoder".
        layer: of the large head; likewise ``head``.
        pos: the row whose looks are drawn over the sentence.
        code: lines that make ``trace``.
    """
    weights = layers[layer].weights[head]
    thumbs = thumbnails(layers)
    found = [patterns(attention, rows) for attention in layers]
    stack = "trace.encoder" if kind == "encoder" else "trace"
    field = "cross_attention" if kind == "cross" else "attention"
    return View(
        picture={
            "kind": "heads",
            "n_layers": thumbs.shape[0],
            "n_heads": thumbs.shape[1],
            "size_q": weights.shape[0],
            "size_k": weights.shape[1],
            "thumbs": raw(thumbs, "u1"),
            "thumb_q": thumbs.shape[2],
            "thumb_k": thumbs.shape[3],
            "chosen": {"layer": layer, "head": head},
            "weights": raw(weights, "f4"),
            "rows": [t.text for t in rows],
            "cols": [t.text for t in columns],
            "row_title": "looks (query)",
            "col_title": "is looked at (key)",
            "causal": is_causal(layers),
            "chosen_pos": pos,
            "labels": _labels(found),
        },
        reading=_reading(weights, rows, columns, layer, head, pos, found[layer][head]),
        table=Table(
            ("row looks at column →", *(f"{i} {t.text}" for i, t in enumerate(columns))),
            tuple((f"{i} {t.text}", *map(float, weights[i])) for i, t in enumerate(rows)),
        ),
        python=code + f"print({stack}.layers[{layer}].{field}.weights[{head}])  # (query, key); each row sums to 1\n",
        notes=(
            f"{KINDS[kind].capitalize()}: the weights that the model used, after mask and softmax; each row sums to 1.",
            "Thumbnails show the same weights in 256 steps"
            + (", long texts averaged down" if max(weights.shape) > thumbs.shape[2] else "")
            + ". Not every map can be read: a weight says where a head looks, not what it does with it.",
        ),
        name=f"attention-{kind}-{layer}-{head}",
    )


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


def _reading(
    weights: np.ndarray,
    rows: tuple[Token, ...],
    columns: tuple[Token, ...],
    layer: int,
    head: int,
    pos: int,
    shares: list[Pattern],
) -> str:
    best = int(weights[pos].argmax())
    sentence = (
        f"In head {layer}.{head}, {quoted(rows[pos].text)} looks most at {quoted(columns[best].text)} "
        f"({percent(weights[pos, best])})"
    )
    if shares:
        sentence += f"; on average the head gives {percent(shares[0].share)} to {shares[0].name}"
    return sentence + "."
