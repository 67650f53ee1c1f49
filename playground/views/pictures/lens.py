"""The logit lens: the best guess after each layer and at each place."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, Literal

import numpy as np

from ...trace import Array
from .base import KEPT, Picture

Measure = Literal["guess", "probability", "rank", "entropy", "kl"]


@dataclass(frozen=True)
class Added:
    """One thing that a layer adds to the stream at the chosen place."""

    layer: int
    part: Literal["attn", "cross", "mlp"]
    norm: float
    """Length of what is added."""


@dataclass(frozen=True)
class Guess:
    """One of the most probable tokens at the chosen cell."""

    text: str
    p: float


@dataclass(frozen=True, eq=False)
class Lens(Picture):
    """Columns are places, rows go up the layers. A click is ``{"layer", "pos"}``; layer −1 is the embedding."""

    kind: ClassVar[str] = "lens"
    levels: tuple[str, ...] = field(metadata=KEPT)
    """Names of the rows, the embedding first: row r stands after layer r − 1."""
    tokens: tuple[str, ...] = field(metadata=KEPT)
    asked: tuple[int, ...] = field(metadata=KEPT)
    """Places whose answers the text asks for: an encoder's masks, else the last."""
    guesses: tuple[tuple[str, ...], ...] = field(metadata=KEPT)
    """(level, place): the most probable token's text."""
    probs: Array = field(metadata=KEPT)
    """float32 (level, place): its probability."""
    token_probs: Array = field(metadata=KEPT)
    """float32 (level, place): probability of ``followed``."""
    ranks: np.ndarray = field(metadata=KEPT)
    """int32 (level, place): its rank there; 1 is first."""
    entropies: Array = field(metadata=KEPT)
    """float32 (level, place): of the distribution there, in bits."""
    divergences: Array = field(metadata=KEPT)
    """float32 (level, place): from the final answer to it, KL in bits."""
    norms: Array = field(metadata=KEPT)
    """float32 (level, place): length of the residual stream."""
    followed: str
    """The token that was typed; "": at each place what the model says there in the end."""
    measure: Measure
    """What the number in a cell, and its tint, stand for."""
    layer: int
    """The chosen row in the model's own count: −1 is the embedding."""
    pos: int
    best: tuple[Guess, ...]
    """The most probable tokens at the chosen cell, the first first."""
    added: tuple[Added, ...]
    """What is added at ``pos``, from the bottom up; empty where the family does not hand it over."""

    def __post_init__(self) -> None:
        """One cell for each level and place, and every addition belongs to a row."""
        shape = (len(self.levels), len(self.tokens))
        for name in ("probs", "token_probs", "ranks", "entropies", "divergences", "norms"):
            self.expect(name, shape, "levels and tokens")
        self.expect("guesses", shape[:1], "levels")
        for level, guesses in zip(self.levels, self.guesses, strict=True):
            if len(guesses) != shape[1]:
                raise ValueError(f"Lens.guesses has {len(guesses)} guesses after {level}, for {shape[1]} tokens")
        self.expect_index("layer", shape[0] - 1, least=-1)
        self.expect_index("pos", shape[1])
        for part in self.added:
            if not 0 <= part.layer < shape[0] - 1:
                raise ValueError(f"Lens.added names layer {part.layer}, and there are {shape[0] - 1}")
