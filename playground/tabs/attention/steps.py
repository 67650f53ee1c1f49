"""One head at one token, step by step; or its whole matrices."""

from __future__ import annotations

from typing import Literal

from ... import engine
from ...analysis.attention import attentions
from ...views import code
from ...views.attention.matrices import matrices_view
from ...views.attention.steps import Standing, steps_view
from ...views.view import View
from ..contract import Asked, Control, TabView
from ..controls import choice, chosen
from .heads import chosen_head, guidance

STEPS = ("all", "qkv", "dot", "scale", "bias", "mask", "softmax", "mix", "out")
"""Names of the steps; not every head has all of them."""


def show(asked: Asked) -> View:
    """The chosen head at the chosen token."""
    place = chosen_head(asked)
    trace = engine.trace(place.prompt)
    captured = code.captured(place.prompt.model, place.prompt.text, place.prompt.target)
    key = asked.values["key"]
    attention = attentions(trace, place.kind)[place.layer]
    if asked.values["show"] == "whole" and attention.q is not None:
        return matrices_view(trace, place.kind, place.layer, place.head, place.pos, key, captured)
    steps = engine.attention_steps(place.prompt, place.kind, place.layer, place.head, place.pos, key)
    return steps_view(Standing(steps, asked.values["step"], place.n_layers, captured, guidance(place)))


def _step(text: str) -> str:
    if text not in STEPS:
        raise ValueError(f"one of {', '.join(STEPS)}")
    return text


STEP_BY_STEP = TabView(
    "steps",
    "Step by step",
    show,
    controls=(
        choice("show", "Show", {"one": "One token", "whole": "The whole matrix"}, "one"),
        chosen("key", "Key", -1, 100_000, -1),
        Control("step", "Step", "all", Literal[tuple(STEPS)], _step, None),
    ),
    reads=frozenset({"pos", "layer", "head", "which", "show", "key", "step"}),
    help="How one **head** comes to its weights, with all numbers: the **query** of one token meets the **keys** of "
    "all, softmax makes shares of the scores, and the **values** are mixed. Walk with the arrow keys; choose a word to "
    "look from, a row to see its products.",
)
