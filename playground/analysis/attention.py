"""What heads do: which attention there is, what a row looks at most, and how much a head follows a simple pattern."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..errors import PlaygroundError
from ..trace import Attention, Token, Trace

FEWEST_REPEATS = 3
"""Rows whose token occurred before, from which on a mean over them says something about a head."""
KINDS = {"self": "self-attention", "cross": "cross-attention (target looks at source)", "encoder": "encoder's own"}


def kinds_of(trace: Trace) -> tuple[str, ...]:
    """Which attentions a trace holds, of "self", "cross", "encoder"."""
    kinds = ["self"] if any(layer.attention for layer in trace.layers) else []
    if any(layer.cross_attention for layer in trace.layers):
        kinds.append("cross")
    if trace.encoder is not None and any(layer.attention for layer in trace.encoder.layers):
        kinds.append("encoder")
    return tuple(kinds)


def attentions(trace: Trace, kind: str = "self") -> list[Attention]:
    """The attentions of one kind, one per layer, from the bottom up.

    Raises:
        PlaygroundError: the trace has none of this kind.
    """
    layers = trace.layers if kind != "encoder" else (trace.encoder.layers if trace.encoder is not None else ())
    found = [layer.cross_attention if kind == "cross" else layer.attention for layer in layers]
    if not found or any(a is None for a in found):
        raise PlaygroundError("This model does not hand over this kind of attention.")
    return [a for a in found if a is not None]


def sides(trace: Trace, kind: str = "self") -> tuple[tuple[Token, ...], tuple[Token, ...]]:
    """The tokens that look (rows) and those that are looked at (columns)."""
    if kind == "encoder" and trace.encoder is not None:
        return trace.encoder.tokens, trace.encoder.tokens
    if kind == "cross" and trace.encoder is not None:
        return trace.tokens, trace.encoder.tokens
    return trace.tokens, trace.tokens


@dataclass(frozen=True)
class Pattern:
    """How much of its weight a head puts on one simple pattern, on average over the rows that can show it."""

    name: str
    share: float
    n_rows: int
    """Rows that the mean is over."""


def patterns(attention: Attention, tokens: tuple[Token, ...]) -> list[list[Pattern]]:
    """For each head: mean weight on the previous token, the first token, the token itself, and, where a token occurred
    before, on the token that followed it then (induction: Olsson et al. 2022). Square attention only."""
    weights = attention.weights
    n = weights.shape[1]
    if weights.shape[1] != weights.shape[2]:
        return [[] for _ in range(attention.n_heads)]
    rows = np.arange(1, n)
    after_match = induction_targets([t.token_id for t in tokens])
    found = []
    for head in weights:
        shares = [Pattern("the token itself", float(np.diagonal(head)[1:].mean()) if n > 1 else 1.0, max(1, n - 1))]
        if n > 1:
            shares.append(Pattern("the previous token", float(head[rows, rows - 1].mean()), n - 1))
        if n > 2:
            shares.append(Pattern("the first token", float(head[2:, 0].mean()), n - 2))
        repeated = after_match.any(-1)
        if repeated.sum() >= FEWEST_REPEATS:
            share = (head * after_match).sum(-1)[repeated].mean()
            shares.append(Pattern("what followed the same token before", float(share), int(repeated.sum())))
        found.append(sorted(shares, key=lambda pattern: -pattern.share))
    return found


def telling_head(layers: list[Attention], tokens: tuple[Token, ...]) -> tuple[int, int]:
    """A head to begin with: the one that follows a simple pattern most, "the first token" left out (most heads rest
    there); across two texts, the one whose rows are surest."""
    best, where = -1.0, (0, 0)
    for index, attention in enumerate(layers):
        found = patterns(attention, tokens)
        for head in range(attention.n_heads):
            shares = [
                p.share for p in found[head] if p.name in {"the previous token", "what followed the same token before"}
            ]
            share = max(shares) if shares else float(attention.weights[head].max(-1).mean())
            if share > best:
                best, where = share, (index, head)
    return where


def induction_targets(token_ids: list[int]) -> np.ndarray:
    """(query, key) bool: key stands right after an earlier occurrence of the query's token, and is another token: in
    "word word word" every key would qualify, and nothing be said."""
    ids = np.asarray(token_ids)
    same = ids[:, None] == ids[None, :]
    earlier = np.tril(same, k=-1)
    targets = np.zeros_like(same)
    targets[:, 1:] = earlier[:, :-1]
    # The token before the query cannot be "what followed" unless it lies strictly before the query.
    return targets & np.tril(np.ones_like(same), k=-1) & ~same


def thumbnails(layers: list[Attention], side: int = 48) -> np.ndarray:
    """uint8 (layer, head, q, k) for small pictures: weights of 0…1 as 0…255, long sides averaged down to ``side``."""
    return np.stack([_shrunk(_shrunk(a.weights, 1, side), 2, side) for a in layers])


def _shrunk(weights: np.ndarray, axis: int, side: int) -> np.ndarray:
    """The last step makes bytes; averaging keeps the mean, so that a picture's tint stays true."""
    length = weights.shape[axis]
    if length > side:
        starts = np.linspace(0, length, side, endpoint=False).astype(int)
        counts = np.diff(np.append(starts, length))
        shape = [1, 1, 1]
        shape[axis] = side
        weights = np.add.reduceat(weights, starts, axis=axis) / counts.reshape(shape)
    return weights if axis == 1 else np.round(np.clip(weights, 0, 1) * 255).astype(np.uint8)
