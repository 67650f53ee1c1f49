"""The text's vectors as points."""

from __future__ import annotations

import numpy as np

from ..analysis.embedding import Nearness, Projection
from ..trace import Array, Token
from . import figures, pictures, theme
from .tables import Table
from .view import View, listed, number, percent, quoted

AXES = ("x", "y", "z")


def embedding_view(
    tokens: tuple[Token, ...],
    projection: Projection,
    near: Nearness,
    *,
    level: str,
    code: str,
    neighbours: list[tuple[int, str, float]],
) -> View:
    """Each token of the text where the two or three directions of largest variance put it.

    Args:
        tokens: of the text.
        projection: of their vectors.
        near: how the vectors lie to the chosen one, before projecting.
        level: where the vectors were taken from, in words.
        code: lines that make ``projection``.
        neighbours: nearest rows of the token table to the chosen token's, (id, text, cosine).
    """
    chosen = near.chosen
    n_axes = projection.points.shape[1]
    shares = [percent(share) for share in projection.explained]
    return View(
        picture=pictures.Plot(
            figure=embedding_figure(tokens, projection, near),
            picks=({"pos": np.arange(len(tokens))},),
            pos=chosen,
            # The camera and the zoom belong to what is drawn: another kind of plot starts afresh.
            view_key=f"{level}-{n_axes}",
        ),
        reading=_reading(tokens, near, level, projection, neighbours),
        table=Table(
            ("position", "token", *AXES[:n_axes], "length", f"cosine with {tokens[chosen].text}"),
            tuple(
                (i, t.text, *map(float, projection.points[i]), float(near.lengths[i]), float(near.cosines[i]))
                for i, t in enumerate(tokens)
            ),
        ),
        python=code,
        notes=(
            f"{len(tokens)} vectors of {projection.components.shape[1]} numbers, {level}; their mean is subtracted, "
            f"then they are projected on their {n_axes} principal components, which hold {listed(shares)} of the "
            "variance.",
            "What lies near in the plane need not be near in all dimensions: the angles in the table are measured "
            "before projecting.",
        ),
        name=f"embedding-{n_axes}d",
    )


def embedding_figure(tokens: tuple[Token, ...], projection: Projection, near: Nearness) -> dict[str, object]:
    """A scatter plot in two or three dimensions."""
    chosen = near.chosen
    points, solid = projection.points, projection.points.shape[1] == 3
    colours = ["@chosen" if i == chosen else "@special" if t.special else "@attention" for i, t in enumerate(tokens)]
    trace = {
        "type": "scatter3d" if solid else "scatter",
        "mode": "markers+text",
        "x": points[:, 0],
        "y": points[:, 1],
        **({"z": points[:, 2]} if solid else {}),
        "text": [t.text for t in tokens],
        "textposition": "top center",
        "textfont": {"family": theme.MONO_STACK, "size": 13, "color": "@text"},
        "marker": {"size": 6 if solid else 11, "color": colours, "line": {"width": 1, "color": "@surface"}},
        "hovertext": [
            # Plotly reads a little HTML in its labels; the script in the browser keeps it from reading tokens so.
            f"{i} · {t.text}<br>cosine with {tokens[chosen].text}: {near.cosines[i]:.4f}"
            for i, t in enumerate(tokens)
        ],
        "hoverinfo": "text",
        "showlegend": False,
    }
    titles = [f"component {i + 1} · {percent(share)} of the variance" for i, share in enumerate(projection.explained)]
    if solid:
        scene = {f"{axis}axis": {"title": {"text": title}} for axis, title in zip(AXES, titles, strict=True)}
        return figures.figure([trace], scene=scene)
    # Labels stand beside their points: without room at the sides the outermost are cut on a phone.
    spans = [_roomy(points[:, axis]) for axis in range(2)]
    return figures.figure(
        [trace],
        xaxis={"title": {"text": titles[0]}, "range": spans[0]},
        yaxis={"title": {"text": titles[1]}, "range": spans[1]},
    )


def _roomy(values: Array) -> list[float]:
    """The range of an axis: a fifth of its length more at either end."""
    low, high = float(values.min()), float(values.max())
    room = (high - low) / 5 or 1.0
    return [low - room, high + room]


def _reading(
    tokens: tuple[Token, ...],
    near: Nearness,
    level: str,
    projection: Projection,
    neighbours: list[tuple[int, str, float]],
) -> str:
    chosen, best = quoted(tokens[near.chosen].text), near.nearest
    sentence = f"Of this text, {level}, nothing else stands beside {chosen}"
    if best is not None:
        sentence = (
            f"{chosen} points most nearly the way of {quoted(tokens[best].text)} in this text "
            f"({level}: cosine {number(near.cosines[best])})"
        )
    if neighbours:
        first = listed([f"{quoted(text)} {number(cosine)}" for _, text, cosine in neighbours[:3]])
        sentence += f"; in the whole token table its nearest rows are {first}"
    return f"{sentence}. The plot keeps {percent(float(projection.explained.sum()))} of the variance."
