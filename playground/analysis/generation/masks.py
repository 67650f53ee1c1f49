"""An encoder fills its masks: one at a time, so that each answer knows the ones before it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from ... import tokens as tokens_of
from ...errors import PlaygroundError
from ...models import LoadedModel
from ...settings import settings as limits
from ...trace import Token
from ..sampling import SamplingSettings, Stages, next_token
from .step import Describer, WrittenToken

MOST_TOKENS = 20_000
"""Filled masks whose figures are remembered."""


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

    @property
    def kept(self) -> WrittenToken:
        """Its figures without its distribution."""
        return WrittenToken(
            self.token, self.raw_probability, self.rank, self.entropy_bits, self.alternatives, False, self.pos
        )


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
    fills = MaskFills(model, text)
    return fills.write((), settings, 0, cancelled)


class MaskFills:
    """A text of an encoder and all ways in which its masks have been filled. Safe for threads.

    The tokens are named in the order in which they are filled: the mask of which the model is surest comes first, then
    the surest of the others, now that it knows that token. Nothing can be kept between two passes, for every token of
    an encoder sees every other.

    Args:
        model: an encoder.
        text: with at least one mask.

    Raises:
        PlaygroundError: no mask in the text, or a text that cannot be run.
    """

    def __init__(self, model: LoadedModel, text: str) -> None:
        tokenizer: Any = model.tokenizer
        limit = min(model.info.context or limits().max_tokens, limits().max_tokens)
        self._model, self._mask_id = model, tokenizer.mask_token_id
        self._ids = tokens_of.encode(tokenizer, text, limit)
        if self._mask_id not in self._ids:
            raise PlaygroundError(
                f"The text has no mask. Put {tokenizer.mask_token} where a word is missing, then start it again."
            )
        self._describer = Describer(model)
        self._figures: dict[tuple[int, ...], WrittenToken] = {}
        """Ids from the first filled mask to one → what is known of it."""

    def write(
        self,
        written: Sequence[int],
        settings: SamplingSettings,
        begun: int | None = None,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> Iterator[FilledMask]:
        """Fills the masks that are left behind ``written``, until the cap on new tokens or ``cancelled``."""
        ids = self._filled_with(written)
        n_before = 0 if begun is None else len(written) - begun
        n_most = settings.max_new_tokens - n_before
        generator = torch.Generator().manual_seed(settings.seed)
        path = list(written)
        while self._mask_id in ids and n_most > 0 and not cancelled():
            pos, row, n_masks = self._surest(ids)
            if n_before and settings.do_sample:
                for _ in range(n_before):
                    torch.multinomial(torch.ones(len(row)), 1, generator=generator)
            n_before, n_most = 0, n_most - 1
            stages = self._stages(ids, row, settings)
            chosen = int(torch.multinomial(torch.from_numpy(stages.final), 1, generator=generator))
            ids, figures = self._take(ids, pos, row, chosen, path)
            yield FilledMask(
                pos=pos,
                token=figures.token,
                probability=float(stages.final[chosen]),
                raw_probability=figures.raw_probability,
                rank=figures.rank,
                entropy_bits=figures.entropy_bits,
                alternatives=figures.alternatives,
                stages=stages,
                token_ids=tuple(ids),
                n_left=n_masks - 1,
            )

    @property
    def n_bytes(self) -> int:
        """Of keys and values that are kept: none, for every filled mask changes them all."""
        return 0

    def known(self, written: Sequence[int]) -> tuple[WrittenToken, ...] | None:
        """What is known of each of the tokens ``written``; None where nobody has filled in one of them yet."""
        found = [self._figures.get(tuple(written[: n + 1])) for n in range(len(written))]
        return None if None in found else tuple(token for token in found if token is not None)

    def tokens(self, written: Sequence[int]) -> tuple[WrittenToken, ...]:
        """The same; the model is run for those that nobody has filled in yet."""
        self._filled_with(written)
        return tuple(self._figures[tuple(written[: n + 1])] for n in range(len(written)))

    def ahead(
        self, written: Sequence[int], settings: SamplingSettings, begun: int | None = None
    ) -> tuple[int, Stages] | None:
        """The place that is filled behind ``written``, and every stage of its distribution; None when none is left."""
        ids = self._filled_with(written)
        if self._mask_id not in ids:
            return None
        pos, row, _ = self._surest(ids)
        return pos, self._stages(ids, row, settings)

    def _filled_with(self, written: Sequence[int]) -> list[int]:
        """The text's ids with the first masks filled."""
        if len(self._figures) > MOST_TOKENS:
            self._figures.clear()
        ids, path = self._ids, list[int]()
        for token_id in written:
            known = self._figures.get((*path, token_id))
            if known is not None and known.pos is not None:
                path.append(token_id)
                ids = [*ids[: known.pos], token_id, *ids[known.pos + 1 :]]
                continue
            if self._mask_id not in ids:
                raise PlaygroundError("There are more tokens than masks in this text. Start anew with Write.")
            if not 0 <= token_id < self._model.info.vocab_size:
                raise PlaygroundError(f"Tokens must be numbers between 0 and {self._model.info.vocab_size - 1:,}.")
            pos, row, _ = self._surest(ids)
            ids, _ = self._take(ids, pos, row, token_id, path)
        return ids

    @torch.inference_mode()
    def _surest(self, ids: list[int]) -> tuple[int, Tensor, int]:
        """The mask of which the model is surest, its logits (vocab_size,), and how many masks there are."""
        masks = [i for i, token_id in enumerate(ids) if token_id == self._mask_id]
        module: Any = self._model.module
        logits = module(input_ids=torch.tensor([ids], device=module.device)).logits[0, masks].float()
        surest = int(torch.softmax(logits, dim=-1).max(-1).values.argmax())
        return masks[surest], logits[surest], len(masks)

    def _stages(self, ids: list[int], row: Tensor, settings: SamplingSettings) -> Stages:
        return next_token(row.cpu().numpy(), settings, [i for i in ids if i != self._mask_id])

    def _take(
        self, ids: list[int], pos: int, row: Tensor, chosen: int, path: list[int]
    ) -> tuple[list[int], WrittenToken]:
        """The ids with a mask filled; the token joins ``path`` and is remembered."""
        figures = self._describer.figures(row, chosen)
        del figures["logits"]
        path.append(chosen)
        found = self._figures[tuple(path)] = WrittenToken(**figures, repeat=False, pos=pos)
        return [*ids[:pos], chosen, *ids[pos + 1 :]], found
