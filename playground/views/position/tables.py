"""A table of positions: the model’s own, or sines and cosines of any size."""

from __future__ import annotations

import numpy as np

from ...analysis.position import ByDistance, PositionTable, cosine_by_distance, wavelength
from ...trace import Array
from .. import figures
from ..pictures import Group, Plot, Row, full_of
from ..tables import Table
from ..view import View, count, number
from .drawing import heatmap, line, said


def table_view(
    rows: Array,
    *,
    at: int,
    dimension: int,
    layout: str,
    reading: str,
    code: str,
    notes: tuple[str, ...],
    used: int | None = None,
    name: str = "positions",
) -> View:
    """A table of positions: its numbers, one dimension as a curve, and how alike its rows are.

    Args:
        rows: (positions, width).
        at: the position that is compared with all others.
        dimension: whose curve is drawn.
        layout: "interleaved", "halves" or "learned", see ``PositionTable``.
        reading: the sentence.
        code: lines that make ``rows``.
        notes: what is to be known of the table.
        used: positions that the text takes up; None: there is no text.
        name: of downloads.
    """
    near = cosine_by_distance(rows)
    own = _cosines_with(rows, at)
    return View(
        picture=Group(
            (_heat_title(rows), f"Dimension {dimension} over the positions; cosine by distance"),
            (_heat(rows, at, dimension, used), _curves(rows, at, dimension, layout, near, own)),
            (Row((1.2, 1.0)),),
        ),
        reading=reading,
        table=Table(
            ("n", f"dimension {dimension} at position n", f"cosine of positions {at} and n", "mean cosine, n apart",
             "10th percentile", "90th percentile"),
            tuple(
                (n, *map(float, numbers))
                for n, numbers in enumerate(zip(rows[:, dimension], own, near.mean, near.low, near.high, strict=True))
            ),
        ),
        python=code,
        notes=notes,
        name=name,
    )  # fmt: skip


def _heat_title(rows: Array) -> str:
    return f"{rows.shape[0]:,} positions × {rows.shape[1]:,} dimensions"


def _cosines_with(rows: Array, at: int) -> Array:
    lengths = np.linalg.norm(rows, axis=1) * np.linalg.norm(rows[at])
    return np.divide(rows @ rows[at], lengths, out=np.zeros(len(rows), np.float32), where=lengths > 0)


def _heat(rows: Array, at: int, dimension: int, used: int | None) -> Plot:
    length, width = rows.shape
    full = min(full_of(rows), 4 * float(np.sqrt((rows.astype(np.float64) ** 2).mean())) or 1.0)
    lines = [figures.rule("h", at, "@chosen", "solid"), figures.rule("v", dimension, "@chosen", "solid")]
    notes = []
    if used is not None and used < length:
        lines.append(figures.rule("h", used - 0.5, "@text", "dot"))
        notes.append(said(f"the text ends here ({used} tokens)", 1, used - 0.5, "right"))
    cells = np.indices((length, width)).astype(np.int32)
    return Plot(
        figure=figures.figure(
            [heatmap(rows, full, "position %{y}, dimension %{x}: %{z:.5f}<extra></extra>")],
            xaxis={"title": {"text": "dimension"}, "range": [-0.5, width - 0.5]},
            yaxis={"title": {"text": "position"}, "range": [length - 0.5, -0.5]},
            shapes=lines,
            annotations=notes,
        ),
        picks=({"at": cells[0], "dimension": cells[1]},),
        view_key=f"heat-{length}-{width}",
    )


def _curves(rows: Array, at: int, dimension: int, layout: str, near: ByDistance, own: Array) -> Plot:
    """Above, one dimension (of sines and cosines with its partner); below, how alike rows are by how far apart."""
    steps = np.arange(len(rows))
    here = line([at], rows[at : at + 1, dimension], "y", "@chosen", 2)
    band = {"fill": "tonexty", "fillcolor": "@residual/0.2", "hoverinfo": "skip"}
    traces = [
        line(steps, rows[:, dimension], "y", "@attention", 2.5),
        {**here, "mode": "markers", "marker": {"size": 11, "color": "@chosen"}},
        {**line(steps, near.low, "y2", "@residual/0", 0), "hoverinfo": "skip"},
        {**line(steps, near.high, "y2", "@residual/0", 0), **band},
        line(steps, near.mean, "y2", "@residual", 2),
        line(np.arange(len(rows) - at), own[at:], "y2", "@chosen", 2.5),
    ]
    if layout != "learned":
        partner = rows[:, _partner(dimension, rows.shape[1], layout)]
        traces.insert(0, line(steps, partner, "y", "@residual/0.6", 1.5))
    return Plot(
        figure=figures.figure(
            traces,
            xaxis={"title": {"text": "above: position · below: positions apart"}, "anchor": "y2"},
            yaxis={"title": {"text": "value"}, "domain": [0.58, 1]},
            yaxis2={"title": {"text": "cosine"}, "domain": [0, 0.44]},
            showlegend=False,
        ),
        picks=tuple({} for _ in traces),
        view_key=f"curves-{len(rows)}",
    )


def _partner(dimension: int, width: int, layout: str) -> int:
    """The cosine of a sine, and the other way round."""
    return dimension ^ 1 if layout == "interleaved" else (dimension + width // 2) % width


def waves_view(rows: Array, at: int, dimension: int, code: str, why: str = "", used: int | None = None) -> View:
    """The table of the original transformer, any length and width.

    Args:
        rows: ``sinusoids``.
        at: a position.
        dimension: a dimension.
        code: lines that make ``rows``.
        why: why it is shown in the place of the model's own; "" where it was asked for.
        used: positions that the text takes up; None: there is no text.
    """
    length, width = rows.shape
    wave = wavelength(dimension, width)
    kind = "cosine" if dimension % 2 else "sine"
    reading = (
        f"Dimension {dimension} is a {kind} that repeats after {number(wave)} positions; the fastest repeats after "
        f"6.28, the slowest of these {width} dimensions after {number(wavelength(width - 1, width))}. Rows side by "
        f"side have a cosine of {_two(cosine_by_distance(rows).mean[min(1, length - 1)])}."
    )
    return table_view(
        rows, at=at, dimension=dimension, layout="interleaved", reading=f"{why} {reading}".strip(), code=code,
        notes=(
            "PE(pos, 2i) = sin(pos / 10000^(2i/d)), PE(pos, 2i + 1) = cos(pos / 10000^(2i/d)) (Vaswani et al. 2017). "
            "No model is needed for it, and there is no last position.",
            "The mean over all pairs of rows that are so far apart; the band holds the middle 80 %. Amber: the row of "
            "the chosen position. Thin: the sine’s cosine, or the other way round.",
            "Choose a cell for its position and dimension.",
        ),
        used=used,
        name="sinusoids",
    )  # fmt: skip


def own_table_view(found: PositionTable, at: int, dimension: int, used: int, code: str) -> View:
    """The model's own table."""
    rows = found.rows
    near = cosine_by_distance(rows).mean
    if found.layout == "learned":
        what = f"This model has learned a vector for each of its {count(found.whole, 'position')}"
    else:
        how = "interleaved" if found.layout == "interleaved" else "all sines before all cosines"
        what = f"This model’s {count(found.whole, 'position')} are sines and cosines ({how}), not learned"
    one = f": rows side by side have a cosine of {_two(near[1])}" if len(near) > 1 else ""
    ten = f", rows 10 apart {_two(near[10])}" if len(near) > 10 else ""
    notes = [
        "The row of a token’s place is added to the row of the token, before the first layer.",
        "The mean over all pairs of rows that are so far apart; the band holds the middle 80 %; nothing is centred. "
        "Amber: the row of the chosen position.",
        "Colours end at four times the usual size of a number, so that a few large ones do not leave the rest pale.",
    ]
    if found.whole > len(rows):
        notes.append(f"The first {len(rows):,} of {found.whole:,} positions are shown.")
    if found.offset:
        notes.append(f"The stored table has {found.offset} rows more at its beginning, which no text uses.")
    if not found.stored:
        notes.append("The family works the rows out as it runs: only those of this text are known.")
    return table_view(
        rows, at=at, dimension=dimension, layout=found.layout, reading=f"{what}{one}{ten}.", code=code,
        notes=tuple(notes), used=used,
    )  # fmt: skip


def _two(value: float) -> str:
    return f"{float(value) + 0.0:.2f}".replace("-", "−")
