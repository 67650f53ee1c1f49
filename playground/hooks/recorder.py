"""What one forward pass leaves behind, before it becomes numpy.

The recorder is looked up in a ``ContextVar`` by hooks and attention alike. Each thread has its own context, so two
visitors on one model cannot see each other's tensors; a recorder kept on the model mixes them.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from torch import Tensor, nn


@dataclass(frozen=True, eq=False)
class AttentionRecord:
    """One call of the attention function; tensors as they came, with their batch axis of 1."""

    query: Tensor
    key: Tensor
    value: Tensor
    weights: Tensor
    output: Tensor
    mask: Tensor | None
    bias: Tensor | None
    scaling: float
    softcap: float | None
    sinks: Tensor | None


@dataclass
class Recorder:
    """Collects by identity of the module, so that it needs no knowledge of families."""

    attentions: dict[int, AttentionRecord] = field(default_factory=dict)
    """id of the attention module → its record."""
    inputs: dict[int, Tensor] = field(default_factory=dict)
    """id of a layer → the stream that entered it."""
    outputs: dict[int, list[Tensor]] = field(default_factory=dict)
    """id of a module → what it gave, each time it was called (encoder and decoder may share a token table)."""


_RECORDER: ContextVar[Recorder | None] = ContextVar("playground_recorder", default=None)


def current() -> Recorder | None:
    """The recorder of this thread's forward pass, if one is being captured."""
    return _RECORDER.get()


@contextmanager
def recording() -> Iterator[Recorder]:
    """Everything that models do in this context, inside this ``with``, goes to the recorder."""
    recorder = Recorder()
    token = _RECORDER.set(recorder)
    try:
        yield recorder
    finally:
        _RECORDER.reset(token)


def first_tensor(value: Any) -> Tensor | None:
    """The first tensor of what a module takes or gives: itself, or the first in a tuple, list or output record."""
    if isinstance(value, Tensor):
        return value
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, (tuple, list)):
        return next((item for item in value if isinstance(item, Tensor)), None)
    return None


def keep_input(module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    """Forward pre-hook for layers."""
    recorder = _RECORDER.get()
    if recorder is not None:
        entered = args[0] if args else kwargs.get("hidden_states")
        if isinstance(entered, Tensor):
            recorder.inputs[id(module)] = entered


def _keep(recorder: Recorder, module: nn.Module, output: Any, copy: bool = False) -> None:
    given = output if isinstance(output, Tensor) else first_tensor(output)
    if given is not None:
        recorder.outputs.setdefault(id(module), []).append(given.clone() if copy else given)


def keep_copy(module: nn.Module, args: tuple[Any, ...], output: Any) -> None:
    """The same for families that go on writing into what a module gave (Falcon adds its attention to it)."""
    recorder = _RECORDER.get()
    if recorder is not None:
        _keep(recorder, module, output, copy=True)


def keep_output(module: nn.Module, args: tuple[Any, ...], output: Any) -> None:
    """Forward hook for every other part."""
    recorder = _RECORDER.get()
    if recorder is not None:
        _keep(recorder, module, output)
