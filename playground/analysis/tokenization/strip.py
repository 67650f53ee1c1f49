"""All that the strip of tokens shows of one text."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from typing import Any, Literal

from ... import tokens as tokens_of
from ...errors import PlaygroundError
from ...models import LoadedModel
from ...trace import Token, Trace
from .back import WayBack, way_back
from .chat import in_chat
from .facts import Tokenization, joined, shared, tokenization
from .levels import LevelBlock, levels
from .special import SpecialToken, special_tokens
from .window import Window, window

Form = Literal["tokens", "levels", "chat"]
Origin = Literal["typed", "part", "template", "written"]
"""Where a text comes from: typed; the part of a typed one that fits into the context window; made by a chat template of
a typed one; or written by the model, as the target of an encoder–decoder."""


@dataclass(frozen=True)
class Strip:
    """One text and its tokens."""

    text: str
    """What the tokens were cut from."""
    tokens: tuple[Token, ...]
    raw: tuple[bytes, ...]
    """What each token stands for; empty for a special token."""
    joined: tuple[bool, ...]
    """Whether each token goes on with the word that the token before it began."""
    shared: tuple[tuple[int, int], ...]
    """Runs of tokens that hold the bytes of the same characters."""
    facts: Tokenization
    back: WayBack
    special: tuple[SpecialToken, ...]
    window: Window
    before: str
    """What was typed and is left out before ``text``; ``after`` likewise."""
    after: str
    blocks: tuple[LevelBlock, ...] = ()
    """For the form "levels"."""
    message: tuple[int, int] | None = None
    """For the form "chat": the characters of ``text`` that were typed."""
    origin: Origin = "typed"
    """Of ``text``."""
    target: bool = False
    """Whether this is what an encoder–decoder's decoder was fed."""
    missing: str = ""
    """Why the form that was asked for cannot be had; "" where it can."""

    @property
    def chat(self) -> bool:
        """Whether ``text`` is what the chat template makes of the typed one, which is not what was run."""
        return self.origin == "template"


def strip_of(
    model: LoadedModel, trace: Trace, typed: str | None, side: str, form: Form, cut: str, aim: str | None = None
) -> Strip:
    """The strip of a text that was run, or of what the chat template makes of it.

    Args:
        model: that read the text.
        trace: of the text, or of as much of it as fits.
        typed: the whole text, where a part of it was left out.
        side: "source" or "target" of an encoder–decoder.
        form: what is wanted beside the plain tokens.
        cut: what is chosen for texts that are too long, see ``fitted``.
        aim: the target, if it was typed.
    """
    target = side == "target" and trace.encoder is not None
    text, tokens = tokens_of.clean(trace.text), (trace.encoder or trace).tokens
    origin: Origin = "typed" if typed is None else "part"
    if target:
        origin = "written" if aim is None else "typed"
        text = (trace.target or "") if aim is None else tokens_of.clean(aim)
        tokens, form, cut = tokens_of.placed(model.tokenizer, trace.tokens, text), _bare(form), "refuse"
    message, missing = None, ""
    if form == "chat":
        try:
            chat = in_chat(model, tokens_of.clean(trace.text if typed is None else typed))
            text, tokens, message, origin = chat.text, chat.tokens, chat.message, "template"
        except PlaygroundError as error:
            form, missing = "tokens", str(error)
    if origin != "part":
        typed = None
    whole = tokens_of.clean(typed) if typed is not None else text
    end = whole.startswith(text)
    left = len(whole) - len(text)
    blocks = levels(text, tokens) if form == "levels" else ()
    if form == "levels" and any(t.span is None and not t.special for t in tokens):
        missing = "This tokenizer does not tell which characters a token stands for, so the levels cannot be aligned."
        blocks = ()
    return Strip(
        text, tokens, _raw(model.tokenizer, tokens), tuple(joined(text, tokens)), tuple(shared(tokens)),
        *_facts(model.tokenizer, text, tokens, chat=origin == "template", target=target),
        special_tokens(model, tokens), window(model, len(tokens), typed, cut),
        before="" if end else whole[:left], after=whole[len(text) :] if end else "",
        blocks=blocks, message=message, origin=origin, target=target,
        missing=missing,
    )  # fmt: skip


def _bare(form: Form) -> Form:
    """A template holds what a user says: an encoder–decoder's target stands in none."""
    return "tokens" if form == "chat" else form


def _facts(
    tokenizer: Any, text: str, tokens: tuple[Token, ...], *, chat: bool, target: bool
) -> tuple[Tokenization, WayBack]:
    # A special token with a span was typed: it belongs to the way back, those that the tokenizer added do not.
    ids = [t.token_id for t in tokens if chat or t.span is not None or not t.special]
    back = str(tokenizer.decode(ids))
    facts = tokenization(text, tokens, back)
    if target:  # an unknown token that the model wrote stands for no text either, and was not added
        first = itertools.takewhile(lambda t: t.special and t.span is None, tokens)
        facts = replace(facts, n_added=sum(1 for _ in first))
    return facts, way_back(tokenizer, text, tokens, back)


def _raw(tokenizer: Any, tokens: tuple[Token, ...]) -> tuple[bytes, ...]:
    kind = tokens_of.kind_of_pieces(tokenizer)
    return tuple(b"" if t.special else tokens_of.piece_bytes(t.piece, kind) for t in tokens)
