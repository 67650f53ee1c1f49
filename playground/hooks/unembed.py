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
    way = WayOut(module, parts)
    return way.logits(way.before(hidden, normed=normed))


class WayOut:
    """The way from the stream to the logits, for all of the vocabulary or some of it."""

    def __init__(self, module: nn.Module, parts: ModelParts) -> None:
        """Of a prepared model's parts."""
        self._parts, self._bias, self._cap = parts, end_bias(module), soft_cap(module.config)
        last = parts.head[-1] if parts.head else None
        # A subclass, or a module with hooks, may do more than multiply: such a head is always asked as a whole.
        plain = type(last) is nn.Linear and not last._forward_hooks and not last._forward_pre_hooks
        self._table: nn.Linear | None = last if isinstance(last, nn.Linear) and plain else None

    @property
    def n_tokens(self) -> int | None:
        """How many logits there are, where some of them can be had without the others; else None."""
        return None if self._table is None else self._table.weight.shape[0]

    def before(self, hidden: Tensor, *, normed: bool = False) -> Tensor:
        """What the last product is given, for vectors (…, d_model) of the stream."""
        parts = self._parts
        if parts.stack.final_norm is not None and not normed:
            hidden = parts.stack.final_norm(hidden)
        if parts.out_scale != 1.0:
            hidden = hidden * parts.out_scale
        for part in parts.head if self._table is None else parts.head[:-1]:
            hidden = part(hidden)
        return hidden

    def logits(self, before: Tensor, ids: slice | Tensor = slice(None)) -> Tensor:
        """Logits (…, n) of the tokens ``ids``, by default of all; others only where ``n_tokens`` is known."""
        hidden = before
        if self._table is not None:
            bias = self._table.bias
            hidden = nn.functional.linear(hidden, self._table.weight[ids], None if bias is None else bias[ids])
        if self._parts.logit_scale != 1.0:
            hidden = hidden * self._parts.logit_scale
        if self._bias is not None:
            hidden = hidden + self._bias[ids]
        return hidden if self._cap is None else torch.tanh(hidden / self._cap) * self._cap
