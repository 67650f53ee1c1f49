"""Once per model: switch its attention to ours, find its parts, install the hooks, check the laws on a few tokens."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any
from weakref import WeakKeyDictionary

import torch
from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle

from ..models import LoadedModel
from ..trace import Stack, Token, Trace
from . import attention, recorder
from .assemble import to_numpy, towers
from .laws import broken, tolerance
from .own import with_own_attention
from .parts import ModelParts, bare_parts, described_parts
from .trial import observe

logger = logging.getLogger(__name__)

_PREPARED: WeakKeyDictionary[nn.Module, Prepared] = WeakKeyDictionary()
_LOCKS: WeakKeyDictionary[nn.Module, threading.Lock] = WeakKeyDictionary()
_LOCK = threading.Lock()
PROBE_TOKENS = 7
PROBE_TARGET = 5
"""Tokens of an encoder–decoder's target: fewer than its source, so that cross-attention shows by its shape."""
# A strange family may fail in any way on the probe: it then shows less, and the page says so.
_FAILURES = (ValueError, TypeError, RuntimeError, AttributeError, LookupError, AssertionError)


@dataclass(frozen=True, eq=False)
class Prepared:
    """A model ready for capture."""

    parts: ModelParts
    attention: str
    """"steps": q, k, v and every step come by; "weights": only the weights can be had (``output_attentions``);
    "none": not even those."""
    missing: tuple[str, ...]
    """Sentences for the page: what this family does not hand over."""
    notes: tuple[str, ...] = ()
    """Sentences for the page: how the parts were found."""
    callers: frozenset[int] = frozenset()
    """ids of the modules that call our attention function."""


def prepare(model: LoadedModel) -> Prepared:
    """Installs the hooks the first time a model is seen; afterwards gives back what was found then."""
    with _LOCK:
        prepared = _PREPARED.get(model.module)
        own = _LOCKS.setdefault(model.module, threading.Lock())
    if prepared is not None:
        return prepared
    with own:  # two models may be prepared at once, one model only once
        prepared = _PREPARED.get(model.module)
        if prepared is None:
            prepared = _install(model)
            with _LOCK:
                _PREPARED[model.module] = prepared
        return prepared


def _install(model: LoadedModel) -> Prepared:
    way, callers = _switch_attention(model)
    row, notes = described_parts(model), []
    parts = _lawful(model, way, lambda: row)
    if parts is None and way == "weights":
        parts = _lawful(model, way, lambda: _with_projections(model))
    if parts is None:
        parts = _lawful(model, way, lambda: observe(model, probe_inputs(model)))
    if row is None or parts is None or parts.by_trial:
        notes = _notes(model, row is not None, parts is not None)
    if parts is None:
        parts = _lawful(model, way, lambda: bare_parts(model))
    if parts is None:  # its attention is not what it seems: rows that sum to more than 1, weight on what is masked
        parts, way = bare_parts(model), "none"
        _hook(parts, recorder.keep_output)
    prepared = Prepared(parts, way, (), tuple(notes), callers)
    return replace(prepared, missing=_missing(model, prepared, row is not None))


def _with_projections(model: LoadedModel) -> ModelParts | None:
    """By trial, with queries, keys and values out of the family's own projections; None where they do not give them."""
    parts = observe(model, probe_inputs(model))
    parts = with_own_attention(model, parts, probe_inputs(model)) if parts is not None else None
    return parts if parts is not None and parts.stack.layers[0].own is not None else None


def _lawful(model: LoadedModel, way: str, find: Callable[[], ModelParts | None]) -> ModelParts | None:
    """The parts, hooked, if every law holds with them on these very weights."""
    try:
        parts = find()
    except _FAILURES as error:
        logger.warning("%s: its parts cannot be found: %s", model.info.id, error)
        return None
    if parts is None:
        return None
    for keep in (recorder.keep_output, recorder.keep_copy):
        handles = _hook(parts, keep)
        failed = failing(model, parts, way)
        if not failed:
            return parts
        for handle in handles:
            handle.remove()
    logger.warning("%s: laws that do not hold: %s", model.info.id, ", ".join(failed))
    return None


def failing(model: LoadedModel, parts: ModelParts, way: str) -> tuple[str, ...]:
    """Names of the laws that hooked parts break on the probe; the error's, where they cannot even be put to them."""
    try:
        return broken(model.module, parts, _probe_trace(model, parts, way))
    except _FAILURES as error:
        return (type(error).__name__,)


def _hook(parts: ModelParts, keep: Callable[..., None]) -> list[RemovableHandle]:
    stacks = [stack for stack in (parts.encoder, parts.stack) if stack is not None]
    handles = [
        layer.layer.register_forward_pre_hook(recorder.keep_input, with_kwargs=True)
        for stack in stacks
        for layer in stack.layers
    ]
    handles += [
        layer.own.out.register_forward_pre_hook(recorder.keep_input, with_kwargs=True)
        for stack in stacks
        for layer in stack.layers
        if layer.own is not None
    ]
    # One hook per module: encoder and decoder may share their token table.
    hooked = {id(m): m for stack in stacks for m in stack.hooked()}.values()
    return handles + [module.register_forward_hook(keep) for module in hooked]


def _switch_attention(model: LoadedModel) -> tuple[str, frozenset[int]]:
    """Our attention if the family calls it, else ``eager`` for its weights; in both cases only with equal logits.

    Also the modules that called it.
    """
    module = model.module
    plain, before = _probe(model), module.config._attn_implementation
    attention.register()
    try:
        module.set_attn_implementation(attention.NAME)
        with recorder.recording() as seen:
            ours = _probe(model)
        if seen.attentions and _equal(model, ours, plain):
            return "steps", frozenset(seen.attentions)
        # The config itself: families outside the interface refuse set_attn_implementation, but read this when they
        # run. Left at sdpa, Falcon computes the weights it is asked for without a causal mask.
        module.config._attn_implementation = "eager"
        if model.info.n_heads and _equal(model, _probe(model, output_attentions=True), plain):
            return "weights", frozenset()
    except _FAILURES as error:
        logger.warning("%s: attention cannot be watched: %s", model.info.id, error)
    module.config._attn_implementation = before
    return "none", frozenset()


def _equal(model: LoadedModel, ours: Tensor, plain: Tensor) -> bool:
    """Logits on the probe; otherwise our attention is taken back."""
    return float((ours - plain).abs().max()) <= tolerance(model.module) * max(1.0, float(plain.abs().max()))


def probe_inputs(model: LoadedModel) -> dict[str, Any]:
    """Arguments for a forward pass over a few ordinary ids."""
    n = min(PROBE_TOKENS, model.info.vocab_size, model.info.context or PROBE_TOKENS)
    start = max(0, min(model.info.vocab_size - n, 20))
    ids = torch.arange(start, start + n, device=model.module.device)[None]
    if model.info.kind == "encoder-decoder":
        return {"input_ids": ids, "decoder_input_ids": ids[:, :PROBE_TARGET], "use_cache": False}
    return {"input_ids": ids} if model.info.kind == "encoder" else {"input_ids": ids, "use_cache": False}


@torch.inference_mode()
def _probe(model: LoadedModel, **extra: bool) -> Tensor:
    return model.module(**probe_inputs(model), **extra).logits


@torch.inference_mode()
def _probe_trace(model: LoadedModel, parts: ModelParts, way: str) -> Trace:
    """The pass over the probe as capture would give it, but for the tokens' names, which no law needs."""
    inputs = probe_inputs(model)
    with recorder.recording() as seen:
        output = model.module(**inputs, **({"output_attentions": True} if way == "weights" else {}))
    source, target = (
        tuple(Token(i, "", "", None, False) for i in inputs[name][0].tolist()) if name in inputs else None
        for name in ("input_ids", "decoder_input_ids")
    )
    assert source is not None
    stack, encoder = towers(parts, seen, output, source, target)
    return Trace(
        **{name: getattr(stack, name) for name in Stack.__dataclass_fields__},
        logits=to_numpy(output.logits[0]),
        model_id=model.info.id,
        text="",
        target=None,
        encoder=encoder,
        post_norm=parts.stack.post_norm,
        forward_ms=0.0,
    )


def _notes(model: LoadedModel, had_row: bool, found: bool) -> list[str]:
    family = model.info.family
    if found and had_row:
        return [
            f"The description of the family {family} does not fit these weights; they were described by trial instead, "
            "and the laws hold."
        ]
    if found:
        return [f"The family {family} is described by trial: its parts were found by watching it, and the laws hold."]
    return []


def _missing(model: LoadedModel, prepared: Prepared, had_row: bool) -> tuple[str, ...]:
    sentences = list(model.info.notes)
    family, parts = model.info.family, prepared.parts
    if not model.info.n_heads:
        sentences.append(f"The family {family} has no attention: something else mixes its tokens.")
    elif prepared.attention == "none":
        sentences.append(f"The family {family} does not hand over its attention.")
    if prepared.attention == "weights" and not (parts.stack.layers and parts.stack.layers[0].own):
        sentences.append(
            f"The family {family} computes attention in its own way: its weights are shown, but not queries, keys and "
            "values."
        )
    if not parts.described:
        begin = (
            f"The description of the family {family} does not fit these weights"
            if had_row
            else f"Nobody has described the family {family} yet"
        )
        sentences.append(
            f"{begin}: what attention and feed-forward add to the stream, and the read-out after each layer, are not "
            "available."
        )
    elif not all(stack.embed_described for stack in (parts.stack, parts.encoder) if stack is not None):
        sentences.append(f"How the family {family} makes its first vectors out of the token rows is not described.")
    if not parts.stack.layers:
        sentences.append(f"The layers of the family {family} were not found: the residual stream is not available.")
    others = _mixers(prepared) if model.info.n_heads else []
    if others:
        few = ", ".join(map(str, others[:6]))
        layers = few if len(others) <= 6 else f"{few}, … ({len(others)} of them)"
        sentences.append(
            f"In the family {family} something else than attention mixes the tokens in layers {layers}: what it adds "
            "stands where the attention's would."
        )
    return tuple(sentences)


def _mixers(prepared: Prepared) -> list[int]:
    """Layers that have a state space or a convolution in attention's place."""
    if prepared.attention != "steps":
        return []  # which modules are attention is not known
    return [
        n
        for n, layer in enumerate(prepared.parts.stack.layers)
        if layer.attn is not None and not prepared.callers.intersection(layer.attention_callers["self"])
    ]
