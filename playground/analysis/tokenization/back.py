"""The way back: what the ids decode to, where it differs from what was typed, and why."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ...trace import Token
from .facts import first_difference

COMPARED = 4_000
"""Characters up to which two texts are compared word by word; of longer ones all from the first difference on counts
as different."""


@dataclass(frozen=True)
class WayBack:
    """What the ids of a text decode to."""

    text: str
    exact: bool
    """Whether that is what was typed, character for character."""
    at: int | None
    """The first character that differs; None where none does."""
    parts: tuple[tuple[str, bool], ...]
    """The decoded text in pieces, each with whether it is as it was typed. A piece may be empty: something was lost
    there."""
    why: tuple[str, ...]
    """Of "unknown" (characters that the vocabulary has not), "normalised" (the tokenizer changes the text before it
    cuts it), "blanks" (spaces are not kept as they were), "other"; empty where the way back is exact."""


def way_back(tokenizer: Any, text: str, tokens: Sequence[Token], decoded: str) -> WayBack:
    """Compares what was typed with what the tokenizer decodes the ids to."""
    if decoded == text:
        return WayBack(decoded, True, None, ((decoded, True),), ())
    return WayBack(
        decoded, False, first_difference(text, decoded), _parts(text, decoded), _why(tokenizer, text, tokens, decoded)
    )


def _parts(text: str, decoded: str) -> tuple[tuple[str, bool], ...]:
    """Compared by words and the blanks between them, which is quick and reads well."""
    if len(text) + len(decoded) > 2 * COMPARED:
        at = first_difference(text, decoded)
        return ((decoded[:at], True), (decoded[at:], False))
    typed, given = ([part for part in re.split(r"(\s+|\b)", side) if part] for side in (text, decoded))
    found: list[tuple[str, bool]] = []
    for how, _, _, start, end in difflib.SequenceMatcher(None, typed, given, autojunk=False).get_opcodes():
        found.append(("".join(given[start:end]), how == "equal"))
    return tuple(found)


def _why(tokenizer: Any, text: str, tokens: Sequence[Token], decoded: str) -> tuple[str, ...]:
    unknown = getattr(tokenizer, "unk_token", None)
    lost = any(t.special and t.piece == unknown and t.span and text[slice(*t.span)] != unknown for t in tokens)
    normal = _normalised(tokenizer, text)
    changed = _solid(normal) != _solid(text)
    blanks = decoded.split() != (normal if changed else text).split() or _solid(decoded) == _solid(text)
    why = [name for name, is_so in (("unknown", lost), ("normalised", changed)) if is_so]
    if (_solid(decoded) == _solid(normal) and blanks) or not why:
        why.append("blanks" if _solid(decoded) in (_solid(normal), _solid(text)) else "other")
    return tuple(why)


def _normalised(tokenizer: Any, text: str) -> str:
    """The text as the tokenizer changes it before it cuts it; the text itself where it does not."""
    normalizer = getattr(getattr(tokenizer, "backend_tokenizer", None), "normalizer", None)
    return text if normalizer is None else str(normalizer.normalize_str(text)).replace("▁", " ")


def _solid(text: str) -> str:
    return "".join(text.split())
