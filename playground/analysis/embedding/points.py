"""Which vectors a picture of the space shows: the text's among their neighbours, words by theme, or the vocabulary."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from ... import tokens as tokens_of
from ...errors import PlaygroundError
from ...models import LoadedModel
from ...trace import Array, Stack, Token, Trace
from ..typed import typed_ids
from .table import TokenTable, token_table
from .themes import READY, themes_of
from .vectors import levels, vectors_at

Which = Literal["text", "words", "vocabulary"]
KINDS = ("starts a word", "inside a word", "number", "sign", "part of a character", "special token")
FIRST_LEVEL = "token rows"


@dataclass(frozen=True)
class Gathering:
    """Which vectors are wanted; its fields are those that differ from one picture to the next."""

    which: Which = "text"
    level: str = FIRST_LEVEL
    """Of the text's: one of ``levels``; the model's first if it has no such level."""
    encoder: bool = False
    """Of the text's: True for an encoder–decoder's source."""
    around: int = 0
    """Of the text's: nearest rows of the token table drawn with each token, at the level "token rows"."""
    words: str = ""
    """Of words: see ``themes_of``."""
    many: int = 0
    """Of the vocabulary: how many of its tokens, evenly by id."""
    unit: bool = False
    """True to make every vector as long as 1."""


@dataclass(frozen=True, eq=False)
class Points:
    """Vectors with what is known of each."""

    names: tuple[str, ...]
    """(n,): visible texts of the tokens; typed words as they were typed."""
    vectors: Array
    """(n, d_model): made as long as 1 where that was asked."""
    lengths: Array
    """(n,): of the vectors before that."""
    token_ids: tuple[tuple[int, ...], ...]
    """(n,): the tokens of each; of several tokens the vector is the mean of their rows."""
    pos: np.ndarray
    """(n,): position in the text; −1 for what is not of the text."""
    kinds: tuple[str, ...]
    """(n,): one of ``KINDS``."""
    themes: tuple[str, ...]
    """(n,): the theme in whose list the word stands; "" where it stands in none."""
    level: str
    """Where the vectors were taken from, in words."""
    missing: tuple[str, ...] = ()
    """Words that have no token in this vocabulary."""


def gathered(model: LoadedModel, trace: Trace | None, wanted: Gathering) -> Points:
    """The vectors that are asked for.

    Args:
        model: whose vectors.
        trace: of the text; None where the text's are not asked for.
        wanted: which.

    Raises:
        PlaygroundError: a list has no word that the model knows; a level is asked for and the family hands none over.
    """
    if wanted.which == "text":
        assert trace is not None
        found = _text(model, trace.encoder if wanted.encoder and trace.encoder is not None else trace, wanted)
    elif wanted.which == "words":
        found = _words(model, wanted.words)
    else:
        found = _vocabulary(model, wanted.many)
    if not wanted.unit:
        return found
    lengths = found.lengths[:, None]
    vectors = np.divide(found.vectors, lengths, out=np.zeros_like(found.vectors), where=lengths > 0)
    return Points(**{**vars(found), "vectors": vectors})


def _text(model: LoadedModel, stack: Stack, wanted: Gathering) -> Points:
    there = levels(stack)
    if not there:
        raise PlaygroundError("This family hands over no vectors of the text. Choose the words or the vocabulary.")
    level = wanted.level if wanted.level in there else there[0]
    vectors = vectors_at(stack, level)
    ids, names = [t.token_id for t in stack.tokens], [t.text for t in stack.tokens]
    if level == FIRST_LEVEL and wanted.around:
        table = token_table(model)
        more = _around(table, stack.tokens, wanted.around)
        # The stack holds rows as the model adds them, which some families scale by √d_model: so the rows beside them.
        vectors = np.concatenate([vectors, table.rows[more] * _factor(table, stack, vectors)])
        ids, names = [*ids, *more], [*names, *tokens_of.vocabulary(model.tokenizer, more)]
    pos = np.full(len(ids), -1, np.int32)
    pos[: len(stack.tokens)] = np.arange(len(stack.tokens))
    return _points(model, names, vectors, [(i,) for i in ids], level, pos=pos)


def _around(table: TokenTable, tokens: tuple[Token, ...], count: int) -> list[int]:
    """Rows nearest to those of the text's tokens, the text's own left out, each once."""
    own = {token.token_id for token in tokens}
    found: dict[int, None] = {}
    for token_id in dict.fromkeys(token.token_id for token in tokens if not token.special):
        near = table.nearest(table.rows[token_id], count + len(own), (token_id,))
        found |= dict.fromkeys([i for i, _ in near if i not in own][:count])
    return list(found)


def _factor(table: TokenTable, stack: Stack, vectors: Array) -> float:
    """What the model multiplies rows by on their way in."""
    rows = table.rows[[token.token_id for token in stack.tokens]]
    square = float((rows.astype(np.float64) ** 2).sum())
    return float((rows.astype(np.float64) * vectors).sum()) / square if square else 1.0


def _words(model: LoadedModel, text: str) -> Points:
    names, ids, themes, missing = [], list[tuple[int, ...]](), [], []
    for theme, words in themes_of(text).items():
        for word in words:
            try:
                ids.append(tuple(typed_ids(model, word, both_texts=True)))
            except PlaygroundError:
                missing.append(word)
                continue
            names.append(word)
            themes.append(theme)
    if not names:
        raise PlaygroundError("None of these words has a token in this model's vocabulary. Type other words.")
    rows = token_table(model).rows
    vectors = np.stack([rows[list(one)].mean(0) for one in ids])
    return _points(model, names, vectors, ids, FIRST_LEVEL, themes=themes, missing=tuple(missing))


def _vocabulary(model: LoadedModel, many: int) -> Points:
    rows = token_table(model).rows
    chosen = np.unique(np.linspace(0, len(rows) - 1, min(many, len(rows))).astype(int)).tolist()
    names = tokens_of.vocabulary(model.tokenizer, chosen)
    return _points(model, names, rows[chosen], [(i,) for i in chosen], FIRST_LEVEL)


def _points(
    model: LoadedModel,
    names: list[str],
    vectors: Array,
    ids: list[tuple[int, ...]],
    level: str,
    *,
    pos: np.ndarray | None = None,
    themes: list[str] | None = None,
    missing: tuple[str, ...] = (),
) -> Points:
    special, marked = set(model.tokenizer.all_special_ids), tokens_of.kind_of_pieces(model.tokenizer)
    return Points(
        names=tuple(names),
        vectors=vectors.astype(np.float32),
        lengths=np.linalg.norm(vectors, axis=1).astype(np.float32),
        token_ids=tuple(ids),
        pos=np.full(len(names), -1, np.int32) if pos is None else pos,
        kinds=tuple(
            "starts a word" if themes else kind_of(name, marked, special=one[0] in special)
            for name, one in zip(names, ids, strict=True)
        ),
        themes=tuple(themes or (_THEME_OF.get(name.strip("␣").casefold(), "") for name in names)),
        level=level,
        missing=missing,
    )


_THEME_OF = {word.casefold(): theme for theme, words in themes_of(READY["everyday"]).items() for word in words}
"""Everyday word → its theme: it colours the text and the vocabulary too."""


def kind_of(name: str, marked: str, *, special: bool) -> str:
    """What a token is, one of ``KINDS``, told by its visible text.

    Args:
        name: its visible text, "␣cat".
        marked: how pieces are spelled (``tokens.kind_of_pieces``): WordPiece marks what goes on with ##, the others
            mark what begins with a space.
        special: whether it is a special token.
    """
    if special:
        return "special token"
    goes_on = name.startswith("##") if marked == "wordpiece" else not name.startswith("␣") and marked != "plain"
    core = name.removeprefix("##") if marked == "wordpiece" else name.strip("␣")
    if "\\x" in core or tokens_of.BYTE_PIECE.fullmatch(core):
        return "part of a character"
    if core.isnumeric():
        return "number"
    if not any(character.isalpha() for character in core):
        return "sign"
    return "inside a word" if goes_on else "starts a word"
