"""The attention function that every Hugging Face family calls once its model is switched to it.

It is registered with ``transformers.AttentionInterface``. With a recorder it computes step by step and keeps the
steps; without one (generation, training) it does plain attention by PyTorch's fused kernel.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import AttentionInterface, AttentionMaskInterface
from transformers.masking_utils import eager_mask

from . import edits
from .recorder import AttentionRecord, current

NAME = "playground"

# Arguments that change the result. A family that sends others of them gets wrong logits here, which the laws notice.
_SINKS = "s_aux"


def attention(
    module: nn.Module,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,
    scaling: float | None = None,
    dropout: float = 0.0,
    **kwargs: Any,
) -> tuple[Tensor, Tensor | None]:
    """softmax(q·kᵀ·scaling + bias + mask)·v (Vaswani et al. 2017, eq. 1).

    Args:
        module: the attention module that calls.
        query: (1, n_heads, query, head_dim), rotary positions already in.
        key: (1, n_kv_heads, key, head_dim); value likewise.
        attention_mask: additive, (1, 1 or n_heads, query, key), or None.
        scaling: factor on q·k, 1/√head_dim unless given.
        dropout: only in training.
        **kwargs: ``position_bias`` (T5), ``softcap`` (Gemma 2), ``s_aux`` (attention sinks).

    Returns:
        (1, query, n_heads, head_dim), and the weights (None on the fused way).
    """
    scale = query.shape[-1] ** -0.5 if scaling is None else scaling
    groups = query.shape[1] // key.shape[1]
    softcap, sinks, bias = kwargs.get("softcap"), kwargs.get(_SINKS), kwargs.get("position_bias")
    plan, change = edits.current(), None
    if plan is not None and (change := plan.attention.get(id(module))) is not None:
        change.scaled = change.scaled or scale != 1.0
        scale = 1.0 if change.drop_scale else scale
        attention_mask = None if change.drop_mask else attention_mask
        bias = None if change.drop_bias else bias
    recorder = current()
    weights = None
    if recorder is None and softcap is None and sinks is None:
        output = _fused(query, key, value, attention_mask, bias, scale, dropout if module.training else 0.0)
    else:
        weights = _weights(query, key, attention_mask, bias, scale, softcap, sinks, groups)
        if module.training and dropout:
            weights = functional.dropout(weights, p=dropout)
        output = torch.matmul(weights, _repeat(value, groups))
    if plan is not None and change is not None:
        output = change.heads_set(output, plan.start)
    if recorder is not None and weights is not None:
        recorder.attentions[id(module)] = AttentionRecord(
            query, key, value, weights, output, attention_mask, bias, scale, softcap, sinks
        )
    return output.transpose(1, 2).contiguous(), weights


def _repeat(states: Tensor, groups: int) -> Tensor:
    """Grouped-query attention: each key/value head serves ``groups`` query heads."""
    return states if groups == 1 else states.repeat_interleave(groups, dim=1)


def _fused(
    query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None, bias: Tensor | None, scale: float, dropout: float
) -> Tensor:
    if mask is not None:
        mask = mask[..., : key.shape[-2]]
    if bias is not None:
        mask = bias if mask is None else bias + mask
    groups = query.shape[1] != key.shape[1]
    return functional.scaled_dot_product_attention(
        query, key, value, attn_mask=mask, dropout_p=dropout, scale=scale, enable_gqa=groups
    )


def _weights(
    query: Tensor,
    key: Tensor,
    mask: Tensor | None,
    bias: Tensor | None,
    scale: float,
    softcap: float | None,
    sinks: Tensor | None,
    groups: int,
) -> Tensor:
    keys = _repeat(key, groups).transpose(-1, -2)
    added = None if mask is None else mask[..., : key.shape[-2]]
    if bias is not None:
        added = bias if added is None else bias + added
    if softcap is None and added is not None:
        # Product, scale and mask in one step: each step is a round of all threads, which costs more than its sums.
        shape = (*query.shape[:-1], key.shape[-2])
        rows = added.expand(shape).reshape(-1, *shape[-2:])
        scores = torch.baddbmm(rows, query.flatten(0, 1), keys.flatten(0, 1), alpha=scale).view(shape)
    else:
        scores = torch.matmul(query, keys) * scale
        if softcap is not None:
            scores = torch.tanh(scores / softcap) * softcap
        if added is not None:
            scores = scores + added
    if sinks is not None:
        # A learned extra column takes part in the softmax and is dropped after it: rows then sum to less than 1.
        column = sinks.reshape(1, -1, 1, 1).expand(scores.shape[0], -1, scores.shape[2], 1)
        return torch.softmax(torch.cat([scores, column], dim=-1), dim=-1, dtype=torch.float32)[..., :-1].to(query.dtype)
    return torch.softmax(scores, dim=-1, dtype=torch.float32).to(query.dtype)


def register() -> None:
    """Makes the function known to transformers; doing it again changes nothing."""
    AttentionInterface.register(NAME, attention)
    AttentionMaskInterface.register(NAME, eager_mask)
