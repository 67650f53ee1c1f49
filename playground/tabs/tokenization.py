"""Tokens: the text as the model reads it."""

from __future__ import annotations

import gradio as gr

from .. import engine
from ..analysis.tokenization import tokenization
from ..engine import Prompt
from ..tokens import clean
from ..views import code
from ..views.forward import stack_of
from ..views.tokenization import tokens_view
from ..views.view import View
from . import components
from .base import Built, Control, Look, Page, flag, one_of, within

SIDES = {"source": "Source text (encoder)", "target": "Target text (decoder)"}


def show_tokens(prompt: Prompt, look: Look, show_special: bool, side: str) -> tuple[View, object]:
    """The token strip of the text, or of an encoder–decoder's target."""
    trace = engine.trace(prompt)
    stack = stack_of(trace, "encoder" if side == "source" else "decoder")
    text = trace.target or "" if stack is trace and trace.encoder is not None else clean(prompt.text)
    # A special token with a span was typed: it belongs to the way back, those that the tokenizer added do not.
    ids = [t.token_id for t in stack.tokens if t.span is not None or not t.special]
    facts = tokenization(text, stack.tokens, engine.decoded(prompt.model, ids))
    lines = code.captured(prompt.model, prompt.text, prompt.target)
    if stack is trace.encoder:
        lines = lines + "trace = trace.encoder\n"
    view = tokens_view(
        text,
        stack.tokens,
        facts,
        lines,
        chosen=None if look.pos is None else within(look.pos, len(stack), 0),
        show_special=show_special,
    )
    return view, gr.update(visible=trace.encoder is not None)


def build(page: Page) -> Built:
    """The strip, a switch for special tokens, and for two texts the choice between them."""
    with components.tab():
        with components.rail("tokens"):
            special = gr.Checkbox(True, label="Show special tokens", elem_id="tokens-special")
            side = gr.Radio(
                [(title, side) for side, title in SIDES.items()],
                value="source",
                label="Whose tokens",
                visible=False,
                elem_id="tokens-side",
            )
            gr.Markdown(
                "A model reads no letters and no words: it reads **tokens**, pieces from a fixed list, each known by "
                "its number (**id**). Choose one to follow it through the other tabs.",
                elem_classes=["pg-help"],
            )
        with components.stage():
            panel = components.panel("tokens-view", "Tokens", min_height=300)
    return Built(
        panels=(panel,),
        controls=(Control("special", special, True, flag), Control("side", side, "source", one_of(*SIDES))),
        show=show_tokens,
        adapted=(side,),
    )
