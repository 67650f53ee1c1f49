"""Tables made of a picture's own fields, and the tables that are not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pytest

from playground.views.pictures import Picture
from playground.views.tables import GridTable, MatrixTable, RecordsTable, Table, spelled_out
from playground.views.view import View


@dataclass(frozen=True)
class Word:
    text: str
    span: tuple[int, int] | None
    new: bool


@dataclass(frozen=True, eq=False)
class Example(Picture):
    kind: ClassVar[str] = "example"
    stack: np.ndarray
    names: tuple[str, ...]
    levels: tuple[str, ...]
    guesses: tuple[tuple[str, ...], ...]
    words: tuple[Word, ...]


@pytest.fixture
def picture() -> Example:
    words = (Word("a", (0, 1), True), Word("b", None, False))
    return Example(np.arange(12, dtype=np.float32).reshape(2, 2, 3) / 10, ("x", "y", "z"), ("low", "high"),
                   (("p", "q", "r"), ("s", "t", "u")), words)  # fmt: skip


def test_a_matrix(picture: Example) -> None:
    table = MatrixTable(picture, "from", "stack", "levels", "names", at=(1,))
    assert table.columns == ("from", "0 x", "1 y", "2 z")
    assert spelled_out(table)["rows"] == [["0 low", 0.6, 0.7, 0.8], ["1 high", 0.9, 1.0, 1.1]]


def test_a_grid(picture: Example) -> None:
    table = GridTable(picture, ("after", "levels"), ("token", "names"), (("guess", "guesses"),))
    assert table.columns == ("after", "position", "token", "guess")
    assert table.rows[0] == ("low", 0, "x", "p") and table.rows[-1] == ("high", 2, "z", "u") and len(table.rows) == 6


def test_records(picture: Example) -> None:
    fields = (("n", "#"), ("word", "text"), ("from", "span.0"), ("new", "new"))
    table = RecordsTable(picture, "words", fields)
    assert table.columns == ("n", "word", "from", "new")
    assert table.rows == ((1, "a", 0, "yes"), (2, "b", "", ""))


def test_a_table_whose_rows_do_not_fit_is_refused() -> None:
    assert Table(("a", "b"), ((1, 2), (3, 4))).rows
    with pytest.raises(ValueError, match="3 cells in a table of 2"):
        Table(("a", "b"), ((1, 2), (1, 2, 3)))


def test_a_table_of_another_picture_is_refused(picture: Example) -> None:
    table: Any = RecordsTable(picture, "words", (("word", "text"),))
    View(picture, "r", table, "pass")
    other = Example(picture.stack, picture.names, picture.levels, picture.guesses, picture.words)
    with pytest.raises(ValueError, match="another picture"):
        View(other, "r", table, "pass")
