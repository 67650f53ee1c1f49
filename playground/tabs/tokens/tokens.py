"""The text cut into tokens."""

from __future__ import annotations

from ... import engine
from ...analysis.tokenization import strip_of
from ...engine import Prompt
from ...tokens import clean
from ...views import code
from ...views.tokenization import tokens_view
from ...views.view import View
from ..contract import Adaptation, Asked, TabView
from ..controls import choice, switch
from ..places import SIDES, two_texts, within

FORMS = {"tokens": "Tokens", "levels": "Words, tokens, characters"}
CUTS = {"refuse": "refused", "start": "cut at its start", "end": "cut at its end"}


def show(asked: Asked) -> View:
    """The token strip of the text, or of an encoder–decoder's target."""
    values = asked.values
    prompt = engine.fitted(asked.run, values["cut"])
    form = "chat" if values["chat"] and values["form"] == "tokens" else values["form"]
    strip = engine.analysed(strip_of, prompt, prompt.whole, values["side"], form, values["cut"], prompt.target)
    pos = asked.look.pos
    return tokens_view(
        strip,
        _code(prompt, values["side"], chat=strip.chat),
        kind=engine.load(prompt.model).kind,
        chosen=None if pos is None else within(pos, len(strip.tokens), 0),
        show_special=values["special"],
    )


def _code(prompt: Prompt, side: str, *, chat: bool) -> str:
    """Prints id, piece, text and span of each token; of those in the chat template id and piece."""
    if chat:
        return (
            "from playground import load_model\n\n"
            f"tokenizer = load_model({prompt.model!r}).tokenizer\n"
            f"message = {{'role': 'user', 'content': {prompt.typed!r}}}\n"
            "chat = tokenizer.apply_chat_template([message], tokenize=False, add_generation_prompt=True)\n"
            "for token_id in tokenizer(chat, add_special_tokens=False)['input_ids']:\n"
            "    print(token_id, tokenizer.convert_ids_to_tokens(token_id))\n"
        )
    lines = code.captured(prompt.model, prompt.text, prompt.target)
    tokens = "trace.tokens"
    if side == "source" and engine.trace(prompt).encoder is not None:
        lines += "trace = trace.encoder\n"
    elif side == "target" and engine.trace(prompt).encoder is not None:
        target = "trace.target" if prompt.target is None else repr(clean(prompt.target))
        lines = "from playground.tokens import placed\n" + lines
        tokens = f"placed(model.tokenizer, trace.tokens, {target})"
    return lines + f"for token in {tokens}:\n    print(token.token_id, token.piece, token.text, token.span)\n"


def _template(prompt: Prompt, value: object) -> Adaptation:
    """A switch of its own, and no choice beside the others: most models have no template, and Gradio refuses a restored
    value that is not among the choices of the last model."""
    there = engine.has_template(prompt.model)
    return Adaptation(visible=there, value=None if there or not value else False)


TOKENS = TabView(
    "tokens",
    "Tokens",
    show,
    controls=(
        choice("form", "Show", FORMS, "tokens"),
        switch(
            "chat",
            "In the chat template",
            False,
            adapt=_template,
            stands_if=(("form", ("tokens",)), ("side", ("source",))),
        ),
        switch("special", "Show special tokens", True),
        choice("cut", "A text longer than the context window is", CUTS, "refuse", runs=True),
        choice("side", "Whose tokens", SIDES, "source", adapt=two_texts),
    ),
    reads=frozenset({"pos", "form", "chat", "special", "cut", "side"}),
    help="A model reads no letters and no words: it reads **tokens**, pieces from a fixed list, each known by its "
    "number (**id**). The colours only tell neighbours apart. Choose one to follow it through the other tabs.",
)
