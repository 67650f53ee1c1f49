"""Several tokenizers on one text, on one sentence in many languages, and one model fed the ids of another's tokenizer.

from playground.models import load_tokenizer

found = compare_tokenizers({name: load_tokenizer(name) for name in ("storyteller", "cloze")}, "Hello, how are you?")
found.entries[0].n_text, found.entries[0].tokens_per_word(found)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from ...errors import PlaygroundError
from ...models import load_tokenizer
from ...tokens import clean, describe, encode, vocabulary, words
from ...trace import Token, Trace
from .languages import SENTENCES, Sentence

if TYPE_CHECKING:
    from ...models import LoadedModel

__all__ = [
    "SENTENCES", "Comparison", "Fed", "FedToken", "Sentence", "Stretch", "Tax", "Tokenized", "compare_tokenizers",
    "compared", "fed", "fed_ids", "language_tax", "taxed",
]  # fmt: skip


@dataclass(frozen=True)
class Tokenized:
    """One tokenizer's work on the text."""

    name: str
    algorithm: str
    """``"BPE"``, ``"WordPiece"``, ``"Unigram"``, …; "" where the tokenizer does not say."""
    n_vocabulary: int
    tokens: tuple[Token, ...]
    """All that a model would be fed, special tokens included, with spans of the text."""
    n_text: int
    """Tokens that stand for the text: without those that the tokenizer added itself."""
    unknown_id: int | None
    """Of the token that stands for what the vocabulary has no pieces for, and what is lost; None: nothing is."""
    n_unknown: int
    """Of these among the tokens of the text."""
    exact: bool
    """Whether decoding the tokens of the text gives it back, character for character."""

    def tokens_per_word(self, found: Comparison) -> float:
        """Tokens of the text by its words; nan where it has none. Called fertility in the literature."""
        return self.n_text / found.n_words if found.n_words else float("nan")

    def bytes_per_token(self, found: Comparison) -> float:
        """How much of the text one token stands for, in bytes of UTF-8."""
        return found.n_bytes / self.n_text if self.n_text else float("nan")


@dataclass(frozen=True)
class Stretch:
    """Characters between two neighbouring cuts of any of the tokenizers."""

    start: int
    end: int
    tokens: tuple[tuple[int, int] | None, ...]
    """For each tokenizer the first token that stands over the stretch, and how many do: one, but for characters that
    are cut into bytes. None: no token does, as for a space that is left out."""


@dataclass(frozen=True)
class Comparison:
    """Some tokenizers on one text."""

    text: str
    n_words: int
    n_characters: int
    n_bytes: int
    """Of UTF-8."""
    entries: tuple[Tokenized, ...]
    stretches: tuple[Stretch, ...]
    """They tile the text."""


@dataclass(frozen=True)
class Tax:
    """One tokenizer on one sentence in many languages."""

    name: str
    counts: tuple[int, ...]
    """Tokens of each of ``SENTENCES``, without those that the tokenizer adds itself."""
    unknown: tuple[int, ...]
    """How many of them stand for something unknown."""


@dataclass(frozen=True)
class FedToken:
    """One id that a tokenizer wrote and another model reads."""

    token_id: int
    written: str
    """What it stands for in the vocabulary that it comes from."""
    read: str | None
    """What it stands for in the vocabulary of the model; None: the model has no row for it."""


@dataclass(frozen=True)
class Fed:
    """A model fed the ids of another's tokenizer."""

    reader: str
    writer: str
    n_rows: int
    """Rows of the reader's token table."""
    tokens: tuple[FedToken, ...]
    own_bits: float | None
    """Mean surprise of the model at the text's tokens, by its own ids; None: it is no decoder, or one token is all."""
    fed_bits: float | None
    """The same by the other's ids; None also where an id is past the model's table."""


def compare_tokenizers(tokenizers: Mapping[str, Any], text: str) -> Comparison:
    """Some tokenizers on one text, and the text cut wherever one of them cuts.

    Raises:
        PlaygroundError: a tokenizer makes no tokens at all of the text.
    """
    text = clean(text)
    entries = tuple(_tokenized(name, tokenizer, text) for name, tokenizer in tokenizers.items())
    return Comparison(
        text=text,
        n_words=len(words(text)),
        n_characters=len(text),
        n_bytes=len(text.encode()),
        entries=entries,
        stretches=_stretches(text, entries),
    )


def language_tax(name: str, tokenizer: Any) -> Tax:
    """How many tokens a tokenizer makes of each of ``SENTENCES``."""
    unk = tokenizer.unk_token_id
    ids = [_text_ids(tokenizer, sentence.text) for sentence in SENTENCES]
    return Tax(name, tuple(map(len, ids)), tuple(sum(i == unk for i in own) for own in ids))


def compared(model: LoadedModel, trace: Trace, text: str, others: tuple[str, ...]) -> Comparison:
    """``compare_tokenizers`` with a model's own first, for the engine; ``trace`` is not read."""
    return compare_tokenizers(_named(model, others), text)


def taxed(model: LoadedModel, trace: Trace, others: tuple[str, ...]) -> tuple[Tax, ...]:
    """``language_tax`` of a model's own tokenizer and of others, for the engine; ``trace`` is not read."""
    return tuple(language_tax(name, tokenizer) for name, tokenizer in _named(model, others).items())


def fed(model: LoadedModel, trace: Trace, text: str, writer: str) -> Fed:
    """``fed_ids`` with the tokenizer of the model called ``writer``.

    Raises:
        PlaygroundError: that tokenizer is not here, or makes no tokens of the text.
    """
    return fed_ids(model, trace, text, writer, load_tokenizer(writer))


def fed_ids(model: LoadedModel, trace: Trace, text: str, writer: str, tokenizer: Any) -> Fed:
    """What a model reads when it is fed the ids that another's tokenizer makes of a text.

    Args:
        model: that reads.
        trace: its pass over the text by its own ids.
        text: as it was typed.
        writer: what the other tokenizer is called.
        tokenizer: that writes the ids.

    Raises:
        PlaygroundError: the other tokenizer makes no tokens of the text.
    """
    n_rows, ids = model.info.vocab_size, encode(tokenizer, text)
    names = iter(vocabulary(model.tokenizer, [i for i in ids if i < n_rows]))
    read = [next(names) if i < n_rows else None for i in ids]
    tokens = zip(ids, vocabulary(tokenizer, ids), read, strict=True)
    bits = _mean_bits(model, trace), _mean_bits_of(model, ids)
    return Fed(model.info.id, writer, n_rows, tuple(FedToken(*token) for token in tokens), *bits)


def _mean_bits(model: LoadedModel, trace: Trace) -> float | None:
    from ..prompting import surprisal

    if model.info.kind != "decoder" or len(trace) < 2 or trace.logits is None:
        return None
    return surprisal(model, trace).mean_bits


def _mean_bits_of(model: LoadedModel, ids: list[int]) -> float | None:
    """By one more pass, over ids."""
    from ...hooks import capture

    room = model.info.context
    fits = max(ids) < model.info.vocab_size and (room is None or len(ids) <= room)
    if model.info.kind != "decoder" or len(ids) < 2 or not fits:
        return None
    try:
        return _mean_bits(model, capture(model, ids))
    except PlaygroundError:  # more tokens than one pass may take here
        return None


def _named(model: LoadedModel, others: tuple[str, ...]) -> dict[str, Any]:
    return {model.info.id: model.tokenizer} | {name: load_tokenizer(name) for name in others}


def _tokenized(name: str, tokenizer: Any, text: str) -> Tokenized:
    tokens = describe(tokenizer, encode(tokenizer, text), text)
    ids = [token.token_id for token in tokens if token.span is not None or not token.special]
    unk = tokenizer.unk_token_id
    # GPT-2 names its end token as the one for what is unknown, and never needs one: bytes spell everything. Where the
    # name of the token itself was typed, what stands there is not lost.
    if unk is not None and (unk == tokenizer.eos_token_id or tokenizer.convert_ids_to_tokens(unk) in text):
        unk = None
    return Tokenized(
        name=name,
        algorithm=_algorithm(tokenizer),
        n_vocabulary=len(tokenizer),
        tokens=tokens,
        n_text=len(ids),
        unknown_id=unk,
        n_unknown=sum(i == unk for i in ids),
        exact=str(tokenizer.decode(ids)) == text,
    )


def _text_ids(tokenizer: Any, text: str) -> list[int]:
    """Without the special tokens that the tokenizer adds itself."""
    return list(tokenizer(clean(text), add_special_tokens=False, verbose=False)["input_ids"])


def _algorithm(tokenizer: Any) -> str:
    backend = getattr(tokenizer, "backend_tokenizer", None)
    return "" if backend is None else type(backend.model).__name__


def _stretches(text: str, entries: tuple[Tokenized, ...]) -> tuple[Stretch, ...]:
    spans = [
        [(i, *t.span) for i, t in enumerate(e.tokens) if t.span is not None and t.span[0] < t.span[1]] for e in entries
    ]
    cuts = sorted({0, len(text), *(edge for own in spans for _, start, end in own for edge in (start, end))})
    over = [_over(own, cuts) for own in spans]
    return tuple(Stretch(start, end, tuple(own.get(start) for own in over)) for start, end in pairwise(cuts))


def _over(spans: list[tuple[int, int, int]], cuts: list[int]) -> dict[int, tuple[int, int]]:
    """Start of a stretch → the tokens over it: (first, how many)."""
    place = {cut: n for n, cut in enumerate(cuts)}
    found: dict[int, tuple[int, int]] = {}
    for i, start, end in spans:
        for n in range(place[start], place[end]):
            first, count = found.get(cuts[n], (i, 0))
            found[cuts[n]] = (first, count + 1)
    return found
