"""Text as it is written, token by token."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, Literal

from .base import KEPT, KEPT_IN_BLOCKS, Picture

Ending = Literal["end token", "max new tokens", "cancelled", "context window"]
"""What ended the writing."""


@dataclass(frozen=True)
class Written:
    """One token that was written, and what else might have been."""

    text: str
    token_id: int
    special: bool
    p: float
    """The model's own probability of it, before the settings."""
    p_drawn: float
    """Its probability in the distribution that it was drawn from."""
    rank: int
    """Its rank by ``p``; 1 is first."""
    entropy_bits: float
    repeat: bool
    """The last four tokens stood in this order before."""
    alternatives: tuple[tuple[str, float], ...]
    """The most probable tokens at this step: text and probability."""


@dataclass(frozen=True, eq=False)
class Generation(Picture):
    """The text so far. A click is ``{"step": index}``."""

    kind: ClassVar[str] = "generation"
    prompt: tuple[str, ...] = field(metadata=KEPT)
    """Texts of the tokens that stood there first."""
    steps: tuple[Written, ...] = field(metadata=KEPT_IN_BLOCKS)
    running: bool
    ended_by: Ending | None
    """None while it is running, or when nothing was written."""

    def __post_init__(self) -> None:
        """What is still being written has not ended."""
        if self.running and self.ended_by is not None:
            raise ValueError(f"Generation.running, and ended by {self.ended_by!r}")
