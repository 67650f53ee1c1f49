"""The same tokens at every level of a model: where they lie in one shared basis, how they turn, how long they grow."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..errors import PlaygroundError
from ..trace import Array, Stack
from .embedding import levels, pca, vectors_at

LONG = 4.0
"""A vector is called long if it is this many times as long as the median of its level."""
OUTLYING = 10.0
"""A dimension is called outlying if it holds this many times its even share of the squared length, …"""
LEAST_SHARE = 0.05
"""… and at least this share of it."""


@dataclass(frozen=True, eq=False)
class Levels:
    """The vectors of some tokens at every level, from the token table up."""

    names: tuple[str, ...]
    """(levels,): "token rows", "token + position", "after layer 0", …"""
    vectors: Array
    """(levels, n, d_model)."""

    @property
    def lengths(self) -> Array:
        """(levels, n): Euclidean."""
        return np.linalg.norm(self.vectors, axis=-1)

    @property
    def turned(self) -> Array:
        """(levels, n): cosine of the angle between each vector and the same token's at the first level."""
        return _cosines(self.vectors, self.vectors[:1])


def level_vectors(stack: Stack) -> Levels:
    """All levels of a tower whose vectors are as wide as those of its layers.

    Raises:
        PlaygroundError: the family hands over no vector after a layer.
    """
    if not stack.layers:
        raise PlaygroundError(
            "This family does not hand over its vectors from layer to layer. Choose another model, such as storyteller."
        )
    width = stack.layers[-1].resid_post.shape[1]
    found = [(name, vectors_at(stack, name)) for name in levels(stack)]
    wide = [(name, vectors) for name, vectors in found if vectors.shape[1] == width]
    return Levels(tuple(name for name, _ in wide), np.stack([vectors for _, vectors in wide]).astype(np.float32))


@dataclass(frozen=True, eq=False)
class Paths:
    """Points of all levels on one plane."""

    points: Array
    """(levels, n, 2)."""
    explained: Array
    """(2,): share of the variance of all these points along each direction."""


def paths(found: Levels, centre: str, unit: bool) -> Paths:
    """The levels' vectors on the two principal components of all of them together: one basis for every level.

    Args:
        found: the vectors.
        centre: "all", one mean is subtracted from the vectors of all levels; "level", each level's own mean, so that
            what moves all tokens alike falls away.
        unit: each vector is divided by its length first, so that only its direction counts.
    """
    vectors = found.vectors.astype(np.float64)
    if unit:
        lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
        vectors = vectors / np.where(lengths > 0, lengths, 1)
    if centre == "level":
        vectors = vectors - vectors.mean(1, keepdims=True)
    n_levels, n, width = vectors.shape
    projected = pca(vectors.reshape(-1, width).astype(np.float32), 2)
    return Paths(projected.points.reshape(n_levels, n, 2), projected.explained)


@dataclass(frozen=True)
class Distortion:
    """What makes a picture of vectors, or their cosines, speak of little else."""

    long: tuple[tuple[int, int, float], ...]
    """(token, level, times): tokens that are ``LONG`` times as long as the level's median or more, each at the level
    where that is largest; such first tokens are known from Xiao et al. 2023 and Sun et al. 2024."""
    outlying: tuple[tuple[int, int, float], ...]
    """(dimension, level, share of the squared length of all tokens): dimensions that hold far more than an even share,
    each at its largest, three at most (Timkey & van Schijndel 2021)."""


def distortion(found: Levels) -> Distortion:
    """Tokens and dimensions that outweigh all others."""
    squares = found.vectors.astype(np.float64) ** 2
    lengths = np.sqrt(squares.sum(-1))
    middle = np.median(lengths, axis=1, keepdims=True)
    times = np.divide(lengths, middle, out=np.zeros_like(lengths), where=middle > 0)
    top = times.argmax(0)
    long = [(i, int(top[i]), float(times[top[i], i])) for i in range(times.shape[1]) if times[top[i], i] >= LONG]
    totals = squares.sum((1, 2))[:, None]
    shares = np.divide(squares.sum(1), totals, out=np.zeros(squares.shape[::2]), where=totals > 0)
    least = max(LEAST_SHARE, OUTLYING / shares.shape[1])
    where = shares.argmax(0)
    outlying = [(d, int(where[d]), float(shares[where[d], d])) for d in np.argsort(-shares.max(0))[:3]]
    return Distortion(
        tuple(sorted(long, key=lambda one: -one[2])),
        tuple((int(d), level, share) for d, level, share in outlying if share >= least),
    )


def find_word(word: str, text: str) -> tuple[int, int]:
    """Characters ``[start, end)`` of a word in a text, whatever its capitals; as a part of a longer word if nowhere
    alone.

    Raises:
        PlaygroundError: it is not there.
    """
    wanted = word.strip()
    patterns = (rf"(?<!\w){re.escape(wanted)}(?!\w)", re.escape(wanted))
    for pattern in patterns if wanted else ():
        found = re.search(pattern, text, re.IGNORECASE)
        if found:
            return found.span()
    raise PlaygroundError(f"“{text[:60]}” does not hold the word “{wanted[:40]}”. Each sentence must hold it once.")


def spelled(stack: Stack) -> tuple[str, list[tuple[int, int] | None]]:
    """A text put together from its tokens, and where each of them stands in it; None for special ones. For a decoder's
    target, whose tokens do not say where they stand in what was typed."""
    text, spans = "", []
    for token in stack.tokens:
        piece = "" if token.special else token.text.replace("␣", " ")
        spans.append((len(text), len(text) + len(piece)) if piece else None)
        text += piece
    return text, spans


def positions_of(stack: Stack, span: tuple[int, int]) -> tuple[int, ...]:
    """Tokens that stand for some characters of the text, or of ``spelled`` where they do not say where they stand.

    Raises:
        PlaygroundError: no token does.
    """
    first, last = span
    spans = [token.span for token in stack.tokens]
    if all(one is None for one in spans):
        spans = spelled(stack)[1]
    held = tuple(i for i, one in enumerate(spans) if one is not None and one[0] < last and one[1] > first)
    if not held:
        raise PlaygroundError("This tokenizer does not say where its tokens stand in the text. Choose another model.")
    return held


@dataclass(frozen=True, eq=False)
class SameWord:
    """One word in several sentences."""

    levels: Levels
    """Its vectors, (levels, sentences, d_model); of several tokens their mean."""
    positions: tuple[tuple[int, ...], ...]
    """Its tokens in each sentence."""
    cosines: Array
    """(levels, sentences, sentences): of the angle between each two of them."""


def same_word(stacks: Sequence[Stack], spans: Sequence[tuple[int, int]], centred: bool) -> SameWord:
    """How one word's vectors part from level to level.

    Args:
        stacks: the tower of each sentence.
        spans: where the word stands in each.
        centred: the mean of all tokens of all sentences is subtracted at each level before angles are measured.
    """
    everything = [level_vectors(stack) for stack in stacks]
    held = tuple(positions_of(stack, span) for stack, span in zip(stacks, spans, strict=True))
    vectors = np.stack([one.vectors[:, list(at)].mean(1) for one, at in zip(everything, held, strict=True)], axis=1)
    own = Levels(everything[0].names, vectors)
    if centred:
        vectors = vectors - np.concatenate([one.vectors for one in everything], axis=1).mean(1, keepdims=True)
    return SameWord(own, held, _cosines(vectors[:, :, None], vectors[:, None]))


def _cosines(first: Array, second: Array) -> Array:
    """Along the last axis; 0 where a vector has no length."""
    a, b = first.astype(np.float64), second.astype(np.float64)
    lengths = np.linalg.norm(a, axis=-1) * np.linalg.norm(b, axis=-1)
    dots = (a * b).sum(-1)
    return np.clip(np.divide(dots, lengths, out=np.zeros_like(dots), where=lengths > 0), -1, 1).astype(np.float32)
