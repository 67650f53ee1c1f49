"""The machine and one step of a walk through it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np

from ...trace import Array
from .base import KEPT, Picture

ROLES = ("residual", "query", "key", "value", "attention", "mlp", "special")


@dataclass(frozen=True)
class WalkPart:
    """Something that writes into the stream."""

    name: str
    """"attn", "cross", "mlp"; below the first layer "token", "position", "sentence"."""
    title: str
    size: str
    """Its parameters, in words; "" where they are not known."""
    shape: str
    """Its inner sizes, in words; "" where they are not known."""
    length: float
    """Of what it adds at the chosen token."""


@dataclass(frozen=True)
class WalkBlock:
    """One layer."""

    size: str
    parts: tuple[WalkPart, ...]


@dataclass(frozen=True, eq=False)
class WalkTower:
    """One tower over its text."""

    title: str
    shape: str
    """Of its stream, in words: tokens × numbers."""
    tokens: tuple[str, ...]
    pos: int
    """The chosen token."""
    causal: bool
    """No token sees a later one."""
    levels: Array
    """(n_layers + 1, token): length of the stream."""
    entry: tuple[WalkPart, ...]
    blocks: tuple[WalkBlock, ...]


@dataclass(frozen=True)
class WalkEnd:
    """The way out of the last tower."""

    title: str
    """What it answers."""
    shape: str
    """Of the unembedding."""
    size: str
    """Its parameters, in words."""
    answers: tuple[tuple[str, float], ...]
    """The most probable tokens."""
    fills: bool
    """An answer takes the place of a mask; else it is put behind the text."""
    around: str
    """How the machine goes round again, in words."""


@dataclass(frozen=True, eq=False)
class WalkStrip:
    """One vector."""

    name: str
    role: str
    """One of ``ROLES``."""
    values: Array
    """(n,)."""
    groups: int
    """Equal slices: heads."""
    chosen: int | None
    """The slice that is followed."""


@dataclass(frozen=True, eq=False)
class WalkCells:
    """Numbers for each token that is looked at."""

    rows: tuple[str, ...]
    tokens: tuple[str, ...]
    values: Array
    """(row, token)."""
    shares: tuple[int, ...]
    """Rows that hold shares of 1."""


@dataclass(frozen=True, eq=False)
class WalkCurves:
    """Activation functions; the token's own numbers lie on the model's."""

    x: Array
    names: tuple[str, ...]
    y: Array
    """(name, x)."""
    own: int | None


@dataclass(frozen=True, eq=False)
class WalkRanking:
    """The vocabulary from the most probable entry down."""

    texts: tuple[str, ...]
    logits: Array
    probs: Array
    ranks: Array
    """Ranks at which ``curve`` was read."""
    curve: Array
    """Sorted logits."""
    total: int


@dataclass(frozen=True)
class WalkChip:
    """A token of the text."""

    text: str
    token_id: int
    role: str
    """"read", "chosen", "new", "later" or "mask"."""
    span: tuple[int, int] | None
    """Its characters of ``WalkOnward.source``."""


@dataclass(frozen=True)
class WalkOnward:
    """Going round once more."""

    label: str
    """Of the button; "" where it ends."""
    pos: int | None
    """The next place in the same text; None: ``text`` or ``target`` is run instead."""
    text: str | None
    target: str | None
    written: str
    """All that is written by then; "" where nothing is."""
    mask: str
    """What a token is changed for by a click; "" where none can be."""
    source: str
    """The text that a click changes."""


@dataclass(frozen=True, eq=False)
class WalkStep:
    """The step that the machine stands at."""

    name: str
    title: str
    sentence: str
    formula: str
    numbers: str
    """The formula with this token's numbers."""
    check: str
    """How exactly it recomputes, or why that is not known."""
    exact: bool
    incoming: tuple[WalkStrip, ...]
    outgoing: tuple[WalkStrip, ...]
    cells: WalkCells | None
    curves: WalkCurves | None
    ranking: WalkRanking | None
    chips: tuple[WalkChip, ...]
    onward: WalkOnward | None
    elsewhere: str
    """The view of the tab Attention that takes this step apart for all tokens; "" for none."""


@dataclass(frozen=True)
class WalkStop:
    """Somewhere that the walk can go."""

    layer: int
    step: str
    pos: int | None
    """The token there, where it is another one."""


@dataclass(frozen=True)
class WalkLeg:
    """A stop of the tour at a glance."""

    title: str
    layer: int
    step: str


@dataclass(frozen=True, eq=False)
class Walk(Picture):
    """A click is ``{"layer", "step"}`` (a part of the machine), ``{"pos"}`` (a token) or ``{"head"}``."""

    kind: ClassVar[str] = "walk"
    towers: tuple[WalkTower, ...] = field(metadata=KEPT)
    """One, or the encoder's and the decoder's."""
    end: WalkEnd = field(metadata=KEPT)
    weights: Array = field(metadata=KEPT)
    """(query, key): what the followed head of the open layer looks at; (0, 0) where it is not handed over."""
    cross: Array = field(metadata=KEPT)
    """The same of its cross-attention."""
    tower: int
    """Index of the tower that is walked through; only its tokens can be chosen here."""
    layer: int
    """The layer that is open."""
    head: int
    n_heads: int
    names: tuple[str, ...] = field(metadata=KEPT)
    """Names of the steps, in order."""
    at: int
    """Which of them the walk stands at."""
    step: WalkStep
    before: WalkStop | None
    """None at the beginning."""
    after: WalkStop | None
    """None at the end."""
    tour: tuple[WalkLeg, ...] = field(metadata=KEPT)
    leg: int
    """Which of them the step belongs to."""
    skip: WalkStop | None
    """Past the layers that are like this one."""
    skipped: int
    """How many those are."""

    def __post_init__(self) -> None:
        """What is chosen is there, and strips have a colour."""
        self.expect_index("tower", len(self.towers))
        self.expect_index("at", len(self.names))
        self.expect_index("leg", len(self.tour))
        for tower in self.towers:
            wanted = (len(tower.blocks) + 1) * bool(tower.blocks), len(tower.tokens)
            if tower.levels.shape != wanted:
                found = tower.levels.shape
                raise ValueError(f"WalkTower.levels has shape {found}, but blocks and tokens ask for {wanted}")
        for strip in (*self.step.incoming, *self.step.outgoing):
            if strip.role not in ROLES or strip.values.ndim != 1 or len(strip.values) % strip.groups:
                raise ValueError(
                    f"a strip of role {strip.role!r}, shape {strip.values.shape} and {strip.groups} groups"
                )


NOTHING = np.zeros((0, 0), np.float32)
"""Weights that are not handed over."""
