"""The numbers of a picture as a table.

A table that repeats the picture's own fields is not sent to the browser: it names the fields, and
``assets/js/table.js`` makes the same rows of them. ``columns`` and ``rows`` are there all the same, for programs and
for tests.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

from . import wire
from .pictures import Picture

Row = tuple[Any, ...]


class Numbers(Protocol):
    """Any table."""

    @property
    def columns(self) -> tuple[str, ...]:
        """The titles."""

    @property
    def rows(self) -> tuple[Row, ...]:
        """One cell for each title."""

    def wire(self) -> dict[str, Any]:
        """What the browser needs to show it."""


@dataclass(frozen=True)
class Table:
    """Numbers that are not in the picture, or more of them than it shows."""

    columns: tuple[str, ...]
    rows: tuple[Row, ...]

    def __post_init__(self) -> None:
        """Every row has a cell for each column."""
        for row in self.rows:
            if len(row) != len(self.columns):
                raise ValueError(f"a row of {len(row)} cells in a table of {len(self.columns)} columns: {row!r}")

    def wire(self) -> dict[str, Any]:
        """All of it."""
        return spelled_out(self)


def spelled_out(table: Numbers) -> dict[str, Any]:
    """Titles and rows as JSON holds them."""
    return {"columns": list(table.columns), "rows": [[wire.plain(cell) for cell in row] for row in table.rows]}


@dataclass(frozen=True, eq=False)
class MatrixTable:
    """A matrix of the picture, with the names of its rows and columns. The fields below name the picture's."""

    picture: Picture
    corner: str
    """Title of the first column."""
    values: str
    """An array (rows, columns), or one of more axes of which ``at`` takes a matrix."""
    row_names: str
    column_names: str
    at: tuple[int, ...] = ()
    """Indices along the first axes."""

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """The corner and the numbered names of the columns."""
        return (self.corner, *_numbered(getattr(self.picture, self.column_names)))

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        """The numbered name of each row, and its numbers."""
        values = getattr(self.picture, self.values)[self.at].tolist()
        names = _numbered(getattr(self.picture, self.row_names))
        return tuple((name, *numbers) for name, numbers in zip(names, values, strict=True))

    def wire(self) -> dict[str, Any]:
        """The names of the fields."""
        return {
            "matrix": {
                "corner": self.corner, "values": self.values, "at": self.at,
                "rows": self.row_names, "columns": self.column_names,
            }
        }  # fmt: skip


@dataclass(frozen=True, eq=False)
class GridTable:
    """One line for each cell of some matrices of the same shape; each pair is (title, field of the picture)."""

    picture: Picture
    down: tuple[str, str]
    """Names along the first axis."""
    across: tuple[str, str]
    """Names along the second; their index stands before them, as "position"."""
    values: tuple[tuple[str, str], ...]
    """Matrices of numbers, or nested texts."""

    @property
    def columns(self) -> tuple[str, ...]:
        """The titles."""
        return (self.down[0], "position", self.across[0], *(title for title, _ in self.values))

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        """Row by row, from the first cell on."""
        values = [getattr(self.picture, name) for _, name in self.values]
        plain = [value.tolist() if hasattr(value, "tolist") else value for value in values]
        across = getattr(self.picture, self.across[1])
        return tuple(
            (name, i, across[i], *(value[n][i] for value in plain))
            for n, name in enumerate(getattr(self.picture, self.down[1]))
            for i in range(len(across))
        )

    def wire(self) -> dict[str, Any]:
        """The names of the fields."""
        return {"grid": {"down": self.down, "across": self.across, "values": self.values}}


@dataclass(frozen=True, eq=False)
class RecordsTable:
    """One line for each record in a field of the picture."""

    picture: Picture
    records: str
    fields: tuple[tuple[str, str], ...]
    """(title, field of the record); ``span.0`` is the first item of ``span``, ``#`` the line's number from 1 on."""

    @property
    def columns(self) -> tuple[str, ...]:
        """The titles."""
        return tuple(title for title, _ in self.fields)

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        """True as "yes"; False and what is not there as an empty cell."""
        records = getattr(self.picture, self.records)
        return tuple(tuple(_cell(r, n, path) for _, path in self.fields) for n, r in enumerate(records))

    def wire(self) -> dict[str, Any]:
        """The names of the fields."""
        return {"records": {"field": self.records, "fields": self.fields}}


def _cell(record: Any, index: int, path: str) -> Any:
    if path == "#":
        return index + 1
    value: Any = record
    for step in path.split("."):
        value = None if value is None else value[int(step)] if step.isdigit() else getattr(value, step)
    return "" if value is None else {True: "yes", False: ""}[value] if isinstance(value, bool) else value


def _numbered(names: tuple[str, ...]) -> list[str]:
    return [f"{i} {name}" for i, name in enumerate(names)]
