"""Tokens as running text: with the blanks between them that the text had, and no signs for them."""

from __future__ import annotations

from collections.abc import Sequence

from ..tokens import BYTES_SHOWN
from ..trace import Token
from .pictures import TextPiece

CONTINUED = "##"
"""What WordPiece writes before a piece that goes on with a word."""
PART = "·"
"""Stands for a further piece of a character that the first piece shows."""


def running(tokens: Sequence[Token], text: str | None = None) -> tuple[TextPiece, ...]:
    """The tokens one after the other, as they are read.

    Args:
        tokens: of one text.
        text: what they were cut from, where their spans count its characters; it gives blanks back that the tokens do
            not show (BERT's), and characters that were cut into several tokens.
    """
    pieces: list[TextPiece] = []
    for i, token in enumerate(tokens):
        last = tokens[i - 1] if i else None
        before, shown = _apart(token, last, text)
        pieces.append(TextPiece(shown, before, token.special))
    return tuple(pieces)


def _apart(token: Token, last: Token | None, text: str | None) -> tuple[str, str]:
    """What stands before a token, and what stands for it."""
    if token.special:
        return (" " if last is not None else ""), token.text
    if token.text.startswith("␣") and len(token.text) > 1:
        return " ", token.text[1:]
    if token.text.startswith(CONTINUED):
        return "", token.text[len(CONTINUED) :]
    if last is not None and last.special:
        return " ", token.text
    if text is None or token.span is None:
        return "", token.text
    if BYTES_SHOWN.match(token.text):
        inside = last is not None and last.span is not None and last.span[1] > token.span[0]
        return "", PART if inside else text[slice(*token.span)] or token.text
    gap = text[last.span[1] : token.span[0]] if last is not None and last.span is not None else ""
    return (" " if gap.isspace() else ""), token.text
