"""What a model still knows when only the last few tokens are in view (CONCEPTS F4)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from ..errors import PlaygroundError
from ..models import LoadedModel
from ..trace import Array, Trace
from .rows import log_probs_at


@dataclass(frozen=True, eq=False)
class ContextSweep:
    """The guess for one token from less and less of what stands before it. Arrays are (n_lengths,)."""

    pos: int
    """Position after which the token is guessed."""
    target_id: int
    """The token that follows in the text; at the end of the text, the model's own best guess from all of it."""
    lengths: tuple[int, ...]
    """Tokens in view, 1, 2, 4 … all; a start token that the tokenizer added stays in view and is not counted."""
    probs: Array
    """Probability of the target."""
    ranks: np.ndarray
    """Its rank; 1 is the model's first guess."""
    guesses: np.ndarray
    """Id of the first guess."""
    guess_probs: Array


@dataclass(frozen=True, eq=False)
class ContextCurve:
    """The guesses for all tokens of a text, by the number of tokens in view."""

    lengths: tuple[int, ...]
    mean_bits: Array
    """(n_lengths,): mean surprisal of the text's tokens, in bits; positions with fewer tokens before them use those."""
    n_positions: int
    """Tokens that the means are over."""


def powers_of_two(most: int) -> tuple[int, ...]:
    """1, 2, 4 … below ``most``, and ``most`` itself."""
    return (*[2**i for i in range(most.bit_length()) if 2**i < most], most)


def context_sweep(model: LoadedModel, trace: Trace, pos: int) -> ContextSweep:
    """Runs the model on the last 1, 2, 4 … tokens up to ``pos``.

    The shortened text is run as a text of its own: its first token stands at position 0.

    Raises:
        PlaygroundError: not a decoder; no such position.
    """
    first = first_of(model, trace)
    if not first <= pos < len(trace):
        raise PlaygroundError(f"There is no position {pos} in this text: choose {first} to {len(trace) - 1}.")
    ids = [t.token_id for t in trace.tokens]
    lengths = powers_of_two(pos + 1 - first)
    found = torch.cat(_last_log_probs(model, ids, first, [(pos, length) for length in lengths]))
    target = ids[pos + 1] if pos + 1 < len(ids) else int(trace.logits[pos].argmax())
    own = found[:, target]
    best = found.max(-1)
    return ContextSweep(
        pos=pos,
        target_id=target,
        lengths=lengths,
        probs=own.exp().numpy(),
        ranks=((found > own[:, None]).sum(-1) + 1).numpy(),
        guesses=best.indices.numpy(),
        guess_probs=best.values.exp().numpy(),
    )


def context_curve_steps(model: LoadedModel, trace: Trace, most_positions: int | None = None) -> Iterator[ContextCurve]:
    """Mean surprisal of a text's tokens with the last 1, 2, 4 … tokens in view: the curve up to one more length each.

    Args:
        model: a decoder.
        trace: of a text of at least two tokens.
        most_positions: tokens that are guessed at most, evenly spread over the text; None: 64, and fewer in a long
            text, so that no step takes many passes.

    Raises:
        PlaygroundError: not a decoder; fewer than two tokens.
    """
    first = first_of(model, trace)
    ids = [t.token_id for t in trace.tokens]
    if len(ids) - first < 2:
        raise PlaygroundError("One token predicts nothing that stands here. Type at least two.")
    most = most_positions or max(16, min(64, 8192 // len(ids)))
    places = np.unique(np.linspace(first, len(ids) - 2, most).astype(int)).tolist()
    targets = [ids[pos + 1] for pos in places]
    whole = torch.log_softmax(torch.from_numpy(trace.logits[places]).float(), -1)[range(len(places)), targets].numpy()
    lengths = powers_of_two(len(ids) - 1 - first)
    means: list[float] = []
    for length in lengths:
        cut = [n for n, pos in enumerate(places) if pos + 1 - first > length]  # the others see all that there is
        found = _last_log_probs(model, ids, first, [(places[n], length) for n in cut])
        own = whole.copy()
        own[cut] = [float(row[0, targets[n]]) for n, row in zip(cut, found, strict=True)]
        means.append(float(-own.mean() / np.log(2.0)))
        yield ContextCurve(lengths[: len(means)], np.array(means, np.float32), len(places))


def context_curve(model: LoadedModel, trace: Trace, most_positions: int | None = None) -> ContextCurve:
    """The whole of ``context_curve_steps``, which says what it takes and raises."""
    *_, curve = context_curve_steps(model, trace, most_positions)
    return curve


def first_of(model: LoadedModel, trace: Trace) -> int:
    """Where the text begins behind the start tokens that the tokenizer added."""
    if model.info.kind != "decoder":
        raise PlaygroundError("How much context helps is shown on models that continue a text. Choose a decoder.")
    return next((i for i, t in enumerate(trace.tokens) if not t.special or t.span is not None), len(trace))


def _last_log_probs(
    model: LoadedModel,
    ids: Sequence[int],
    first: int,
    windows: Sequence[tuple[int, int]],
) -> list[torch.Tensor]:
    """For each window (position, tokens in view) (1, vocab_size) for the token after the position."""
    rows = [[*ids[:first], *ids[pos + 1 - length : pos + 1]] for pos, length in windows]
    return log_probs_at(model, rows, [[len(row) - 1] for row in rows])
