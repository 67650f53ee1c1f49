"""A model and the same model with something switched off, side by side."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..errors import PlaygroundError
from ..models import LoadedModel
from ..tokens import vocabulary
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

    if not switches:
        own = log2_probs(trace.logits[pos])
        return Changed((), pos, own, own, np.zeros(len(trace), np.float32))
    changes = [change_of(name, trace, mean) for name in switches]
    source, target = token_ids(trace)
    before = log2_probs(trace.logits)
    after = log2_probs(capture(model, source, target, changes=changes).logits)
    moved = divergence_bits(before, after)
    return Changed(tuple(map(str, changes)), pos, before[pos].copy(), after[pos].copy(), moved)


def log2_probs(logits: Array) -> Array:
    """log₂ softmax along the last axis, (…, vocab_size) float32; sums in float64, for vocabularies are large."""
    shifted = logits - logits.max(-1, keepdims=True)
    total = np.exp(shifted).sum(-1, keepdims=True, dtype=np.float64)
    return ((shifted - np.log(total).astype(np.float32)) / np.float32(np.log(2))).astype(np.float32)


def divergence_bits(before: Array, after: Array) -> Array:
    """Σ p·(log₂ p − log₂ q) along the last axis (Kullback & Leibler 1951), in bits; from log₂ probabilities. What had
    no chance before counts nothing."""
    probs = np.exp2(before)
    with np.errstate(invalid="ignore"):
        terms = np.where(probs > 0, probs * (before - after), 0)
    return np.maximum(0.0, terms.sum(-1, dtype=np.float64)).astype(np.float32)


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


def cost_of_effects(trace: Trace, n_parameters: int) -> float:
    """About how many multiply–adds a map takes: heads × tokens × parameters, half of it, since the layers below a head
    do not run again."""
    stacks = [stack for stack in (trace.encoder, trace) if stack is not None]
    attentions = (a for stack in stacks for layer in stack.layers for a in (layer.attention, layer.cross_attention))
    n_heads = sum(attention.n_heads for attention in attentions if attention is not None)
    return n_heads * sum(len(stack) for stack in stacks) * n_parameters / 2


@dataclass(frozen=True)
class Texts:
    """What the model makes of a text on its own, before and after: visible texts of tokens."""

    before: tuple[str, ...]
    after: tuple[str, ...]
    ended: tuple[bool, bool]
    """Whether the model ended each of them."""
    both: bool
    """False until both have come to their end."""
    filled: bool = False
    """An encoder has filled in its masks, instead of going on with the text."""

    @property
    def differs(self) -> tuple[bool, ...]:
        """(after,): the token stands behind the first that differs; in a text that is filled in: it differs."""
        if self.filled:
            return tuple(a != b for a, b in zip(self.after, self.before, strict=True))
        pairs = enumerate(zip(self.after, self.before, strict=False))
        same = next((n for n, (a, b) in pairs if a != b), len(self.before))
        return tuple(n >= same for n in range(len(self.after)))


def both_texts(model: LoadedModel, trace: Trace, switches: tuple[str, ...], mean: bool) -> Texts:
    """What the model writes after a text with nothing drawn at random (greedy), as it is and with switches off.

    Args:
        model: any; an encoder fills in its masks, each while the others are still hidden.
        trace: of the text.
        switches: names of what is off in the second text.
        mean: as ``changed``; the means are those of the text.

    Raises:
        PlaygroundError: an encoder's text has no mask; the family does not allow a change.
    """
    *_, last = both_texts_steps(model, trace, switches, mean)
    return last


def both_texts_steps(model: LoadedModel, trace: Trace, switches: tuple[str, ...], mean: bool) -> Iterator[Texts]:
    """The same as it grows, token by token; each step is one forward pass."""
    if model.info.kind == "encoder":
        yield _filled(model, trace, switches, mean)
        return
    found: list[list[str]] = [[], []]
    ended = [False, False]
    for n, off in enumerate(((), switches)):
        for text, ends in _written(model, trace, off, mean):
            found[n] += [] if ends else [text]
            ended[n] = ends
            yield Texts(tuple(found[0]), tuple(found[1]), (ended[0], ended[1]), False)
    yield Texts(tuple(found[0]), tuple(found[1]), (ended[0], ended[1]), True)


def _written(model: LoadedModel, trace: Trace, switches: tuple[str, ...], mean: bool) -> Iterator[tuple[str, bool]]:
    """Visible text of each token, and whether it is the one that ends the text."""
    from ..hooks import token_ids
    from .generation import generate

    source, _ = token_ids(trace)
    changes = [change_of(name, trace, mean) for name in switches]
    settings = SamplingSettings(max_new_tokens=N_WRITTEN, do_sample=False)
    for step in generate(model, source, settings, changes=changes):
        yield step.token.text, step.ended_by == "end token"


def _filled(model: LoadedModel, trace: Trace, switches: tuple[str, ...], mean: bool) -> Texts:
    from ..hooks import capture, token_ids

    tokenizer: Any = model.tokenizer
    masks = [n for n, token in enumerate(trace.tokens) if token.token_id == tokenizer.mask_token_id]
    if not masks:
        raise PlaygroundError(
            "An encoder-only model writes no text: it fills in masks, and this text has none. Put "
            f"{tokenizer.mask_token or 'a mask'} where a word is missing."
        )
    changes = [change_of(name, trace, mean) for name in switches]
    after = capture(model, *token_ids(trace), changes=changes)
    lines = []
    for run in (trace, after):
        best = vocabulary(tokenizer, [int(run.logits[n].argmax()) for n in masks])
        words = {**{n: token.text for n, token in enumerate(trace.tokens)}, **dict(zip(masks, best, strict=True))}
        lines.append(tuple(words[n] for n, token in enumerate(trace.tokens) if n in masks or not token.special))
    return Texts(lines[0], lines[1], (False, False), True, True)
