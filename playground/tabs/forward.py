"""Forward pass: the residual stream, layer by layer."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import gradio as gr

from .. import engine
from ..analysis.lens import additions
from ..analysis.tokenization import last_word
from ..engine import Prompt
from ..errors import PlaygroundError
from ..views import code
from ..views.forward import lens_view, residual_view
from ..views.view import View
from . import components
from .base import Built, Look, Page, usual_pick, within


def show_forward(prompt: Prompt, look: Look) -> tuple[View]:
    """The logit lens; where a family has no described way out, the length of the stream."""
    trace = engine.trace(prompt)
    if not trace.layers:
        raise PlaygroundError(" ".join(trace.missing))
    pos = within(look.pos, len(trace), last_word(trace.tokens))
    try:
        lens = engine.logit_lens(prompt)
    except PlaygroundError:
        return (residual_view(trace, pos=pos, code=code.captured(prompt.model, prompt.text, prompt.target)),)
    row = within(None if look.layer is None else look.layer + 1, len(lens.rows), len(lens.rows) - 1)
    lines = code.captured(prompt.model, prompt.text, prompt.target, "read_out")
    return (lens_view(trace, lens, additions(trace, pos), engine.laws(prompt), row=row, pos=pos, code=lines),)


def picked(data: dict[str, Any], look: Look) -> Look:
    """The lens counts its rows from the embedding: row 0 is below layer 0."""
    chosen = usual_pick(data, replace(look, layer=None))
    return replace(chosen, layer=look.layer if chosen.layer is None else chosen.layer - 1)


def build(page: Page) -> Built:
    """The table of guesses and, beside it, what each sublayer adds."""
    with components.tab():
        with components.rail("forward"):
            gr.Markdown(
                "Each column is a token on its way up. After every layer the **residual stream** is read out as if the "
                "model stopped there (**logit lens**): the word is its best guess for what comes next, the tint how "
                "sure it is. Choose a cell to follow that token.",
                elem_classes=["pg-help"],
            )
        with components.stage():
            panel = components.panel("forward-view", "Forward pass", min_height=480)
    return Built(panels=(panel,), controls=(), show=show_forward, picked=picked)
