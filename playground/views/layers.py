"""Vectors on their way through the layers: the tokens of a text, or one word in several sentences."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ..analysis.paths import Distortion, Levels, Paths, SameWord
from ..trace import Array, Token
from . import figures, pictures, theme
from .pictures import Axis, Grid, Group, HeatMap, Plot, Row
from .tables import Table
from .view import View, count, listed, number, percent, quoted

ROWS = 1200
"""Rows of the table up to which it holds every level."""
FEW = 24
"""Tokens up to which each has a line of its own in the curves."""


@dataclass(frozen=True, eq=False)
class Shown:
    """What all pictures of this view share."""

    found: Levels
    paths: Paths
    level: int
    centre: str
    unit: bool
    distortion: Distortion
    code: str

    @property
    def axes(self) -> tuple[str, str]:
        """What lies along the plane's directions."""
        first, second = (
            f"component {i + 1}, {percent(share)} of the variance" for i, share in enumerate(self.paths.explained)
        )
        return first, second


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
            *_notes(shown, count(len(tokens), "token")),
            *_named(shown, tokens),
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
    names = [_short(name) for name in shown.found.names]
    n = turned.shape[1]
    traces: list[dict[str, Any]] = []
    for axis, values in (("y", turned), ("y2", lengths)):
        if n <= FEW:
            for i in range(n):
                if i != pos:
                    traces.append(_line(names, values[:, i], axis, "@residual/0.35", 1))
        else:
            traces.append(_line(names, np.median(values, axis=1), axis, "@residual", 1.5))
        traces.append(_line(names, values[:, pos], axis, "@chosen", 3))
    steps = np.arange(len(names), dtype=np.int32)
    return Plot(
        figure=figures.figure(
            traces,
            xaxis={"type": "category", "anchor": "y2", "tickangle": -60},
            yaxis={"title": {"text": "cosine"}, "domain": [0.56, 1], "range": [min(-0.05, float(turned.min())), 1.05]},
            yaxis2=_second_axis(lengths),
            shapes=[_mark(shown.level)],
            showlegend=False,
        ),
        picks=tuple({"level": steps} for _ in traces),
        pos=None,
        view_key="curves",
    )


def _second_axis(lengths: Array) -> dict[str, Any]:
    return {
        "title": {"text": "length", "font": {"size": 12, "color": "@muted"}, "standoff": 8},
        "domain": [0, 0.46],
        "rangemode": "tozero",
        "gridcolor": "@grid",
        "zerolinecolor": "@grid",
        "tickfont": {"family": theme.MONO_STACK, "size": 11, "color": "@muted"},
        "automargin": True,
        "range": [0, 1.05 * float(lengths.max()) or 1.0],
    }


def _line(names: list[str], values: Array, axis: str, colour: str, width: float, name: str = "") -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "lines+markers" if width > 2 else "lines",
        "x": names,
        "y": np.asarray(values, np.float32),
        "yaxis": axis,
        "line": {"color": colour, "width": width},
        "marker": {"size": 6, "color": colour},
        "name": name,
        "hoverinfo": "x+y" if not name else "x+y+name",
    }


def cosine(value: float) -> str:
    """Two decimals, with a true minus."""
    return f"{value + 0.0:.2f}".replace("-", "−")


def _short(name: str) -> str:
    """A level on an axis."""
    return {"token rows": "rows", "token + position": "+ position"}.get(name, name.removeprefix("after "))


def _text_reading(shown: Shown, tokens: tuple[Token, ...], pos: int, turned: Array) -> str:
    word, names = quoted(tokens[pos].text), shown.found.names
    if len(names) < 2:
        return f"Of {word} only one level is known."
    own = turned[:, pos].astype(np.float64)
    step = int(np.argmax(np.abs(np.diff(own)))) + 1
    whole = f"The plane keeps {percent(float(shown.paths.explained.sum()))} of the variance"
    level = "" if shown.level in (0, len(names) - 1) else f" ({cosine(own[shown.level])} {names[shown.level]})"
    return (
        f"{word} begins as its row of the token table and ends, {names[-1]}, at a cosine of {cosine(own[-1])} with "
        f"it{level}; it turns most on the way to the level “{names[step]}”. {whole}."
    )


def word_view(
    shown: Shown, same: SameWord, word: str, sentences: tuple[str, ...], *, causal: bool, target: bool = False
) -> View:
    """One word in several sentences: its ways, the cosine of each two, and all of them at the chosen level."""
    n = len(sentences)
    names = tuple(str(i + 1) for i in range(n))
    return View(
        picture=Group(
            ("", "Cosine of each two, level by level", f"Cosines {shown.found.names[shown.level]}"),
            (
                pictures.LayerPaths(
                    points=shown.paths.points,
                    levels=shown.found.names,
                    names=names,
                    captions=sentences,
                    special=(),
                    axes=shown.axes,
                    level=shown.level,
                    pos=None,
                ),
                _pair_curves(shown, same),
                _matrix(same.cosines[shown.level], names),
            ),
            (Row((1.45, 1.0, 0.85)),),
        ),
        reading=_word_reading(shown, same, word, names),
        table=Table(
            ("level", "sentence", "other sentence", "cosine"),
            tuple(
                (level, a + 1, b + 1, float(same.cosines[i, a, b]))
                for i, level in enumerate(shown.found.names)
                for a, b in _pairs(n)
            ),
        ),
        python=shown.code,
        notes=(
            *_notes(shown, count(n, "vector")),
            *_word_notes(shown, same, word, causal, target),
            *_named(shown, None),
        ),
        name="one-word",
    )


def _pairs(n: int) -> list[tuple[int, int]]:
    return [(a, b) for a in range(n) for b in range(a + 1, n)]


def _pair_curves(shown: Shown, same: SameWord) -> Plot:
    """A line for each two sentences; those that end most and least alike have a colour and their name."""
    names = [_short(name) for name in shown.found.names]
    pairs = _pairs(same.cosines.shape[1])
    near, far = _extremes(same)
    colours = {far: "@key", near: "@value"}
    traces, labels = [], []
    for a, b in sorted(pairs, key=lambda pair: pair in colours):
        colour = colours.get((a, b), "@residual/0.5")
        width = 3 if (a, b) in colours else 1.5
        traces.append(_line(names, same.cosines[:, a, b], "y", colour, width, f"{a + 1} and {b + 1}"))
        if (a, b) in colours:
            labels.append({
                "x": 1.0, "xref": "paper", "y": float(same.cosines[-1, a, b]), "xanchor": "left", "showarrow": False,
                "xshift": 4, "text": f"{a + 1}, {b + 1}", "font": {"family": theme.MONO_STACK, "color": colour},
            })  # fmt: skip
    return Plot(
        figure=figures.figure(
            traces,
            xaxis={"type": "category", "tickangle": -60},
            yaxis={"title": {"text": "cosine"}, "range": [min(0.5, float(same.cosines.min()) - 0.05), 1.03]},
            shapes=[_mark(shown.level)],
            annotations=labels,
            margin={"r": 44},
            showlegend=False,
        ),
        picks=tuple({"level": np.arange(len(names), dtype=np.int32)} for _ in traces),
        pos=None,
        view_key="pairs",
    )


def _extremes(same: SameWord) -> tuple[tuple[int, int], tuple[int, int]]:
    """The two sentences that end most alike, and least."""
    pairs = _pairs(same.cosines.shape[1])
    return max(pairs, key=lambda p: same.cosines[-1][p]), min(pairs, key=lambda p: same.cosines[-1][p])


def _mark(level: int) -> dict[str, Any]:
    """A line where the slider stands."""
    return {"type": "line", "xref": "x", "yref": "paper", "y0": 0, "y1": 1, "x0": level, "x1": level,
            "line": {"color": "@chosen", "width": 1, "dash": "dot"}}  # fmt: skip


def _matrix(cosines: Array, names: tuple[str, ...]) -> Grid:
    return Grid(
        maps=(HeatMap("", cosines, Axis("sentence", names), Axis("sentence", names)),),
        scale="signed",
        full=1.0001,
    )


def _word_reading(shown: Shown, same: SameWord, word: str, names: tuple[str, ...]) -> str:
    pairs = _pairs(len(names))
    first, last = ({p: float(same.cosines[level][p]) for p in pairs} for level in (0, -1))
    near, far = _extremes(same)
    rows = "rows" if any(len(at) > 1 for at in same.positions) else "row"
    equal = min(first.values()) > 0.9999
    begin = (
        f"{quoted(word)} begins as the same {rows} of the token table in all {len(names)} sentences"
        if equal and shown.found.names[0] == "token rows"
        else f"The vectors of {quoted(word)} begin at cosines of {cosine(min(first.values()))} or more"
    )
    if len(pairs) == 1:
        return f"{begin}; {shown.found.names[-1]} the cosine of the two is {cosine(last[near])}."
    return (
        f"{begin}; {shown.found.names[-1]} it is most alike in {names[near[0]]} and {names[near[1]]} (cosine "
        f"{cosine(last[near])}) and least in {names[far[0]]} and {names[far[1]]} ({cosine(last[far])})."
    )


def _word_notes(shown: Shown, same: SameWord, word: str, causal: bool, target: bool) -> list[str]:
    notes = ["The pictures hold the word’s own vectors only; the sentences are run one by one."]
    several = [f"{len(at)} in sentence {i + 1}" for i, at in enumerate(same.positions) if len(at) > 1]
    if several:
        notes.append(f"{quoted(word)} is more than one token ({listed(several)}): the mean of their vectors is taken.")
    if shown.centre == "level":
        notes.append(
            "Before cosines are measured, the mean of all tokens of all these sentences is subtracted at each level."
        )
    if target:
        notes.append("The decoder reads each sentence as its target; the source is a full stop.")
    if causal:
        notes.append("This model reads forwards: what stands behind the word cannot change its vector.")
    return notes


def _notes(shown: Shown, what: str) -> list[str]:
    centring = {
        "all": "one mean is subtracted from all of them",
        "level": "each level’s own mean is subtracted, so that what moves all alike falls away",
    }[shown.centre]
    unit = "each divided by its length, then " if shown.unit else ""
    return [
        f"{what} at {len(shown.found.names)} levels: {unit}{centring}; then all are projected on the same two "
        f"principal components, which hold {percent(float(shown.paths.explained.sum()))} of the variance. Both "
        "directions have one scale."
    ]


def _named(shown: Shown, tokens: tuple[Token, ...] | None) -> list[str]:
    """What distorts the picture, by name."""
    names, found, notes = shown.found.names, shown.distortion, []
    if found.long and tokens is not None:
        token, level, times = found.long[0]
        others = f", and {len(found.long) - 1} more are very long" if len(found.long) > 1 else ""
        which = "The first token" if token == 0 else f"Token {token}"
        notes.append(
            f"{which}, {quoted(tokens[token].text)}, is {number(times)} times as long as the median of its level "
            f"({names[level]}){others}: such a token stretches the plane; “every vector of length 1” takes that away."
        )
    if found.outlying:
        said = [f"{number_} ({percent(share)} {names[level]})" for number_, level, share in found.outlying]
        notes.append(
            f"A few dimensions hold far more of the squared length than others: {listed(said)}. They drive lengths and "
            "cosines alike; “each layer’s own mean” takes away what they give to all tokens."
        )
    if not notes:
        notes.append("No single token or dimension outweighs the others here.")
    return notes
