"""Every call of every module inside a part of a model, for one forward pass: who was given what, and gave what.

Capture itself keeps only what it needs. This is for the questions that are asked rarely: how does a family that
nobody described work, and what happened inside one layer.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from .recorder import first_tensor


@dataclass(eq=False)
class Call:
    """One call of one module. The tensors are copies: a model may change its own in place later in the pass."""

    module: nn.Module
    path: str
    """Dotted path in the model; "" for the model itself."""
    started: int
    ended: int = -1
    """Places in the order of all beginnings and endings; −1 while the call runs."""
    entered: Tensor | None = None
    left: Tensor | None = None


@dataclass
class _Watch:
    calls: list[Call] = field(default_factory=list)
    open: list[Call] = field(default_factory=list)
    clock: int = 0

    def tick(self) -> int:
        self.clock += 1
        return self.clock


_WATCH: ContextVar[_Watch | None] = ContextVar("playground_watch", default=None)


@contextmanager
def watching(root: nn.Module, parts: Collection[nn.Module] | None = None) -> Iterator[list[Call]]:
    """Records what happens inside ``root``, or inside the given parts of it and nowhere else, in this context only.

    Afterwards the hooks are gone.

    Gives the list of finished calls in the order of their beginnings; complete when the forward pass is over.
    """
    watch = _Watch()
    handles = []
    if parts is not None and not parts:
        yield []
        return
    inside = None if parts is None else {id(module) for part in parts for module in part.modules()}
    for path, module in root.named_modules():
        if inside is not None and id(module) not in inside:
            continue
        handles.append(module.register_forward_pre_hook(_Before(path, watch), with_kwargs=True))
        handles.append(module.register_forward_hook(_After(watch)))
    token = _WATCH.set(watch)
    try:
        yield watch.calls
    finally:
        _WATCH.reset(token)
        for handle in handles:
            handle.remove()


@dataclass(eq=False)
class _Before:
    """Takes any number of arguments: while another thread removes its hooks, torch may call this one without kwargs."""

    path: str
    watch: _Watch

    def __call__(self, module: nn.Module, *given: Any) -> None:
        watch = _WATCH.get()
        if watch is not self.watch:
            return
        args, kwargs = (*given, {})[:2]
        entered = first_tensor(args)
        if entered is None:
            entered = kwargs["hidden_states"] if "hidden_states" in kwargs else first_tensor(kwargs)
        call = Call(module, self.path, watch.tick(), entered=_copy(entered))
        watch.calls.append(call)
        watch.open.append(call)


@dataclass(eq=False)
class _After:
    watch: _Watch

    def __call__(self, module: nn.Module, *given: Any) -> None:
        watch = _WATCH.get()
        if watch is not self.watch:
            return
        while watch.open:
            call = watch.open.pop()
            if call.module is module:
                call.left, call.ended = _copy(first_tensor(given[-1])), watch.tick()
                return


def _copy(tensor: Tensor | None) -> Tensor | None:
    return None if tensor is None else torch.clone(tensor.detach()) if tensor.is_floating_point() else tensor
