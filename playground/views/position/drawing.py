"""What several pictures of positions share: heat maps, lines, words on them."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...trace import Array
from .. import theme


def heatmap(values: Array, full: float, hover: str, **more: Any) -> dict[str, Any]:
    """A trace of (rows, columns) values; −``full`` and ``full`` have the colours at the ends.

    ``hover`` is Plotly's template with %{x}, %{y} and %{z}; ``more`` are further fields of the trace.
    """
    return {
        "type": "heatmap",
        "z": np.asarray(values, np.float32),
        "zmin": -full,
        "zmax": full,
        "colorscale": "@signed",
        "colorbar": {
            "thickness": 9,
            "outlinewidth": 0,
            "len": 0.9,
            "tickfont": {"family": theme.MONO_STACK, "size": 10},
        },
        "hovertemplate": hover,
        **more,
    }


def said(text: str, x: float, y: float, anchor: str) -> dict[str, Any]:
    """An annotation: ``x`` from 0 to 1 across the plot, ``y`` on its axis, where the text's lower edge stands.

    ``anchor`` is "left", "center" or "right": which of its ends stands at ``x``.
    """
    return {
        "text": text, "x": x, "xref": "paper", "y": y, "xanchor": anchor, "yanchor": "bottom", "showarrow": False,
        "font": {"size": 11, "color": "@text"}, "bgcolor": "@surface/0.75",
    }  # fmt: skip


def line(x: Any, y: Array, axis: str, colour: str, width: float) -> dict[str, Any]:
    """A trace of (n,) values over (n,) places; ``axis`` is "y", or "y2" for the lower of two axes."""
    return {
        "type": "scatter", "mode": "lines", "x": np.asarray(x), "y": np.asarray(y, np.float32), "yaxis": axis,
        "line": {"color": colour, "width": width}, "hoverinfo": "x+y",
    }  # fmt: skip
