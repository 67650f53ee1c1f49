"""The two ends of a tower, found by watching: what enters the first layer, and what leads from the last to logits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from torch import Tensor, nn

from ..forms import is_norm
from ..watch import Call
from .equations import factor, flat, same


@dataclass(frozen=True, eq=False)
class Bottom:
    """What the first layer's input is made of; all empty where that was not found."""

    positions: nn.Module | None = None
    token_types: nn.Module | None = None
    norm: nn.Module | None = None
    scale: float = 1.0
    found: bool = False


@dataclass(frozen=True, eq=False)
class Top:
    """What leads from the last layer's output to the logits."""

    final_norm: nn.Module | None
    head: tuple[nn.Module, ...]
    out_scale: float
    """Factor on the final vector before the head."""
    logit_scale: float
    """Factor on what the head gives."""


def bottom(calls: Sequence[Call], table: nn.Module | None, entered: Tensor, before: int) -> Bottom:
    """How the token rows become what enters the first layer: scaled, with position rows added, normed.

    Args:
        calls: every call of the pass.
        table: the token table.
        entered: (seq, d_model), the first layer's input.
        before: when the first layer began.
    """
    early = [call for call in calls if call.ended <= before and call.ended >= 0]
    rows = next((flat(c.left, entered) for c in reversed(early) if c.module is table), None)
    if rows is None:
        return Bottom()
    added = _distinct(early, entered, rows)
    plain = _sum(entered, rows, added)
    if plain is not None:
        return plain
    for call in early:
        left, read = flat(call.left, entered), flat(call.entered, entered)
        if left is not None and read is not None and same(left, entered) and not any(call.module.children()):
            under = _sum(read, rows, added)
            if under is not None:
                return Bottom(under.positions, under.token_types, call.module, under.scale, True)
    return Bottom()


def _distinct(early: Sequence[Call], entered: Tensor, rows: Tensor) -> list[tuple[Call, Tensor]]:
    """Modules before the first layer that give one vector for each position, or one for all: candidates for a sum."""
    found: list[tuple[Call, Tensor]] = []
    for call in early:
        left = flat(call.left, entered)
        if left is not None and not same(left, rows) and not same(left, entered) and not any(call.module.children()):
            found.append((call, left))
    return found


def _sum(total: Tensor, rows: Tensor, added: Sequence[tuple[Call, Tensor]]) -> Bottom | None:
    for n in range(min(3, len(added) + 1)):
        for chosen in combinations(added, n):
            rest = total
            for _, tensor in chosen:
                rest = rest - tensor
            scale = factor(rest, None, rows)
            if scale is None:
                continue
            # Which is which: the table of positions gives every position another row, that of sentence A and B does not
            ordered = sorted(chosen, key=lambda item: same(item[1], item[1][:1].expand_as(item[1])))
            modules = [*(call.module for call, _ in ordered), None, None]
            return Bottom(modules[0], modules[1], None, scale, True)
    return None


def top(calls: Sequence[Call], last: Call, wanted: Tensor) -> Top | None:
    """The chain of modules, each fed with what the one before gave, that ends in a multiple of the wanted logits.

    Args:
        calls: every call of the pass.
        last: that of the last layer.
        wanted: (seq, vocab_size), the logits without soft cap and without the bias that is added to them.
    """
    assert last.left is not None
    stream = last.left[0].float()
    late = [call for call in calls if call.started > last.ended and call.left is not None]
    final_norm, out_scale = None, 1.0
    current, scale = stream, 1.0
    head: list[nn.Module] = []
    after = last.ended
    for _ in range(8):
        if current.shape == wanted.shape:
            logit_scale = factor(wanted, None, current)
            if logit_scale is not None and head:
                return Top(final_norm, tuple(head), out_scale, logit_scale)
        step = _next(late, current, after)
        if step is None:
            return None
        call, scale = step
        after = call.ended
        if scale == 1.0 and _changes_nothing(call):
            continue
        same_width = flat(call.left, stream) is not None
        if not head and final_norm is None and same_width and is_norm(call.module, stream.shape[-1]):
            if scale != 1.0:
                return None
            final_norm = call.module
        else:
            if scale != 1.0 and head:
                return None
            out_scale = scale if not head else out_scale
            head.append(call.module)
        assert call.left is not None
        current = call.left.reshape(-1, call.left.shape[-1]).float()
    return None


def _next(late: Sequence[Call], current: Tensor, after: int) -> tuple[Call, float] | None:
    """The first call, outer ones first, that is fed with the current tensor or a multiple of it."""
    for call in late:
        entered = flat(call.entered, current) if call.started > after else None
        if entered is None or call.left is None or not call.left.is_floating_point():
            continue
        if call.left.numel() % len(current) or call.left.reshape(-1, call.left.shape[-1]).shape[0] != len(current):
            continue
        scale = factor(entered, None, current)
        if scale is not None:
            return call, scale
    return None


def _changes_nothing(call: Call) -> bool:
    """Dropout, when the model is not being trained."""
    if call.entered is None or call.left is None or call.entered.shape != call.left.shape:
        return False
    return bool((call.entered == call.left).all())
