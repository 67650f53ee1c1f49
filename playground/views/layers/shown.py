"""What the pictures of vectors on their way through the layers share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ...analysis.paths import Distortion, Levels, Paths
from ...trace import Array, Token
from ..view import listed, number, percent, quoted


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


def curve(names: list[str], values: Array, axis: str, colour: str, width: float, name: str = "") -> dict[str, Any]:
    """A trace of one value for each level; ``axis`` is "y", or "y2" for the lower of two axes."""
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


def short(name: str) -> str:
    """A level on an axis."""
    return name.removeprefix("after ")


def shared_notes(shown: Shown, what: str) -> list[str]:
    """What was done to the vectors before they were drawn; ``what`` counts them."""
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


def distortions(shown: Shown, tokens: tuple[Token, ...] | None) -> list[str]:
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
        said = [f"number {d} holds {percent(share)} {names[level]}" for d, level, share in found.outlying]
        notes.append(
            f"Some dimensions hold far more of the squared length than others: of {shown.found.vectors.shape[-1]:,}, "
            f"{listed(said)}. They drive lengths and cosines alike; “each layer’s own mean” takes away what they give "
            "to all tokens."
        )
    if not notes:
        notes.append("No single token or dimension outweighs the others here.")
    return notes
