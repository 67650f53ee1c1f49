"""One word in several sentences on its way through the layers."""

from __future__ import annotations

import numpy as np

from ...analysis.paths import SameWord
from ...trace import Array
from .. import figures, pictures, theme
from ..pictures import Axis, Grid, Group, HeatMap, Plot, Row
from ..tables import Table
from ..view import View, count, listed, quoted
from .shown import Shown, cosine, curve, distortions, shared_notes, short


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
            *shared_notes(shown, count(n, "vector")),
            *_word_notes(shown, same, word, causal, target),
            *distortions(shown, None),
        ),
        name="one-word",
    )


def _pairs(n: int) -> list[tuple[int, int]]:
    return [(a, b) for a in range(n) for b in range(a + 1, n)]


def _pair_curves(shown: Shown, same: SameWord) -> Plot:
    """A line for each two sentences; those that end most and least alike have a colour and their name."""
    names = [short(name) for name in shown.found.names]
    pairs = _pairs(same.cosines.shape[1])
    near, far = _extremes(same)
    colours = {far: "@key", near: "@value"}
    traces, labels = [], []
    for a, b in sorted(pairs, key=lambda pair: pair in colours):
        colour = colours.get((a, b), "@residual/0.5")
        width = 3 if (a, b) in colours else 1.5
        traces.append(curve(names, same.cosines[:, a, b], "y", colour, width, f"{a + 1} and {b + 1}"))
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
            shapes=[figures.rule("v", shown.level, "@chosen", "dot")],
            annotations=labels,
            margin={"r": 44},
            showlegend=False,
        ),
        picks=tuple({"level": np.arange(len(names), dtype=np.int32)} for _ in traces),
        view_key="pairs",
    )


def _extremes(same: SameWord) -> tuple[tuple[int, int], tuple[int, int]]:
    """The two sentences that end most alike, and least."""
    pairs = _pairs(same.cosines.shape[1])
    return max(pairs, key=lambda p: same.cosines[-1][p]), min(pairs, key=lambda p: same.cosines[-1][p])


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
