"""The tokenizer's vocabulary: every token with what it stands for, found by text, id or pattern."""

from __future__ import annotations

import fnmatch
import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

import numpy as np

from .. import tokens as tokens_of
from ..errors import PlaygroundError
from ..models import LoadedModel

KINDS = ("start", "inside", "number", "sign", "blank", "bytes", "special")
"""What a token may be: a word with the blank before it; letters without one; digits; other signs; blanks alone; bytes
that are a part of a character; a special token."""
ALL = "all"
NO_SCRIPT, MIXED = "no letters", "several"
LONGEST = 17
"""Lengths from here on are counted together."""
Order = Literal["id", "longest"]


@dataclass(frozen=True, eq=False)
class Vocabulary:
    """All tokens of a tokenizer. Sequences and arrays are (ids,); an id without a token has the piece ""."""

    pieces: tuple[str, ...]
    texts: tuple[str, ...]
    """What people see."""
    lower: tuple[str, ...]
    """The texts without the difference between capital and small letters, for the search."""
    raw: tuple[bytes, ...]
    """Bytes that each token stands for; empty for special tokens."""
    n_characters: np.ndarray
    """int32; 0 for special tokens and for parts of characters."""
    kinds: np.ndarray
    """uint8: indices into ``KINDS``."""
    scripts: tuple[str, ...]
    """Names of the scripts that occur, the most frequent first."""
    script: np.ndarray
    """uint16: indices into ``scripts``."""
    there: np.ndarray
    """bool: whether the id has a token."""

    def __len__(self) -> int:
        return int(self.there.sum())


@dataclass(frozen=True, eq=False)
class Search:
    """What was found in a vocabulary."""

    ids: np.ndarray
    """int64, in the order that was asked for."""
    how: Literal["all", "text", "id", "pattern"]
    """What the query was taken for."""


def vocabulary_of(model: LoadedModel) -> Vocabulary:
    """The vocabulary of a model's tokenizer: made once and kept with the tokenizer."""
    tokenizer: Any = model.tokenizer
    known = getattr(tokenizer, "_playground_vocabulary", None)
    if known is None:
        known = tokenizer._playground_vocabulary = _made(tokenizer)
    assert isinstance(known, Vocabulary)
    return known


def _made(tokenizer: Any) -> Vocabulary:
    by_piece: dict[str, int] = tokenizer.get_vocab()
    size = max(by_piece.values(), default=-1) + 1
    pieces = [""] * size
    there = np.zeros(size, bool)
    for piece, token_id in by_piece.items():
        pieces[token_id] = piece
        there[token_id] = True
    spelling, special = tokens_of.kind_of_pieces(tokenizer), set(tokenizer.all_special_ids)
    texts, raws = [""] * size, [b""] * size
    lengths, kinds, scripts = np.zeros(size, np.int32), np.zeros(size, np.uint8), np.zeros(size, np.int64)
    names: dict[str, int] = {}
    for i, piece in enumerate(pieces):
        if i in special:
            texts[i], kinds[i] = piece, KINDS.index("special")
            scripts[i] = names.setdefault(NO_SCRIPT, len(names))
            continue
        raw = raws[i] = tokens_of.piece_bytes(piece, spelling)
        texts[i] = tokens_of.piece_text(piece, spelling)
        kind, text = _kind(piece, raw, spelling)
        kinds[i], lengths[i] = KINDS.index(kind), len(text)
        scripts[i] = names.setdefault(_script(text), len(names))
    counts = np.bincount(scripts[there], minlength=len(names))
    order = np.argsort(-counts, kind="stable")
    place = np.empty(len(names), np.uint16)
    place[order] = np.arange(len(names))
    listed = list(names)
    return Vocabulary(
        tuple(pieces), tuple(texts), tuple(text.casefold() for text in texts), tuple(raws), lengths, kinds,
        tuple(listed[i] for i in order), place[scripts] if size else scripts.astype(np.uint16), there,
    )  # fmt: skip


def _kind(piece: str, raw: bytes, spelling: str) -> tuple[str, str]:
    """The kind of a token, and its characters where it has whole ones."""
    if spelling == "metaspace" and tokens_of.BYTE_PIECE.fullmatch(piece):
        return "bytes", ""
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        return "bytes", ""
    bare = text.strip()
    if not bare:
        return "blank", text
    if any(c.isalpha() for c in bare):
        begins = not piece.startswith("##") if spelling == "wordpiece" else text[0].isspace()
        return ("start" if begins else "inside"), text
    return ("number" if all(c.isdigit() for c in bare) else "sign"), text


def _script(text: str) -> str:
    """The script of a text's letters."""
    found = {_script_of(c) for c in text if c.isalpha()} if not text.isascii() else {"Latin"} & _ascii_script(text)
    found.discard("")
    return NO_SCRIPT if not found else found.pop() if len(found) == 1 else MIXED


def _ascii_script(text: str) -> set[str]:
    return {"Latin"} if any(c.isalpha() for c in text) else set()


# Where the first word of a letter's Unicode name is not the name that people know its script by.
_NAMES = {
    "cjk": "Chinese", "ideographic": "Chinese", "hangul": "Korean", "hiragana": "Japanese", "katakana": "Japanese",
    "katakana-hiragana": "Japanese", "canadian": "Canadian syllabics", "ol": "Ol Chiki", "old": "Old scripts",
}  # fmt: skip
# First words of names that tell no script: the letter it is a form of does.
_FORMS = {
    "modifier", "mathematical", "fullwidth", "halfwidth", "circled", "parenthesized", "squared", "double-struck",
    "script", "black-letter", "superscript", "subscript", "feminine", "masculine", "micro", "kelvin", "angstrom", "ohm",
    "turned", "planck", "euler", "information", "negative", "regional", "limbu",
}  # fmt: skip


@cache
def _script_of(letter: str) -> str:
    """The script of a letter, by its name in Unicode; "" for one that belongs to none."""
    first = unicodedata.name(letter, "").lower().partition(" ")[0]
    if first in _FORMS:
        plain = unicodedata.normalize("NFKC", letter)[:1]
        return _script_of(plain) if plain != letter and plain.isalpha() else ""
    return _NAMES.get(first, first.capitalize())


def search(
    vocabulary: Vocabulary,
    query: str = "",
    *,
    kind: str = ALL,
    script: str = ALL,
    length: int = 0,
    order: Order = "id",
) -> Search:
    """The tokens that a query means, among those of a kind, a script and a length.

    Args:
        vocabulary: of a tokenizer.
        query: ``un`` for all tokens that hold it, capital or small; ``#42`` or ``#40-50`` for ids; with ``*`` (any
            characters), ``?`` (one) or ``[a-f]`` (one of these) for tokens of which the whole is so, but for a blank
            or ## before it, such as ``un*`` or ``???``. A blank is written as one, or as ␣. "" finds all.
        kind: one of ``KINDS``, or ``ALL``.
        script: one of ``vocabulary.scripts``, or ``ALL``.
        length: characters; 0 for any length, ``LONGEST`` for that many or more.
        order: "id", with the token that is the query itself first, or "longest".

    Raises:
        PlaygroundError: there is no such id.
    """
    among = vocabulary.there.copy()
    if kind != ALL:
        among &= vocabulary.kinds == (KINDS.index(kind) if kind in KINDS else len(KINDS))
    if script != ALL:
        named = vocabulary.scripts.index(script) if script in vocabulary.scripts else len(vocabulary.scripts)
        among &= vocabulary.script == named
    if length:
        among &= vocabulary.n_characters >= length if length >= LONGEST else vocabulary.n_characters == length
    typed = query.replace(" ", "␣").casefold()
    how: Literal["all", "text", "id", "pattern"]
    if not query:
        ids, how = np.flatnonzero(among), "all"
    elif numbers := re.fullmatch(r"#(\d{1,9})(?:\s*[-–]\s*#?(\d{1,9}))?", query.strip()):
        ids, how = _by_id(vocabulary, among, int(numbers[1]), int(numbers[2] or numbers[1])), "id"
    elif len(query) > 1 and ("*" in query or "?" in query):
        ids, how = _like(vocabulary, among, typed), "pattern"
    else:
        ids, how = _holding(vocabulary, among, typed), "text"
    return Search(_ordered(vocabulary, ids, typed if how == "text" else "", order), how)


def _by_id(vocabulary: Vocabulary, among: np.ndarray, first: int, last: int) -> np.ndarray:
    if first >= len(among) or last < first:
        raise PlaygroundError(f"The ids of this vocabulary go from 0 to {len(among) - 1:,}. Type #42, or #40-50.")
    return np.flatnonzero(among[first : last + 1]) + first


def _holding(vocabulary: Vocabulary, among: np.ndarray, text: str) -> np.ndarray:
    lower = vocabulary.lower
    return np.array([i for i in np.flatnonzero(among).tolist() if text in lower[i]], np.int64)


def _like(vocabulary: Vocabulary, among: np.ndarray, pattern: str) -> np.ndarray:
    """Wildcards rather than regular expressions: no pattern takes longer than its length times the token's."""
    lower = vocabulary.lower
    candidates = np.flatnonzero(among).tolist()
    for literal in sorted(re.split(r"[*?]|\[.*?\]", pattern), key=len)[-1:]:
        if literal:
            candidates = [i for i in candidates if literal in lower[i]]
    # A blank or ## before a token is left aside, unless the pattern begins with one itself.
    front = "" if pattern.startswith(("␣", "##")) else r"(?:␣|\#\#|(?!␣|\#\#))"
    fits = re.compile(front + fnmatch.translate(pattern)).match
    return np.array([i for i in candidates if fits(lower[i])], np.int64)


def _ordered(vocabulary: Vocabulary, ids: np.ndarray, query: str, order: Order) -> np.ndarray:
    if order == "longest":
        return ids[np.lexsort((ids, -vocabulary.n_characters[ids]))]
    if not query:
        return ids
    lower = vocabulary.lower
    exact = [i for i in ids.tolist() if len(lower[i]) <= len(query) + 2 and lower[i].lstrip("␣#") == query.lstrip("␣#")]
    rest = ids[~np.isin(ids, exact)]
    return np.concatenate([np.array(exact, np.int64), rest])


def text_with(model: LoadedModel, token_id: int) -> tuple[str, int] | None:
    """A short text in which a token stands, and its position there; None where none was found.

    Most tokens are their own text. One that goes on with a word needs something before it, and bytes that are a part of
    a character need the rest of it: some of what could stand there is tried.
    """
    vocabulary, tokenizer = vocabulary_of(model), model.tokenizer
    for text in _texts_with(vocabulary, token_id):
        try:
            ids = tokens_of.encode(tokenizer, text)
        except PlaygroundError:
            continue
        if token_id in ids:
            return text, ids.index(token_id)
    return None


def _texts_with(vocabulary: Vocabulary, token_id: int) -> list[str]:
    raw, piece = vocabulary.raw[token_id], vocabulary.pieces[token_id]
    if KINDS[vocabulary.kinds[token_id]] == "special":
        return [piece, f"a {piece}"]
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        text = ""
    if text:
        before = ("", "a", "the", "un", "x", "s", "a ", "1")
        return [*(f"{first}{text}" for first in before), f"{text}a"]
    return _completed(raw)


def _completed(raw: bytes) -> list[str]:
    """Characters that some bytes are a part of: several beginnings and ends are tried."""
    found: list[str] = []
    for before in (b"", b"\xc3", b"\xe4", b"\xe4\xb8", b"\xe0\xa4", b"\xf0\x9f", b"\xf0\x9f\x98", b"\xf0"):
        for rest in range(0x80, 0xC0):
            for middle in (None, b"", b"\x80", b"\x98", b"\x9f\x98"):
                end = b"" if middle is None else middle + bytes([rest])
                try:
                    found.append((before + raw + end).decode("utf-8"))
                except UnicodeDecodeError:
                    continue
            if len(found) > 120:
                return list(dict.fromkeys(found))
    return list(dict.fromkeys(found))
