"""The chains of modules from the heads to the stream and from the last vector to the logits, found once per model.

With every norm's spread and every activation's slope held at one run's values, a chain is linear: what each part of a
sum contributes can then be followed through it (direct logit attribution; Elhage et al. 2021).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from weakref import WeakKeyDictionary

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from ..models import LoadedModel
from .forms import linear_weights, norm_form, numbers
from .parts import LayerParts
from .prepare import prepare, probe_inputs
from .recorder import Recorder, first_tensor, recording
from .trial import bare_logits
from .trial.equations import factor, flat, same
from .watch import Call, watching

Function = Callable[[Tensor], Tensor]
Step = nn.Module | Function | float
"""A module, a function between two modules, or a factor."""
FUNCTIONS: tuple[Function, ...] = (
    functional.gelu,
    lambda x: functional.gelu(x, approximate="tanh"),
    functional.silu,
    functional.relu,
    torch.tanh,
)
"""What some families call between two modules without a module of its own (RoBERTa's head)."""


@dataclass(frozen=True, eq=False)
class Wiring:
    """Chains of steps; None where a family goes another way than through one step after the other."""

    attn: tuple[tuple[Step, ...] | None, ...]
    """For each layer of the main tower: from all heads side by side to what its attention module gives."""
    cross: tuple[tuple[Step, ...] | None, ...]
    encoder: tuple[tuple[Step, ...] | None, ...]
    """The same as ``attn`` for an encoder–decoder's encoder; empty for a model of one tower."""
    head: tuple[Step, ...] | None
    """From the vector behind the final norm to the logits, without the last bias and the soft cap."""


_WIRINGS: WeakKeyDictionary[nn.Module, Wiring] = WeakKeyDictionary()


def wiring(model: LoadedModel) -> Wiring:
    """The chains of a model, found at the first call."""
    if model.module not in _WIRINGS:
        _WIRINGS[model.module] = _find(model)
    return _WIRINGS[model.module]


@torch.inference_mode()
def _find(model: LoadedModel) -> Wiring:
    parts = prepare(model).parts
    with recording() as seen, watching(model.module) as calls:
        output = model.module(**probe_inputs(model))
    leaves = [c for c in calls if not any(True for _ in c.module.children()) and c.left is not None]
    stack = parts.stack.layers
    attn = tuple(_attention_chain(layer, "self", seen, leaves, calls) for layer in stack)
    cross = tuple(_attention_chain(layer, "cross", seen, leaves, calls) for layer in stack)
    source = parts.encoder.layers if parts.encoder is not None else ()
    encoder = tuple(_attention_chain(layer, "self", seen, leaves, calls) for layer in source)
    return Wiring(attn, cross, encoder, _to_logits(model, calls, leaves, output.logits))


def _attention_chain(
    layer: LayerParts, kind: str, seen: Recorder, leaves: Sequence[Call], calls: Sequence[Call]
) -> tuple[Step, ...] | None:
    """From the heads of one attention of a layer, "self" or "cross", to what its module gives."""
    module = layer.attn if kind == "self" else layer.cross
    record = next((seen.attentions[i] for i in layer.attention_callers[kind] if i in seen.attentions), None)
    joined = None if record is None else record.output[0].transpose(0, 1).flatten(1)
    if layer.own is not None and kind == "self":
        joined = next(call.entered for call in leaves if call.module is layer.own.out)
    return None if module is None or joined is None else _from_heads(leaves, calls, module, joined)


def _from_heads(
    leaves: Sequence[Call], calls: Sequence[Call], module: nn.Module, joined: Tensor
) -> tuple[Step, ...] | None:
    joined = joined.reshape(-1, joined.shape[-1]).float()
    goal = next((first_tensor(call.left) for call in reversed(calls) if call.module is module), None)
    return None if goal is None else chain(leaves, joined, goal.reshape(len(joined), -1).float(), -1)


def _to_logits(
    model: LoadedModel, calls: Sequence[Call], leaves: Sequence[Call], logits: Tensor
) -> tuple[Step, ...] | None:
    parts = prepare(model).parts
    if not parts.head or not parts.stack.layers:
        return None
    ends = (parts.stack.final_norm, parts.stack.layers[-1].layer)
    last = next(call for call in reversed(calls) if any(call.module is end for end in ends))
    assert last.left is not None
    return chain(leaves, last.left[0].float(), bare_logits(model, logits[0].float()), last.ended)


def chain(leaves: Sequence[Call], start: Tensor, goal: Tensor, after: int) -> tuple[Step, ...] | None:
    """The steps that lead from one tensor to another, each module fed with what the step before gave.

    Args:
        leaves: calls of modules without parts, in order.
        start: (seq, width).
        goal: (seq, another width).
        after: only calls that began later count.
    """
    steps: list[Step] = []
    current = start
    for _ in range(12):
        if current.shape == goal.shape:
            scale = factor(goal, None, current)
            if scale is not None:
                return (*steps, *([] if scale == 1.0 else [scale]))
        found = _reader(leaves, current, after)
        if found is None:
            return None
        between, call = found
        steps += between
        assert call.entered is not None and call.left is not None
        if call.entered.shape != call.left.shape or not torch.equal(call.entered, call.left):
            steps.append(call.module)
        current, after = call.left.reshape(len(start), -1).float(), call.ended
    return None


def _reader(leaves: Sequence[Call], current: Tensor, after: int) -> tuple[list[Step], Call] | None:
    """The next module that reads the current tensor: as it is, multiplied, or bent by a function."""
    later = [(call, flat(call.entered, current)) for call in leaves if call.started > after]
    reading = [(call, entered) for call, entered in later if entered is not None]
    for call, entered in reading:
        scale = factor(entered, None, current)
        if scale is not None:
            return ([] if scale == 1.0 else [scale]), call
    for function in FUNCTIONS:
        bent = function(current)
        for call, entered in reading:
            if same(entered, bent):
                return [function], call
    return None


# Following parts of a sum


@torch.inference_mode()
def carry(steps: Sequence[Step], parts: np.ndarray, column: int | None = None) -> np.ndarray:
    """Each part of a vector behind a chain, when the chain does to it what it does to the whole vector.

    Args:
        steps: a chain.
        parts: (n, width), float64: they add up to the vector; the last one collects all constants (biases, shifts).
        column: only this column of what the last matrix gives, as width 1.

    Raises:
        ValueError: a step that is no norm, no matrix and no activation.
    """
    matrices = [i for i, step in enumerate(steps) if isinstance(step, nn.Module) and linear_weights(step) is not None]
    for i, step in enumerate(steps):
        if isinstance(step, float):
            parts = parts * step
            continue
        whole = parts.sum(0)
        pair = linear_weights(step) if isinstance(step, nn.Module) else None
        if pair is not None:
            weight, bias = pair
            if column is not None and i == matrices[-1]:
                weight, bias = weight[:, column : column + 1], None if bias is None else bias[column : column + 1]
            parts = parts @ weight.astype(np.float64)
            if bias is not None:
                parts[-1] += bias
            continue
        parts = _held(step, parts, whole)
    return parts


def _held(step: nn.Module | Function, parts: np.ndarray, whole: np.ndarray) -> np.ndarray:
    parameter = next(step.parameters(), None) if isinstance(step, nn.Module) else None
    entered = torch.from_numpy(whole.astype(np.float32))[None]
    given = step(entered if parameter is None else entered.to(parameter.device, parameter.dtype))
    left = numbers(given[0])
    form = norm_form(step, whole.astype(np.float32)[None], left[None]) if isinstance(step, nn.Module) else None
    if form is not None:
        centred = parts - parts.mean(-1, keepdims=True) if form.kind == "layer" else parts
        middle = whole - whole.mean() if form.kind == "layer" else whole
        parts = centred / np.sqrt((middle**2).mean() + form.epsilon) * form.scale
        if form.shift is not None:
            parts[-1] += form.shift
        return parts
    if parameter is not None or left.shape != whole.shape:
        raise ValueError(f"{type(step).__name__} is no norm, no matrix and no activation")
    # An activation bends each number by itself: f(x) = x · (f(x)/x), and the bracket is held.
    slope = np.divide(left, whole, out=np.full_like(whole, 0.0), where=np.abs(whole) > 1e-9)
    return parts * slope
