"""Steps that occur in several places: a norm, a matrix product, a sum."""

from __future__ import annotations

import numpy as np

from ...hooks import weights_of
from ...models import LoadedModel
from ...trace import Array, Linear, Norm
from .records import Step, Strip, difference


def norm_step(name: str, norm: Norm, pos: int) -> Step:
    """``(x − mean) / √(variance + ε) · γ + β`` at one position (Ba et al. 2016), or the RMS norm of it."""
    entered = norm.entered[pos].astype(np.float64)
    layer = norm.kind == "layer"
    mean = entered.mean() if layer else 0.0
    variance = ((entered - mean) ** 2).mean()
    normalised = (entered - mean) / np.sqrt(variance + norm.epsilon)
    ours = normalised * norm.scale + (0 if norm.shift is None else norm.shift)
    off, size = difference(ours, norm.left[pos])
    learned = [Strip("γ", "special", norm.scale)]
    if norm.shift is not None:
        learned.append(Strip("β", "special", norm.shift))
    return Step(
        name,
        incoming=(Strip("x", "residual", norm.entered[pos]),),
        outgoing=(Strip("normalised", "residual", normalised.astype(np.float32)), *learned,
                  Strip("out", "residual", norm.left[pos])),
        figures=(("mean", float(mean)), ("variance", float(variance)), ("epsilon", norm.epsilon),
                 ("spread", float(np.sqrt(variance + norm.epsilon)))),
        difference=off,
        size=size,
        words=(("kind", norm.kind),),
    )  # fmt: skip


def product(model: LoadedModel, linear: Linear, pos: int) -> tuple[Array, float, float]:
    """``x @ W + b`` at one position, recomputed, with its difference from the model's own and the size of that."""
    weight, bias = weights_of(model, linear)
    ours = linear.entered[pos] @ weight + (0 if bias is None else bias)
    return ours, *difference(ours, linear.left[pos])


def sum_step(name: str, parts: list[Strip], total: Array, scale: float = 1.0) -> Step:
    """Vectors added up; ``scale`` is what the family multiplies the last one by, and is in it already."""
    ours = np.sum([part.values.astype(np.float64) for part in parts], axis=0)
    off, size = difference(ours, total)
    return Step(
        name,
        incoming=tuple(parts),
        outgoing=(Strip("stream", "residual", total),),
        figures=(
            *((f"length of {part.name}", float(np.linalg.norm(part.values))) for part in parts),
            ("length", float(np.linalg.norm(total))),
            ("scale", scale),
        ),
        difference=off,
        size=size,
    )
