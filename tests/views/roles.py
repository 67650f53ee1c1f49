"""Colour roles of a figure replaced by colours, as the browser does it: so that Plotly can check what is left."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from playground.views.theme import Mode, colour, scale


def resolve(figure_dict: Mapping[str, Any], mode: Mode = "light") -> dict[str, Any]:
    """The figure with every role replaced by its colour in ``mode``: what the browser does, for notebooks and files."""
    resolved = _resolve(figure_dict, mode, "")
    assert isinstance(resolved, dict)
    return resolved


def is_colour_key(key: str) -> bool:
    """Whether Plotly expects a colour (or a list or scale of them) under this key."""
    return key.lower().endswith(("color", "colors", "colorway", "colorscale"))


def _resolve(node: Any, mode: Mode, key: str) -> Any:
    if isinstance(node, Mapping):
        # A mapping under a colour key (plotly's colorbar, coloraxis …) is looked into, key by key.
        return {name: _resolve(value, mode, name) for name, value in node.items()}
    if isinstance(node, list | tuple):
        return [_resolve(value, mode, key) for value in node]
    if isinstance(node, str) and node.startswith("@") and is_colour_key(key):
        if node in ("@amount", "@signed"):
            colours = scale(node[1:], mode)
            return [[i / (len(colours) - 1), value] for i, value in enumerate(colours)]
        return colour(node, mode)
    return node
