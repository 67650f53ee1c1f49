"""How surprised a model is by each token of a text."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from ... import tokens as tokens_of
from ...errors import PlaygroundError
from ...models import LoadedModel
from ...trace import Array, Token, Trace
from ..sampling import softmax

LN2 = float(np.log(2.0))
CHUNK = 64
"""Positions whose distributions are looked at together."""


@dataclass(frozen=True, eq=False)
class Surprisal:
    """One text. Arrays are (seq,); NaN (0 for ids and ranks) where the model predicted nothing: a decoder's first
    token, an encoder's special tokens."""

    tokens: tuple[Token, ...]
    bits: Array
    """−log2 of the probability that the model gave to the token that stands there."""
    ranks: np.ndarray
    """1 where it was the model's first guess."""
    guesses: np.ndarray
    """Id of the model's first guess for that place."""
    guess_probs: Array
    """Its probability."""
    pseudo: bool
    """True for an encoder: each token was masked in turn, and the others on both sides were in view."""

    @property
    def mean_bits(self) -> float:
        """Per token that was predicted."""
        return float(np.nanmean(self.bits))

    @property
    def perplexity(self) -> float:
        """2 to the mean: among how many equally probable tokens the model would be as uncertain. For an encoder the
        pseudo-perplexity of Salazar et al. (2020)."""
        return float(2**self.mean_bits)

    @property
    def bits_per_byte(self) -> float:
        """Total over the bytes of the predicted tokens: can be compared between tokenizers."""
        predicted = ~np.isnan(self.bits)
        n_bytes = sum(t.n_bytes for t, there in zip(self.tokens, predicted, strict=True) if there)
        return float(np.nansum(self.bits) / n_bytes) if n_bytes else float("nan")

    @property
    def most_wrong(self) -> int:
        """Position of the largest surprisal."""
        return int(np.nanargmax(self.bits))


def surprisal(model: LoadedModel, trace: Trace, cancelled: Callable[[], bool] = lambda: False) -> Surprisal:
    """Surprisals of a trace's text; of an encoder–decoder's target, given the source.

    A decoder's come from the trace itself. An encoder sees the token that it should predict, so the text is run once
    for each token, with that token masked.

    Raises:
        PlaygroundError: fewer than two tokens; an encoder without a mask token; cancelled.
    """
    if model.info.kind == "encoder":
        return _masked_in_turn(model, trace, cancelled)
    if len(trace) < 2:
        raise PlaygroundError("One token predicts nothing that stands here. Type at least two.")
    found = _Record(trace.tokens)
    for start in range(0, len(trace) - 1, CHUNK):
        logits = trace.logits[start : min(start + CHUNK, len(trace) - 1)].astype(np.float64)
        logits -= logits.max(-1, keepdims=True)
        found.fill(start + 1, logits - np.log(np.exp(logits).sum(-1, keepdims=True)))
    return found.surprisal(pseudo=False)


def _masked_in_turn(model: LoadedModel, trace: Trace, cancelled: Callable[[], bool]) -> Surprisal:
    found, steps = None, surprisal_in_steps(model, trace)
    while not cancelled():
        try:
            found = next(steps)
        except StopIteration:
            assert found is not None
            return found
    raise PlaygroundError("Stopped before every token was masked once. Start it again for the whole text.")


def surprisal_in_steps(model: LoadedModel, trace: Trace) -> Iterator[Surprisal]:
    """``surprisal`` of an encoder's text as far as it has come: the same text with one token masked after another, as
    many of them in a pass as fit.

    Raises:
        PlaygroundError: no mask token; nothing but special tokens.
    """
    from ..rows import MOST_TOKENS, log_probs_at

    mask: Any = model.tokenizer.mask_token_id
    if mask is None:
        raise PlaygroundError("This encoder-only model has no mask token, so nothing can be hidden from it.")
    ids = [t.token_id for t in trace.tokens]
    places = [i for i, token in enumerate(trace.tokens) if not token.special]
    if not places:
        raise PlaygroundError("The text has only special tokens. Type some words.")
    record, together = _Record(trace.tokens), max(1, MOST_TOKENS // len(ids) // 4)
    for start in range(0, len(places), together):
        part = places[start : start + together]
        rows = [[*ids[:i], mask, *ids[i + 1 :]] for i in part]
        for place, row in zip(part, log_probs_at(model, rows, [[i] for i in part]), strict=True):
            record.fill(place, row.numpy())
        yield record.surprisal(pseudo=True)


def expected_at(model: LoadedModel, trace: Trace, pos: int) -> Array:
    """(vocab_size,) probabilities that the model gave for the place of a token, before it knew the token: behind those
    before it, or for an encoder with the token masked.

    Raises:
        PlaygroundError: nothing stands before the first token; an encoder without a mask token.
    """
    if model.info.kind != "encoder":
        if pos < 1:
            raise PlaygroundError("Nothing stands before the first token, so the model predicted nothing there.")
        return softmax(trace.logits[pos - 1])
    from ..rows import log_probs_at

    mask: Any = model.tokenizer.mask_token_id
    if mask is None:
        raise PlaygroundError("This encoder-only model has no mask token, so nothing can be hidden from it.")
    ids = [t.token_id for t in trace.tokens]
    (found,) = log_probs_at(model, [[*ids[:pos], mask, *ids[pos + 1 :]]], [[pos]])
    return np.exp(found[0].numpy())


class _Record:
    """Reduces log-probabilities as they come: those of the whole vocabulary for every token would be too large."""

    def __init__(self, tokens: tuple[Token, ...]) -> None:
        self._tokens, n = tokens, len(tokens)
        self._bits, self._guess_probs = np.full(n, np.nan, np.float32), np.full(n, np.nan, np.float32)
        self._ranks, self._guesses = np.zeros(n, np.int64), np.zeros(n, np.int64)

    def fill(self, start: int, log_probs: np.ndarray) -> None:
        """``log_probs`` (n, vocab_size) are for the tokens that stand at ``start`` and after it."""
        places = slice(start, start + len(log_probs))
        ids = [t.token_id for t in self._tokens[places]]
        own = log_probs[np.arange(len(ids)), ids]
        self._bits[places] = np.maximum(0, -own / LN2)
        self._ranks[places] = (log_probs > own[:, None]).sum(-1) + 1
        self._guesses[places] = log_probs.argmax(-1)
        self._guess_probs[places] = np.exp(log_probs.max(-1))

    def surprisal(self, *, pseudo: bool) -> Surprisal:
        arrays = (self._bits, self._ranks, self._guesses, self._guess_probs)
        bits, ranks, guesses, probs = (array.copy() for array in arrays)
        return Surprisal(self._tokens, bits, ranks, guesses, probs, pseudo)


@dataclass(frozen=True, eq=False)
class AsChat:
    """A text in a chat model's own template."""

    surprisal: Surprisal
    """Of all tokens that are fed then."""
    own: tuple[int, int] | None
    """From and to which of them the text itself stands; None where its tokens are cut otherwise there."""

    def mean_bits(self, raw: Surprisal) -> tuple[float, float] | None:
        """Mean surprisal of the text's own tokens, alone and in the template, over those that both predict."""
        if self.own is None:
            return None
        inside = self.surprisal.bits[slice(*self.own)]
        alone = raw.bits[len(raw.bits) - len(inside) :]
        both = ~np.isnan(inside) & ~np.isnan(alone)
        return (float(alone[both].mean()), float(inside[both].mean())) if both.any() else None


def as_chat(model: LoadedModel, trace: Trace, text: str) -> AsChat | None:
    """A decoder's text in its chat template, up to where the answer begins; None for a model without a template.

    Raises:
        PlaygroundError: the text is too long with its template.
    """
    ids = chat_ids(model, text) if model.info.kind == "decoder" else None
    if ids is None:
        return None
    from ...hooks import capture

    own = [t.token_id for t in trace.tokens if not t.special]
    starts = [i for i in range(len(ids) - len(own) + 1) if ids[i : i + len(own)] == own] if own else []
    found = surprisal(model, capture(model, ids))
    return AsChat(found, (starts[-1], starts[-1] + len(own)) if starts else None)


def chat_ids(model: LoadedModel, text: str) -> list[int] | None:
    """The ids of a text as a chat model's own template wraps it, up to where its answer begins; None for a model
    without a template. ``capture`` and ``generate`` take them in place of a text."""
    tokenizer: Any = model.tokenizer
    if not getattr(tokenizer, "chat_template", None):
        return None
    message = [{"role": "user", "content": tokens_of.clean(text)}]
    wrapped = tokenizer.apply_chat_template(message, tokenize=False, add_generation_prompt=True)
    # The template has the start token in it already.
    return list(tokenizer(wrapped, add_special_tokens=False)["input_ids"])
