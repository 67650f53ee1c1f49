"""From a token to the stream: its row of the token table, its position, their sum, and the norm of it."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...hooks import prepare
from ...hooks.parts import StackParts
from ...models import LoadedModel
from ...trace import Array, Stack
from .inside import Tower
from .pieces import norm_step, sum_step
from .records import Step, Strip, difference


def entry_steps(model: LoadedModel, parts: StackParts, stack: Stack, tower: Tower, pos: int) -> list[Step]:
    """The steps below the first layer at one position; none where the family's table is not known."""
    if stack.embeddings is None:
        return []
    steps = [_row(parts, stack, pos)]
    if stack.positions is not None:
        steps.append(_position(parts, stack.positions, pos))
    if stack.token_types is not None:
        steps.append(_token_type(parts, stack.token_types, pos))
    if stack.layers:
        steps += _sum(stack, tower, pos)
    return steps


def _table(module: Any) -> Array | None:
    """The rows of an embedding module; None where it computes them."""
    weight = getattr(module, "weight", None)
    if weight is None or weight.ndim != 2:
        return None
    found: Array = weight.detach().float().cpu().numpy()
    return found


def _row(parts: StackParts, stack: Stack, pos: int) -> Step:
    assert stack.embeddings is not None
    token, own = stack.tokens[pos], stack.embeddings[pos]
    table = _table(parts.embed)
    if table is None or table.shape[1] != own.shape[0] or token.token_id >= len(table):
        note = "The token table is not one matrix of rows in this family, so there is nothing to look the row up in."
        return Step("row", (), (Strip("token row", "residual", own),), words=(("token", token.text),), note=note)
    row = table[token.token_id]
    factor = row_factor(row, own)
    off, size = difference(row * factor, own)
    return Step(
        "row",
        incoming=(Strip("row of the table", "residual", row),) if factor != 1.0 else (),
        outgoing=(Strip("token row", "residual", own),),
        figures=(("token_id", token.token_id), ("vocab_size", len(table)), ("width", table.shape[1]),
                 ("factor", factor)),
        difference=off,
        size=size,
        words=(("token", token.text),),
    )  # fmt: skip


def row_factor(row: Array, own: Array) -> float:
    """What the family multiplies the row by (√d_model in the original transformer); 1 where it does not."""
    square = float(row.astype(np.float64) @ row)
    factor = float(row.astype(np.float64) @ own) / square if square > 0 else 1.0
    return 1.0 if abs(factor - 1) < 1e-4 else factor


def _position(parts: StackParts, positions: Array, pos: int) -> Step:
    own = positions[pos]
    outgoing = (Strip("position row", "residual", own),)
    table = _table(parts.positions)
    if table is not None and table.shape[1] == own.shape[0]:
        off = np.abs(table - own).max(axis=1)
        row = int(off.argmin())
        size = float(np.abs(own).max())
        if off[row] <= 1e-4 * max(1.0, size):
            figures = (("pos", pos), ("row", row), ("rows", len(table)), ("width", table.shape[1]))
            return Step("position", (), outgoing, figures, difference=float(off[row]), size=size)
    note = "The position's vector is not a row of a table in this family: it is shown as the model adds it."
    return Step("position", (), outgoing, (("pos", pos),), note=note)


def _token_type(parts: StackParts, token_types: Array, pos: int) -> Step:
    own, table = token_types[min(pos, len(token_types) - 1)], _table(parts.token_types)
    outgoing = (Strip("sentence row", "residual", own),)
    if table is None or table.shape[1] != own.shape[0]:
        return Step("token-type", (), outgoing, note="The sentence's vector is not a row of a table in this family.")
    off = np.abs(table - own).max(axis=1)
    row = int(off.argmin())
    figures = (("row", row), ("rows", len(table)))
    return Step("token-type", (), outgoing, figures, difference=float(off[row]), size=float(np.abs(own).max()))


def _sum(stack: Stack, tower: Tower, pos: int) -> list[Step]:
    entered = stack.layers[0].resid_pre
    named = [("token row", stack.embeddings), ("position row", stack.positions), ("sentence row", stack.token_types)]
    there = [(name, np.broadcast_to(part, (len(stack), part.shape[-1]))) for name, part in named if part is not None]
    strips = [Strip(name, "residual", part[pos]) for name, part in there]
    if any(len(strip.values) != entered.shape[1] for strip in strips):
        note = "Between the rows and the first layer the family has a matrix of its own, which is not shown in steps."
        return [Step("sum", tuple(strips), (Strip("stream", "residual", entered[pos]),), note=note)]
    total = tower.first.entered if tower.first is not None else entered
    steps = [sum_step("sum", strips, total[pos])] if len(strips) > 1 else []
    if steps and not steps[0].exact:
        note = "More than these rows enters the first layer in this family; the rest is not known one by one."
        steps = [Step("sum", tuple(strips), (Strip("stream", "residual", entered[pos]),), note=note)]
    return [*steps, *([norm_step("embed-norm", tower.first, pos)] if tower.first is not None else [])]


def parts_of(model: LoadedModel, *, encoder: bool) -> StackParts:
    """The modules of a model's tower."""
    parts = prepare(model).parts
    assert not encoder or parts.encoder is not None
    return parts.encoder if encoder and parts.encoder is not None else parts.stack
