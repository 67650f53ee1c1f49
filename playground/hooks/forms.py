"""What kind of step a module is, told by its numbers: a norm, a matrix product, an activation."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from ..trace import Array

_EPSILONS = ("variance_epsilon", "eps", "epsilon", "norm_eps")
PROJECTIONS = {
    "q": ("q_proj", "query", "q", "q_lin", "query_proj", "wq"),
    "k": ("k_proj", "key", "k", "k_lin", "key_proj", "wk"),
    "v": ("v_proj", "value", "v", "v_lin", "value_proj", "wv"),
}
"""Names that families give their projections."""
CLOSE = 1e-4
"""Largest |difference|, relative to the largest number, for which a form is believed."""


@dataclass(frozen=True, eq=False)
class NormForm:
    """A norm as numbers; fields as in ``trace.Norm``."""

    kind: str
    scale: Array
    shift: Array | None
    epsilon: float


def close(ours: np.ndarray, theirs: np.ndarray) -> bool:
    """Equal but for rounding."""
    if ours.shape != theirs.shape:
        return False
    return bool(np.abs(ours - theirs).max(initial=0.0) <= CLOSE * max(1e-6, float(np.abs(theirs).max(initial=0.0))))


def numbers(tensor: Tensor) -> Array:
    """A view on the CPU where the tensor is there, float32."""
    return tensor.detach().float().cpu().numpy()


def is_norm(module: nn.Module, width: int) -> bool:
    """A module without parts, named a norm, with one number for each column, or none at all."""
    if any(module.children()) or "norm" not in type(module).__name__.lower():
        return False
    return all(tuple(p.shape) == (width,) for p in module.parameters())


def norm_form(module: nn.Module, entered: Array, left: Array) -> NormForm | None:
    """The norm that leads from what a module was given to what it gave; None where it is none."""
    weight, bias = getattr(module, "weight", None), getattr(module, "bias", None)
    epsilon = next((float(e) for name in _EPSILONS if (e := getattr(module, name, None)) is not None), 1e-5)
    own = numbers(weight) if isinstance(weight, Tensor) and weight.ndim == 1 else None
    shift = numbers(bias) if isinstance(bias, Tensor) else None
    ones = np.ones(entered.shape[-1], np.float32)
    wide = entered.astype(np.float64)
    for kind in ("layer", "rms"):
        centred = wide - wide.mean(-1, keepdims=True) if kind == "layer" else wide
        base = centred / np.sqrt((centred**2).mean(-1, keepdims=True) + epsilon)
        for scale in [ones] if own is None else [own, own + 1]:
            if scale.shape == ones.shape and close(base * scale + (0 if shift is None else shift), left):
                return NormForm(kind, scale.astype(np.float32), shift, epsilon)
    return None


def linear_weights(module: nn.Module) -> tuple[Array, Array | None] | None:
    """(d_in, d_out) and (d_out,) of a module that multiplies by a matrix; None where it is another kind of module.

    GPT-2's Conv1D keeps its matrix the other way round than PyTorch's Linear.
    """
    weight, bias = getattr(module, "weight", None), getattr(module, "bias", None)
    if not isinstance(weight, Tensor) or weight.ndim != 2:
        return None
    if type(module).__name__ == "Conv1D":
        matrix = numbers(weight)
    elif isinstance(module, nn.Linear):
        matrix = numbers(weight).T
    else:
        return None
    return matrix, numbers(bias) if isinstance(bias, Tensor) else None


def is_activation(module: nn.Module, entered: Tensor | None, left: Tensor | None) -> bool:
    """A module without parameters that bends every number by itself (and is not dropout)."""
    if entered is None or left is None or entered.shape != left.shape or any(True for _ in module.parameters()):
        return False
    if any(True for _ in module.children()) or torch.equal(entered, left):
        return False
    few = entered.reshape(-1)[:8]
    try:
        with torch.inference_mode():
            given = module(few)
    except (RuntimeError, ValueError, TypeError, IndexError):  # it needs its own shape, so it does not act one by one
        return False
    return (
        isinstance(given, Tensor)
        and given.shape == few.shape
        and torch.allclose(given, left.reshape(-1)[:8], atol=1e-5)
    )
