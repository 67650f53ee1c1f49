"""The next logits of several texts in one pass: what each of them would get alone, up to rounding."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from typing import Any
from weakref import WeakKeyDictionary

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pad_sequence
from transformers import DynamicCache

from .stepper import Stepper

TOLERANCE = 1e-3
"""By how much a logit may differ from the one of a text run alone, beside the largest logit or 1."""
_sound: WeakKeyDictionary[nn.Module, bool] = WeakKeyDictionary()
"""Whether a model gives in one pass what it gives one by one, tried on the first texts that it met."""


def run_together(steppers: Sequence[Stepper]) -> int:
    """Runs the next position of those that can join in one pass, so that their ``logits()`` are at hand.

    Texts of different lengths are padded on the left, and each token is told its own position. Families that reckon
    positions in another way give other logits then: a model whose first texts show that is never run so again.

    Args:
        steppers: of one model; those that cannot join, or that somebody else runs at the moment, are left as they are.

    Returns:
        How many were run; 0 where one by one is all that can be done.
    """
    with ExitStack() as stack, torch.inference_mode():
        taken = [stepper for stepper in steppers if _held(stepper, stack)]
        if len(taken) < 2 or _sound.get(taken[0].model.module) is False:
            return 0
        logits, cache = _run(taken)
        if taken[0].model.module not in _sound:
            _sound[taken[0].model.module] = _agree(taken[:2], logits)
            if not _sound[taken[0].model.module]:
                return 0
        for row, stepper in enumerate(taken):
            for mine, ours in zip(stepper._cache.layers, cache.layers, strict=True):
                mine.update(ours.keys[row : row + 1, :, -1:], ours.values[row : row + 1, :, -1:])
            stepper._pending = logits[row : row + 1].clone()
            stepper.n_run += 1
            stepper.n_cached += 1
    return len(taken)


def _held(stepper: Stepper, stack: ExitStack) -> bool:
    """Takes a stepper's lock until the stack closes, unless it cannot join or somebody has the lock."""
    if not stepper._lock.acquire(blocking=False):
        return False
    stack.callback(stepper._lock.release)
    return stepper.joins


def _run(steppers: Sequence[Stepper]) -> tuple[Tensor, Any]:
    """Logits (n, vocab_size) in float32, and the cache with the new position as its last."""
    model, device = steppers[0].model, steppers[0].sequence.device
    lengths = torch.tensor([[stepper.n_cached] for stepper in steppers], device=device)
    longest = int(lengths.max())
    cache = DynamicCache()
    for layer in range(len(steppers[0]._cache.layers)):
        parts = [stepper._cache.layers[layer] for stepper in steppers]
        cache.update(_padded([part.keys for part in parts]), _padded([part.values for part in parts]), layer)
    output = model.module(
        input_ids=torch.cat([stepper.sequence[:, -1:] for stepper in steppers]),
        past_key_values=cache,
        attention_mask=(torch.arange(longest + 1, device=device) >= longest - lengths).long(),
        position_ids=lengths,
        use_cache=True,
        **steppers[0]._only_last,
    )
    return output.logits[:, -1].float(), output.past_key_values


def _padded(tensors: list[Tensor]) -> Tensor:
    """(1, heads, length, width) each → (n, heads, longest, width), the shorter ones with zeros in front."""
    rows = pad_sequence([tensor[0].transpose(0, 1) for tensor in tensors], batch_first=True, padding_side="left")
    return rows.transpose(1, 2)


def _agree(steppers: Sequence[Stepper], logits: Tensor) -> bool:
    """Whether texts run alone give the same logits. The steppers are held: what is run are copies of them."""
    alone = torch.cat([stepper.copy().logits() for stepper in steppers])
    apart = (alone - logits[: len(steppers)]).abs().max()
    return bool(apart <= TOLERANCE * alone.abs().max().clamp(min=1.0))
