"""Figures for the browser as plain dicts: a layout that all share, arrays packed for the wire, colours by role.

Colours are roles such as ``@query``; the browser puts the theme's colours in, and again when the theme changes.
Plotly's own Figure refuses roles, so figures stay plain dicts.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from .theme import FONT_STACK, MONO_STACK


def figure(data: Sequence[Mapping[str, Any]], **overrides: Any) -> dict[str, Any]:
    """A Plotly figure as a plain dict: traces as they are, :func:`layout` around them, arrays packed for the wire."""
    return pack({"data": list(data), "layout": layout(**overrides)})


def layout(**overrides: Any) -> dict[str, Any]:
    """The layout all figures share; ``overrides`` are merged into it, deeply. ``yaxis2`` looks as the other axes do."""
    axis = {
        "gridcolor": "@grid",
        "linecolor": "@grid",
        "zerolinecolor": "@grid",
        "zerolinewidth": 1,
        "gridwidth": 1,
        "tickcolor": "@grid",
        "tickfont": {"family": MONO_STACK, "size": 11, "color": "@muted"},
        "title": {"font": {"size": 12, "color": "@muted"}, "standoff": 8},
        "automargin": True,
    }
    base: dict[str, Any] = {
        "font": {"family": FONT_STACK, "size": 13, "color": "@text"},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "colorway": ["@query", "@key", "@value", "@attention", "@residual", "@chosen", "@special"],
        "margin": {"l": 48, "r": 16, "t": 16, "b": 44},
        "hovermode": "closest",
        "hoverlabel": {
            "bgcolor": "@surface",
            "bordercolor": "@grid",
            "font": {"family": MONO_STACK, "size": 12, "color": "@text"},
            "align": "left",
        },
        "legend": {
            "x": 0.99, "y": 0.99, "xanchor": "right", "yanchor": "top",
            "bgcolor": "@surface/0.8", "bordercolor": "@grid", "borderwidth": 1, "font": {"size": 12},
        },
        "xaxis": axis,
        "yaxis": axis,
        "dragmode": "pan",
        "uirevision": "keep",
    }  # fmt: skip
    if "yaxis2" in overrides:
        base["yaxis2"] = axis
    return _merge(base, overrides)


def rule(way: str, where: float, colour: str, dash: str) -> dict[str, Any]:
    """A line across the whole plot, lying ("h") or standing ("v")."""
    across = {"xref": "paper", "x0": 0, "x1": 1, "yref": "y", "y0": where, "y1": where}
    down = {"yref": "paper", "y0": 0, "y1": 1, "xref": "x", "x0": where, "x1": where}
    return {"type": "line", "line": {"color": colour, "width": 1.5, "dash": dash}, **(across if way == "h" else down)}


def little_endian(array: np.ndarray) -> tuple[str, bytes]:
    """The name that a browser knows for the array's type ("f4", "u1", …), and its numbers in that type."""
    names = {"float64": "f8", "float32": "f4", "int32": "i4", "int16": "i2", "int8": "i1",
             "uint32": "u4", "uint16": "u2", "uint8": "u1"}  # fmt: skip
    if array.dtype.name not in names:
        # No 64-bit integers in the browser: those that fit get narrower, the others become floats (exact to 2**53).
        small = array.dtype.kind in "iub" and (array.size == 0 or int(np.abs(array.astype(np.int64)).max()) < 2**31)
        array = array.astype(np.int32 if small else np.float64)
    return names[array.dtype.name], np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<")).tobytes()


def typed(array: np.ndarray) -> dict[str, Any]:
    """An array as plotly.js reads it without parsing: ``{"dtype", "bdata", "shape"?}``, little-endian base64."""
    name, raw = little_endian(array)
    spec: dict[str, Any] = {"dtype": name, "bdata": base64.b64encode(raw).decode("ascii")}
    if array.ndim > 1:
        spec["shape"] = ", ".join(str(side) for side in array.shape)
    return spec


def pack(node: Any) -> Any:
    """The same tree with every numeric array in wire form and every other array as a list."""
    if isinstance(node, np.ndarray):
        return typed(node) if node.dtype.kind in "fiub" else node.tolist()
    if isinstance(node, np.generic):
        return node.item()
    if isinstance(node, Mapping):
        return {key: pack(value) for key, value in node.items()}
    if isinstance(node, list | tuple):
        return [pack(value) for value in node]
    return node


def _merge(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for key, value in over.items():
        old = merged.get(key)
        merged[key] = _merge(old, value) if isinstance(old, Mapping) and isinstance(value, Mapping) else value
    return merged
