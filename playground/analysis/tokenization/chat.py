"""A text as a chat program feeds it: inside the model's chat template."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from ... import tokens as tokens_of
from ...errors import PlaygroundError
from ...models import LoadedModel
from ...settings import settings
from ...timelimit import time_limit
from ...trace import Token

PATIENCE_S = 2.0
"""A template is a small program that came with the model: it is not waited for any longer."""


@dataclass(frozen=True)
class Chat:
    """A message of a user and all that the template puts around it."""

    text: str
    tokens: tuple[Token, ...]
    message: tuple[int, int] | None
    """Characters of ``text`` that are what was typed; None where the template has changed it."""


def in_chat(model: LoadedModel, text: str) -> Chat:
    """The text as the message of a user, in the model's own template, ready for the model's answer.

    Raises:
        PlaygroundError: the model has no chat template, or its template fails.
    """
    tokenizer: Any = model.tokenizer
    if not getattr(tokenizer, "chat_template", None):
        raise PlaygroundError(
            f"{model.info.title} has no chat template: it was not trained to talk with people, and reads bare text."
        )
    typed = tokens_of.clean(text)
    whole = _rendered(tokenizer, typed, model.info.title)
    ids = list(tokenizer(whole, add_special_tokens=False, verbose=False)["input_ids"])
    spelled = tokens_of.describe(tokenizer, ids)
    spans = _spans(tokenizer, whole, ids)
    found = tuple(replace(token, span=span) for token, span in zip(spelled, spans, strict=True))
    inside = typed if typed in whole else typed.strip()
    at = whole.find(inside) if inside else -1
    return Chat(whole, found, (at, at + len(inside)) if at >= 0 else None)


def _rendered(tokenizer: Any, text: str, title: str) -> str:
    late = PlaygroundError(f"The chat template of {title} takes too long. The text is read without it.")
    try:
        with time_limit(PATIENCE_S, late):
            whole = tokenizer.apply_chat_template(
                [{"role": "user", "content": text}], tokenize=False, add_generation_prompt=True
            )
    except PlaygroundError:
        raise
    except Exception as error:  # whatever a stranger's program may meet
        raise PlaygroundError(f"The chat template of {title} does not work. The text is read without it.") from error
    if len(whole) > 2 * settings().max_characters + len(text):
        raise PlaygroundError(f"The chat template of {title} makes too much of the text. It is read without it.")
    return str(whole)


def _spans(tokenizer: Any, text: str, ids: list[int]) -> list[tuple[int, int] | None]:
    """The characters of each token: special tokens are a part of this text, for the template wrote them."""
    if not getattr(tokenizer, "is_fast", False):
        return [None] * len(ids)
    encoded = tokenizer(text, add_special_tokens=False, return_offsets_mapping=True, verbose=False)
    return [(int(a), int(b)) for a, b in encoded["offset_mapping"]]
