"""One head's attention in its stages, from the dot products to the weights, for some of its queries.

``Attention.scores``, ``.scaled`` and ``.masked`` hold the same numbers for all heads and queries at once; of a long
text that is far more than one picture needs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ...errors import PlaygroundError
from ...trace import Array, Attention
from ...trace.arrays import ReadOnly


@dataclass(frozen=True, eq=False)
class Stages(ReadOnly):
    """scores → scaled → capped → biased → masked → weights; arrays are (query, key) of one head."""

    scores: Array
    """q·k."""
    scaled: Array
    """q·k times ``Attention.scaling``."""
    capped: Array | None
    """cap · tanh(scaled / cap); None for a family without a soft cap."""
    biased: Array | None
    """What is masked next, with the family's bias added; None without a bias."""
    masked: Array
    """−inf where looking is forbidden."""
    exp: Array
    """exp(masked − largest): the largest of a row is 1, so that nothing overflows."""
    largest: Array
    """(query,): the largest score of each row."""
    total: Array
    """(query,): the denominator of softmax: the sum of ``exp``, and of the sink's where the family has one."""
    sink: Array
    """(query,): what a learned extra column adds to the denominator (GPT-OSS); zeros elsewhere."""
    weights: Array
    """exp / total, recomputed here: to be compared with the model's own."""


def stages_of(attention: Attention, head: int, queries: Sequence[int]) -> Stages:
    """The stages of one head.

    Args:
        attention: of a layer.
        head: a query head; it meets the key head of its group.
        queries: positions of the queries.

    Raises:
        PlaygroundError: the family hands over no queries and keys.
    """
    if attention.q is None or attention.k is None or attention.scaling is None:
        raise PlaygroundError("This family hands over its attention weights, and not the queries and keys behind them.")
    rows = list(queries)
    scores = attention.q[head, rows] @ attention.k[group_of(attention, head)].T
    scaled = (scores * np.float32(attention.scaling)).astype(np.float32)
    cap = attention.softcap
    capped = None if cap is None else (np.tanh(scaled / cap) * cap).astype(np.float32)
    ready = scaled if capped is None else capped
    biased = None if attention.bias is None else ready + bias_of(attention, head, rows)
    ready = ready if biased is None else biased
    masked = ready if attention.allowed is None else np.where(attention.allowed[rows], ready, -np.inf)
    return _softmaxed(scores, scaled, capped, biased, masked.astype(np.float32), attention, head)


def _softmaxed(
    scores: Array, scaled: Array, capped: Array | None, biased: Array | None, masked: Array, attention: Attention,
    head: int,
) -> Stages:  # fmt: skip
    largest = masked.max(-1)
    exp = np.exp(masked.astype(np.float64) - largest[:, None])
    sink = np.zeros(len(masked)) if attention.sinks is None else np.exp(np.float64(attention.sinks[head]) - largest)
    total = exp.sum(-1) + sink
    return Stages(scores, scaled, capped, biased, masked, exp.astype(np.float32), largest, total.astype(np.float32),
                  sink.astype(np.float32), (exp / total[:, None]).astype(np.float32))  # fmt: skip


def group_of(attention: Attention, head: int) -> int:
    """Index of the key and value head that a query head uses: several share one in grouped-query attention."""
    shared = attention.k if attention.k is not None else attention.v
    return head if shared is None else head * len(shared) // attention.n_heads


def bias_of(attention: Attention, head: int, queries: Sequence[int]) -> Array:
    """(query, key): what is added to the scaled scores; zeros in a family that adds nothing."""
    if attention.bias is None:
        return np.zeros((len(queries), attention.weights.shape[-1]), np.float32)
    return attention.bias[min(head, len(attention.bias) - 1), list(queries)]
