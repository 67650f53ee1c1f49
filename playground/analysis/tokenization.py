"""What the tokenizer did to a text: counts, words and their tokens, and whether the way back is exact."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..trace import Token

WORD = re.compile(r"\w+(?:['’]\w+)*", re.UNICODE)


@dataclass(frozen=True)
class Tokenization:
    """Facts about one tokenized text."""

    n_tokens: int
    """All that was fed, special tokens included."""
    n_special: int
    n_added: int
    """Special tokens that the tokenizer put there itself: not those that were typed, or that stand for a word."""
    n_words: int
    """Runs of letters and digits."""
    n_characters: int
    n_bytes: int
    """Of UTF-8."""
    split_words: tuple[tuple[str, tuple[str, ...]], ...]
    """Words that became several tokens, with the tokens' texts."""
    round_trip: str
    """What the ids decode to, without special tokens."""
    exact: bool
    """Whether that is the text, character for character."""


def tokenization(text: str, tokens: tuple[Token, ...], round_trip: str) -> Tokenization:
    """Facts about a text and the tokens it became; ``round_trip`` is the tokenizer's decoding of the ids."""
    words = list(WORD.finditer(text))
    split = []
    for word in words:
        inside = [t.text for t in tokens if t.span and t.span[0] < word.end() and t.span[1] > word.start()]
        if len(inside) > 1:
            split.append((word[0], tuple(inside)))
    return Tokenization(
        n_tokens=len(tokens),
        n_special=sum(t.special for t in tokens),
        n_added=sum(t.special and t.span is None for t in tokens),
        n_words=len(words),
        n_characters=len(text),
        n_bytes=len(text.encode("utf-8", "replace")),
        split_words=tuple(split),
        round_trip=round_trip,
        exact=round_trip == text,
    )


def last_word(tokens: tuple[Token, ...]) -> int:
    """The last token with a letter in it, which is what a look at a text begins with; else the last token."""
    words = [i for i, t in enumerate(tokens) if not t.special and any(c.isalpha() for c in t.text)]
    return words[-1] if words else len(tokens) - 1


def first_difference(one: str, other: str) -> int:
    """The first place where two texts differ; the shorter one's length if it is the beginning of the other."""
    return next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
