"""One head's map beside another: of the same model without its causal mask, or of another model on the same sentence.

Two models cut a sentence differently. Their tokens are joined into the smallest pieces of text at whose ends both have
a cut; a piece is looked at as much as its tokens together, and looks as its tokens do on average (Clark et al. 2019).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ...errors import PlaygroundError
from ...trace import Array, Attention, Change, Token, Trace
from ...trace.arrays import ReadOnly
from .which import attentions

if TYPE_CHECKING:
    from ...models import LoadedModel

Pieces = tuple[tuple[tuple[int, ...], tuple[int, ...]], ...]
"""Pieces of text: positions of the tokens that make them in one model, and in the other."""


@dataclass(frozen=True, eq=False)
class Lifted(ReadOnly):
    """The same tokens through the same model with no causal mask."""

    layers: tuple[Attention, ...]
    later: Array
    """(n_layers, n_heads): the mean share that rows give to later tokens; the last row has none and is left out."""
    before: tuple[tuple[int, float], ...]
    """(token_id, probability) of the first answers after the text, as the model is."""
    after: tuple[tuple[int, float], ...]
    """The same without the mask."""
    bits: float
    """How far the answers are apart: the Kullback–Leibler divergence of the model's own from the other, in bits."""


def mask_lifted(model: LoadedModel, trace: Trace, n_answers: int = 3) -> Lifted:
    """Runs the tokens of a trace again, and lets every token look at all others.

    Raises:
        PlaygroundError: this family's mask cannot be taken away.
    """
    from ...hooks import capture, token_ids

    again = capture(model, *token_ids(trace), changes=(Change.no_causal_mask(),))
    layers = attentions(again, "self")
    later = np.triu(np.ones(layers[0].weights.shape[1:], dtype=bool), k=1)
    rows = max(1, len(trace) - 1)
    own, other = (_log_probs(t.logits[-1]) for t in (trace, again))
    return Lifted(
        tuple(layers), np.stack([(a.weights * later).sum((-1, -2)) / rows for a in layers]).astype(np.float32),
        _first(own, n_answers), _first(other, n_answers), float((np.exp(own) * (own - other)).sum() / np.log(2)),
    )  # fmt: skip


def _log_probs(logits: Array) -> np.ndarray:
    shifted = logits.astype(np.float64) - logits.max()
    return np.asarray(shifted - np.log(np.exp(shifted).sum()))


def _first(log_probs: np.ndarray, count: int) -> tuple[tuple[int, float], ...]:
    best = np.argsort(-log_probs, kind="stable")[:count]
    return tuple((int(i), float(np.exp(log_probs[i]))) for i in best)


def pieces_of(text: str, ours: Sequence[Token], theirs: Sequence[Token]) -> Pieces:
    """The smallest pieces of a text at whose ends both models have a cut; tokens that stand for no character of it,
    and pieces of nothing but spaces, are left out."""
    spans = [[(*_trimmed(text, token), i) for i, token in enumerate(tokens)] for tokens in (ours, theirs)]
    plain = [[span for span in own if span[0] < span[1]] for own in spans]
    found, end = [], 0
    joined: tuple[list[int], list[int]] = ([], [])
    cuts = sorted((a, b, side, i) for side in (0, 1) for a, b, i in plain[side])
    for start, stop, side, i in cuts:
        if start >= end and (joined[0] or joined[1]):
            found.append((tuple(joined[0]), tuple(joined[1])))
            joined = ([], [])
        joined[side].append(i)
        end = max(end, stop)
    found.append((tuple(joined[0]), tuple(joined[1])))
    return tuple(piece for piece in found if piece[0] and piece[1])


def _trimmed(text: str, token: Token) -> tuple[int, int]:
    """A token's characters without the spaces around them: some models count a space to the word behind it."""
    if token.span is None:
        return 0, 0
    start, stop = token.span
    while start < stop and text[start].isspace():
        start += 1
    while stop > start and text[stop - 1].isspace():
        stop -= 1
    return start, stop


def by_pieces(weights: Array, groups: Sequence[Sequence[int]]) -> Array:
    """(…, piece, piece): what pieces of text look at, each row divided by what it gives to pieces at all.

    Args:
        weights: (…, query, key) of tokens.
        groups: positions of each piece's tokens.
    """
    n = weights.shape[-1]
    join = np.zeros((len(groups), n), np.float32)
    for piece, tokens in enumerate(groups):
        join[piece, list(tokens)] = 1
    found = (join / join.sum(-1, keepdims=True)) @ weights @ join.T
    return np.asarray(found / np.maximum(found.sum(-1, keepdims=True), 1e-9))


@dataclass(frozen=True, eq=False)
class Match(ReadOnly):
    """The head of another model whose map is most like one of ours."""

    layer: int
    head: int
    distance: float
    """Mean over the pieces of half the sum of |differences| of their rows: 0 for equal maps, 1 for maps with nothing in
    common (total variation)."""
    pieces: Pieces


def most_alike(ours: Array, theirs: Sequence[Attention], pieces: Pieces) -> Match:
    """Finds the head of another model whose map over the pieces is nearest.

    Args:
        ours: (query, key) of our head.
        theirs: the other model's layers.
        pieces: of both texts.

    Raises:
        PlaygroundError: the two texts share no piece.
    """
    if not pieces:
        raise PlaygroundError("The two models share no piece of this text, so their maps cannot be laid side by side.")
    own = by_pieces(ours, [a for a, _ in pieces])
    found = []
    for layer, attention in enumerate(theirs):
        other = by_pieces(attention.weights, [b for _, b in pieces])
        distances = np.abs(other - own).sum(-1).mean(-1) / 2
        found.append((float(distances.min()), layer, int(distances.argmin())))
    distance, layer, head = min(found)
    return Match(layer, head, distance, pieces)
