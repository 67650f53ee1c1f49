"""A word that someone typed, as one token of a model's vocabulary."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .. import tokens as tokens_of
from ..errors import PlaygroundError
from ..models import LoadedModel


@dataclass(frozen=True)
class TypedToken:
    """The token that is meant."""

    token_id: int
    text: str
    """Its visible text, "␣cat"."""
    note: str
    """What was typed is more than this one token; "" where it is not."""


def typed_token(model: LoadedModel, word: str) -> TypedToken:
    """The token for a typed word: ``#42`` by its id, ``[MASK]`` by its name in the vocabulary, anything else as text.

    A word without a blank before it is taken as it stands inside a text, " cat", if that is one token or if no form is;
    in the tokenizer of an encoder–decoder's target as it is there. Of several tokens the first is meant.

    Raises:
        PlaygroundError: there is no such id, or no token for it.
    """
    ids = typed_ids(model, word)
    texts = tokens_of.vocabulary(model.tokenizer, ids)
    whole = " ".join(f"“{text}”" for text in texts[:6]) + (" …" if len(texts) > 6 else "")
    note = f"“{word.strip()[:40]}” is {len(ids)} tokens here, {whole}: the first is meant." if len(ids) > 1 else ""
    return TypedToken(ids[0], texts[0], note)


def typed_ids(model: LoadedModel, word: str, *, both_texts: bool = False) -> list[int]:
    """All tokens of a typed word, read as ``typed_token`` reads it.

    Args:
        model: whose vocabulary.
        word: what was typed.
        both_texts: True to read it also as a word of an encoder–decoder's source; the shorter of the two is taken.

    Raises:
        PlaygroundError: there is no such id, or no token for it.
    """
    wanted = word.replace("␣", " ")
    if not wanted.strip():
        raise PlaygroundError("Type a word, or #42 for the token with the id 42.")
    tokenizer: Any = model.tokenizer
    size = model.info.vocab_size
    if wanted.strip().startswith("#") and wanted.strip()[1:].isdecimal():
        token_id = int(wanted.strip()[1:])
        if token_id >= size:
            raise PlaygroundError(f"There is no token {token_id}: the ids of this model go from 0 to {size - 1:,}.")
        return [token_id]
    if wanted.strip() in tokenizer.all_special_tokens:
        return [int(tokenizer.convert_tokens_to_ids(wanted.strip()))]
    forms = [wanted] if wanted[:1].isspace() else [f" {wanted}", wanted]
    target = model.info.kind == "encoder-decoder"
    sides = (target, False) if target and both_texts else (target,)
    cut = [ids for side in sides for form in forms if (ids := _ids(model, form, target=side))]
    if not cut:
        raise PlaygroundError(f"“{word.strip()[:40]}” has no token in this model's vocabulary. Type another word.")
    return min(cut, key=len)  # of two that are as short the first, with its blank


def spellings(model: LoadedModel, word: str) -> tuple[int, ...]:
    """Ids of the tokens that are this word, with or without a blank before it, in small letters or capitals."""
    core = word.replace("␣", " ").strip()
    forms = dict.fromkeys(
        blank + form for form in (core, core.lower(), core.capitalize(), core.upper()) for blank in (" ", "")
    )
    sides = (True, False) if model.info.kind == "encoder-decoder" else (False,)
    cut = [_ids(model, form, target=side) for form in forms for side in sides]
    return tuple(dict.fromkeys(ids[0] for ids in cut if len(ids) == 1))


def _ids(model: LoadedModel, text: str, *, target: bool) -> list[int]:
    """The tokens of a text without those that the tokenizer adds; no unknown ones, and no blank alone before a word."""
    tokenizer: Any = model.tokenizer
    text = tokens_of.clean(text)
    found = tokenizer(text_target=text) if target else tokenizer(text)
    special = set(tokenizer.all_special_ids)
    ids = [int(i) for i in found["input_ids"] if i not in special]
    names = tokens_of.vocabulary(tokenizer, ids)
    while len(ids) > 1 and not names[0].strip("␣") and text.strip():
        ids, names = ids[1:], names[1:]
    return ids
