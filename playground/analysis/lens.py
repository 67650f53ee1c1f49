"""The logit lens: what the model would say if it stopped after each layer (nostalgebraist 2020).

The whole vocabulary for every layer and position is gigabytes on a real model, so each row is reduced as it is made.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from .. import tokens as tokens_of
from ..errors import PlaygroundError
from ..models import LoadedModel
from ..trace import Array, Stack, Trace
from .sampling import softmax
from .typed import TypedToken, typed_token

ROWS = 1024
"""Vectors read out at once: bounds memory."""


@dataclass(frozen=True, eq=False)
class Lens:
    """What is read out below the first layer and after each layer: rows from the embedding to the top."""

    rows: tuple[str, ...]
    """("embedding", "layer 0", …)."""
    top_ids: np.ndarray
    """(row, seq): the most probable token's id."""
    top_probs: Array
    """(row, seq): its probability."""
    top_texts: tuple[tuple[str, ...], ...]
    """(row, seq): its visible text."""
    final_ids: np.ndarray
    """(seq,): what the model says in the end."""
    final_probs: Array
    """(row, seq): probability, at that row, of the model's final answer."""
    final_ranks: np.ndarray
    """(row, seq): its rank at that row; 1 is the most probable."""
    entropies: Array
    """(row, seq): of the distribution at that row, in bits; 0 is certain."""
    divergences: Array
    """(row, seq): from the model's own answer to that row, KL(answer ‖ row) in bits; 0 where they are the same."""

    def settled(self, pos: int) -> int:
        """The row from which on the best guess at a position is the final answer and stays it."""
        same = self.top_ids[:, pos] == self.top_ids[-1, pos]
        return 0 if same.all() else len(same) - int(np.argmin(same[::-1]))


def streams(stack: Stack) -> list[tuple[str, Array]]:
    """The residual stream at every level, from what enters the first layer to the top: (name, (seq, d_model))."""
    if not stack.layers:
        return []
    return [("embedding", stack.layers[0].resid_pre)] + [
        (f"layer {i}", layer.resid_post) for i, layer in enumerate(stack.layers)
    ]


@dataclass(frozen=True, eq=False)
class StreamLengths:
    """How long the residual stream is at every level and position."""

    rows: tuple[str, ...]
    """("embedding", "layer 0", …)."""
    values: Array
    """(row, seq): Euclidean lengths."""


def stream_lengths(stack: Stack) -> StreamLengths:
    """The lengths of ``streams``; no rows where the family does not hand the stream over."""
    levels = streams(stack)
    values = [np.linalg.norm(resid, axis=-1) for _, resid in levels]
    return StreamLengths(
        tuple(name for name, _ in levels), np.stack(values) if values else np.zeros((0, len(stack)), np.float32)
    )


def logit_lens(model: LoadedModel, trace: Trace) -> Lens:
    """Reads the stream out at every level.

    Raises:
        PlaygroundError: the family's way out is not described.
    """
    from .read_outs import Reduced, own_answer, reduced

    levels = streams(trace)
    parts = [reduced(model, own, trace.logits[at]) for at, own in _portions(trace, levels[:-1])]
    below = (np.concatenate(column, 1) for column in zip(*parts, strict=True))
    # The top needs no reading out: the laws say that it gives the model's own logits.
    rows = Reduced(*(np.concatenate(two) for two in zip(below, own_answer(trace.logits), strict=True)))
    names = tokens_of.vocabulary(model.tokenizer, rows.top_ids.reshape(-1).tolist())
    width = rows.top_ids.shape[1]
    return Lens(
        rows=tuple(name for name, _ in levels),
        top_ids=rows.top_ids,
        top_probs=rows.top_probs,
        top_texts=tuple(tuple(names[i * width : (i + 1) * width]) for i in range(len(levels))),
        final_ids=trace.logits.argmax(-1),
        final_probs=rows.final_probs,
        final_ranks=rows.final_ranks,
        entropies=rows.entropies,
        divergences=rows.divergences,
    )


@dataclass(frozen=True, eq=False)
class Followed:
    """One token of the vocabulary through all layers and positions."""

    token: TypedToken
    probs: Array
    """(row, seq): its probability there."""
    ranks: np.ndarray
    """(row, seq): its rank; 1 is the most probable."""


def follow(model: LoadedModel, trace: Trace, word: str) -> Followed:
    """Reads a typed token's probability out of every level.

    Raises:
        PlaygroundError: the family's way out is not described; see ``typed_token``.
    """
    from .read_outs import token_through

    token = typed_token(model, word)
    parts = [token_through(model, own, token.token_id) for _, own in _portions(trace, streams(trace))]
    return Followed(token, *(np.concatenate(column, 1) for column in zip(*parts, strict=True)))


def _portions(trace: Trace, levels: list[tuple[str, Array]]) -> Iterator[tuple[slice, list[Array]]]:
    """Some positions at a time, and what stands there on every level: (n, d_model) each."""
    if not levels:
        raise PlaygroundError(" ".join(trace.missing))
    size = max(1, ROWS // len(levels))
    for start in range(0, len(trace), size):
        at = slice(start, start + size)
        yield at, [resid[at] for _, resid in levels]


def best_guesses(model: LoadedModel, trace: Trace, layer: int, pos: int, count: int) -> tuple[tuple[str, float], ...]:
    """The most probable tokens at one level and position: (visible text, probability).

    Args:
        model: of the trace.
        trace: any.
        layer: after which the stream is read out; −1: below the first.
        pos: a position.
        count: how many.

    Raises:
        PlaygroundError: the family's way out is not described.
    """
    from ..hooks import read_out  # here: views import this module's records, and the page opens without torch

    # The top needs no reading out, as in ``logit_lens``.
    top = layer == len(trace.layers) - 1
    probs = softmax(trace.logits[pos] if top else read_out(model, streams(trace)[layer + 1][1][pos]))
    ids = np.argsort(-probs, kind="stable")[:count]
    names = tokens_of.vocabulary(model.tokenizer, ids.tolist())
    return tuple((name, float(probs[i])) for name, i in zip(names, ids, strict=True))


@dataclass(frozen=True)
class Addition:
    """One thing added to the stream at one position."""

    label: str
    """"attn 0", "cross 0", "mlp 0": which sublayer of which layer."""
    norm: float
    """Length of what is added."""


def additions(stack: Stack, pos: int) -> list[Addition]:
    """What each sublayer adds at a position, from the bottom up; empty where the family does not hand it over."""
    found = []
    for i, layer in enumerate(stack.layers):
        for name, added in (("attn", layer.attn_out), ("cross", layer.cross_out), ("mlp", layer.mlp_out)):
            if added is not None:
                found.append(Addition(f"{name} {i}", float(np.linalg.norm(added[pos]))))
    return found
