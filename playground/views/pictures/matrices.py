"""Attention as whole matrices: queries, keys, values → scores → … → weights → output, one row marked through all."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from ...trace import Array
from .base import KEPT, Picture


@dataclass(frozen=True, eq=False)
class Stage:
    """The scores after one step."""

    name: str
    """ "q · kᵀ", "× 0.177", "masked", …"""
    how: str
    """A few words: what was done to the matrix before it."""
    values: Array
    """(query, key); −inf where looking is forbidden."""


@dataclass(frozen=True, eq=False)
class SoftmaxOfList:
    """Softmax of a list of numbers."""

    numbers: Array
    exps: Array
    """exp of each number."""
    shares: Array
    total: float
    """The sum of ``exps``."""


@dataclass(frozen=True, eq=False)
class Matrices(Picture):
    """A click is a mapping with one or both of the keys of ``picks``: a query, a key."""

    kind: ClassVar[str] = "matrices"
    queries: tuple[str, ...] = field(metadata=KEPT)
    keys: tuple[str, ...] = field(metadata=KEPT)
    query_at: tuple[int, ...] = field(metadata=KEPT)
    """Positions of the queries in the text."""
    key_at: tuple[int, ...] = field(metadata=KEPT)
    picks: tuple[str, str]
    """What a click on a query, and on a key, is called; "" for a picture that marks cells by itself."""
    q: Array = field(metadata=KEPT)
    """(query, width)."""
    k: Array = field(metadata=KEPT)
    """(key, width)."""
    v: Array = field(metadata=KEPT)
    """(key, width of values)."""
    stages: tuple[Stage, ...] = field(metadata=KEPT)
    """From the dot products to the mask."""
    weights: Array = field(metadata=KEPT)
    """(query, key): rows sum to 1."""
    out: Array = field(metadata=KEPT)
    """(query, width of values)."""
    row: int
    """Index of the chosen query among ``queries``."""
    column: int
    """Index of the chosen key among ``keys``."""
    digits: int
    """Digits behind the point in the cells; 0: three significant digits."""
    lines: tuple[tuple[tuple[str, str], ...], ...]
    """Cells written out step by step, each as headings and formulas with their numbers: the chosen cell alone, or every
    cell, row by row."""
    check: str
    exact: bool
    code: str
    """Shown beside the matrices; "" for none."""
    softmaxed: SoftmaxOfList | None = field(metadata=KEPT)
    """A list that was typed."""

    def __post_init__(self) -> None:
        """The matrices fit each other."""
        n, m = len(self.queries), len(self.keys)
        for name, length in (("q", n), ("k", m), ("v", m), ("out", n)):
            self.expect(name, (length, getattr(self, name).shape[1]), "queries and keys")
        self.expect("weights", (n, m), "queries and keys")
        for stage in self.stages:
            if stage.values.shape != (n, m):
                raise ValueError(f"stage {stage.name!r} has shape {stage.values.shape} for {n} queries and {m} keys")
        self.expect("query_at", (n,), "queries")
        self.expect("key_at", (m,), "keys")
        if len(self.lines) not in (1, n * m):
            raise ValueError(f"lines of {len(self.lines)} cells; one, or all {n * m}, are wanted")
        self.expect_index("row", n)
        self.expect_index("column", m)
