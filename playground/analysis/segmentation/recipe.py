"""What a tokenizer's own description says: vocabulary, merges or scores, added tokens, and the stages around them."""

from __future__ import annotations

import json
import re
import unicodedata
from dataclasses import dataclass
from typing import Any

from ...errors import PlaygroundError
from .records import Stage

REPLAYED = ("BPE", "WordPiece", "Unigram")
BYTE_PIECES = tuple(f"<0x{byte:02X}>" for byte in range(256))
"""How vocabularies with byte fallback write a byte."""


@dataclass(frozen=True)
class AddedToken:
    """A token that is looked for in the text before the tokenizer's model sees it."""

    token_id: int
    content: str
    single_word: bool
    """Only where no letter or digit stands beside it."""
    lstrip: bool
    """Spaces in front of it belong to it."""
    rstrip: bool
    normalized: bool
    """Looked for in the normalised text, not in the typed one."""


@dataclass(frozen=True, eq=False)
class Wanted:
    """Added tokens to look for."""

    tokens: dict[str, AddedToken]
    """By how they are written."""
    pattern: re.Pattern[str] | None
    """The longest of those that begin at a place; None: there are none."""


@dataclass(frozen=True, eq=False)
class Recipe:
    """A tokenizer, read once."""

    algorithm: str
    options: dict[str, Any]
    """The model's settings, such as ``byte_fallback``."""
    vocab: dict[str, int]
    pieces: dict[int, str]
    """The vocabulary the other way round."""
    merges: dict[tuple[str, str], tuple[int, str]]
    """Pair → (rank, joined piece)."""
    scores: dict[str, float]
    least_score: float
    longest: int
    """Characters of the longest piece."""
    typed: Wanted
    """Added tokens that are looked for in the typed text."""
    late: Wanted
    """Those that are looked for in the normalised text, as the normaliser makes them."""
    normalizers: tuple[Stage, ...]
    pre_tokenizers: tuple[Stage, ...]
    before: tuple[int, ...]
    """Ids that the post-processor puts in front of a text."""
    after: tuple[int, ...]
    size: int
    """Tokens that the tokenizer had when it was read: more may be added to it later."""


def recipe_of(tokenizer: Any) -> Recipe:
    """A tokenizer's recipe, read anew where tokens were added to it.

    Raises:
        PlaygroundError: it is of a kind that cannot be replayed.
    """
    cached = getattr(tokenizer, "_playground_recipe", None)
    if cached is None or cached.size != len(tokenizer):
        cached = tokenizer._playground_recipe = _read(tokenizer)
    return cached


def _read(tokenizer: Any) -> Recipe:
    backend = getattr(tokenizer, "backend_tokenizer", None)
    if backend is None:
        raise PlaygroundError(
            "This tokenizer runs as Python code of its own and keeps no description of its steps, so they cannot be"
            " shown one by one. Its tokens stand in the view “Tokens”."
        )
    spec = json.loads(backend.to_str())
    model = spec["model"]
    algorithm = model.get("type") or ""
    if algorithm not in REPLAYED:
        raise PlaygroundError(
            f"This tokenizer splits words by {algorithm or 'a way without a name'}, and the steps of BPE, WordPiece and"
            " Unigram are shown here. Its tokens stand in the view “Tokens”."
        )
    if model.get("dropout") or model.get("alpha"):
        raise PlaygroundError("This tokenizer draws its splits at random, so there is no one way that could be shown.")
    if algorithm == "Unigram":
        vocab = {piece: i for i, (piece, _) in enumerate(model["vocab"])}
        scores = {piece: float(score) for piece, score in model["vocab"]}
    else:
        vocab, scores = model["vocab"], {}
    prefix = len(model.get("continuing_subword_prefix") or "") if algorithm == "BPE" else 0
    before, after = _around(spec.get("post_processor"))
    added = [
        AddedToken(t["id"], t["content"], t["single_word"], t["lstrip"], t["rstrip"], t["normalized"])
        for t in spec["added_tokens"]
        if not (t["special"] and backend.encode_special_tokens)
    ]
    normalize = backend.normalizer.normalize_str if backend.normalizer is not None else str
    return Recipe(
        algorithm=algorithm,
        options={key: value for key, value in model.items() if key not in ("vocab", "merges")},
        vocab=vocab,
        pieces={token_id: piece for piece, token_id in vocab.items()},
        merges=_merges(model.get("merges") or (), prefix),
        scores=scores,
        least_score=min(scores.values(), default=0.0),
        longest=max(map(len, vocab), default=1),
        typed=_wanted([(token.content, token) for token in added if not token.normalized]),
        late=_wanted([(normalize(token.content), token) for token in added if token.normalized]),
        normalizers=_stages(spec.get("normalizer"), "normalizers"),
        pre_tokenizers=_stages(spec.get("pre_tokenizer"), "pretokenizers"),
        before=before,
        after=after,
        size=len(tokenizer),
    )


def _merges(listed: Any, prefix: int) -> dict[tuple[str, str], tuple[int, str]]:
    """Old files write a merge as one text with a space in it."""
    pairs = ((pair.split(" ", 1) if isinstance(pair, str) else pair) for pair in listed)
    return {(left, right): (rank, left + right[prefix:]) for rank, (left, right) in enumerate(pairs)}


def _stages(spec: dict[str, Any] | None, inner: str) -> tuple[Stage, ...]:
    """Stages in the order in which they work; those that are empty do nothing."""
    if spec is None:
        return ()
    if spec["type"] == "Sequence":
        return tuple(stage for item in spec[inner] for stage in _stages(item, inner))
    options = ((key, value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)) for key, value in
               spec.items() if key not in ("type", "precompiled_charsmap"))  # fmt: skip
    return (Stage(spec["type"], tuple(options)),)


def _around(spec: dict[str, Any] | None) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Ids in front of a text and behind it."""
    if spec is None or spec["type"] == "ByteLevel":
        return (), ()
    if spec["type"] in ("BertProcessing", "RobertaProcessing"):
        return (spec["cls"][1],), (spec["sep"][1],)
    if spec["type"] == "Sequence":
        around = [_around(item) for item in spec["processors"]]
        before = tuple(i for one, _ in reversed(around) for i in one)
        return before, tuple(i for _, one in around for i in one)
    if spec["type"] != "TemplateProcessing":
        raise PlaygroundError(f"This tokenizer ends with a step called {spec['type']}, which cannot be replayed here.")
    ids: tuple[list[int], list[int]] = ([], [])
    behind = 0
    for item in spec["single"]:
        if "Sequence" in item:
            behind = 1
        else:
            ids[behind].extend(spec["special_tokens"][item["SpecialToken"]["id"]]["ids"])
    return tuple(ids[0]), tuple(ids[1])


def _wanted(added: list[tuple[str, AddedToken]]) -> Wanted:
    tokens = {content: token for content, token in added if content}
    longest_first = "|".join(re.escape(content) for content in sorted(tokens, key=len, reverse=True))
    return Wanted(tokens, re.compile(longest_first) if tokens else None)


def found_in(text: str, wanted: Wanted) -> list[tuple[int, int, int | None]]:
    """A text cut at added tokens: (start, end, token id), None for what lies between them.

    As the library does it: from left to right, the longest of those that begin at a place; a token that must stand
    alone and does not is passed over, and what it covers is not looked at again.
    """
    if not text:
        return []
    if wanted.pattern is None:
        return [(0, len(text), None)]
    found: list[tuple[int, int, int | None]] = []
    reached = 0
    for match in wanted.pattern.finditer(text):
        token, (start, end) = wanted.tokens[match[0]], match.span()
        if token.single_word and (_in_word(text[:start][-1:]) or _in_word(text[end : end + 1])):
            continue
        if token.lstrip:
            start = max(len(text[:start].rstrip(_WHITE)), reached)
        if token.rstrip:
            end = len(text) - len(text[end:].lstrip(_WHITE))
        if reached < start:
            found.append((reached, start, None))
        found.append((start, end, token.token_id))
        reached = end
    if reached < len(text):
        found.append((reached, len(text), None))
    return found


def _in_word(character: str) -> bool:
    """Whether Rust's ``\\w`` matches; Python's takes ² and leaves out combining marks."""
    if not character:
        return False
    category = unicodedata.category(character)
    return category[0] in "LM" or category in ("Nd", "Nl", "Pc") or bool(re.match(_LETTERS_IN_SIGNS, character))


_LETTERS_IN_SIGNS = "[\u200c\u200d\u24b6-\u24e9\U0001f130-\U0001f149\U0001f150-\U0001f169\U0001f170-\U0001f189]"
"""Joiners, and letters in circles and squares."""
_WHITE = "\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))
"""Rust's white space; Python's has four control characters more."""
