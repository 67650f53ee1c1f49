"""Rotary positions: angles, dials, and scores by distance."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...analysis.position import Rotary
from ...trace import Token
from .. import figures, theme
from ..pictures import Group, Plot, Row
from ..tables import Table
from ..view import View, count, number, quoted
from .drawing import heatmap, line

DIALS = 12
"""Pairs of a rotation that have a dial."""


def rotary_view(
    found: Rotary, tokens: tuple[Token, ...], pos: int, layer: int, head: int, *, causal: bool, code: str
) -> View:
    """Rotary positions: how far each pair of numbers is turned, and what that does to a score."""
    seen = range(pos + 1) if causal else range(len(tokens))
    turns = np.degrees(found.steps)
    fast, slow = (float(np.abs(turns).max()), float(np.abs(turns).min())) if len(turns) else (0.0, 0.0)
    says = (
        f"the fastest of {count(len(turns), 'pair')} by {number(fast)}° from token to token, the slowest by "
        f"{number(slow)}°"
        if len(tokens) > 1
        else "the text has one token, which is not turned: type more"
    )
    return View(
        picture=Group(
            ("How far pairs are turned (cosine of the angle)", f"Turned at position {pos}",
             f"Scores of {quoted(tokens[pos].text, 14)} by distance, head {layer}.{head}"),
            (_angles(found, pos), _dials(found, pos), _scores(found, tokens, pos, list(seen))),
            (Row((1.0, 0.8, 1.15)),),
        ),
        reading=(
            f"This model adds no position: it turns queries and keys, {says}. In head {layer}.{head} the query of "
            f"{quoted(tokens[pos].text)} scores its own key with {number(float(found.same[0]))} at distance 0 and "
            f"{number(float(found.same[8]))} at 8."
        ),
        table=Table(
            ("position", "token", "distance", "score", "score of its own key at that distance"),
            tuple(
                (i, tokens[i].text, pos - i, float(found.scores[i]), float(found.same[pos - i]) if pos >= i else "")
                for i in seen
            ),
        ),
        python=code,
        notes=(
            "Rotary positions (Su et al. 2021): a pair of numbers (x, y) of a query or key at position p becomes "
            "(x·cos pθ − y·sin pθ, y·cos pθ + x·sin pθ). The dot product of two then depends on how far apart they "
            "stand, not on where. All heads of a layer are turned alike; what they make of it differs.",
            "Angles are read off this run’s numbers. The line is computed: the chosen query and its own key, set "
            "that far apart. The dots are the scores of this run, other keys included, after scaling.",
        ),
        name="rotary",
    )  # fmt: skip


def _angles(found: Rotary, pos: int) -> Plot:
    values = np.cos(found.angles)
    n, pairs = values.shape
    cells = np.indices((n, pairs)).astype(np.int32)
    hover = "position %{y}, pair %{x}: cosine %{z:.4f}<extra></extra>"
    return Plot(
        figure=figures.figure(
            [heatmap(values, 1.0, hover, showscale=False)],
            xaxis={"title": {"text": "pair of dimensions"}, "range": [-0.5, pairs - 0.5]},
            yaxis={"title": {"text": "position"}, "range": [n - 0.5, -0.5]},
            shapes=[figures.rule("h", pos, "@chosen", "solid")],
        ),
        picks=({"pos": cells[0]},),
        view_key=f"angles-{n}-{pairs}",
    )


def _dials(found: Rotary, pos: int) -> Plot:
    """A clock for each of the first pairs, with its hand at the chosen position; it runs against the clock."""
    pairs = min(DIALS, found.angles.shape[1])
    across = 3 if pairs > 4 else 2
    shapes: list[dict[str, Any]] = []
    texts = []
    circle = np.linspace(0, 2 * np.pi, 5)
    for i in range(pairs):
        x, y, angle = 2.6 * (i % across), -3.1 * (i // across), float(found.angles[pos, i])
        shapes.append({"type": "circle", "xref": "x", "yref": "y", "x0": x - 1, "x1": x + 1, "y0": y - 1, "y1": y + 1,
                       "line": {"color": "@grid", "width": 2}})  # fmt: skip
        shapes += [
            {"type": "line", "xref": "x", "yref": "y", "x0": x, "y0": y, "x1": x + np.cos(a), "y1": y + np.sin(a),
             "line": {"color": colour, "width": wide}}
            for a, colour, wide in ((0.0, "@residual/0.5", 1.5), (angle, "@chosen", 3))
        ]  # fmt: skip
        said = f"{i}: {np.degrees(angle):.0f}°".replace("-", "−")
        font = {"family": theme.MONO_STACK, "size": 11, "color": "@text"}
        texts.append({"x": x, "y": y - 1.32, "text": said, "showarrow": False, "font": font})
    rows = (pairs + across - 1) // across
    frame = {"visible": False, "fixedrange": True}
    return Plot(
        figure=figures.figure(
            [{"type": "scatter", "mode": "markers", "x": np.cos(circle), "y": np.sin(circle), "hoverinfo": "skip",
              "marker": {"size": 1, "color": "@grid"}}],
            xaxis={**frame, "range": [-1.4, 2.6 * (across - 1) + 1.4]},
            yaxis={**frame, "range": [-3.1 * (rows - 1) - 1.8, 1.4], "scaleanchor": "x"},
            shapes=shapes,
            annotations=texts,
            margin={"l": 8, "r": 8, "t": 8, "b": 8},
            showlegend=False,
        ),
        picks=({},),
        view_key="dials",
    )  # fmt: skip


def _scores(found: Rotary, tokens: tuple[Token, ...], pos: int, seen: list[int]) -> Plot:
    distance = [pos - i for i in seen]
    traces = [
        line(found.distances, found.same, "y", "@attention", 2.5),
        {
            "type": "scatter", "mode": "markers", "x": np.asarray(distance), "y": found.scores[seen],
            "marker": {"size": 8, "color": "@key"}, "hoverinfo": "text",
            "hovertext": [f"{i} · {tokens[i].text}<br>score {found.scores[i]:.4f}" for i in seen],
        },
    ]  # fmt: skip
    return Plot(
        figure=figures.figure(
            traces,
            xaxis={"title": {"text": "tokens back"}},
            yaxis={"title": {"text": "score"}},
            showlegend=False,
        ),
        picks=({}, {"pos": np.asarray(seen, np.int32)}),
        view_key="scores",
    )
