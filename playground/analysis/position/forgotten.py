"""The same text without positions: what changes, and what is left of the order of its words."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...models import LoadedModel
from ...trace import Array, Trace
from ..what_if import divergence_bits, log2_probs


@dataclass(frozen=True, eq=False)
class Forgotten:
    """One text with and without positions, in its own order and turned round."""

    pos: int
    """Where the answers are read."""
    turned: tuple[int, ...]
    """(seq,): the order of the tokens when they are turned round, by their old positions; of an encoder–decoder's
    source, or of its target."""
    target: bool
    """Whether that is the target."""
    answers: Array
    """(4, vocab_size): log₂ of the probabilities: as it is, turned round, without positions, without them and turned
    round."""
    moved: Array
    """(seq,): bits by which each position's answer changes when positions are forgotten."""

    @property
    def order_bits(self) -> float:
        """What turning the words round changes in the answer: Kullback–Leibler divergence in bits."""
        return float(divergence_bits(self.answers[0], self.answers[1]))

    @property
    def order_bits_without(self) -> float:
        """The same without positions."""
        return float(divergence_bits(self.answers[2], self.answers[3]))


def forgotten(model: LoadedModel, trace: Trace, pos: int, target: bool = False) -> Forgotten:
    """Runs a trace's tokens three times more: turned round, without positions, and both.

    Args:
        model: that the trace was captured from.
        trace: of the run as it is.
        pos: whose answer; the token there stays where it is, and so do special tokens. A decoder's tokens behind it
            stay too: it does not see them.
        target: of an encoder–decoder's two texts the target is turned round, not the source.

    Raises:
        PlaygroundError: the family does not allow it.
    """
    from ...hooks import capture, token_ids
    from ...trace import Change

    source, written = token_ids(trace)
    turned = turned_round(trace, pos, target)
    again: tuple[list[int], list[int] | None]
    if target and written is not None:
        again = (source, [written[i] for i in turned])
    else:
        again = ([source[i] for i in turned], written)
    without = [Change.no_positions()]
    runs = [
        trace,
        capture(model, *again),
        capture(model, source, written, changes=without),
        capture(model, *again, changes=without),
    ]
    whole = [log2_probs(run.logits) for run in (runs[0], runs[2])]
    answers = np.stack([log2_probs(run.logits[pos]) for run in runs])
    return Forgotten(pos, turned, target and written is not None, answers, divergence_bits(whole[0], whole[1]))


def turned_round(trace: Trace, pos: int, target: bool = False) -> tuple[int, ...]:
    """The order of the tokens with those that the answer can see turned round, see ``forgotten``."""
    stack = trace if target or trace.encoder is None else trace.encoder
    attention = next((layer.attention for layer in stack.layers if layer.attention is not None), None)
    causal = attention is not None and bool(np.triu(attention.weights.max(0), 1).max(initial=0) == 0)
    stays = {i for i, token in enumerate(stack.tokens) if token.special}
    if stack is trace:
        stays |= {pos} | (set(range(pos, len(stack))) if causal else set())
    free = [i for i in range(len(stack)) if i not in stays]
    order = list(range(len(stack)))
    for place, token in zip(free, reversed(free), strict=True):
        order[place] = token
    return tuple(order)
