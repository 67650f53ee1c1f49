"""What becomes of one token's chance when a head gives nothing: every head of the model in turn, many at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

import numpy as np

from ..errors import PlaygroundError
from ..models import LoadedModel
from ..trace import Array, Change, Trace

BATCH = 12
"""Heads silenced side by side in one forward pass."""


@dataclass(frozen=True, eq=False)
class AblationMap:
    """The model's answer without each head. Arrays are nan where it was not tried, or the layer has no such head."""

    token_id: int
    pos: int
    logit: float
    """Of the token, in the model as it is."""
    probability: float
    logits: Array
    """(n_layers, n_heads): of the token, without the head."""
    probabilities: Array
    """(n_layers, n_heads)."""
    cross: bool
    encoder: bool
    n_heads: int
    """Heads that can be silenced."""

    @property
    def n_tried(self) -> int:
        """Heads that were silenced so far."""
        return int(np.isfinite(self.logits).sum())

    @property
    def fraction(self) -> float:
        """0 to 1: how much of the map is there."""
        return self.n_tried / self.n_heads

    @property
    def done(self) -> bool:
        """False while it grows, and when it was cancelled."""
        return self.n_tried == self.n_heads

    @property
    def effects(self) -> Array:
        """(n_layers, n_heads): what silencing the head does to the logit; negative where it spoke for the token."""
        return self.logits - np.float32(self.logit)


def ablation_map(
    model: LoadedModel,
    text: str | Sequence[int],
    token_id: int | None = None,
    *,
    target: str | Sequence[int] | None = None,
    pos: int = -1,
    cross: bool = False,
    encoder: bool = False,
    mean: bool = False,
    progress: Callable[[float, str], None] = lambda fraction, sentence: None,
    cancelled: Callable[[], bool] = lambda: False,
    batch: int = BATCH,
) -> AblationMap:
    """Silences every head, one at a time, and looks at one token's logit and probability.

    Args:
        model: any whose heads can be reached.
        text: what it reads; token ids are taken as they are.
        token_id: whose chance is looked at; None: the token that the model holds for the most probable.
        target: of an encoder–decoder, as ``capture`` takes it.
        pos: position whose answer is asked for.
        cross: the heads of the cross-attention instead.
        encoder: the heads of an encoder–decoder's encoder instead.
        mean: a head gives its mean over the text's positions instead of nothing.
        progress: told the fraction that is done, and in a sentence of what.
        cancelled: asked before each batch.
        batch: heads in one forward pass.

    Raises:
        PlaygroundError: the family does not hand over its heads; an unfit text; out of memory.
    """
    from ..hooks import capture

    trace = capture(model, text, target)
    steps = ablation_steps(model, trace, token_id, pos, cross=cross, encoder=encoder, mean=mean, batch=batch)
    found = next(steps)
    while not cancelled():
        step = next(steps, None)
        if step is None:
            break
        found = step
        progress(found.fraction, f"{found.n_tried} of {found.n_heads} heads")
    return found


def ablation_steps(
    model: LoadedModel,
    trace: Trace,
    token_id: int | None = None,
    pos: int = -1,
    *,
    cross: bool = False,
    encoder: bool = False,
    mean: bool = False,
    batch: int = BATCH,
) -> Iterator[AblationMap]:
    """The map as it grows: first empty, then one after each forward pass. The arguments are ``ablation_map``'s.

    Raises:
        PlaygroundError: the family does not hand over its heads; out of memory.
    """
    from ..hooks import answers

    pos = range(len(trace))[pos]
    own = trace.logits[pos]
    token = int(own.argmax()) if token_id is None else int(token_id)
    changes = _changes(model, trace, cross, encoder, mean)
    tower = trace.encoder if encoder and trace.encoder is not None else trace
    shape = (len(tower.layers), 1 + max(head for _, head in changes))
    logits, probabilities = (np.full(shape, np.nan, np.float32) for _ in range(2))
    whole = AblationMap(
        token, pos, float(own[token]), _probability(own, token), logits, probabilities, cross, encoder, len(changes)
    )
    yield replace(whole, logits=logits.copy(), probabilities=probabilities.copy())
    for chosen in by_layer(list(changes), batch):
        rows = answers(model, trace, [[changes[place]] for place in chosen], pos)
        for place, row in zip(chosen, rows, strict=True):
            logits[place], probabilities[place] = row[token], _probability(row, token)
        yield replace(whole, logits=logits.copy(), probabilities=probabilities.copy())


def by_layer(places: Sequence[tuple[int, Any]], size: int) -> Iterator[list[tuple[int, Any]]]:
    """Batches of places that begin with one layer each: the layers below need not run again."""
    for _, group in groupby(places, key=lambda place: place[0]):
        members = list(group)
        yield from (members[i : i + size] for i in range(0, len(members), size))


def _changes(model: LoadedModel, trace: Trace, cross: bool, encoder: bool, mean: bool) -> dict[tuple[int, int], Change]:
    """Layer and head → the change that silences it."""
    stack = trace.encoder if encoder else trace
    found = {}
    for n, layer in enumerate(stack.layers if stack is not None else ()):
        attention = layer.cross_attention if cross else layer.attention
        for head in range(attention.n_heads if attention is not None and attention.head_out is not None else 0):
            found[n, head] = (
                Change.mean_head(trace, n, head, cross=cross, encoder=encoder)
                if mean
                else Change.zero_head(n, head, cross=cross, encoder=encoder)
            )
    if not found:
        what = "cross-attention heads" if cross else "heads in an encoder" if encoder else "heads"
        raise PlaygroundError(f"{model.info.id} hands over no {what} that could be silenced. Choose another model.")
    return found


def _probability(logits: Array, token: int) -> float:
    exp = np.exp(logits.astype(np.float64) - float(logits.max()))
    return float(exp[token] / exp.sum())
