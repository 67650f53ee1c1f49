"""A token's id, its one-hot vector, its row of the token table, and the sheet of rows that a text becomes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from ...trace import Array
from .base import KEPT, Picture


@dataclass(frozen=True)
class TableRow:
    """One row of the token table."""

    token_id: int
    text: str
    cosine: float
    """Of the angle with the token's own row."""


@dataclass(frozen=True, eq=False)
class Lookup(Picture):
    """A click on a token is ``{"pos": 3}``."""

    kind: ClassVar[str] = "lookup"
    tokens: tuple[str, ...] = field(metadata=KEPT)
    token_ids: tuple[int, ...] = field(metadata=KEPT)
    pos: int
    n_rows: int
    """Rows of the whole table."""
    width: int
    """Numbers in each of them."""
    rows: tuple[TableRow, ...]
    """Those that are shown."""
    own: int
    """Index among them of the token's own."""
    by_id: bool
    """They follow one another in the table; else they are those at the smallest angle."""
    values: Array
    """float32 (rows, columns): their first numbers."""
    full: float
    """The number at the end of the table's colours."""
    factor: float
    """What the row is multiplied by on its way into the model; 1: nothing."""
    check: str
    """The row compared with what the model used, in a few words."""
    sheet_title: str
    through: int
    """Layers between the table's row and the sheet's; 0: the sheet holds the rows themselves."""
    sheet: Array = field(metadata=KEPT)
    """float32 (tokens, columns): the first numbers of the text's vectors."""
    sheet_width: int
    """Numbers in each of these vectors."""
    sheet_full: float

    def __post_init__(self) -> None:
        """Rows fit their numbers, tokens their vectors."""
        self.expect("token_ids", (len(self.tokens),), "the tokens")
        self.expect("values", (len(self.rows), min(self.width, self.values.shape[1])), "the rows")
        self.expect("sheet", (len(self.tokens), self.sheet.shape[1]), "the tokens")
        self.expect_index("pos", len(self.tokens))
        self.expect_index("own", len(self.rows))
