"""The tokens of one text on their way through the layers."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...trace import Array, Token
from .. import figures, pictures
from ..pictures import Group, Plot, Row
from ..tables import Table
from ..view import View, count, percent, quoted
from .shown import Shown, cosine, curve, distortions, shared_notes, short

ROWS = 1200
"""Rows of the table up to which it holds every level."""
FEW = 24
"""Tokens up to which each has a line of its own in the curves."""


def text_view(shown: Shown, tokens: tuple[Token, ...], pos: int, *, missing: tuple[str, ...] = ()) -> View:
    """The tokens of one text, each with its way; beside it how each turns and grows."""
    found = shown.found
    turned, lengths = found.turned, found.lengths
    points = shown.paths.points
    return View(
        picture=Group(
            ("", "Cosine with its own first vector, and length"),
            (
                pictures.LayerPaths(
                    points=points,
                    levels=found.names,
                    names=tuple(token.text for token in tokens),
                    captions=(),
                    special=tuple(i for i, token in enumerate(tokens) if token.special),
                    axes=shown.axes,
                    level=shown.level,
                    pos=pos,
                ),
                _curves(shown, turned, lengths, pos),
            ),
            (Row((1.75, 1.0)),),
        ),
        reading=_text_reading(shown, tokens, pos, turned),
        table=_text_table(shown, tokens, turned, lengths),
        python=shown.code,
        notes=(
            *shared_notes(shown, count(len(tokens), "token")),
            *distortions(shown, tokens),
            *(["The table holds the level of the slider; the code gives all."] if _too_many(shown, tokens) else []),
            *missing,
        ),
        name="layers",
    )


def _too_many(shown: Shown, tokens: tuple[Token, ...]) -> bool:
    return len(shown.found.names) * len(tokens) > ROWS


def _text_table(shown: Shown, tokens: tuple[Token, ...], turned: Array, lengths: Array) -> Table:
    """Every token at every level; of many tokens at the chosen level only, for the table is sent with each click."""
    points, names = shown.paths.points, shown.found.names
    chosen = [shown.level] if _too_many(shown, tokens) else range(len(names))
    return Table(
        ("level", "position", "token", "x", "y", "length", "cosine with its first vector"),
        tuple(
            (names[n], i, token.text, *map(float, points[n, i]), float(lengths[n, i]), float(turned[n, i]))
            for n in chosen
            for i, token in enumerate(tokens)
        ),
    )


def _curves(shown: Shown, turned: Array, lengths: Array, pos: int) -> Plot:
    """Above, how far each token has turned; below, how long it is."""
    names = [short(name) for name in shown.found.names]
    n = turned.shape[1]
    traces: list[dict[str, Any]] = []
    for axis, values in (("y", turned), ("y2", lengths)):
        if n <= FEW:
            for i in range(n):
                if i != pos:
                    traces.append(curve(names, values[:, i], axis, "@residual/0.35", 1))
        else:
            traces.append(curve(names, np.median(values, axis=1), axis, "@residual", 1.5))
        traces.append(curve(names, values[:, pos], axis, "@chosen", 3))
    steps = np.arange(len(names), dtype=np.int32)
    return Plot(
        figure=figures.figure(
            traces,
            xaxis={"type": "category", "anchor": "y2", "tickangle": -60},
            yaxis={"title": {"text": "cosine"}, "domain": [0.56, 1], "range": [min(-0.05, float(turned.min())), 1.05]},
            yaxis2={
                "title": {"text": "length"}, "domain": [0, 0.46], "rangemode": "tozero",
                "range": [0, 1.05 * float(lengths.max()) or 1.0],
            },
            shapes=[figures.rule("v", shown.level, "@chosen", "dot")],
            showlegend=False,
        ),
        picks=tuple({"level": steps} for _ in traces),
        view_key="curves",
    )  # fmt: skip


def _text_reading(shown: Shown, tokens: tuple[Token, ...], pos: int, turned: Array) -> str:
    word, names = quoted(tokens[pos].text), shown.found.names
    if len(names) < 2:
        return f"Of {word} only one level is known."
    own = turned[:, pos].astype(np.float64)
    step = int(np.argmax(np.abs(np.diff(own)))) + 1
    whole = f"The plane keeps {percent(float(shown.paths.explained.sum()))} of the variance"
    here = ""
    if shown.level == 0:
        here = " The slider stands at that row."
    elif shown.level < len(names) - 1:
        here = f" The slider stands at “{names[shown.level]}”, where the cosine is {cosine(own[shown.level])}."
    return (
        f"{word} begins as its row of the token table and ends, {names[-1]}, at a cosine of {cosine(own[-1])} with "
        f"it; it turns most on the way to the level “{names[step]}”.{here} {whole}."
    )
