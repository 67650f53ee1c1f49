"""The context window: how much of it a text fills, and what is left of a text that is longer."""

from __future__ import annotations

import itertools
import unicodedata
from dataclasses import dataclass
from typing import Any

from ... import tokens as tokens_of
from ...errors import PlaygroundError
from ...models import LoadedModel
from ...settings import settings


@dataclass(frozen=True)
class Window:
    """How a text lies in the context window. All numbers are tokens, special tokens included."""

    used: int
    room: int
    """What may be read at once: the smaller of the next two."""
    context: int | None
    """What the model was built for; None: it has no fixed limit."""
    page: int
    """What this page takes (``PLAYGROUND_MAX_TOKENS``)."""
    whole: int
    """Of the text as it was typed: more than ``used`` where a part was left out."""
    cut: str
    """What is chosen for texts that are too long: "refuse", "start" or "end", as in ``fitted``."""


def room(model: LoadedModel) -> int:
    """Tokens that the model and the page take at once."""
    return min(model.info.context or settings().max_tokens, settings().max_tokens)


def window(model: LoadedModel, used: int, typed: str | None, cut: str) -> Window:
    """How ``used`` tokens lie in the window; ``typed`` is the whole text where a part of it was left out."""
    whole = used if typed is None else len(_ids(model, typed))
    return Window(used, room(model), model.info.context, settings().max_tokens, whole, cut)


def fitted(model: LoadedModel, text: str, cut: str) -> str:
    """The text, or as much of it as fits into the context window with the special tokens around it.

    Args:
        model: whose window.
        text: as it was typed.
        cut: "start" or "end", the side on which tokens are left out; "refuse" leaves none out.

    Returns:
        a beginning or an end of ``text``. It is cut between two tokens, never inside a character.

    Raises:
        PlaygroundError: the text is too long and none may be left out, or not even one token fits.
    """
    limit = room(model)
    count = len(_ids(model, text))
    if count <= limit:
        return text
    if cut == "refuse":
        raise PlaygroundError(
            f"The text is {count:,} tokens long; this model and page take {limit:,} at once. Shorten it, or choose on "
            "the tab Tokens that its start or its end is left out."
        )
    places = _places(model, text)
    kept = [text[p:] for p in reversed(places)] if cut == "start" else [text[:p] for p in places]
    low, high = 0, len(kept)  # the longest that fits: a longer part has more tokens, but for a few at the cut itself
    while low < high:
        middle = (low + high) // 2
        low, high = (middle + 1, high) if len(_ids(model, kept[middle])) <= limit else (low, middle)
    while low and len(_ids(model, kept[low - 1])) > limit:
        low -= 1
    if not low:
        raise PlaygroundError(f"Not even one token of the text fits into the {limit:,} that are taken at once.")
    return kept[low - 1]


def _ids(model: LoadedModel, text: str) -> list[int]:
    tokenizer: Any = model.tokenizer
    return list(tokenizer(tokens_of.clean(text), verbose=False)["input_ids"])


def _places(model: LoadedModel, text: str) -> list[int]:
    """Where the text may be cut, rising: before a token that shares no character with the one before it, and not
    before a mark that stands on the letter before it. Every place between characters, where the tokenizer tells none.
    """
    tokens = tokens_of.describe(model.tokenizer, _ids(model, text), tokens_of.clean(text))
    spans = [t.span for t in tokens if t.span is not None]
    places = [b[0] for a, b in itertools.pairwise(spans) if b[0] >= a[1]] or range(1, len(text))
    return sorted({p for p in places if 0 < p < len(text) and unicodedata.category(text[p])[0] != "M"})
