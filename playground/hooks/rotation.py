"""From a projection's output to the queries and keys that meet: a norm of each head, a factor, rotation by position.

The rotation is read off the numbers: it turns every head's pairs of columns by one angle for each position (Su et al.
2021), so queries before and after tell the angles, and the keys must agree.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ..trace import Array, Attention
from ..trace.detail import Linear, Norm, Projections, Rotation
from .forms import close, norm_form, numbers
from .watch import Call


def to_heads(array: Array, n_heads: int) -> Array:
    """(seq, n_heads · width) as (n_heads, seq, width)."""
    return array.reshape(len(array), n_heads, -1).transpose(1, 0, 2)


def meeting(steps: Projections, attention: Attention, leaves: Sequence[Call]) -> Projections:
    """The projections with what stands between them and the scores, as far as it explains queries and keys."""
    if attention.q is None or attention.k is None or steps.q is None or steps.k is None:
        return steps
    n_kv = len(attention.k)
    q_norm, k_norm = head_norm(leaves, steps.q), head_norm(leaves, steps.k)
    q = to_heads(steps.q.left if q_norm is None else q_norm.left.reshape(steps.q.left.shape), attention.n_heads)
    k = to_heads(steps.k.left if k_norm is None else k_norm.left.reshape(steps.k.left.shape), n_kv)
    if q.shape != attention.q.shape or k.shape != attention.k.shape:
        return steps
    steps = replace(steps, q_norm=q_norm, k_norm=k_norm)
    if close(k, attention.k):
        ratio = float((attention.q * q).sum() / max(float((q * q).sum()), 1e-30))
        if not close(q * np.float32(ratio), attention.q):
            return steps
        return replace(steps, explained=True, q_scale=1.0 if abs(ratio - 1) < 1e-5 else ratio)
    for layout in ("halves", "pairs"):
        rotation = _rotation(q, attention.q, layout)
        if rotation is not None and close(rotation.turn(k), attention.k):
            return replace(steps, rotation=rotation, explained=True)
    return steps


def head_norm(leaves: Sequence[Call], linear: Linear) -> Norm | None:
    """The norm that reads a projection's output, by heads (Qwen 3) or whole (OLMo 2); rows by position, then head."""
    seq = len(linear.left)
    for leaf in leaves:
        if leaf.entered is None or leaf.left is None or leaf.entered.shape != leaf.left.shape:
            continue
        entered, left = numbers(leaf.entered), numbers(leaf.left)
        if entered.ndim == 4 and entered.shape[1] != seq and entered.shape[2] == seq:
            entered, left = entered.transpose(0, 2, 1, 3), left.transpose(0, 2, 1, 3)
        if entered.size != linear.left.size or not close(entered.reshape(seq, -1), linear.left):
            continue
        rows, given = (np.ascontiguousarray(a).reshape(-1, a.shape[-1]) for a in (entered, left))
        form = norm_form(leaf.module, rows, given)
        if form is not None:
            return Norm(leaf.path, form.kind, rows, given, form.scale, form.shift, form.epsilon)
    return None


def _rotation(before: Array, after: Array, layout: str) -> Rotation | None:
    """The angles that turn (head, seq, width) into another, by least squares over the heads; None where none do."""
    still = np.abs(before - after).max((0, 1)) <= 1e-6 * max(1e-6, float(np.abs(after).max()))
    width = len(still) - int(np.argmin(still[::-1]))  # columns at the end that no position turns
    if width % 2 or width == 0:
        return None
    first, second = _pairs(width, layout)
    a, b = before[..., first].astype(np.float64), before[..., second].astype(np.float64)
    c, d = after[..., first].astype(np.float64), after[..., second].astype(np.float64)
    length = np.maximum((a * a + b * b).sum(0), 1e-30)
    cos, sin = (c * a + d * b).sum(0) / length, (d * a - c * b).sum(0) / length
    found = Rotation(cos.astype(np.float32), sin.astype(np.float32), layout)
    return found if close(found.turn(before), after) else None


def _pairs(width: int, layout: str) -> tuple[np.ndarray, np.ndarray]:
    columns = np.arange(width)
    return (columns[: width // 2], columns[width // 2 :]) if layout == "halves" else (columns[::2], columns[1::2])
