"""From a token's id to its vector: the look-up in the token table."""

from __future__ import annotations

from ... import engine
from ...analysis.lookup import look_up
from ...engine import Prompt
from ...views import code
from ...views.lookup import lookup_view
from ...views.view import View
from ..contract import Asked, TabView
from ..controls import choice
from ..places import SIDES, position, stack_of, two_texts

ROWS = {"id": "beside it in the table", "angle": "nearest by angle"}
SHEETS = {"rows": "the rows looked up", "last": "after the last layer"}


def show(asked: Asked) -> View:
    """The chosen token's row among others, and the text's vectors."""
    prompt, trace = asked.run, engine.trace(asked.run)
    stack = stack_of(trace, asked.values["side"])
    encoder = stack is trace.encoder
    pos = position(prompt, stack.tokens, asked.look.pos)
    found = engine.analysed(look_up, prompt, encoder, pos, asked.values["rows"])
    names = dict(zip(found.rows, engine.names(prompt.model, list(found.rows)), strict=True))
    return lookup_view(
        found,
        stack.tokens,
        names,
        by_id=asked.values["rows"] == "id",
        last=asked.values["sheet"] == "last",
        code=_code(prompt, pos, encoder=encoder),
    )


def _code(prompt: Prompt, pos: int, *, encoder: bool) -> str:
    return (
        code.captured(prompt.model, prompt.text, prompt.target)
        + "from playground.analysis.lookup import look_up\n\n"
        + f'found = look_up(model, trace, {encoder}, {pos}, "id")\n'
        + "row = found.values[found.own]\n"
        + "print(found.token_ids[found.pos], found.shape)  # the id is the number of the row\n"
        + "print(row, found.looked_up[found.pos])  # as stored, and as the model takes it\n"
        + "print(found.looked_up[None].shape)  # (1, tokens, numbers)\n"
    )


LOOKUP = TabView(
    "lookup",
    "Look-up",
    show,
    controls=(
        choice("rows", "Rows shown", ROWS, "id"),
        choice("sheet", "On the right", SHEETS, "rows"),
        choice("side", "Whose tokens", SIDES, "source", adapt=two_texts),
    ),
    reads=frozenset({"pos", "rows", "sheet", "side"}),
    help="A model cannot compute with words. Each token has a number, its **id**, and the model has a table with one "
    "row of numbers for each id, learned in training. The row with the token’s id is the token’s **vector**, its "
    "**embedding**. Choose a token of the text.",
)
