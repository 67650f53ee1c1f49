"""A model and the same model with something switched off, side by side."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ..models import LoadedModel
from ..trace import Array, Trace
from .ablation import AblationMap, ablation_steps
from .sampling import SamplingSettings
from .switches import change_of

N_WRITTEN = 24
"""Tokens that are written before and after."""


@dataclass(frozen=True, eq=False)
class Changed:
    """One text's answers before and after."""

    words: tuple[str, ...]
    """The changes, each in a few words."""
    pos: int
    before: Array
    """(vocab_size,) float32: log₂ of the probabilities at ``pos``, as the model is."""
    after: Array
    """(vocab_size,): with the changes."""
    moved_bits: Array
    """(seq,): Kullback–Leibler divergence of what was from what is, at each position; 0: the same."""


def changed(model: LoadedModel, trace: Trace, switches: tuple[str, ...], mean: bool, pos: int) -> Changed:
    """Runs a trace's tokens again with switches off.

    Args:
        model: that the trace was captured from.
        trace: of the run as it is.
        switches: names, see ``switches``; none of them gives the run as it is.
        mean: what is silenced gives its mean over the text's positions instead of nothing.
        pos: position whose whole answer is kept.

    Raises:
        PlaygroundError: no such switch, or the family does not allow it.
    """
    from ..hooks import capture, token_ids

    changes = [change_of(name, trace, mean) for name in switches]
    source, target = token_ids(trace)
    before = log2_probs(trace.logits)
    after = log2_probs(capture(model, source, target, changes=changes).logits) if changes else before
    moved = divergence_bits(before, after)
    return Changed(tuple(map(str, changes)), pos, before[pos].copy(), after[pos].copy(), moved)


def log2_probs(logits: Array) -> Array:
    """log₂ softmax along the last axis, (…, vocab_size) float32, summed in float64."""
    wide = logits.astype(np.float64)
    wide -= wide.max(-1, keepdims=True)
    return ((wide - np.log(np.exp(wide).sum(-1, keepdims=True))) / np.log(2)).astype(np.float32)


def divergence_bits(before: Array, after: Array) -> Array:
    """Σ p·(log₂ p − log₂ q) along the last axis (Kullback & Leibler 1951), in bits; from log₂ probabilities."""
    wide = before.astype(np.float64)
    return np.maximum(0.0, (np.exp2(wide) * (wide - after)).sum(-1)).astype(np.float32)


def head_effects(model: LoadedModel, trace: Trace, token_id: int, pos: int, mean: bool) -> tuple[AblationMap, ...]:
    """What every head does for one token at one place: a map for each kind of head that there is.

    Raises:
        PlaygroundError: the family hands over no heads.
    """
    *_, last = head_effects_steps(model, trace, token_id, pos, mean)
    return last


def head_effects_steps(
    model: LoadedModel, trace: Trace, token_id: int, pos: int, mean: bool
) -> Iterator[tuple[AblationMap, ...]]:
    """The same as it grows, one forward pass at a time; maps that have not begun are empty."""
    kinds = [(False, False)]
    if trace.encoder is not None:
        kinds = [(False, True), (False, False), (True, False)]
    running = [
        ablation_steps(model, trace, token_id, pos, cross=cross, encoder=encoder, mean=mean) for cross, encoder in kinds
    ]
    maps = [next(steps) for steps in running]
    yield tuple(maps)
    for n, steps in enumerate(running):
        for grown in steps:
            maps[n] = grown
            yield tuple(maps)


def cost_of_effects(model: LoadedModel, trace: Trace) -> float:
    """About how many multiply–adds a map takes: heads × tokens × parameters. Layers below a head do not run again."""
    n_heads = sum(
        attention.n_heads
        for stack in (trace.encoder, trace)
        if stack is not None
        for layer in stack.layers
        for attention in (layer.attention, layer.cross_attention)
        if attention is not None
    )
    n_tokens = len(trace) + (len(trace.encoder) if trace.encoder is not None else 0)
    return float(n_heads) * n_tokens * model.info.n_parameters / 2


def written(model: LoadedModel, trace: Trace, switches: tuple[str, ...], mean: bool) -> Iterator[tuple[str, bool]]:
    """What the model writes on its own after a text (greedy), token by token: visible text, and whether it ends it.

    Args:
        model: a decoder or an encoder–decoder.
        trace: of the text.
        switches: names of what is off while it writes.
        mean: as ``changed``; the means are those of the text.

    Raises:
        PlaygroundError: an encoder writes no text; the family does not allow a change.
    """
    from ..hooks import token_ids
    from .generation import generate

    changes = [change_of(name, trace, mean) for name in switches]
    source, _ = token_ids(trace)
    settings = SamplingSettings(max_new_tokens=N_WRITTEN, do_sample=False)
    for step in generate(model, source, settings, changes=changes):
        yield step.token.text, step.ended_by == "end token"
