"""A bias by distance, of all heads and of one."""

from __future__ import annotations

import numpy as np

from ...analysis.position import BiasByDistance
from .. import figures
from ..pictures import Group, Plot, Row, full_of
from ..tables import Table
from ..view import View, count, number, power
from .drawing import heatmap, line


def bias_view(found: BiasByDistance, layer: int, head: int, *, code: str) -> View:
    """A bias by distance: of all heads as a map, of the chosen one as a curve among the others."""
    return View(
        picture=Group(
            (f"Added to the scores of each head, layer {layer}", f"Head {layer}.{head} among the others"),
            (_map(found, head), _curves(found, head)),
            (Row((1.15, 1.0)),),
        ),
        reading=_reading(found, layer, head),
        table=Table(
            ("distance", *(f"head {h}" for h in range(len(found.values)))),
            tuple((int(d), *map(float, found.values[:, i])) for i, d in enumerate(found.distances)),
        ),
        python=code,
        notes=_notes(found),
        name="bias",
    )


ACROSS = {"title": {"text": "key’s position − query’s"}}


def _map(found: BiasByDistance, head: int) -> Plot:
    n_heads = len(found.values)
    cells = np.indices(found.values.shape).astype(np.int32)
    hover = "head %{y}, distance %{x}: %{z:.4f}<extra></extra>"
    step = max(1, n_heads // 8)
    return Plot(
        figure=figures.figure(
            [heatmap(found.values, full_of(found.values), hover, x=found.distances)],
            xaxis=ACROSS,
            yaxis={"title": {"text": "head"}, "range": [n_heads - 0.5, -0.5], "dtick": step},
            shapes=[figures.rule("h", head, "@chosen", "solid")],
        ),
        picks=({"head": cells[0]},),
        view_key="bias",
    )


def _curves(found: BiasByDistance, head: int) -> Plot:
    others = [line(found.distances, one, "y", "@residual/0.4", 1) for h, one in enumerate(found.values) if h != head]
    own = line(found.distances, found.values[head], "y", "@chosen", 3)
    return Plot(
        figure=figures.figure([*others, own], xaxis=ACROSS, yaxis={"title": {"text": "bias"}}, showlegend=False),
        picks=tuple({} for _ in found.values),
        view_key="bias-curves",
    )


def _reading(found: BiasByDistance, layer: int, head: int) -> str:
    own = found.values[head]
    most, least = int(own.argmax()), int(own.argmin())
    return (
        "This model adds no vector for a position: each head adds a learned number to its scores by how far the key "
        f"stands from the query. Head {layer}.{head} adds most ({number(float(own[most]))}) "
        f"{_where(int(found.distances[most]))} and least ({number(float(own[least]))}) "
        f"{_where(int(found.distances[least]))}."
    )


def _notes(found: BiasByDistance) -> tuple[str, ...]:
    same = f"Two pairs at the same distance differ in this run by at most {power(found.spread)}."
    if not found.worked_out:
        return (f"The distances of this text; a longer text shows more. {same}",)
    return (
        "T5’s relative positions (Raffel et al. 2020): distances share a number in buckets, wider the farther they "
        f"are, and all layers use the first one’s. {same}",
        f"Worked out for distances up to {int(found.distances.max(initial=0)) or -int(found.distances.min())} by the "
        "model’s own function, which gives this run’s numbers again.",
    )


def _where(distance: int) -> str:
    if distance == 0:
        return "at the token itself"
    return f"{count(abs(distance), 'token')} to the {'left' if distance < 0 else 'right'}"
