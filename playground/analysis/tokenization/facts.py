"""What the tokenizer did to a text: counts, words and their tokens, and whether the way back is exact."""

from __future__ import annotations

from dataclasses import dataclass

from ...tokens import BYTES_SHOWN, words
from ...trace import Token


@dataclass(frozen=True)
class Tokenization:
    """Facts about one tokenized text."""

    n_tokens: int
    """All that was fed, special tokens included."""
    n_special: int
    n_added: int
    """Special tokens that the tokenizer put there itself: not those that were typed, or that stand for a word."""
    n_words: int
    """Runs of letters and digits, see :func:`playground.tokens.words`."""
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
    spans = words(text)
    split = _split_words(text, tokens, spans)
    return Tokenization(
        n_tokens=len(tokens),
        n_special=sum(t.special for t in tokens),
        n_added=sum(t.special and t.span is None for t in tokens),
        n_words=len(spans),
        n_characters=len(text),
        n_bytes=len(text.encode("utf-8", "replace")),
        split_words=split,
        round_trip=round_trip,
        exact=round_trip == text,
    )


def _split_words(
    text: str, tokens: tuple[Token, ...], spans: list[tuple[int, int]]
) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Both lists rise, so each token is looked at for a few words only."""
    placed = [(token, token.span) for token in tokens if token.span is not None]
    split, first = [], 0
    for start, end in spans:
        while first < len(placed) and placed[first][1][1] <= start:
            first += 1
        inside = []
        for token, (a, b) in placed[first:]:
            if a >= end:
                break
            if b > start:
                inside.append(token.text)
        if len(inside) > 1:
            split.append((text[start:end], tuple(inside)))
    return tuple(split)


def joined(text: str, tokens: tuple[Token, ...]) -> list[bool]:
    """Whether each token goes on with the word that the token before it began: nothing lies between them in the text.

    A lone space, which some tokenizers make a token of its own, begins the word after it.
    """
    word_at = [-1] * (len(text) + 1)
    for n, (start, end) in enumerate(words(text)):
        word_at[start:end] = [n] * (end - start)
    found = [False] * len(tokens)
    for i in range(1, len(tokens)):
        before, here = tokens[i - 1], tokens[i]
        if before.special or here.special or before.span is None or here.span is None:
            continue
        (_, end), (start, _) = before.span, here.span
        inside = word_at[start] >= 0 and (before.text == "␣" or word_at[end - 1] == word_at[start])
        found[i] = start <= end and inside
    return found


def shared(tokens: tuple[Token, ...]) -> list[tuple[int, int]]:
    """Runs of tokens ``[first, last + 1)`` that share characters, because the bytes of one lie in several of them.

    Tokens that share a character in other ways (a blank put before it, the letters of a ligature) make no run.
    """
    runs: list[tuple[int, int]] = []
    for i in range(1, len(tokens)):
        before, here = tokens[i - 1].span, tokens[i].span
        if before is None or here is None or here[0] >= before[1]:
            continue
        if runs and runs[-1][1] == i:
            runs[-1] = (runs[-1][0], i + 1)
        else:
            runs.append((i - 1, i + 1))
    return [(a, b) for a, b in runs if any(BYTES_SHOWN.search(token.text) for token in tokens[a:b])]


def last_word(tokens: tuple[Token, ...]) -> int:
    """The last token with a letter in it, which is what a look at a text begins with; else the last token."""
    words = [i for i, t in enumerate(tokens) if not t.special and any(c.isalpha() for c in t.text)]
    return words[-1] if words else len(tokens) - 1


def first_difference(one: str, other: str) -> int:
    """The first place where two texts differ; the shorter one's length if it is the beginning of the other."""
    return next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
