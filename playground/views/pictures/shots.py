"""A task with its examples, which can be changed in the picture, and curves over them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from ...trace import Array
from .base import KEPT, Picture


@dataclass(frozen=True)
class ShotExample:
    """One solved case on the sheet."""

    text: str
    label: str
    shown: str
    """Its label in the prompt that is shown: another one where it is flipped there."""
    shown_at: int
    """Index of that among the labels; −1: it is none of them."""
    look: float | None
    """Share of the chosen head's look that rests on it, from the place that answers; None: not shown."""
    used: bool
    """It stands in the prompt that is shown."""


@dataclass(frozen=True, eq=False)
class Shots(Picture):
    """The sheet on which a task is written down. A click or a typed word is the new text of ``labels``, ``form``,
    ``examples`` (lines ``text => label``, or "none") or ``query``, or a ready ``task``."""

    kind: ClassVar[str] = "shots"
    tasks: tuple[tuple[str, str], ...] = field(metadata=KEPT)
    """(id, title) of the ready ones."""
    task: str
    labels: tuple[str, ...]
    form: str
    examples: tuple[ShotExample, ...]
    query: str
    queries: tuple[str, ...]
    """Ready cases to ask."""
    answer: int | None
    """Index of the most probable label; None: nothing could be asked."""
    share: float
    """Its share."""
    told: int | None
    """Index of the label that the examples point to, where that is known."""
    about: str
    """What the task asks of a model."""
    trouble: str
    """Why nothing can be asked; "" where something can."""
    most: int
    """Examples that there may be."""


@dataclass(frozen=True, eq=False)
class CurveLine:
    """One label over all points."""

    label: str
    values: Array
    """float32 (points,): 0 to 1."""
    mean: float | None = None
    """A level line, with a band from ``low`` to ``high``; None: there is none."""
    low: float = 0.0
    high: float = 0.0


@dataclass(frozen=True, eq=False)
class Curve(Picture):
    """Shares over points in a row. A click on a point is ``{key: its index}``; on one of ``choices``
    ``{choice_key: its id}``."""

    kind: ClassVar[str] = "curve"
    choices: tuple[tuple[str, str], ...] = field(metadata=KEPT)
    """(id, title) of what the points can be."""
    choice: str
    choice_key: str
    points: tuple[str, ...]
    """Names of the points."""
    across: str
    """What the points are."""
    lines: tuple[CurveLine, ...]
    told: tuple[int | None, ...]
    """(points,): the line that the examples point to there; its point has a ring."""
    joined: bool
    """The points of a line are joined: they follow one another."""
    chosen: int | None
    key: str
    """Of a click on a point; "": it cannot be clicked."""
    chance: float
    """What guessing would give."""
    hint: str
    """What stands in the place of points that are not there."""

    def __post_init__(self) -> None:
        """A share for each point on each line."""
        self.expect("told", (len(self.points),), "the points")
        self.expect_index("chosen", len(self.points))
        for line in self.lines:
            if line.values.shape != (len(self.points),):
                raise ValueError(f"the line {line.label!r} has shape {line.values.shape} for {len(self.points)} points")
