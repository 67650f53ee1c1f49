"""Which tensor of a pass is the sum, the multiple or the copy of which others: the arithmetic of the trial.

All tensors are (seq, d_model). Two are held for equal when they differ by no more than rounding does, row by row: a
sum forgets a little of its smaller part, so the room grows with the larger one.
"""

from __future__ import annotations

import torch
from torch import Tensor

RELATIVE = 1e-3
"""Largest |difference| of a row, relative to the row of what was added."""
ROUNDING = 3e-6
"""And relative to the row of the sum: float32 keeps seven digits."""


def flat(tensor: Tensor | None, like: Tensor) -> Tensor | None:
    """A tensor as (seq, d_model) where it holds just as many numbers in rows of that width; None otherwise."""
    if tensor is None or not tensor.is_floating_point() or tensor.shape[-1] != like.shape[-1]:
        return None
    return tensor.reshape(like.shape).float() if tensor.numel() == like.numel() else None


def same(one: Tensor, other: Tensor) -> bool:
    """Whether two tensors are one but for rounding."""
    return _close(one - other, other, other)


def factor(total: Tensor, base: Tensor | None, added: Tensor) -> float | None:
    """The α for which base + α · added is the total, by least squares; None where no number does that.

    Thousands of numbers are met by one: no coincidence gets through. A factor within 10⁻⁴ of 1 is 1.
    """
    wanted = total if base is None else total - base
    square = float((added * added).sum())
    if square == 0.0:
        return None
    alpha = float((wanted * added).sum()) / square
    if abs(alpha - 1) < 1e-4:
        alpha = 1.0
    if abs(alpha) < 1e-6 or not _close(wanted - alpha * added, alpha * added, total):
        return None
    return alpha


def two_factors(total: Tensor, base: Tensor, one: Tensor, other: Tensor) -> tuple[float, float] | None:
    """α and β for which base + α · one + β · other is the total; None where no numbers do that."""
    wanted = total - base
    gram = torch.stack([torch.stack([(a * b).sum() for b in (one, other)]) for a in (one, other)]).double()
    right = torch.stack([(wanted * a).sum() for a in (one, other)]).double()
    if float(torch.linalg.det(gram)) <= 1e-9 * float(gram[0, 0] * gram[1, 1]):
        return None
    found = [float(x) for x in torch.linalg.solve(gram, right)]
    alpha, beta = (1.0 if abs(x - 1) < 1e-4 else x for x in found)
    if min(abs(alpha), abs(beta)) < 1e-6:
        return None
    if not _close(wanted - alpha * one - beta * other, alpha * one, total):
        return None
    return alpha, beta


def _close(difference: Tensor, part: Tensor, whole: Tensor) -> bool:
    room = RELATIVE * part.norm(dim=-1) + ROUNDING * whole.norm(dim=-1)
    return bool((difference.norm(dim=-1) <= room).all())
