"""How far a word reaches: one token is exchanged, and what follows is guessed anew, by a transformer and by a recurrent
network (CONCEPTS F4)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..errors import PlaygroundError
from ..models import LoadedModel
from ..trace import Array, Trace
from .context import first_of
from .recurrent import bundled, ids_of
from .rows import log_probs_at
from .sampling import log_softmax

N_OTHERS = 6
"""Tokens that take the place of the one that is exchanged."""


@dataclass(frozen=True, eq=False)
class Reach:
    """What an exchanged token changes later. Arrays are (n_after,): from its own position to the end of the text."""

    pos: int
    """Position of the token that is exchanged."""
    others: tuple[int, ...]
    """What took its place: what the model itself held most probable there, in turn."""
    bits: Array
    """Mean KL divergence, in bits, of the model's guess after the exchange from its guess before."""
    attention: Array
    """The largest weight that any head of any layer gives to the exchanged token from there."""
    network_bits: Array | None
    """The same divergence for the recurrent network; None where it does not know the pieces of the text."""
    state_change: Array | None
    """Mean length of the change of its state, as a share of that at ``pos``."""
    states: Array | None
    """(n_tokens, state): its hidden state after each token of the text as it is."""
    state_changes: Array | None
    """(n_after, state): mean |change| of each number of its state."""


def reach(model: LoadedModel, trace: Trace, pos: int) -> Reach:
    """Exchanges the token at ``pos`` and measures what changes from there to the end of the text.

    Raises:
        PlaygroundError: not a decoder; no token before that one, so that nothing could be guessed in its place.
    """
    first = first_of(model, trace)
    ids = [t.token_id for t in trace.tokens]
    if not max(first, 1) <= pos < len(ids):
        raise PlaygroundError("Choose a word with something before it: what could stand in its place is guessed there.")
    others = _others(trace, pos)
    after = list(range(pos, len(ids)))
    before = log_softmax(trace.logits[pos:])
    moved = []
    for other in others:  # one after the other: of a large vocabulary all of them together are gigabytes
        (found,) = log_probs_at(model, [[*ids[:pos], other, *ids[pos + 1 :]]], [after])
        moved.append(_bits(before, found.numpy()))
    network = _in_network(model, trace, first, pos, others)
    return Reach(
        pos=pos,
        others=tuple(others),
        bits=np.mean(moved, axis=0).astype(np.float32),
        attention=_attention(trace, pos),
        network_bits=None if network is None else network[0],
        state_change=None if network is None else network[1],
        states=None if network is None else network[2],
        state_changes=None if network is None else network[3],
    )


def _attention(trace: Trace, pos: int) -> Array:
    """(n_after,): the largest weight on ``pos`` from each later position; nothing where no weights are known."""
    known = [layer.attention.weights for layer in trace.layers if layer.attention is not None]
    found = [max((float(weights[:, t, pos].max()) for weights in known), default=0.0) for t in range(pos, len(trace))]
    return np.array(found, np.float32)


def _others(trace: Trace, pos: int) -> list[int]:
    """The most probable tokens in the place of one, without it."""
    order = np.argsort(-trace.logits[pos - 1], kind="stable")
    return [int(i) for i in order[: N_OTHERS + 1] if i != trace.tokens[pos].token_id][:N_OTHERS]


def _bits(before: Array, after: Array) -> Array:
    """KL divergence of ``after`` from ``before`` (n, vocab_size) log-probabilities, in bits."""
    after = np.maximum(after, -1000.0)  # a token that the model forbids (−∞) has probability 0 before and after
    found: Array = (np.exp(before) * (before - after)).sum(-1) / np.log(2.0)
    return np.maximum(found, 0)


def _in_network(
    model: LoadedModel, trace: Trace, first: int, pos: int, others: list[int]
) -> tuple[Array, Array, Array, Array] | None:
    """The same exchange in the recurrent network: bits, the share of the state's change that is left, its states, and
    the change of each number; None where it does not know a piece of the text, or none of those that are put in."""
    network, tokenizer = bundled(), model.tokenizer
    ids = ids_of(network, [t.piece for t in trace.tokens[first:]])
    pieces = [str(tokenizer.convert_ids_to_tokens(other)) for other in others]
    put_in = [network.ids[piece] for piece in pieces if piece in network.ids]
    if ids is None or not put_in:
        return None
    at = pos - first
    states, before = network.read(ids)
    bits, left, changes = [], [], []
    for other in put_in:
        again, after = network.read([*ids[:at], other, *ids[at + 1 :]])
        bits.append(_bits(before[at:], after[at:]))
        change = again[at:] - states[at:]
        length = np.linalg.norm(change, axis=-1)
        left.append(length / max(float(length[0]), 1e-9))
        changes.append(np.abs(change))
    means = [np.mean(found, axis=0).astype(np.float32) for found in (bits, left, changes)]
    return means[0], means[1], states, means[2]
