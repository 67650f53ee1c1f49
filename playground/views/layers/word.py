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

PLACED = "token + position"
"""The level at which a row for its place has been added to each token's."""
ALIKE = 0.9999
"""Cosine from which on vectors are called the same."""


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
    near, far = _extremes(same.cosines[-1])
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


def _extremes(cosines: Array) -> tuple[tuple[int, int], tuple[int, int]]:
    """The two sentences that are most alike, and least, by the cosines (sentences, sentences) of a level."""
    pairs = _pairs(len(cosines))
    return max(pairs, key=lambda p: cosines[p]), min(pairs, key=lambda p: cosines[p])


def _matrix(cosines: Array, names: tuple[str, ...]) -> Grid:
    return Grid(
        maps=(HeatMap("", cosines, Axis("sentence", names), Axis("sentence", names)),),
        scale="signed",
        full=1.0001,
    )


def _word_reading(shown: Shown, same: SameWord, word: str, names: tuple[str, ...]) -> str:
    lowest = float(same.cosines[0].min())
    rows = "rows" if any(len(at) > 1 for at in same.positions) else "row"
    begin = (
        f"{quoted(word)} begins as the same {rows} of the token table in all {len(names)} sentences"
        if lowest > ALIKE and shown.found.names[0] == "token rows"
        else f"The vectors of {quoted(word)} begin at cosines of {cosine(lowest)} or more"
    )
    last = len(same.cosines) - 1
    here = "" if shown.level == last else f" The slider stands at “{shown.found.names[shown.level]}”: "
    if here:
        here += f"{_alike(same.cosines[shown.level], names, '')}."
    return f"{begin}; {shown.found.names[-1]} {_alike(same.cosines[last], names, 'it is ')}.{here}"


def _alike(cosines: Array, names: tuple[str, ...], it_is: str) -> str:
    """In which two sentences the word is most alike at a level, and in which least."""
    if float(cosines.min()) > ALIKE:
        return f"{it_is}alike in all of them"
    if len(names) == 2:
        return f"the cosine of the two is {cosine(cosines[0, 1])}"
    near, far = _extremes(cosines)
    return (
        f"{it_is}most alike in {names[near[0]]} and {names[near[1]]} (cosine {cosine(cosines[near])}) and least in "
        f"{names[far[0]]} and {names[far[1]]} ({cosine(cosines[far])})"
    )


def _word_notes(shown: Shown, same: SameWord, word: str, causal: bool, target: bool) -> list[str]:
    notes = ["The pictures hold the word’s own vectors only; the sentences are run one by one."]
    several = [f"{len(at)} in sentence {i + 1}" for i, at in enumerate(same.positions) if len(at) > 1]
    if several:
        notes.append(f"{quoted(word)} is more than one token ({listed(several)}): the mean of their vectors is taken.")
    names = shown.found.names
    at = names.index(PLACED) if PLACED in names else 0
    if at and float(same.cosines[0].min()) > ALIKE > float(same.cosines[at].min()):
        notes.append(
            f"They part at “{PLACED}” already, before any layer: the word stands at another place in each sentence."
        )
    if shown.centre == "level":
        notes.append(
            "Before cosines are measured, the mean of all tokens of all these sentences is subtracted at each level."
        )
    if target:
        notes.append("The decoder reads each sentence as its target; the source is a full stop.")
    if causal:
        notes.append("This model reads forwards: what stands behind the word cannot change its vector.")
    return notes
