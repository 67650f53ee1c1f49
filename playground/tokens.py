"""Ids → what people see: pieces, text with visible spaces, bytes, spans. Defined once, for every tab.

The tokenizer is a fast one of transformers (its ``backend_tokenizer`` is a ``tokenizers.Tokenizer``); a slow one works
with less detail. Nothing here imports a library: the objects are handed in.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

from .errors import PlaygroundError
from .trace import Token

VISIBLE = {" ": "␣", "\n": "↵", "\t": "⇥", "\r": "␍", "\u00a0": "⍽"}
UNSEEN = {"Cc", "Cf", "Zl", "Zp", "Zs"}
"""Unicode's categories of control and format characters, of line and paragraph separators, and of spaces."""
SURROGATE = re.compile("[\ud800-\udfff]")
BYTE_PIECE = re.compile(r"<0x([0-9A-F]{2})>")
BYTES_SHOWN = re.compile(r"⟨[0-9A-F]{2}(?:·[0-9A-F]{2})*⟩")
"""How :func:`piece_text` writes bytes that are only a part of a character."""
_NO_CHARACTER = re.compile("[\udc80-\udcff]+")
"""Bytes that Python's ``surrogateescape`` could not decode, as the surrogates that it makes of them."""


def clean(text: str) -> str:
    """The text as it can travel in UTF-8: lone surrogates (no characters at all) become U+FFFD."""
    return SURROGATE.sub("\ufffd", text)


def visible(text: str) -> str:
    """The text with white space and control characters drawn as signs, so that nothing on the page is invisible."""
    return "".join(VISIBLE.get(c) or (_control(c) if _unseen(c) else c) for c in text)


def _unseen(character: str) -> bool:
    """Also true for U+FFFD, the sign that others draw for what they cannot read: here it is a character like any."""
    return character == "\ufffd" or unicodedata.category(character) in UNSEEN


def hexadecimal(raw: bytes) -> str:
    """Bytes as people write them: ``E4 B8``."""
    return raw.hex(" ").upper()


def words(text: str) -> list[tuple[int, int]]:
    """Spans of the words of a text: runs of letters and digits, with the marks that stand on them (Hindi's vowels,
    Arabic's, accents of their own) and with single apostrophes inside."""
    found: list[tuple[int, int]] = []
    start = None
    for i, c in enumerate(text):
        inside = _in_word(c) or (start is not None and c in "'’\u200c\u200d" and _in_word(text[i + 1 : i + 2]))
        if inside and start is None:
            start = i
        elif not inside and start is not None:
            found.append((start, i))
            start = None
    return found if start is None else [*found, (start, len(text))]


def _in_word(character: str) -> bool:
    return character.isalnum() or character == "_" or (character != "" and unicodedata.category(character)[0] == "M")


def _control(character: str) -> str:
    code = ord(character)
    if code < 0x20:
        return chr(0x2400 + code)
    # Joiners and variation selectors hold emoji together: showing them as codes would take the emoji apart.
    return character if character in "\u200d\ufe0f" else f"⟨U+{code:04X}⟩"


@lru_cache(maxsize=1)
def byte_alphabet() -> dict[str, int]:
    """Byte-level BPE writes each of the 256 bytes as one printable character (GPT-2's table): character → byte."""
    printable = [*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)]
    rest = [b for b in range(256) if b not in printable]
    return {chr(b): b for b in printable} | {chr(256 + n): b for n, b in enumerate(rest)}


def kind_of_pieces(tokenizer: Any) -> str:
    """How pieces are spelled: ``"bytes"`` (Ġ), ``"metaspace"`` (▁), ``"wordpiece"`` (##) or ``"plain"``."""
    backend = getattr(tokenizer, "backend_tokenizer", None)
    if backend is None:
        return "metaspace" if hasattr(tokenizer, "sp_model") else "plain"
    cached = getattr(tokenizer, "_playground_pieces", None)
    if cached is None:
        cached = _kind_from(json.loads(backend.to_str()))
        tokenizer._playground_pieces = cached
    return cached


def _kind_from(spec: dict[str, Any]) -> str:
    parts = json.dumps([spec.get(name) for name in ("decoder", "pre_tokenizer", "normalizer")], ensure_ascii=False)
    if '"ByteLevel"' in parts:
        return "bytes"
    if spec.get("model", {}).get("type") == "WordPiece":
        return "wordpiece"
    if '"Metaspace"' in parts or "▁" in parts:
        return "metaspace"
    return "plain"


def piece_bytes(piece: str, kind: str) -> bytes:
    """The bytes of text that a piece stands for (WordPiece's ``##`` mark stands for none)."""
    if kind == "bytes":
        alphabet = byte_alphabet()
        try:
            return bytes([alphabet[c] for c in piece])
        except KeyError:  # no piece of bytes: an added token, written as it is read
            pass
    elif kind == "metaspace":
        if match := BYTE_PIECE.fullmatch(piece):
            return bytes([int(match[1], 16)])
        piece = piece.replace("▁", " ")
    elif kind == "wordpiece":
        piece = piece.removeprefix("##")
    return piece.encode("utf-8", "replace")


def piece_text(piece: str, kind: str) -> str:
    """What people see of a piece. Bytes that are only a part of a character are written out as ``⟨E2·82⟩``."""
    if kind == "wordpiece":
        return visible(piece)
    shown = visible(piece_bytes(piece, kind).decode("utf-8", "surrogateescape"))
    return _NO_CHARACTER.sub(lambda run: f"⟨{'·'.join(f'{ord(c) - 0xDC00:02X}' for c in run[0])}⟩", shown)


def vocabulary(tokenizer: Any, token_ids: Iterable[int]) -> list[str]:
    """The visible texts of any ids (for answer lists); an id past the vocabulary is written ``⟨id⟩``."""
    ids = [int(i) for i in token_ids]
    kind = kind_of_pieces(tokenizer)
    special = set(tokenizer.all_special_ids)
    pieces = tokenizer.convert_ids_to_tokens(ids)
    return [
        f"⟨{i}⟩" if piece is None else (piece if i in special else piece_text(piece, kind))
        for i, piece in zip(ids, pieces, strict=True)
    ]


def describe(tokenizer: Any, token_ids: Sequence[int], text: str | None = None) -> tuple[Token, ...]:
    """Token records for ids. With the text that gave the ids, each token also gets its span of characters.

    Spans follow the bytes where the pieces spell the text exactly (byte-level BPE), else the tokenizer's own offsets.
    """
    ids = [int(i) for i in token_ids]
    kind = kind_of_pieces(tokenizer)
    special = set(tokenizer.all_special_ids)
    pieces = [p if p is not None else f"⟨{i}⟩" for i, p in zip(ids, tokenizer.convert_ids_to_tokens(ids), strict=True)]
    raw = [b"" if i in special else piece_bytes(p, kind) for i, p in zip(ids, pieces, strict=True)]
    spans = _spans(tokenizer, ids, raw, text) if text is not None else [None] * len(ids)
    return tuple(
        Token(i, p, p if i in special else piece_text(p, kind), s, i in special, len(r))
        for i, p, s, r in zip(ids, pieces, spans, raw, strict=True)
    )


def _spans(tokenizer: Any, ids: list[int], raw: list[bytes], text: str) -> list[tuple[int, int] | None]:
    if b"".join(raw) == text.encode("utf-8"):
        return _byte_spans(raw, text)
    if not getattr(tokenizer, "is_fast", False):
        return [None] * len(ids)
    encoded = tokenizer(text, return_offsets_mapping=True, verbose=False)
    if list(encoded["input_ids"]) != ids:
        return [None] * len(ids)
    special = set(tokenizer.all_special_ids)
    offsets = encoded["offset_mapping"]
    # A special token has the empty offset (0, 0), unless the person typed it into the text.
    return [None if i in special and a == b else (a, b) for i, (a, b) in zip(ids, offsets, strict=True)]


def placed(tokenizer: Any, tokens: Sequence[Token], text: str) -> tuple[Token, ...]:
    """The tokens of an encoder–decoder's target, each with its span of the target's text.

    Args:
        tokenizer: of the model.
        tokens: as the decoder was fed them, with its start token.
        text: as it was typed, or what the tokens decode to. A text that a model has written need not become the same
            tokens if it is cut again.

    Returns:
        the tokens; their spans stay None where they can be told neither by cutting the text nor by their bytes.
    """
    spans = _spans_as_cut(tokenizer, tokens, text) or _spans_as_written(tokenizer, tokens, text)
    if spans is None:
        return tuple(tokens)
    return tuple(replace(token, span=span) for token, span in zip(tokens, spans, strict=True))


def _spans_as_cut(tokenizer: Any, tokens: Sequence[Token], text: str) -> list[tuple[int, int] | None] | None:
    """The offsets of the target’s own tokens, if these are they; the decoder is not fed the last, the end."""
    if not getattr(tokenizer, "is_fast", False):
        return None
    cut = tokenizer(text_target=text, return_offsets_mapping=True, verbose=False)
    ids, labels = [token.token_id for token in tokens], list(cut["input_ids"])
    n = next((n for n in (len(labels), len(labels) - 1) if 0 < n <= len(ids) and ids[-n:] == labels[:n]), 0)
    if not n:
        return None
    own = zip(tokens[-n:], cut["offset_mapping"], strict=False)
    return [None] * (len(ids) - n) + [None if t.special and a == b else (int(a), int(b)) for t, (a, b) in own]


def _spans_as_written(tokenizer: Any, tokens: Sequence[Token], text: str) -> list[tuple[int, int] | None] | None:
    """Spans from the tokens’ bytes, if they spell the text, or the text after a space, which decoding drops."""
    kind = kind_of_pieces(tokenizer)
    raw = [b"" if token.special else piece_bytes(token.piece, kind) for token in tokens]
    for before in ("", " "):
        if b"".join(raw) == (before + text).encode("utf-8"):
            shift = len(before)
            found = _byte_spans(raw, before + text)
            return [None if span is None else (max(0, span[0] - shift), span[1] - shift) for span in found]
    return None


def _byte_spans(raw: list[bytes], text: str) -> list[tuple[int, int] | None]:
    """Spans from byte counts: a character split over several tokens belongs to each of them."""
    starts = []  # the character that each byte belongs to
    for index, character in enumerate(text):
        starts += [index] * len(character.encode("utf-8"))
    spans: list[tuple[int, int] | None] = []
    at = 0
    for piece in raw:
        spans.append((starts[at], starts[at + len(piece) - 1] + 1) if piece else None)
        at += len(piece)
    return spans


def encode(tokenizer: Any, text: str, limit: int | None = None) -> list[int]:
    """The ids that the model is fed for a text, with the special tokens that the tokenizer adds itself.

    Raises:
        PlaygroundError: no tokens at all, or more than ``limit``.
    """
    ids = list(tokenizer(clean(text), verbose=False)["input_ids"])
    if not ids:
        raise PlaygroundError("There is no text yet, so there is nothing to run. Type a word or a sentence.")
    if limit is not None and len(ids) > limit:
        raise PlaygroundError(
            f"The text is {len(ids):,} tokens long; this model and page take {limit:,} at once. Shorten it."
        )
    return ids
