"""One head at one token, step by step: a row for each token that is looked at, a column for each step."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from ...trace import Array
from .base import KEPT, Picture

FORMS = ("number", "masked", "share", "strip")
STRIP_ROLES = ("key", "value", "attention")


@dataclass(frozen=True, eq=False)
class StepColumn:
    """What one step gives for every token that is looked at."""

    name: str
    """Its heading: "k", "q · k", "× 0.177", …"""
    step: str
    """The stop that it belongs to."""
    form: str
    """One of ``FORMS``: single numbers, of which −inf are masked; shares of 1; or vectors as strips."""
    role: str
    """Of a strip one of ``STRIP_ROLES``, else ""."""
    values: Array
    """(n_tokens,) or, of strips, (n_tokens, head_dim)."""
    top: Array
    """(head_dim,): the vector over a strip that its numbers stand under (the query over the keys); else (0,)."""
    top_name: str
    rest: Array
    """(1,) or (head_dim,): the tokens that are not shown, summed up; (0,) where that has no meaning."""
    sum: Array
    """(1,) or (head_dim,): the sum that the next step needs, under the column; (0,) where there is none."""
    sum_name: str


@dataclass(frozen=True)
class StepStop:
    """One step in words."""

    name: str
    label: str
    """Two words, for the row of steps."""
    title: str
    sentence: str
    formula: str
    lines: tuple[str, ...]
    """The formula with this token's numbers."""
    check: str
    """How exactly it recomputes, or why that is not known."""
    exact: bool


@dataclass(frozen=True, eq=False)
class StepShares:
    """What each head adds to the stream behind the output projection."""

    shares: Array
    """(n_heads,): parts of what the whole attention adds; with the bias they sum to 1."""
    bias: float
    part: Array
    """(d_model,): the chosen head's."""
    total: Array
    """(d_model,): the whole attention's."""


@dataclass(frozen=True, eq=False)
class HeadSteps(Picture):
    """A click is ``{"pos"}`` (the token that looks), ``{"key"}``, ``{"step"}``, ``{"head"}`` or ``{"layer"}``."""

    kind: ClassVar[str] = "headsteps"
    rows: tuple[str, ...] = field(metadata=KEPT)
    """All tokens that look."""
    columns: tuple[str, ...] = field(metadata=KEPT)
    """All tokens that are looked at; the same as ``rows`` but for cross-attention."""
    cross: bool
    """Rows and columns are two texts."""
    pos: int
    """The token that looks."""
    key: int
    """The token whose dot product is written out."""
    layer: int
    n_layers: int
    head: int
    n_heads: int
    weights: Array = field(metadata=KEPT)
    """(columns,): the model's own, of the token that looks."""
    shown: tuple[int, ...] = field(metadata=KEPT)
    """Positions of the tokens that have a row of their own."""
    n_rest: int
    """Tokens that have none."""
    parts: tuple[StepColumn, ...] = field(metadata=KEPT)
    """From left to right, as they are computed."""
    query: Array = field(metadata=KEPT)
    """(head_dim,): q; (0,) where the family hands over none."""
    met: Array
    """(head_dim,): the key of ``key``."""
    products: Array
    """(head_dim,): query · met, number by number; their sum is the dot product."""
    before: Array
    """(2, head_dim): q and the key before norm or rotation changed them; (0, 0) where nothing does."""
    shares: StepShares | None = field(metadata=KEPT)
    stops: tuple[StepStop, ...]
    at: int
    """Which of them is chosen."""

    def __post_init__(self) -> None:
        """Every column has a number for each token, and what is chosen is there."""
        for part in self.parts:
            strip = part.form == "strip"
            if part.form not in FORMS or (strip and part.role not in STRIP_ROLES):
                raise ValueError(f"a column of form {part.form!r} and role {part.role!r}")
            if part.values.ndim != 1 + strip or len(part.values) != len(self.shown):
                raise ValueError(f"column {part.name!r} has shape {part.values.shape} for {len(self.shown)} tokens")
        self.expect("weights", (len(self.columns),), "the columns")
        self.expect("products", (len(self.query),), "the query's numbers")
        self.expect_index("pos", len(self.rows))
        self.expect_index("key", len(self.columns))
        self.expect_index("head", self.n_heads)
        self.expect_index("layer", self.n_layers)
        self.expect_index("at", len(self.stops))
