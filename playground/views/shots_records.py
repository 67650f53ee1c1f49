"""One task with its examples, as far as it was asked: what ``shots_view`` draws."""

from __future__ import annotations

from dataclasses import dataclass

from ..analysis.prompting.shots import Example, FewShotPrompt, Looks, OrderSweep, Shot
from ..trace import Array, Token


@dataclass(frozen=True, eq=False)
class Sheet:
    """What is written down."""

    tasks: tuple[tuple[str, str], ...]
    """(id, title) of the ready tasks."""
    task: str
    labels: tuple[str, ...]
    form: str
    examples: tuple[Example, ...]
    query: str
    queries: tuple[str, ...]
    about: str
    model: str
    n_parameters: int
    separator: str = "\n"
    """Between cases."""
    trouble: str = ""
    """Why nothing can be asked."""


@dataclass(frozen=True, eq=False)
class Answered:
    """A sweep over the number of examples, or over flipped labels."""

    shots: tuple[Shot, ...]
    at: int
    """The one that is shown."""
    over: str
    told: tuple[int | None, ...]
    """For each of them the label that its examples point to."""

    @property
    def shot(self) -> Shot:
        """The prompt that is shown."""
        return self.shots[self.at]


@dataclass(frozen=True, eq=False)
class Ordered:
    """The same examples in several orders."""

    found: OrderSweep | None
    """None: not tried yet."""
    shot: Shot
    """In the given order."""
    told: int | None

    at = 0
    over = "orders"


@dataclass(frozen=True, eq=False)
class Seen:
    """The prompt as it was fed, and where the place that answers looks."""

    tokens: tuple[Token, ...]
    prompt: FewShotPrompt
    looks: Looks | None
    on_examples: Array | None
    """(n_layers, n_heads, n_examples)."""
    head: tuple[int, int]
    """Chosen layer and head."""
    refused: str = ""
    """Why there are no looks."""
