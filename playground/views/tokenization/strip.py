"""The token strip."""

from __future__ import annotations

from ...analysis.tokenization import Strip
from ...tokens import hexadecimal
from ...views.tints import tints
from ..pictures import Chip, LevelRow, Tokens
from ..tables import RecordsTable
from ..view import View, count, listed, quoted
from .around import back_parts, back_says, window_bar
from .special import more_marks, special_marks

COLUMNS = (
    ("position", "pos"), ("id", "token_id"), ("piece", "piece"), ("text", "text"), ("bytes", "n_bytes"),
    ("from character", "span.0"), ("to character", "span.1"), ("special", "special"), ("in hexadecimal", "hex"),
)  # fmt: skip
SPELLED = 6
"""Pieces of one word that the sentence spells out."""


def tokens_view(strip: Strip, code: str, *, kind: str, chosen: int | None, show_special: bool) -> View:
    """The text as the model reads it: one chip for each token, with its id.

    Args:
        strip: what is shown.
        code: gives the tokens again.
        kind: of the model, ``ModelInfo.kind``.
        chosen: position of the chosen token.
        show_special: False leaves special tokens out of the strip.
    """
    chips = _chips(strip, show_special)
    there = any(chip.pos == chosen for chip in chips) and not strip.chat
    picture = Tokens(
        text=strip.text,
        before=strip.before,
        after=strip.after,
        tokens=chips,
        shared=tuple(strip.text[strip.tokens[a].span[0] : strip.tokens[b - 1].span[1]] for a, b in strip.shared),  # type: ignore[index]
        levels=tuple(LevelRow(b.characters, b.wide, b.words, b.tokens) for b in strip.blocks),
        picks=not strip.chat,
        window=window_bar(strip.window, strip.origin),
        back=back_parts(strip.back),
        back_says=back_says(strip.back, strip.facts, strip.origin),
        marks=special_marks(strip.special, kind),
        more_marks=more_marks(strip.special),
        missing=strip.missing,
        pos=chosen if there else None,
    )
    return View(
        picture=picture,
        reading=_chat_reading(strip) if strip.chat else reading(strip),
        table=RecordsTable(picture, "tokens", COLUMNS),
        python=code,
        notes=notes(strip, show_special),
        name="tokens",
    )


def _chips(strip: Strip, show_special: bool) -> tuple[Chip, ...]:
    colours = tints([t.token_id for t in strip.tokens])
    group = [-1] * len(strip.tokens)
    for n, (first, last) in enumerate(strip.shared):
        group[first:last] = [n] * (last - first)
    return tuple(
        Chip(
            i, t.text, t.piece, t.token_id, t.special, t.span, t.n_bytes, hexadecimal(strip.raw[i]), strip.joined[i],
            colours[i], group[i], strip.chat and not _typed(t.span, strip.message),
        )
        for i, t in enumerate(strip.tokens)
        if show_special or not t.special
    )  # fmt: skip


def _typed(span: tuple[int, int] | None, message: tuple[int, int] | None) -> bool:
    return span is not None and message is not None and span[0] < message[1] and span[1] > message[0]


def reading(strip: Strip) -> str:
    """What became of the text, in one sentence."""
    facts, levels = strip.facts, bool(strip.blocks)
    text = f"{count(facts.n_characters, 'character')} with {count(facts.n_words, 'word')}"
    tokens = count(facts.n_tokens - facts.n_added, "token")
    if strip.origin == "part":
        text = f"The part that was read, {text}, became"
    else:
        text += " became"
    start = f"{text} {tokens}"
    if strip.origin == "written":
        start = f"The model wrote {tokens}, {text.removesuffix(' became')}"
    if facts.n_added and strip.target:
        one, several = "the decoder’s start token stands", f"{facts.n_added} tokens that start the decoder stand"
        start += f", and {one if facts.n_added == 1 else several} before them"
    elif facts.n_added:
        start += f", and the tokenizer added {count(facts.n_added, 'special token')}"
    if levels and facts.n_tokens > facts.n_added:
        start += f"; {facts.n_characters / (facts.n_tokens - facts.n_added):.1f} characters to a token"
    if facts.split_words:
        word, pieces = max(facts.split_words, key=lambda item: len(item[1]))
        shown = (
            listed([quoted(piece) for piece in pieces])
            if len(pieces) <= SPELLED
            else (", ".join(quoted(piece) for piece in pieces[:SPELLED]) + ", …")
        )
        start += f"; {quoted(word)} alone takes {count(len(pieces), 'token')} ({shown})"
    return start + "."


def _chat_reading(strip: Strip) -> str:
    typed = sum(_typed(t.span, strip.message) for t in strip.tokens)
    put = len(strip.tokens) - typed
    special = sum(t.special and not _typed(t.span, strip.message) for t in strip.tokens)
    return (
        f"What was typed takes {count(typed, 'token')}; the chat template puts {count(put, 'token')} around it, "
        f"{special} of them special."
    )


def notes(strip: Strip, show_special: bool) -> tuple[str, ...]:
    """How the strip differs from the bare text."""
    found = ["␣ stands for a space, ↵ for a line break; they belong to the token they stand in."]
    if strip.shared:
        found.append(
            "⟨E4·B8⟩ are bytes, written as two hexadecimal digits each: a character of several bytes was cut, and its "
            "pieces stand under it."
        )
    if strip.blocks:
        found.append(
            "A word is a run of letters and digits, so writing without spaces gives long words; a character is one "
            "code point of Unicode, and ◌ stands for the letter that a mark belongs to."
        )
    if strip.chat:
        found.append("This is not what the other tabs show: they run the text as it was typed, without the template.")
    if strip.chat and strip.message is None:
        found.append("The template changes the text, so the tokens of what was typed cannot be told apart.")
    if strip.facts.n_special and not show_special:
        found.append(f"{count(strip.facts.n_special, 'special token')} hidden; the model was fed them all the same.")
    return tuple(found)
