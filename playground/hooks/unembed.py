"""From the residual stream to logits by a model's own modules: the arithmetic, for any way out that is known."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from .parts import ModelParts


def soft_cap(config: Any) -> float | None:
    """The bound that logits are bent to stay under, ``cap · tanh(x / cap)`` (Gemma 2); None where there is none."""
    for where in (config, config.get_text_config(decoder=True)):
        for name in ("final_logit_softcapping", "logits_soft_cap", "output_logit_soft_cap"):
            cap = getattr(where, name, None)
            if cap is not None:
                return float(cap)
    return None


def end_bias(module: nn.Module) -> Tensor | None:
    """(vocab_size,): what BART and Marian add to the logits behind their head; None elsewhere."""
    bias = getattr(module, "final_logits_bias", None)
    return bias.reshape(-1) if isinstance(bias, Tensor) else None


def unembed(module: nn.Module, parts: ModelParts, hidden: Tensor, *, normed: bool = False) -> Tensor:
    """Logits (…, vocab_size) of vectors (…, d_model); ``normed``: the vectors are past the final norm already."""
    if parts.stack.final_norm is not None and not normed:
        hidden = parts.stack.final_norm(hidden)
    if parts.out_scale != 1.0:
        hidden = hidden * parts.out_scale
    for part in parts.head:
        hidden = part(hidden)
    if parts.logit_scale != 1.0:
        hidden = hidden * parts.logit_scale
    bias, cap = end_bias(module), soft_cap(module.config)
    if bias is not None:
        hidden = hidden + bias
    return hidden if cap is None else torch.tanh(hidden / cap) * cap
