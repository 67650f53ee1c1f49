"""The token strip."""

from __future__ import annotations

from ..analysis.tokenization import Tokenization, first_difference
from ..trace import Token
from .pictures import Chip, Tokens
from .tables import RecordsTable
from .tints import tints
from .view import View, count, listed, quoted

COLUMNS = (
    ("position", "pos"), ("id", "token_id"), ("piece", "piece"), ("text", "text"), ("bytes", "n_bytes"),
    ("from character", "span.0"), ("to character", "span.1"), ("special", "special"),
)  # fmt: skip
SPELLED = 6
"""Pieces of one word that the sentence spells out."""


def tokens_view(
    text: str, tokens: tuple[Token, ...], facts: Tokenization, code: str, *, chosen: int | None, show_special: bool
) -> View:
    """The text as the model reads it: one chip for each token, with its id."""
    colours = tints([t.token_id for t in tokens])
    chips = tuple(
        Chip(i, t.text, t.piece, t.token_id, t.special, t.span, t.n_bytes, joined(text, tokens, i), colours[i])
        for i, t in enumerate(tokens)
        if show_special or not t.special
    )
    picture = Tokens(text, chips, pos=chosen if any(chip.pos == chosen for chip in chips) else None)
    return View(
        picture=picture,
        reading=reading(facts),
        table=RecordsTable(picture, "tokens", COLUMNS),
        python=code + "for token in trace.tokens:\n    print(token.token_id, token.piece, token.text, token.span)\n",
        notes=notes(text, facts, show_special),
        name="tokens",
    )


def joined(text: str, tokens: tuple[Token, ...], i: int) -> bool:
    """Whether a token goes on with the word that the token before it began: in the text nothing lies between them.

    A lone space, which some tokenizers make a token of its own, begins the word after it.
    """
    before, here = tokens[i - 1], tokens[i]
    if i == 0 or before.special or here.special or before.span is None or here.span is None:
        return False
    (_, end), (start, _) = before.span, here.span
    return start <= end and text[start : start + 1].isalnum() and (before.text == "␣" or text[end - 1].isalnum())


def reading(facts: Tokenization) -> str:
    """What became of the text, in one sentence."""
    start = (
        f"{count(facts.n_characters, 'character')} with {count(facts.n_words, 'word')} became "
        f"{count(facts.n_tokens - facts.n_added, 'token')}"
    )
    if facts.n_added:
        start += f", and the tokenizer added {count(facts.n_added, 'special token')}"
    if facts.split_words:
        word, pieces = max(facts.split_words, key=lambda item: len(item[1]))
        shown = (
            listed([quoted(piece) for piece in pieces])
            if len(pieces) <= SPELLED
            else (", ".join(quoted(piece) for piece in pieces[:SPELLED]) + ", …")
        )
        start += f"; {quoted(word)} alone takes {count(len(pieces), 'token')} ({shown})"
    return start + "."


def notes(text: str, facts: Tokenization, show_special: bool) -> tuple[str, ...]:
    """How the strip differs from the bare text."""
    found = ["␣ stands for a space, ↵ for a line break; they belong to the token they stand in."]
    if facts.exact:
        found.append("Decoding the ids gives back the very text that was typed.")
    else:
        at = first_difference(text, facts.round_trip)
        found.append(
            f"Decoding the ids gives {quoted(facts.round_trip, 60)}, which differs from what was typed from character "
            f"{at} on: this tokenizer normalises text, or does not know all of its characters."
        )
    if facts.n_special and not show_special:
        found.append(f"{count(facts.n_special, 'special token')} hidden; the model was fed them all the same.")
    return tuple(found)
