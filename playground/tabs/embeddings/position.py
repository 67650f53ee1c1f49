"""How the model knows where a token stands."""

from __future__ import annotations

import numpy as np

from ... import engine
from ...analysis.position import (
    bias_by_distance,
    entering,
    forgotten,
    position_table,
    rotary_at,
    sinusoids,
    telling_dimension,
)
from ...analysis.tokenization import last_word
from ...engine import Prompt
from ...errors import PlaygroundError
from ...trace import Stack, Trace
from ...views import code
from ...views.position import (
    bias_view,
    forget_view,
    own_table_view,
    rotary_view,
    sum_view,
    top_ids,
    waves_view,
)
from ...views.view import View
from ..contract import Asked, TabView
from ..controls import choice, chosen, slider
from ..places import SIDES, position, stack_of, two_texts, within

SHOWN = {
    "own": "this model’s positions",
    "sum": "token + position",
    "forget": "positions forgotten",
    "waves": "sines and cosines, any size",
}
FROM = "from playground.analysis.position import "


def show(asked: Asked) -> View:
    """The chosen one of four pictures."""
    return {"own": _own, "sum": _sum, "forget": _forget, "waves": _waves}[asked.values["show"]](asked)


def _tower(asked: Asked) -> tuple[Prompt, Trace, Stack, bool, int]:
    """The prompt, its trace, the tower that is meant, whether that is an encoder–decoder's encoder, and the place."""
    prompt, trace = asked.run, engine.trace(asked.run)
    stack = stack_of(trace, asked.values["side"])
    return prompt, trace, stack, stack is trace.encoder, position(prompt, stack.tokens, asked.look.pos)


def _own(asked: Asked) -> View:
    """What the model has: a table, a bias, a rotation; or that none of them can be seen."""
    prompt, _, stack, encoder, pos = _tower(asked)
    captured = code.captured(prompt.model, prompt.text, prompt.target)
    table = engine.analysed(position_table, prompt, encoder)
    if table is not None:
        rows, width = table.rows.shape
        lines = (
            f"{captured}{FROM}cosine_by_distance, position_table\n\n"
            f"table = position_table(model, trace, {encoder})\n"
            "print(table.rows, table.layout, cosine_by_distance(table.rows).mean)\n"
        )
        at = within(_none(asked.values["at"]), rows, min(pos, rows - 1))
        dimension = within(_none(asked.values["dimension"]), width, telling_dimension(table.rows, table.layout))
        return own_table_view(table, at, dimension, len(stack), lines)
    layer = within(asked.look.layer, len(stack.layers), 0)
    return (
        _bias(asked, prompt, captured, encoder, layer)
        or _rotary(asked, prompt, captured, stack, encoder, layer, pos)
        or _waves(asked, _why_not(stack, layer))
    )


def _why_not(stack: Stack, layer: int) -> str:
    """Why the original table stands in the place of the model's own positions."""
    if len(stack) == 1:
        return (
            "A text of one token does not show how positions enter: type more. In its place the table of the original "
            "transformer."
        )
    if len(stack) > engine.LONG:
        return (
            f"Rotation is read off texts of up to {engine.LONG} tokens; this one is longer. In its place the table of "
            "the original transformer."
        )
    where = f" in layer {layer}" if stack.layers else ""
    return (
        f"How this family’s positions enter{where} cannot be seen here: they are in no table, bias or rotation that it "
        "hands over. In their place the table of the original transformer."
    )


def _none(value: int) -> int | None:
    return None if value < 0 else value


def _bias(asked: Asked, prompt: Prompt, captured: str, encoder: bool, layer: int) -> View | None:
    found = engine.analysed(bias_by_distance, prompt, encoder, layer)
    if found is None:
        return None
    head = within(asked.look.head, len(found.values), 0)
    lines = (
        f"{captured}{FROM}bias_by_distance\n\n"
        f"found = bias_by_distance(model, trace, {encoder}, {layer})\n"
        "print(found.distances, found.values)\n"
    )
    return bias_view(found, layer, head, code=lines)


def _rotary(
    asked: Asked, prompt: Prompt, captured: str, stack: Stack, encoder: bool, layer: int, pos: int
) -> View | None:
    attention = stack.layers[layer].attention if stack.layers else None
    if attention is None or attention.q is None or attention.k is None or len(stack) > engine.LONG:
        return None
    inside = engine.inside(prompt, layer)
    tower = inside.encoder if encoder and inside.encoder is not None else inside.main
    detail = tower.layer.detail if tower.layer is not None else None
    rotation = detail.attention.rotation if detail is not None and detail.attention is not None else None
    if rotation is None:
        return None
    head = within(asked.look.head, attention.n_heads, 0)
    found = rotary_at(rotation, attention, head, pos)
    given = f", {prompt.target!r}" if prompt.target else ""
    tower_name = ".encoder" if encoder else ""
    lines = (
        f"{captured}{FROM}rotary_at\n\n"
        f"again = capture(model, {prompt.text!r}{given}, detail={layer}){tower_name}\n"
        f"layer = again.layers[{layer}]\n"
        f"found = rotary_at(layer.detail.attention.rotation, layer.attention, {head}, {pos})\n"
        "print(found.steps, found.scores, found.same)\n"
    )
    causal = attention.allowed is not None and bool(np.triu(attention.allowed, 1).sum() == 0)
    return rotary_view(found, stack.tokens, pos, layer, head, causal=causal, code=lines)


def _waves(asked: Asked, why: str = "") -> View:
    """Sines and cosines of any length and width."""
    length, width = asked.values["length"], asked.values["width"]
    lines = f"{FROM}sinusoids\n\nrows = sinusoids({length}, {width})\nprint(rows)\n"
    at = within(_none(asked.values["at"]), length, min(10, length - 1))
    rows = sinusoids(length, width)
    dimension = within(_none(asked.values["dimension"]), width, telling_dimension(rows, "interleaved"))
    used = len(stack_of(engine.trace(asked.run), asked.values["side"]))
    return waves_view(rows, at, dimension, lines, why, used)


def _sum(asked: Asked) -> View:
    """What is added up before the first layer."""
    prompt, _, stack, encoder, pos = _tower(asked)
    found = entering(stack, pos)
    if found is None:
        raise PlaygroundError(
            "This family does not hand over the rows of its token table as they enter. Choose another model."
        )
    lines = (
        code.captured(prompt.model, prompt.text, prompt.target)
        + f"{FROM}entering\n\n"
        + f"found = entering({'trace.encoder' if encoder else 'trace'}, {pos})\n"
        + "print(found.parts, found.total, found.entered)\n"
    )
    return sum_view(found, stack.tokens, pos, lines)


def _forget(asked: Asked) -> View:
    """The same text without positions, and turned round."""
    prompt, trace = asked.run, engine.trace(asked.run)
    kind = engine.load(prompt.model).kind
    otherwise = position(prompt, trace.tokens, None) if kind == "encoder" else len(trace) - 1
    if kind == "encoder-decoder":  # the token before the last word: behind the full stop nothing is left to be guessed
        otherwise = max(0, last_word(trace.tokens) - 1)
    pos = within(asked.look.pos, len(trace), otherwise)
    target = trace.encoder is not None and asked.values["side"] == "target"
    found = engine.analysed(forgotten, prompt, pos, target)
    ids = top_ids(found)
    lines = (
        code.captured(prompt.model, prompt.text, prompt.target)
        + f"{FROM}forgotten\n\n"
        + f"found = forgotten(model, trace, {pos}, {target})\n"
        + "print(found.moved[found.pos], found.order_bits, found.order_bits_without)\n"
        + "print(2 ** found.answers)\n"
    )
    names = dict(zip(ids, engine.names(prompt.model, ids), strict=True))
    return forget_view(
        found, trace.tokens, stack_of(trace, "target" if target else "source").tokens, names, kind, lines
    )


_sized = (("show", ("waves",)),)

POSITION = TabView(
    "position",
    "Position",
    show,
    controls=(
        choice("show", "Show", SHOWN, "own"),
        slider("length", "Positions", 8, 512, 8, 64, stands_if=_sized),
        slider("width", "Dimensions", 4, 512, 2, 64, stands_if=_sized),
        choice("side", "Whose tokens", SIDES, "source", adapt=two_texts),
        chosen("at", "Position in the table", -1, 9999, -1),
        chosen("dimension", "Dimension", -1, 99999, -1),
    ),
    reads=frozenset({"pos", "layer", "head", "show", "length", "width", "side", "at", "dimension"}),
    help="Attention by itself does not know which word came first. So each model is told where a token stands: by a "
    "**vector** that is added to the token’s, by **turning** queries and keys, or by a **bias** on the scores. "
    "**Positions forgotten** runs the text without them.",
)
