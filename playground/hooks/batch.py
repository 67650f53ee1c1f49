"""One text many times over, each time with other changes, in a few forward passes: for maps over heads and places."""

from __future__ import annotations

from collections.abc import Sequence
from inspect import signature
from typing import Any
from weakref import WeakKeyDictionary

import torch
from torch import nn
from transformers.modeling_outputs import BaseModelOutput

from ..errors import PlaygroundError
from ..models import LoadedModel
from ..trace import Array, Change, Trace
from .changes import applied_to_rows
from .plan import Resume
from .prepare import prepare, probe_inputs


def token_ids(trace: Trace) -> tuple[list[int], list[int] | None]:
    """What a trace's model was fed: the text's ids, and of an encoder–decoder the target's."""
    own = [token.token_id for token in trace.tokens]
    return (own, None) if trace.encoder is None else ([token.token_id for token in trace.encoder.tokens], own)


@torch.inference_mode()
def answers(model: LoadedModel, trace: Trace, rows: Sequence[Sequence[Change]], pos: int) -> Array:
    """(n_rows, vocab_size): the logits at a position of a trace's text, once for each row's changes.

    Layers below the lowest change are not run again, and logits of other positions not computed, where the family
    lets that be: put changes of one layer into one call.

    Args:
        model: that the trace was captured from, without changes.
        trace: whose tokens are fed again.
        rows: the changes of each row; only values may differ from row to row.
        pos: position in the text (the target of an encoder–decoder).

    Raises:
        PlaygroundError: the family does not allow a change, or out of memory.
    """
    source, target = token_ids(trace)
    device, n = model.module.device, len(rows)
    inputs: dict[str, Any] = {"input_ids": torch.tensor([source] * n, device=device)}
    if target is not None:
        inputs["decoder_input_ids"] = torch.tensor([target] * n, device=device)
    if model.info.kind != "encoder":
        inputs["use_cache"] = False
    if "logits_to_keep" in signature(model.module.forward).parameters:
        inputs["logits_to_keep"] = torch.tensor([pos], device=device)
    encoder = trace.encoder
    above = all(not change.encoder and change.how != "drop" for row in rows for change in row)
    if encoder is not None and encoder.final is not None and above:
        final = torch.from_numpy(encoder.final.copy()).to(device, model.module.dtype)
        inputs["encoder_outputs"] = BaseModelOutput(last_hidden_state=final.expand(n, -1, -1))  # it need not run again
    # One row alone stands for the whole batch, which is the same here.
    try:
        with applied_to_rows(model, rows, resume=_resume(model, trace, rows)):
            logits = model.module(**inputs).logits
    except torch.OutOfMemoryError as error:
        raise PlaygroundError("The machine ran out of memory. Take a shorter text or a smaller model.") from error
    return logits[:, pos if logits.shape[1] == len(trace) else 0].float().cpu().numpy()


def _resume(model: LoadedModel, trace: Trace, rows: Sequence[Sequence[Change]]) -> Resume | None:
    """From the lowest layer that is changed, when all changes are in one tower and its layers give plain tensors."""
    changes = [change for row in rows for change in row]
    if not changes or any(c.how not in ("set", "skip") or c.layer is None for c in changes):
        return None
    encoder = changes[0].encoder
    stack = trace.encoder if encoder else trace
    lowest = min(change.layer for change in changes if change.layer is not None)
    if any(c.encoder != encoder for c in changes) or stack is None or not 0 < lowest < len(stack.layers):
        return None
    return Resume(lowest, stack.layers[lowest].resid_pre, encoder) if _plain_layers(model) else None


_PLAIN: WeakKeyDictionary[nn.Module, bool] = WeakKeyDictionary()


def _plain_layers(model: LoadedModel) -> bool:
    """Whether layers give nothing but the stream: T5's hand on their bias by distance, too."""
    if model.module not in _PLAIN:
        seen: list[bool] = []
        parts = prepare(model).parts
        layers = [la.layer for stack in (parts.stack, parts.encoder) if stack is not None for la in stack.layers]
        handles = [
            layer.register_forward_hook(lambda _, given, output: seen.append(isinstance(output, torch.Tensor)))
            for layer in layers
        ]
        model.module(**probe_inputs(model))
        for handle in handles:
            handle.remove()
        own = any("forward" in vars(layer) for layer in layers)  # someone else's wrapper
        _PLAIN[model.module] = bool(seen) and all(seen) and not own
    return _PLAIN[model.module]
