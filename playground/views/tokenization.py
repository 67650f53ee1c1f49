"""The token strip."""

from __future__ import annotations

from ..analysis.tokenization import Tokenization, first_difference
from ..trace import Token
from .view import Table, View, count, listed, quoted

SPELLED = 6
"""Pieces of one word that the sentence spells out."""


def tokens_view(
    text: str, tokens: tuple[Token, ...], facts: Tokenization, code: str, *, chosen: int | None, show_special: bool
) -> View:
    """The text as the model reads it: one chip for each token, with its id."""
    shown = [(i, t) for i, t in enumerate(tokens) if show_special or not t.special]
    return View(
        picture={
            "kind": "tokens",
            "text": text,
            "tokens": [
                {
                    "pos": i,
                    "text": t.text,
                    "piece": t.piece,
                    "id": t.token_id,
                    "special": t.special,
                    "span": list(t.span) if t.span else None,
                    "bytes": t.n_bytes,
                }
                for i, t in shown
            ],
            "chosen": next((n for n, (i, _) in enumerate(shown) if i == chosen), None),
            "show_ids": True,
        },
        reading=reading(facts),
        table=Table(
            ("position", "id", "piece", "text", "bytes", "from character", "to character", "special"),
            tuple(
                (i, t.token_id, t.piece, t.text, t.n_bytes, *(t.span or ("", "")), "yes" if t.special else "")
                for i, t in shown
            ),
        ),
        python=code + "for token in trace.tokens:\n    print(token.token_id, token.piece, token.text, token.span)\n",
        notes=notes(text, facts, show_special),
        name="tokens",
    )


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
