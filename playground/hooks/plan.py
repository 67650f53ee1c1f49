"""What changes ask of the modules of one model: which values to set, what to leave out, and the hooks that do it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from ..errors import PlaygroundError
from ..models import LoadedModel
from ..trace import Array, Change
from .bypass import PassedBy
from .edits import AttentionEdits, Edits, Setting, current, only_in, replaced, set_rows, unrotated
from .forms import is_norm
from .parts import LayerParts, OwnAttention, StackParts
from .prepare import Prepared, prepare
from .recorder import first_tensor


@dataclass(frozen=True, eq=False)
class Resume:
    """Where a pass begins that need not run the layers below."""

    layer: int
    stream: Array
    """(seq, d_model): what enters the layer, in every row of the batch."""
    encoder: bool = False


class Handle(Protocol):
    """Something that was put onto a module."""

    def remove(self) -> None:
        """Takes it off."""


class Plan:
    """Collects what changes ask for, module by module, and hooks it."""

    def __init__(self, model: LoadedModel, edits: Edits, batch: int) -> None:
        self.model, self.edits, self.batch = model, edits, batch
        self.prepared: Prepared = prepare(model)
        self.outputs: dict[nn.Module, list[Setting]] = {}
        self.inputs: dict[nn.Module, list[Setting]] = {}
        self.passed_on: list[nn.Module] = []
        """Modules that give what they were given."""
        self.zeroed: list[nn.Module] = []
        self.rotary: list[nn.Module] = []

    # What is meant

    def add(self, change: Change, row: int | None) -> None:
        """Notes what one change needs."""
        if change.how == "set":
            self._set(change, row)
            return
        if row is not None:
            raise PlaygroundError("Only changes of values can differ from row to row of a batch.")
        {"block": self._block, "positions": self._positions, "mask": self._mask, "scale": self._scale,
         "norm": self._norm}[change.site](change)  # fmt: skip

    def _set(self, change: Change, row: int | None) -> None:
        layer = self._layer(change)
        value = None if change.value is None else torch.from_numpy(change.value.copy())
        setting = Setting(value, change.pos, row)
        if change.site in ("head_out", "cross_head_out"):
            assert change.head is not None
            if layer.own is not None and change.site == "head_out":
                self._own_head(layer.own, change, setting)
                return
            for edits in self._attention(layer, "cross" if change.site == "cross_head_out" else "self"):
                edits.heads.append((change.head, setting))
        elif change.site == "resid_pre":
            self.inputs.setdefault(layer.layer, []).append(setting)
        elif change.site == "resid_post":
            self.outputs.setdefault(layer.layer, []).append(setting)
        else:
            name = change.site.removesuffix("_out")
            module, scale = getattr(layer, name), getattr(layer, f"{name}_scale")
            if module is None:
                self.refuse(f"what {change.words or change.site} needs is not known")
            if value is not None and scale != 1.0:
                setting = Setting(value / scale, change.pos, row)
            self.outputs.setdefault(module, []).append(setting)
            beside = getattr(layer, f"{name}_beside", None)
            if beside is not None:  # the value is that of both together
                self.outputs.setdefault(beside[0], []).append(Setting(None, change.pos, row))

    def _own_head(self, own: OwnAttention, change: Change, setting: Setting) -> None:
        """A head of an attention that is not ours: its columns of what the output projection reads."""
        assert change.head is not None
        if not 0 <= change.head < own.n_heads:
            raise PlaygroundError(f"There is no head {change.head} there: the layer has {own.n_heads} heads.")
        width = next(own.q.parameters()).shape[0] // own.n_heads
        columns = slice(change.head * width, (change.head + 1) * width)
        self.inputs.setdefault(own.out, []).append(replace(setting, columns=columns))

    def _block(self, change: Change) -> None:
        self.passed_on.append(self._layer(change).layer)

    def _positions(self, change: Change) -> None:
        for stack in self._stacks():
            if stack.positions is not None:
                self.zeroed.append(stack.positions)
            for layer in stack.layers:
                for caller in layer.attention_callers["self"]:
                    self._edits(caller).drop_bias = True
        self.rotary = [m for m in self.model.module.modules() if "rotaryembedding" in type(m).__name__.lower()]

    def _mask(self, change: Change) -> None:
        if self.model.info.kind == "encoder":
            raise PlaygroundError(
                f"{self.model.info.id} is an encoder: it has no causal mask that could be dropped. Choose a decoder."
            )
        for layer in self.prepared.parts.stack.layers:
            for edits in self._attention(layer, "self", may_lack=True):
                edits.drop_mask = True

    def _scale(self, change: Change) -> None:
        layers = [la for stack in self._stacks() for la in stack.layers] if change.layer is None else None
        for layer in layers or [self._layer(change)]:
            for edits in self._attention(layer, "self", may_lack=change.layer is None):
                edits.drop_scale = True

    def _norm(self, change: Change) -> None:
        if change.layer is None:
            stack = self.prepared.parts.encoder if change.encoder else self.prepared.parts.stack
            if stack is None or stack.final_norm is None:
                self.refuse("it has no final norm")
            assert stack is not None and stack.final_norm is not None
            self.passed_on.append(stack.final_norm)
            return
        found = norms_of(self._layer(change).layer, self.prepared.callers, self.model.info.d_model)
        if not found:
            self.refuse("its norms were not found")
        self.passed_on += found

    # Where it is

    def _stacks(self) -> list[StackParts]:
        parts = self.prepared.parts
        return [stack for stack in (parts.encoder, parts.stack) if stack is not None]

    def _layer(self, change: Change) -> LayerParts:
        parts = self.prepared.parts
        stack = parts.encoder if change.encoder else parts.stack
        n_layers = len(stack.layers) if stack is not None else 0
        if stack is None or change.layer is None or not 0 <= change.layer < n_layers:
            where = "in its encoder" if change.encoder else "of this model"
            raise PlaygroundError(f"There is no layer {change.layer} {where}: {n_layers} layers can be changed.")
        return stack.layers[change.layer]

    def _attention(self, layer: LayerParts, kind: str, *, may_lack: bool = False) -> list[AttentionEdits]:
        if self.prepared.attention != "steps":
            self.refuse("it computes attention in its own way")
        callers = [c for c in layer.attention_callers[kind] if c in self.prepared.callers]
        if kind == "cross" and layer.cross is None:
            callers = []
        if not callers and not may_lack:
            self.refuse(f"that layer has no {'cross-' if kind == 'cross' else ''}attention")
        if len(callers) > 1:
            self.refuse("which of a layer's attentions is which is not known")
        return [self._edits(caller) for caller in callers]

    def _edits(self, caller: int) -> AttentionEdits:
        return self.edits.attention.setdefault(caller, AttentionEdits())

    def refuse(self, reason: str) -> None:
        """Raises a PlaygroundError that names the model and its family."""
        raise PlaygroundError(
            f"This cannot be changed in {self.model.info.id}: {reason} in the family {self.model.info.family}. "
            "Choose another change or another model."
        )

    # Doing it

    def hook(self, resume: Resume | None) -> list[Handle]:
        """Ours act before the hooks that record, so that a trace shows what the pass went on with."""
        edits = self.edits
        handles: list[Handle] = [] if resume is None else self._bypass(resume)

        def after(module: nn.Module, act: Any) -> None:
            handles.append(module.register_forward_hook(only_in(edits, act), prepend=True))

        for module, settings in self.outputs.items():
            after(module, lambda _, output, settings=settings: self._set_output(output, settings))
        for module in self.zeroed:
            after(module, lambda _, output: replaced(output, torch.zeros_like(_tensor(output))))
        for module in self.rotary:
            after(module, lambda _, output: unrotated(output))
        for module in self.passed_on:
            handles.append(module.register_forward_pre_hook(self._before([]), with_kwargs=True))
            after(module, lambda module, output: replaced(output, edits.entered[id(module)]))
        for module, settings in self.inputs.items():
            handles.append(module.register_forward_pre_hook(self._before(settings), with_kwargs=True, prepend=True))
        return handles

    def _bypass(self, resume: Resume) -> list[Handle]:
        stack = self.prepared.parts.encoder if resume.encoder else self.prepared.parts.stack
        assert stack is not None
        first = stack.layers[resume.layer].layer
        self.inputs.setdefault(first, []).insert(0, Setting(torch.from_numpy(resume.stream.copy()), None))
        below = [part.layer for part in stack.layers[: resume.layer]]
        self.edits.passed_by.update(map(id, below))
        return [PassedBy(layer) for layer in below]

    def _set_output(self, output: Any, settings: list[Setting]) -> Any:
        tensor = _tensor(output)
        return replaced(output, set_rows(tensor, settings, self.edits.start, self._rows(tensor)))

    def _rows(self, tensor: Tensor) -> int:
        return tensor.shape[0] if tensor.ndim == 3 else self.batch

    def _before(self, settings: list[Setting]) -> Any:
        """Sets what a module is given, and notes it for modules that are to pass it on."""

        def hook(module: nn.Module, *given: Any) -> Any:
            if current() is not self.edits:
                return None
            args, kwargs = (*given, {})[:2]
            entered = args[0] if args else kwargs["hidden_states"]
            if settings:
                entered = set_rows(entered, settings, self.edits.start, self._rows(entered))
            self.edits.entered[id(module)] = entered
            if args:
                return (entered, *args[1:]), kwargs
            return args, {**kwargs, "hidden_states": entered}

        return hook

    def check(self) -> None:
        """After the passes: whether there was anything to drop."""
        scales = [edits for edits in self.edits.attention.values() if edits.drop_scale]
        if scales and not any(edits.scaled for edits in scales):
            self.refuse("it does not scale its scores, or scales its queries before they can be watched")


def _tensor(output: Any) -> Tensor:
    found = first_tensor(output)
    assert found is not None
    return found


def norms_of(layer: nn.Module, callers: frozenset[int], d_model: int) -> list[nn.Module]:
    """The norms of a layer's stream, in the order of the module's list; not those of single heads' queries and keys."""
    inside = {id(part) for module in layer.modules() if id(module) in callers for part in module.modules()}
    return [module for module in layer.modules() if is_norm(module, d_model) and id(module) not in inside]
