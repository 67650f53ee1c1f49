"""What is changed in a forward pass that is under way: looked up in a ``ContextVar``, as the recorder is.

Hooks of a change stand on the model only while it is applied, and do nothing in other contexts: two visitors with
different changes on one model get their own answers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from copy import copy
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from ..errors import PlaygroundError

_ALL = slice(None)


@dataclass(frozen=True, eq=False)
class Setting:
    """Values that take the place of others in a (batch, seq, …, width) tensor."""

    value: Tensor | None
    """(width,) or (seq, width); None: zeros."""
    pos: int | None
    """One position of the text; None: all of them."""
    row: int | None = None
    """Of the batch; None: all of them."""
    columns: slice = field(default_factory=lambda: _ALL)
    """Of the width: one head's, where heads stand side by side."""

    def write(self, target: Tensor, start: int) -> None:
        """Into a (batch, seq, width) tensor whose first position is ``start`` in the text."""
        where: slice | int = _ALL
        value = self.value
        if self.pos is not None:
            if not start <= self.pos < start + target.shape[1]:
                return
            where = self.pos - start
        elif value is not None and value.ndim == 2:
            value = value[start : start + target.shape[1]]
            if len(value) != target.shape[1]:
                raise PlaygroundError(
                    f"The other text has {start + len(value)} tokens and this one {start + target.shape[1]}. "
                    "Choose texts that give the same number of tokens."
                )
        target = target[..., self.columns]
        target[_ALL if self.row is None else self.row, where] = (
            0 if value is None else value.to(target.device, target.dtype)
        )


@dataclass
class AttentionEdits:
    """What is changed in one module's calls of the attention function."""

    heads: list[tuple[int, Setting]] = field(default_factory=list)
    drop_mask: bool = False
    drop_scale: bool = False
    drop_bias: bool = False
    scaled: bool = False
    """Whether there was a scale to drop: T5 has none."""

    def heads_set(self, output: Tensor, start: int) -> Tensor:
        """(batch, head, seq, head_dim) with the heads' new values."""
        if not self.heads:
            return output
        output = output.clone()
        for head, setting in self.heads:
            if head >= output.shape[1]:
                raise PlaygroundError(f"There is no head {head} there: the layer has {output.shape[1]} heads.")
            setting.write(output[:, head], start)
        return output


@dataclass(eq=False)
class Edits:
    """Everything that is changed in the passes of one ``with``."""

    attention: dict[int, AttentionEdits] = field(default_factory=dict)
    """id of the module that calls the attention function → what is changed there."""
    start: int = 0
    """Place in the text of the first position that is fed: not 0 where a cache holds the ones before."""
    passed_by: set[int] = field(default_factory=set)
    """ids of layers that give what they were given without running."""
    entered: dict[int, Tensor] = field(default_factory=dict)
    """id of a layer that is left out → what it was given."""


_EDITS: ContextVar[Edits | None] = ContextVar("playground_edits", default=None)


def current() -> Edits | None:
    """The changes that apply in this context, if any."""
    return _EDITS.get()


@contextmanager
def applying(edits: Edits) -> Iterator[None]:
    """The edits apply in this context, inside this ``with``."""
    token = _EDITS.set(edits)
    try:
        yield
    finally:
        _EDITS.reset(token)


def replaced(output: Any, tensor: Tensor) -> Any:
    """What a module gave, with its first tensor replaced: a tensor, a tuple, a named tuple or an output record."""
    if isinstance(output, Tensor):
        return tensor
    if isinstance(output, dict):
        first = next(key for key, value in output.items() if isinstance(value, Tensor))
        changed = copy(output)
        changed[first] = tensor
        return changed
    items = list(output)
    items[next(n for n, value in enumerate(items) if isinstance(value, Tensor))] = tensor
    return type(output)(*items) if hasattr(output, "_fields") else type(output)(items)


def set_rows(tensor: Tensor, settings: list[Setting], start: int, batch: int) -> Tensor:
    """A copy of a module's (batch, seq, width) output with new values; some modules fold the first two axes."""
    changed = tensor.clone()
    view = changed.view(batch, -1, changed.shape[-1])
    for setting in settings:
        setting.write(view, start)
    return changed


def unrotated(output: Any) -> Any:
    """What a rotary module gives, (cos, sin) or complex numbers, for angles of 0; its own scaling stays."""
    if isinstance(output, Tensor):
        return torch.complex(output.abs(), torch.zeros_like(output.abs())) if output.is_complex() else output
    cos, sin, *rest = output
    return type(output)([torch.sqrt(cos * cos + sin * sin), torch.zeros_like(sin), *rest])


Hook = Callable[..., Any]


def only_in(edits: Edits, act: Callable[[nn.Module, Any], Any]) -> Hook:
    """A forward hook that acts on what a module gave where these edits apply, and nowhere else."""

    def hook(module: nn.Module, *given: Any) -> Any:
        return act(module, given[-1]) if _EDITS.get() is edits else None

    return hook
