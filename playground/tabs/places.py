"""Where a view begins to look when nothing is chosen yet, and which of the two texts of an encoder–decoder it means."""

from __future__ import annotations

from .. import engine
from ..analysis.tokenization import last_word
from ..engine import Prompt
from ..trace import Stack, Token, Trace
from .contract import Adaptation

SIDES = {"source": "Source text (encoder)", "target": "Target text (decoder)"}


def within(value: int | None, length: int, otherwise: int) -> int:
    """An index that exists: ``value`` if it does, else ``otherwise``."""
    return value if value is not None and 0 <= value < length else max(0, min(otherwise, length - 1))


def position(prompt: Prompt, tokens: tuple[Token, ...], pos: int | None) -> int:
    """The chosen position, else the one that matters most: an encoder's mask, else the last token that is a word."""
    mask = engine.mask_token(prompt.model)
    masks = [i for i, token in enumerate(tokens) if mask is not None and token.token_id == mask[1]]
    return within(pos, len(tokens), masks[0] if masks else last_word(tokens))


def stack_of(trace: Trace, side: str) -> Stack:
    """The encoder's tower for "source", else the decoder's; a model of one tower has but that."""
    return trace.encoder if side == "source" and trace.encoder is not None else trace


def two_texts(prompt: Prompt, value: object) -> Adaptation:
    """For a choice between source and target: there is none where there is one text."""
    return Adaptation(visible=engine.trace(prompt).encoder is not None)
