"""How far back a model looks: the guess from less and less context, and how long an exchanged word is felt."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np

from .base import KEPT, Picture


@dataclass(frozen=True)
class ContextRow:
    """The guess with only so many tokens in view."""

    length: int
    p: float
    """Probability of the token that really follows."""
    rank: int
    guess: str
    """The first guess."""
    guess_p: float
    mean_bits: float | None
    """Mean surprisal of the whole text's tokens with so many in view; None before it is asked for."""


@dataclass(frozen=True, eq=False)
class Context(Picture):
    """A click is ``{"changed": p}``, the word that is exchanged, or ``{"pos": p}``, after which is guessed."""

    kind: ClassVar[str] = "context"
    tokens: tuple[str, ...] = field(metadata=KEPT)
    """The text's tokens, without those that the tokenizer added before it."""
    first: int
    """Position of the first of them."""
    pos: int
    """After this position the next token is guessed."""
    target: str
    """The token that follows; at the end of the text the model's own first guess."""
    rows: tuple[ContextRow, ...]
    """The fewest tokens in view first."""
    changed: int
    """Position of the token that is exchanged."""
    others: tuple[str, ...]
    """What takes its place in turn."""
    bits: np.ndarray
    """(n_after,) float32: how far the guess moves there, from the exchanged token to the end of the text."""
    attention: np.ndarray
    """(n_after,) float32: the largest attention weight on it from there."""
    network_bits: np.ndarray
    """(n_after,) float32: the same of the recurrent network; empty where it cannot read the text."""
    state_left: np.ndarray
    """(n_after,) float32: share of the change of its state that is left."""
    states: np.ndarray = field(metadata=KEPT)
    """(n_tokens, n_state) uint8: its state after each token, 0 for −1, 255 for 1; (0, 0) where it cannot read them."""
    state_changes: np.ndarray
    """(n_after, n_state) uint8: how far each number of the state is changed, 255 for the largest change of all."""

    def __post_init__(self) -> None:
        """The curves go from the exchanged token to the end."""
        self.expect_index("pos", self.first + len(self.tokens), self.first)
        self.expect_index("changed", self.first + len(self.tokens), self.first)
        n_after = self.first + len(self.tokens) - self.changed
        names = ["bits", "attention"]
        if self.states.size:
            self.expect("states", (len(self.tokens), self.states.shape[1]), "the tokens and the state")
            self.expect("state_changes", (n_after, self.states.shape[1]), "the tokens from the exchanged one on")
            names += ["network_bits", "state_left"]
        for name in names:
            self.expect(name, (n_after,), "the tokens from the exchanged one on")
