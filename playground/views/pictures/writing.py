"""Texts in the making: the tree of what was written from one prompt, and what could stand at one of its places."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, Literal

from .bars import Bar
from .base import KEPT, KEPT_IN_BLOCKS, Picture

Colouring = Literal["probability", "surprisal", "entropy"]


@dataclass(frozen=True)
class Node:
    """One written token."""

    parent: int
    """Number of the token that it follows; 0: the prompt. Tokens are numbered from 1."""
    text: str
    token_id: int
    special: bool
    p: float
    """The model's own probability of it, before the settings."""
    rank: int
    """Its rank by ``p``; 1 is first."""
    surprisal_bits: float
    entropy_bits: float
    repeat: bool
    """The last four tokens stood in this order before."""
    alternatives: tuple[tuple[str, float], ...]
    """The most probable tokens there: text and probability."""
    pos: int | None
    """The place of the mask that it fills; None: it stands at the end."""


@dataclass(frozen=True)
class WrittenRun:
    """Neighbouring tokens that were written in one go, in the order of the nodes."""

    parent: int
    length: int
    ended: str
    """The letter of ``analysis.generation.tree.ENDINGS``."""
    how: str
    """As a link names it."""
    said: str
    """How they were written, in words."""


@dataclass(frozen=True)
class WrittenText:
    """One text of the tree in numbers."""

    leaf: int
    """Its last token."""
    n_tokens: int
    perplexity: float
    repeat_rate: float
    """Share of tokens that end four tokens which stood in this order before."""
    ended: str
    """Why it ended, in words; empty: it can go on."""


@dataclass(frozen=True)
class Place:
    """What could stand at one place."""

    title: str
    bars: tuple[Bar, ...]
    """Outline: the model's own distribution; bar: under the settings. The last stands for all other tokens."""
    full: float
    """Value of a bar that fills its track."""


@dataclass(frozen=True, eq=False)
class Writing(Picture):
    """A click is ``{"tree": text}``: the tree as it is then, with the token that is looked at."""

    kind: ClassVar[str] = "writing"
    mark: str
    """Names the prompt in the tree's text."""
    prompt: tuple[str, ...] = field(metadata=KEPT)
    """Pieces of the text that stood there first."""
    places: tuple[int, ...] = field(metadata=KEPT)
    """For an encoder, the position of each piece of the prompt; else empty."""
    nodes: tuple[Node, ...] = field(metadata=KEPT_IN_BLOCKS)
    """Every written token of every text."""
    runs: tuple[WrittenRun, ...]
    texts: tuple[WrittenText, ...]
    """One for each leaf, in the order of the leaves."""
    tip: int
    """The last token of the text that is shown; 0: the prompt."""
    at: int
    """The token that is looked at, one of that text; 0: what comes behind its end."""
    place: Place | None
    """What could stand there; None: nothing can."""
    open: bool
    """Whether anything can be written behind the text that is shown."""
    mask: int | None
    """The place of the mask that an encoder fills next; None: what is written next stands at the end."""
    colouring: Colouring
    full: float
    """Value of the strongest tint."""
    legend: tuple[str, str]
    """What no tint and the strongest one stand for."""
    running: bool

    def __post_init__(self) -> None:
        """The runs make up the nodes; tip and place exist."""
        if sum(run.length for run in self.runs) != len(self.nodes):
            raise ValueError(
                f"Writing.runs have {[run.length for run in self.runs]} tokens, nodes are {len(self.nodes)}"
            )
        self.expect_index("tip", len(self.nodes) + 1)
        self.expect_index("at", len(self.nodes) + 1)
        if self.mask is not None and self.mask not in self.places:
            raise ValueError(f"Writing.mask is {self.mask}, and the pieces of the prompt stand at {self.places}")
        if self.full <= 0:
            raise ValueError(f"Writing.full is {self.full}, and nothing could be tinted")
