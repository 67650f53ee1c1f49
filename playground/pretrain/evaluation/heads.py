"""What each attention head of a decoder does, as one number a head: looks one back, at the first token, or copies."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor


@torch.no_grad()
def attention_weights(model: Any, ids: Tensor) -> Tensor:
    """(layer, batch, head, query, key) weights for `ids` of shape (batch, seq)."""
    return torch.stack(model(ids, output_attentions=True, use_cache=False).attentions)


def rows_of(tokenizer: Any, texts: Sequence[str], count: int = 8, length: int = 128) -> Tensor:
    """(up to `count`, up to `length`) ids: texts one after the other, an end-of-text token before each."""
    ids = [token for text in texts for token in (tokenizer.eos_token_id, *tokenizer(text)["input_ids"])]
    length = min(length, len(ids))
    return torch.tensor(ids[: min(count, len(ids) // length) * length]).view(-1, length)


def previous_token_heads(model: Any, ids: Tensor) -> Tensor:
    """(layer, head) mean weight of each token, but the first, on the token before it."""
    return attention_weights(model, ids).diagonal(-1, dim1=-2, dim2=-1).mean(dim=(1, -1))


def first_token_heads(model: Any, ids: Tensor) -> Tensor:
    """(layer, head) mean weight of each token, but the first, on the first."""
    return attention_weights(model, ids)[..., 1:, 0].mean(dim=(1, -1))


def induction_heads(model: Any, vocab_size: int, length: int = 50, count: int = 8, seed: int = 1) -> Tensor:
    """(layer, head) mean weight, in the second half of a random run said twice, on what followed the token before."""
    generator = torch.Generator().manual_seed(seed)
    run = torch.randint(1, vocab_size, (count, length), generator=generator)
    weights = attention_weights(model, torch.cat([run, run], dim=1))
    # Query length + i has met its token at i; the answer stands at i + 1, which is length - 1 back.
    return weights.diagonal(1 - length, dim1=-2, dim2=-1)[..., 1:].mean(dim=(1, -1))


def best_head(weights: Tensor) -> tuple[str, float]:
    """Name "layer.head" and value of the largest entry."""
    place = int(weights.argmax())
    return f"{place // weights.shape[1]}.{place % weights.shape[1]}", float(weights.flatten()[place])
