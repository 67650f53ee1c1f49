"""What each attention head of a decoder does, as one number a head, by the definitions that the page shows too."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ...analysis.attention import head_scores
from ...trace import Attention, Token


@torch.no_grad()
def attention_weights(model: Any, ids: Tensor) -> Tensor:
    """(layer, batch, head, query, key) weights for `ids` of shape (batch, seq)."""
    return torch.stack(model(ids, output_attentions=True, use_cache=False).attentions)


def rows_of(tokenizer: Any, texts: Sequence[str], count: int = 8, length: int = 128) -> Tensor:
    """(up to `count`, up to `length`) ids: texts one after the other, an end-of-text token before each."""
    ids = [token for text in texts for token in (tokenizer.eos_token_id, *tokenizer(text)["input_ids"])]
    length = min(length, len(ids))
    return torch.tensor(ids[: min(count, len(ids) // length) * length]).view(-1, length)


def roles(model: Any, ids: Tensor) -> dict[str, Tensor]:
    """Every role of `analysis.attention.ROLES` that one text can show, by key: (layer, head), the mean over the rows of
    `ids`, (batch, seq)."""
    weights = attention_weights(model, ids).float().numpy()
    back = np.tril(np.ones(weights.shape[-2:], dtype=bool))
    of_each = [
        [head_scores(Attention(layer, allowed=back), _tokens(row)) for layer in weights[:, place]]
        for place, row in enumerate(ids.tolist())
    ]
    return {
        key: torch.from_numpy(np.mean([[layer[key].values for layer in layers] for layers in of_each], axis=0))
        for key in of_each[0][0]
    }


def _tokens(ids: Sequence[int]) -> tuple[Token, ...]:
    """Tokens of which only the id counts here."""
    return tuple(Token(token_id, "", "", None, special=False) for token_id in ids)


def previous_token_heads(model: Any, ids: Tensor) -> Tensor:
    """(layer, head) mean weight of each token, but the first, on the token before it."""
    return roles(model, ids)["previous"]


def induction_heads(model: Any, vocab_size: int, length: int = 50, count: int = 8, seed: int = 1) -> Tensor:
    """(layer, head) mean weight, in a run of different random tokens said twice, on what followed the token before."""
    generator = torch.Generator().manual_seed(seed)
    run = torch.stack([1 + torch.randperm(vocab_size - 1, generator=generator)[:length] for _ in range(count)])
    return roles(model, torch.cat([run, run], dim=1))["induction"]


def best_head(weights: Tensor) -> tuple[str, float]:
    """Name "layer.head" and value of the largest entry."""
    place = int(weights.argmax())
    return f"{place // weights.shape[1]}.{place % weights.shape[1]}", float(weights.flatten()[place])
