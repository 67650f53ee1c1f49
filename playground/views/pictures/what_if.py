"""A model with switches: what is off, what stands in the answers before and after, and what is written."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from ...trace import Array
from .base import KEPT, Picture


@dataclass(frozen=True, eq=False)
class SwitchTower:
    """The switches of one tower of layers. Names of switches: see ``analysis.switches``."""

    title: str
    """"" where there is one tower."""
    prefix: str
    """What the names of its switches begin with: "e" for an encoder beside a decoder."""
    n_heads: tuple[int, ...]
    """(n_layers,): heads of the self-attention with a switch of their own."""
    n_cross: tuple[int, ...]
    """(n_layers,): heads of the cross-attention."""
    parts: tuple[str, ...]
    """(n_layers,): letters of the other switches: a, x, m, n, b."""
    effects: Array
    """float32 (n_layers, most heads): what silencing a head does to the followed token's logit; nan: not tried."""
    cross_effects: Array
    """float32 (n_layers, most heads): the same for the cross-attention."""

    def __post_init__(self) -> None:
        """An effect for each head, and one entry for each layer."""
        n = len(self.n_heads)
        if len(self.n_cross) != n or len(self.parts) != n:
            raise ValueError(f"a tower of {n} layers has {len(self.n_cross)} and {len(self.parts)} entries")
        for name, heads, effects in (
            ("effects", self.n_heads, self.effects),
            ("cross_effects", self.n_cross, self.cross_effects),
        ):
            if effects.shape != (n, max(heads, default=0)):
                raise ValueError(f"SwitchTower.{name} has shape {effects.shape} for {n} layers of {heads} heads")


@dataclass(frozen=True)
class WholeSwitch:
    """A switch that means the whole model."""

    name: str
    title: str
    why: str
    """Why this model has no such switch; "" where it has."""


@dataclass(frozen=True, eq=False)
class Switches(Picture):
    """Everything that can be switched off. A click is ``{"off": "h2.0 m1"}``: all that is off after it."""

    kind: ClassVar[str] = "switches"
    towers: tuple[SwitchTower, ...] = field(metadata=KEPT)
    whole: tuple[WholeSwitch, ...] = field(metadata=KEPT)
    off: tuple[str, ...]
    followed: str
    """Text of the token that the effects are about."""
    full: float
    """|effect| at the ends of the colours."""
    tried: float
    """0 to 1: heads whose effect is known; the others have no colour."""

    def __post_init__(self) -> None:
        """Colours need an end, and a share is a share."""
        if not self.full > 0 or not 0 <= self.tried <= 1:
            raise ValueError(f"Switches.full is {self.full} and Switches.tried {self.tried}")


@dataclass(frozen=True)
class Pair:
    """One thing before and after: shares from 0 to 1."""

    label: str
    before: float
    after: float
    pick: str | None = None
    """What a click says of it; None: it cannot be clicked."""


@dataclass(frozen=True, eq=False)
class Pairs(Picture):
    """Bars to the left and to the right of their names. A click is ``{key: pick}``."""

    kind: ClassVar[str] = "pairs"
    titles: tuple[str, str]
    """Over the left and over the right."""
    pairs: tuple[Pair, ...]
    rest: tuple[float, float]
    """What all others have together."""
    n_rest: int
    """How many they are."""
    full: float
    """Share of a full bar."""
    said: str
    """The one figure of the comparison, "2.3 bits apart"; "" for none."""
    key: str
    """Of a click."""
    chosen: int | None = None
    """Index of the pair that is followed."""

    def __post_init__(self) -> None:
        """Every bar fits its track."""
        self.expect_index("chosen", len(self.pairs))
        largest = max((max(pair.before, pair.after) for pair in self.pairs), default=0.0)
        if not 0 < self.full <= 1 or largest > self.full + 1e-6:
            raise ValueError(f"Pairs.full is {self.full}, and the largest share {largest}")


@dataclass(frozen=True)
class WrittenLine:
    """A text that goes on."""

    title: str
    words: tuple[str, ...]
    """Its tokens; blanks are blanks here, so that the line reads as text."""
    other: tuple[bool, ...]
    """(words,): the token is not what stands there in the line above."""
    ended: bool
    """It came to its own end."""

    def __post_init__(self) -> None:
        """A mark for each word."""
        if len(self.other) != len(self.words):
            raise ValueError(f"WrittenLine.other has {len(self.other)} marks for {len(self.words)} words")


@dataclass(frozen=True, eq=False)
class Continued(Picture):
    """A text's tokens, tinted by how far each answer has moved, and how it goes on. A click is ``{"pos"}``."""

    kind: ClassVar[str] = "continued"
    tokens: tuple[str, ...] = field(metadata=KEPT)
    moved_bits: Array
    """float32 (seq,): divergence of the answer at each token from what it was."""
    full: float
    """Bits at the end of the colours."""
    pos: int
    lines: tuple[WrittenLine, ...]
    running: bool
    hint: str
    """What stands in the place of lines that are not there."""

    def __post_init__(self) -> None:
        """A number for each token."""
        self.expect("moved_bits", (len(self.tokens),), "the tokens")
        self.expect_index("pos", len(self.tokens))
        if not self.full > 0:
            raise ValueError(f"Continued.full is {self.full}")
