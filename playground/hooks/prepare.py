"""Once per model: switch its attention to ours, install the hooks, and check the laws on a few tokens."""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass, replace
from weakref import WeakKeyDictionary

import torch
from torch import Tensor, nn

from ..models import LoadedModel
from . import attention, recorder
from .parts import ModelParts, parts_of

logger = logging.getLogger(__name__)

_PREPARED: WeakKeyDictionary[nn.Module, Prepared] = WeakKeyDictionary()
_LOCK = threading.Lock()
PROBE_TOLERANCE = 1e-3
"""Largest |captured − plain| on the probe, relative to the largest |logit|, before our attention is taken back."""


@dataclass(frozen=True, eq=False)
class Prepared:
    """A model ready for capture."""

    parts: ModelParts
    attention: str
    """"steps": q, k, v and every step come by; "weights": only the weights can be had (``output_attentions``);
    "none": not even those."""
    missing: tuple[str, ...]
    """Sentences for the page: what this family does not hand over."""


def prepare(model: LoadedModel) -> Prepared:
    """Installs the hooks the first time a model is seen; afterwards gives back what was found then."""
    with _LOCK:
        prepared = _PREPARED.get(model.module)
        if prepared is None:
            prepared = _install(model)
            _PREPARED[model.module] = prepared
        return prepared


def _install(model: LoadedModel) -> Prepared:
    parts = parts_of(model)
    stacks = [stack for stack in (parts.encoder, parts.stack) if stack is not None]
    for stack in stacks:
        for layer in stack.layers:
            layer.layer.register_forward_pre_hook(recorder.keep_input, with_kwargs=True)
    # One hook per module: encoder and decoder may share their token table.
    for module in {id(m): m for stack in stacks for m in stack.hooked()}.values():
        module.register_forward_hook(recorder.keep_output)
    prepared = Prepared(parts, _switch_attention(model), ())
    return replace(prepared, missing=_missing(model, prepared))


def _switch_attention(model: LoadedModel) -> str:
    """Our attention if the family calls it, else ``eager`` for its weights; in both cases only with equal logits."""
    module = model.module
    plain, before = _probe(model), module.config._attn_implementation
    attention.register()
    try:
        module.set_attn_implementation(attention.NAME)
        with recorder.recording() as seen:
            ours = _probe(model)
        if seen.attentions and _equal(ours, plain):
            return "steps"
        # The config itself: families outside the interface refuse set_attn_implementation, but read this when they
        # run. Left at sdpa, Falcon computes the weights it is asked for without a causal mask.
        module.config._attn_implementation = "eager"
        if _equal(_probe(model, output_attentions=True), plain):
            return "weights"
    except (ValueError, TypeError, RuntimeError, AttributeError, KeyError) as error:
        logger.warning("%s: attention cannot be watched: %s", model.info.id, error)
    module.config._attn_implementation = before
    return "none"


def _equal(ours: Tensor, plain: Tensor) -> bool:
    return float((ours - plain).abs().max()) <= PROBE_TOLERANCE * max(1.0, float(plain.abs().max()))


@torch.inference_mode()
def _probe(model: LoadedModel, **extra: bool) -> Tensor:
    """Logits for a few ordinary ids."""
    n = min(4, model.info.vocab_size)
    start = max(0, min(model.info.vocab_size - n, 20))
    ids = torch.arange(start, start + n, device=model.module.device)[None]
    inputs = {"input_ids": ids}
    if model.info.kind == "encoder-decoder":
        inputs["decoder_input_ids"] = ids
    return model.module(**inputs, **extra).logits


def _missing(model: LoadedModel, prepared: Prepared) -> tuple[str, ...]:
    sentences = list(model.info.notes)
    family = model.info.family
    if prepared.attention == "none":
        sentences.append(f"The family {family} does not hand over its attention.")
    if prepared.attention == "weights":
        sentences.append(
            f"The family {family} computes attention in its own way: its weights are shown, but not queries, keys and "
            "values."
        )
    if not prepared.parts.described:
        sentences.append(
            f"Nobody has described the family {family} yet: what attention and feed-forward add to the stream, and "
            "the read-out after each layer, are not available."
        )
    if not prepared.parts.stack.layers:
        sentences.append(f"The layers of the family {family} were not found: the residual stream is not available.")
    return tuple(sentences)
