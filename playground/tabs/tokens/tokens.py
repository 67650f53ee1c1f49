"""The text cut into tokens."""

from __future__ import annotations

from ... import engine
from ...analysis.tokenization import tokenization
from ...tokens import clean
from ...views import code
from ...views.tokenization import tokens_view
from ...views.view import View
from ..contract import Asked, TabView
from ..controls import choice, switch
from ..places import SIDES, stack_of, two_texts, within


def show(asked: Asked) -> View:
    """The token strip of the text, or of an encoder–decoder's target."""
    prompt, trace = asked.run, engine.trace(asked.run)
    stack = stack_of(trace, asked.values["side"])
    text = trace.target or "" if stack is trace and trace.encoder is not None else clean(prompt.text)
    # A special token with a span was typed: it belongs to the way back, those that the tokenizer added do not.
    ids = [t.token_id for t in stack.tokens if t.span is not None or not t.special]
    facts = tokenization(text, stack.tokens, engine.decoded(prompt.model, ids))
    lines = code.captured(prompt.model, prompt.text, prompt.target)
    if stack is trace.encoder:
        lines = lines + "trace = trace.encoder\n"
    pos = asked.look.pos
    return tokens_view(
        text,
        stack.tokens,
        facts,
        lines,
        chosen=None if pos is None else within(pos, len(stack), 0),
        show_special=asked.values["special"],
    )


TOKENS = TabView(
    "tokens",
    "Tokens",
    show,
    controls=(
        switch("special", "Show special tokens", True),
        choice("side", "Whose tokens", SIDES, "source", adapt=two_texts),
    ),
    reads=frozenset({"pos", "special", "side"}),
    help="A model reads no letters and no words: it reads **tokens**, pieces from a fixed list, each known by its "
    "number (**id**). Choose one to follow it through the other tabs.",
)
