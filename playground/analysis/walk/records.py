"""One step of a walk through the forward pass, as numbers: what comes in, what goes out, how exactly it recomputes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...trace import Array, Token
from ...trace.arrays import ReadOnly

SOURCE = "encoder-"
"""What the names of steps in the encoder of an encoder–decoder begin with."""


@dataclass(frozen=True, eq=False)
class Strip(ReadOnly):
    """One vector of a step."""

    name: str
    """"stream", "q", "weights", …: what it is called in the step's words."""
    role: str
    """What it belongs to: "residual", "query", "key", "value", "attention", "mlp", "special" (learned, of no token)."""
    values: Array
    """(n,)."""
    groups: int = 1
    """Equal slices that it consists of: the heads."""
    chosen: int | None = None
    """The slice that the walk follows."""


@dataclass(frozen=True, eq=False)
class Cells(ReadOnly):
    """Numbers for each token that is looked at."""

    rows: tuple[str, ...]
    """"q · k", "scaled", …, in the order in which they are computed."""
    tokens: tuple[Token, ...]
    values: Array
    """(row, token); −inf where the mask forbids looking."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.values.shape != (len(self.rows), len(self.tokens)):
            raise ValueError(f"cells {self.values.shape} for {len(self.rows)} rows and {len(self.tokens)} tokens")


@dataclass(frozen=True, eq=False)
class Curves(ReadOnly):
    """Activation functions, sampled."""

    x: Array
    """(n,)."""
    names: tuple[str, ...]
    y: Array
    """(name, n)."""
    own: int | None
    """Which of them is the model's; None where it is none of them."""


@dataclass(frozen=True, eq=False)
class Ranking(ReadOnly):
    """All entries of the vocabulary from the most probable down."""

    token_ids: tuple[int, ...]
    """The first ones."""
    texts: tuple[str, ...]
    logits: Array
    """(n,) of the first ones."""
    probs: Array
    """(n,) likewise."""
    ranks: Array
    """(m,): ranks, from 1 on, at which ``curve`` was read."""
    curve: Array
    """(m,): the sorted logits there."""
    total: int
    """Entries of the vocabulary."""


@dataclass(frozen=True)
class Chip:
    """A token of the text, at either end of a walk."""

    text: str
    token_id: int
    role: str
    """"read", "chosen", "new" (what the model writes now), "later" (not read yet) or "mask"."""
    span: tuple[int, int] | None
    """Its characters of the text; None for a token that nobody typed."""


@dataclass(frozen=True)
class Onward:
    """How the machine goes round once more: what is written, and what it reads then."""

    kind: str
    """"write" or "fill", a mask."""
    token: str
    """What the model writes; "" where it writes nothing."""
    probability: float
    """Of that token at the chosen place, or at the mask that is filled."""
    pos: int | None = None
    """The place that the walk goes to in the same text; None where the text changes, or the walk ends."""
    text: str | None = None
    """The new text; None where it stays."""
    target: str | None = None
    """An encoder–decoder's new target; None where it stays."""
    given: str | None = None
    """What the text goes on with at ``pos``, where that is not what the model would write."""
    ends: str = ""
    """Why it does not go on: "end", "context", "character", "no mask"; "" where it does."""
    written: str = ""
    """All that is written by then, as text."""
    mask: str = ""
    """An encoder's mask token: any token of the text can be changed for it."""
    source: str = ""
    """The text that the chips' spans count in, where one can be masked."""


@dataclass(frozen=True, eq=False)
class Step:
    """One step at one token."""

    name: str
    """"attn-softmax", "mlp-up", …; with ``SOURCE`` before it in the encoder of an encoder–decoder."""
    incoming: tuple[Strip, ...]
    outgoing: tuple[Strip, ...]
    figures: tuple[tuple[str, float], ...] = ()
    """Single numbers of the formula by name: "mean", "scaling", …"""
    difference: float | None = None
    """Largest |difference| between the step recomputed from what comes in and the model's own; None: see ``note``."""
    size: float = 1.0
    """Largest |number| of the model's own: what ``difference`` has to be seen against."""
    note: str = ""
    """A sentence: what is not known of this step, or what the check compares where that is not plain."""
    words: tuple[tuple[str, str], ...] = ()
    """Single words of its sentence by name: "token", "activation", …"""
    cells: Cells | None = None
    curves: Curves | None = None
    ranking: Ranking | None = None
    chips: tuple[Chip, ...] = ()
    onward: Onward | None = None

    def figure(self, name: str) -> float:
        """One of ``figures``."""
        return dict(self.figures)[name]

    @property
    def exact(self) -> bool:
        """Whether it recomputes but for rounding."""
        return self.difference is not None and self.difference <= 1e-4 * max(1.0, self.size)


def difference(ours: np.ndarray, theirs: np.ndarray) -> tuple[float, float]:
    """Largest |difference|, and the largest |number| of theirs."""
    return float(np.abs(ours - theirs).max()), float(np.abs(theirs).max())


def close(ours: np.ndarray, theirs: np.ndarray) -> bool:
    """Equal but for rounding: within 1e-4 of the largest number."""
    if ours.shape != theirs.shape:
        return False
    off, size = difference(ours, theirs)
    return off <= 1e-4 * max(1e-6, size)
