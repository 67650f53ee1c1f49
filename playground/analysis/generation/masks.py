"""An encoder fills its masks: one at a time, so that each answer knows the ones before it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import torch

from ... import tokens as tokens_of
from ...errors import PlaygroundError
from ...models import LoadedModel
from ...settings import settings as limits
from ...trace import Token
from ..sampling import SamplingSettings, Stages, next_token
from .step import Describer


@dataclass(frozen=True, eq=False)
class FilledMask:
    """One mask and what was put there."""

    pos: int
    """Position in the text."""
    token: Token
    probability: float
    """Under the distribution that was drawn from; greedy: 1."""
    raw_probability: float
    """Under the model's own distribution."""
    rank: int
    entropy_bits: float
    alternatives: tuple[tuple[str, float], ...]
    """The most probable tokens there, under the model's own distribution."""
    stages: Stages
    token_ids: tuple[int, ...]
    """The whole text with this mask filled."""
    n_left: int
    """Masks that are still to be filled."""


def fill_masks(
    model: LoadedModel,
    text: str,
    settings: SamplingSettings,
    cancelled: Callable[[], bool] = lambda: False,
) -> Iterator[FilledMask]:
    """Fills every mask of a text, each time the one of which the model is surest.

    An encoder was trained to guess each mask by itself: filled all at once, neighbours would not fit together.

    Args:
        model: an encoder.
        text: with at least one mask.
        settings: how each token is chosen; penalties look at the other tokens of the text.
        cancelled: asked before each pass.

    Raises:
        PlaygroundError: no encoder, no mask in the text, or a text that cannot be run.
    """
    tokenizer: Any = model.tokenizer
    if model.info.kind != "encoder" or tokenizer.mask_token_id is None:
        raise PlaygroundError(
            f"{model.info.id} does not fill in masks. Choose an encoder-only model with a mask token."
        )
    limit = min(model.info.context or limits().max_tokens, limits().max_tokens)
    ids = tokens_of.encode(tokenizer, text, limit)
    if tokenizer.mask_token_id not in ids:
        raise PlaygroundError(
            f"The text has no mask. Put {tokenizer.mask_token} where a word is missing, then start it again."
        )
    return _filled(model, ids, settings, cancelled)


def _filled(
    model: LoadedModel, ids: list[int], settings: SamplingSettings, cancelled: Callable[[], bool]
) -> Iterator[FilledMask]:
    mask_id: Any = model.tokenizer.mask_token_id
    describer = Describer(model)
    generator = torch.Generator().manual_seed(settings.seed)
    while mask_id in ids and not cancelled():
        masks = [i for i, token_id in enumerate(ids) if token_id == mask_id]
        with torch.inference_mode():
            logits = model.module(input_ids=torch.tensor([ids], device=model.module.device)).logits[0, masks].float()
            surest = int(torch.softmax(logits, dim=-1).max(-1).values.argmax())
        pos, row = masks[surest], logits[surest]
        stages = next_token(row.cpu().numpy(), settings, [i for i in ids if i != mask_id])
        chosen = int(torch.multinomial(torch.from_numpy(stages.final), 1, generator=generator))
        ids = [*ids[:pos], chosen, *ids[pos + 1 :]]
        figures = describer.figures(row, chosen)
        del figures["logits"]
        yield FilledMask(
            pos=pos,
            probability=float(stages.final[chosen]),
            stages=stages,
            token_ids=tuple(ids),
            n_left=len(masks) - 1,
            **figures,
        )
