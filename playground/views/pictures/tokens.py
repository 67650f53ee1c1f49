"""The token strip."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from ..theme import N_TINTS
from .base import KEPT, Picture


@dataclass(frozen=True)
class Chip:
    """One token of the strip."""

    pos: int
    """Its place in what the model reads; some places may be left out of the strip."""
    text: str
    piece: str
    token_id: int
    special: bool
    span: tuple[int, int] | None
    """From and to which character of ``Tokens.text``; None where it stands for no text."""
    n_bytes: int
    joined: bool
    """It goes on with the word that the chip before it began."""
    tint: int
    """Its pale colour, 0 … ``N_TINTS`` − 1: neighbours differ, equal tokens match."""


@dataclass(frozen=True, eq=False)
class Tokens(Picture):
    """A text above, under it the pieces that the model reads. A click is ``{"pos": place}``."""

    kind: ClassVar[str] = "tokens"
    text: str = field(metadata=KEPT)
    tokens: tuple[Chip, ...] = field(metadata=KEPT)
    pos: int | None
    """The chosen token's place; None: none is chosen, or it is hidden."""

    def __post_init__(self) -> None:
        """The places rise, the tints exist, and the chosen one is in the strip."""
        places = [chip.pos for chip in self.tokens]
        if places != sorted(set(places)):
            raise ValueError(f"Tokens.tokens stand at {places}, which do not rise")
        if self.pos is not None and self.pos not in places:
            raise ValueError(f"Tokens.pos is {self.pos}, which is none of the places {places}")
        for chip in self.tokens:
            if not 0 <= chip.tint < N_TINTS:
                raise ValueError(f"the chip at {chip.pos} has tint {chip.tint}, and there are {N_TINTS}")
