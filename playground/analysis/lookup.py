"""From a token's id to its row of the token table: what an embedding is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..models import LoadedModel
from ..trace import Array, Trace
from .embedding import cosines, nearest

AROUND = 5
"""Rows that are shown above and below the token's own."""


@dataclass(frozen=True, eq=False)
class Lookup:
    """One token's row among others, and what the whole text becomes."""

    token_ids: tuple[int, ...]
    """(n,): of the text."""
    pos: int
    """Which of them is looked up."""
    shape: tuple[int, int]
    """Of the token table: rows, numbers in each."""
    rows: tuple[int, ...]
    """Ids of the rows that are shown, the token's own among them."""
    values: Array
    """(rows, width): these rows of the table."""
    cosines: Array
    """(rows,): of the angle between each of them and the token's own row."""
    factor: float
    """What the model multiplies the row by on its way in (√d_model in the original transformer); 1 for most."""
    looked_up: Array
    """(n, width): the rows of the text's tokens as the model takes them on its way in, before anything is added."""
    difference: float
    """Largest |difference| between ``factor`` times the table's row and what the model looked up for this token."""
    captured: bool
    """Whether ``looked_up`` was seen in the run; else it is read from the table."""
    added: tuple[str, ...]
    """What the model adds to these rows before its first layer: rows for the "position", for the "sentence"."""
    n_layers: int
    """Of the tower."""
    last: Array | None
    """(n, d_model): the text's vectors behind the last layer and the final norm; None where they are not known."""

    @property
    def own(self) -> int:
        """Index of the token's own row among ``rows``."""
        return self.rows.index(self.token_ids[self.pos])


def look_up(model: LoadedModel, trace: Trace, encoder: bool, pos: int, order: str) -> Lookup:
    """The row of the token at one position.

    Args:
        model: that the trace was captured from.
        trace: of the text.
        encoder: whether the token is one of an encoder–decoder's source.
        pos: its position.
        order: which rows stand beside it: "id", those with the next smaller and larger ids, or "angle", those that make
            the smallest angle with it.
    """
    from ..hooks import prepare
    from .walk.entry import row_factor

    parts = prepare(model).parts
    stack, own_parts = (trace.encoder, parts.encoder) if encoder and trace.encoder is not None else (trace, parts.stack)
    table = _table_of(model, own_parts)
    ids = tuple(token.token_id for token in stack.tokens)
    row = table[ids[pos]]
    seen = stack.embeddings
    captured = seen is not None and seen.shape[1] == table.shape[1]
    looked_up = seen if captured and seen is not None else table[list(ids)]
    factor = row_factor(row, looked_up[pos])
    adds = (("position", stack.positions), ("sentence", stack.token_types))
    shown = _beside(table, ids[pos], order)
    return Lookup(
        token_ids=ids,
        pos=pos,
        shape=(len(table), table.shape[1]),
        rows=shown,
        values=table[list(shown)].copy(),
        cosines=cosines(table[list(shown)], row),
        factor=factor,
        looked_up=looked_up,
        difference=float(np.abs(row * np.float32(factor) - looked_up[pos]).max()),
        captured=captured,
        added=tuple(name for name, rows_added in adds if rows_added is not None),
        n_layers=len(stack.layers),
        last=stack.final,
    )


def _table_of(model: LoadedModel, parts: object) -> Array:
    """The tower's own token table where it is one matrix, else the model's."""
    from ..hooks import embedding_table

    weight = getattr(getattr(parts, "embed", None), "weight", None)
    if weight is None or weight.ndim != 2:
        return embedding_table(model)
    found: Array = weight.detach().float().cpu().numpy()
    return found


def _beside(table: Array, token_id: int, order: str) -> tuple[int, ...]:
    if order == "angle":
        found = nearest(table, table[token_id], 2 * AROUND, leave_out=(token_id,))
        return (token_id, *(i for i, _ in found))
    first = max(0, min(token_id - AROUND, len(table) - 2 * AROUND - 1))
    return tuple(range(first, min(len(table), first + 2 * AROUND + 1)))
