"""The captured forward pass."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from typing import Any, cast

import numpy as np
import torch
from torch import Tensor, nn
from transformers import DynamicCache, EncoderDecoderCache

from .. import tokens as tokens_of
from ..errors import PlaygroundError
from ..models import LoadedModel
from ..settings import settings
from ..trace import Array, Attention, Layer, Stack, Token, Trace
from .parts import LayerParts, StackParts
from .prepare import Prepared, prepare
from .recorder import AttentionRecord, Recorder, recording

_COUNT = 0
_COUNT_LOCK = threading.Lock()


def forward_count() -> int:
    """Captured forward passes since the process began; tests use it to show that looking costs no model work."""
    return _COUNT


def _numpy(tensor: Tensor) -> Array:
    """Without batch axis, float32, on the CPU. No copy on a CPU model: these are the model's own numbers."""
    if tensor.dtype != torch.float32:
        tensor = tensor.float()
    return tensor.detach().cpu().numpy()


def capture(model: LoadedModel, text: str | Sequence[int], target: str | Sequence[int] | None = None) -> Trace:
    """Runs the model once over a text and keeps everything that happened.

    Args:
        model: from ``load_model``.
        text: what the model reads; token ids are taken as they are.
        target: for an encoder–decoder, what the decoder is fed after its start token; None lets the model write it
            (greedy, at most ``settings().max_new_tokens``).

    Raises:
        PlaygroundError: no text, more tokens than the context window or the page allows, or out of memory.
    """
    prepared = prepare(model)
    ids = _ids(model, text)
    target_ids = _target_ids(model, ids, target) if model.info.kind == "encoder-decoder" else None
    try:
        return _run(model, prepared, ids, target_ids, text if isinstance(text, str) else None)
    except torch.OutOfMemoryError as error:
        raise PlaygroundError("The machine ran out of memory. Take a shorter text or a smaller model.") from error


def _limit(model: LoadedModel) -> int:
    return min(model.info.context or settings().max_tokens, settings().max_tokens)


def _ids(model: LoadedModel, text: str | Sequence[int]) -> list[int]:
    if isinstance(text, str):
        return tokens_of.encode(model.tokenizer, text, _limit(model))
    return _checked(model, text)


def _checked(model: LoadedModel, token_ids: Sequence[int]) -> list[int]:
    ids = [int(i) for i in token_ids]
    if not ids or len(ids) > _limit(model) or min(ids) < 0 or max(ids) >= model.info.vocab_size:
        raise PlaygroundError(
            f"Token ids must be 1 to {_limit(model):,} numbers between 0 and {model.info.vocab_size - 1:,}."
        )
    return ids


def _target_ids(model: LoadedModel, source: list[int], target: str | Sequence[int] | None) -> list[int]:
    """The decoder's input: start token, then the target without its end token."""
    module: Any = model.module
    if target is None:
        ids = torch.tensor([source], device=module.device)
        room = min(settings().max_new_tokens, _limit(model) - 1)
        written = module.generate(
            ids, do_sample=False, num_beams=1, max_new_tokens=room, past_key_values=_own_cache(model)
        )[0].tolist()
        end = module.generation_config.eos_token_id
        ends = set(end if isinstance(end, list) else [end])
        return written[:-1] if len(written) > 1 and written[-1] in ends else written
    if not isinstance(target, str):
        return _checked(model, target)
    labels = list(model.tokenizer(text_target=tokens_of.clean(target), verbose=False)["input_ids"]) or [
        module.config.eos_token_id
    ]
    if len(labels) > _limit(model):
        raise PlaygroundError(
            f"The target is {len(labels):,} tokens long; the decoder and this page take {_limit(model):,}. Shorten it."
        )
    # The family's own shift puts its start token first and drops the last label, the end token.
    if hasattr(module, "prepare_decoder_input_ids_from_labels"):
        return module.prepare_decoder_input_ids_from_labels(torch.tensor([labels], device=module.device))[0].tolist()
    return [decoder_start(model), *labels[:-1]]


def decoder_start(model: LoadedModel) -> int:
    """The token that an encoder–decoder's target begins with."""
    module: Any = model.module
    start = module.generation_config.decoder_start_token_id
    return int(module.config.decoder_start_token_id if start is None else start)


def _own_cache(model: LoadedModel) -> EncoderDecoderCache | None:
    """transformers gives its cache as many layers as a T5's encoder has, and stumbles where the decoder has others."""
    if model.info.n_encoder_layers == model.info.n_layers:
        return None
    return EncoderDecoderCache(DynamicCache(), DynamicCache())


@torch.inference_mode()
def _run(
    model: LoadedModel, prepared: Prepared, ids: list[int], target_ids: list[int] | None, text: str | None
) -> Trace:
    global _COUNT
    inputs = _inputs(model, prepared, ids, target_ids)
    started = time.perf_counter()
    with recording() as recorder:
        output = model.module(**inputs)
    elapsed_ms = (time.perf_counter() - started) * 1000
    with _COUNT_LOCK:
        _COUNT += 1
    return _assemble(model, prepared, recorder, output, ids, target_ids, text, elapsed_ms)


def _inputs(model: LoadedModel, prepared: Prepared, ids: list[int], target_ids: list[int] | None) -> dict[str, Any]:
    device = model.module.device
    inputs: dict[str, Any] = {"input_ids": torch.tensor([ids], device=device)}
    if target_ids is not None:
        inputs["decoder_input_ids"] = torch.tensor([target_ids], device=device)
    if model.info.kind != "encoder":
        inputs["use_cache"] = False
    if prepared.attention == "weights":
        inputs["output_attentions"] = True
    return inputs


def _assemble(
    model: LoadedModel,
    prepared: Prepared,
    recorder: Recorder,
    output: Any,
    ids: list[int],
    target_ids: list[int] | None,
    text: str | None,
    elapsed_ms: float,
) -> Trace:
    parts, tokenizer = prepared.parts, cast(Any, model.tokenizer)
    source = tokens_of.describe(tokenizer, ids, tokens_of.clean(text) if text is not None else None)
    shown_text = text if text is not None else tokenizer.decode(ids)
    fed = source if target_ids is None else tokens_of.describe(tokenizer, target_ids)
    encoder = None
    names: tuple[str, str | None] = ("attentions", None)
    if parts.encoder is not None:
        encoder = _stack(parts.encoder, recorder, source, output, ("encoder_attentions", None), call=0)
        names = ("decoder_attentions", "cross_attentions")
    stack = _stack(parts.stack, recorder, fed, output, names, call=-1)
    missing = list(prepared.missing)
    if parts.stack.layers and not stack.layers:
        missing.append(
            f"The family {model.info.family} does not keep one vector for each token from layer to layer: the residual "
            "stream is not available."
        )
    return Trace(
        **{name: getattr(stack, name) for name in Stack.__dataclass_fields__},
        logits=_numpy(output.logits[0]),
        model_id=model.info.id,
        text=shown_text,
        target=None if target_ids is None else tokenizer.decode(target_ids, skip_special_tokens=True),
        encoder=encoder,
        post_norm=parts.stack.post_norm,
        forward_ms=elapsed_ms,
        missing=tuple(missing),
    )


def _stack(
    parts: StackParts,
    recorder: Recorder,
    tokens: tuple[Token, ...],
    output: Any,
    names: tuple[str, str | None],
    call: int,
) -> Stack:
    """One tower out of the recorder; ``call`` picks among the calls of a shared table: encoder first, decoder last."""
    weights = getattr(output, names[0], None) or ()
    cross = (getattr(output, names[1], None) or ()) if names[1] else ()
    layers = tuple(
        _layer(layer, recorder, parts, weights[i] if i < len(weights) else None, cross[i] if i < len(cross) else None)
        for i, layer in enumerate(parts.layers)
        if id(layer.layer) in recorder.inputs
    )
    # An undescribed family may run its layers on other shapes than ours (sequence first, padded, several streams).
    if len(layers) < len(parts.layers) or any({*map(len, _ends(layer))} != {len(tokens)} for layer in layers):
        layers = ()
    embeddings = _kept(recorder, parts.embed, call)
    if (embeddings is None or len(embeddings) != len(tokens)) and parts.embed is not None:
        table: Any = parts.embed
        embeddings = _numpy(table.weight[[t.token_id for t in tokens]])
    if embeddings is not None and parts.embed_scale != 1.0:
        embeddings = embeddings * np.float32(parts.embed_scale)
    final = _kept(recorder, parts.final_norm, call)
    if final is None and parts.post_norm and layers:
        final = layers[-1].resid_post
    return Stack(
        tokens=tokens,
        layers=layers,
        embeddings=embeddings,
        positions=_kept(recorder, parts.positions, call),
        token_types=_kept(recorder, parts.token_types, call),
        final=final,
    )


def _ends(layer: Layer) -> tuple[Array, Array]:
    return layer.resid_pre, layer.resid_post


def _kept(recorder: Recorder, module: nn.Module | None, call: int = -1) -> Array | None:
    outputs = recorder.outputs.get(id(module)) if module is not None else None
    if not outputs:
        return None
    tensor = outputs[call]
    return _numpy(tensor[0] if tensor.ndim == 3 else tensor)


def _layer(
    parts: LayerParts, recorder: Recorder, stack: StackParts, weights: Tensor | None, cross_weights: Tensor | None
) -> Layer:
    resid_pre = _numpy(recorder.inputs[id(parts.layer)][0])
    resid_post = _kept(recorder, parts.layer)
    assert resid_post is not None
    attn_out = _kept(recorder, parts.attn)
    cross_out = _kept(recorder, parts.cross)
    mid, mid_cross = None, None
    if stack.post_norm:
        mid, mid_cross = _kept(recorder, parts.attn_norm), _kept(recorder, parts.cross_norm)
    elif attn_out is not None and not stack.parallel:
        mid = resid_pre + attn_out
        mid_cross = mid + cross_out if cross_out is not None else None
    return Layer(
        resid_pre=resid_pre,
        resid_post=resid_post,
        attn_out=attn_out,
        cross_out=cross_out,
        mlp_out=_kept(recorder, parts.mlp),
        resid_mid=mid,
        resid_mid_cross=mid_cross,
        attention=_attention(parts, recorder, "self", weights),
        cross_attention=_attention(parts, recorder, "cross", cross_weights),
    )


def _attention(parts: LayerParts, recorder: Recorder, kind: str, weights: Tensor | None) -> Attention | None:
    if recorder.attentions:
        found = [recorder.attentions[i] for i in parts.attention_callers[kind] if i in recorder.attentions]
        if parts.cross is None and len(found) > 1:  # undescribed encoder–decoder: self-attention runs first
            found = found[:1] if kind == "self" else found[1:]
        elif parts.cross is None and kind == "cross":
            found = []
        return _from_record(found[0]) if found else None
    if weights is None or weights.ndim != 4 or (kind == "self" and weights.shape[-2] != weights.shape[-1]):
        return None  # RWKV and local attentions hand over something else under this name
    return Attention(weights=_numpy(weights[0]))


def _from_record(record: AttentionRecord) -> Attention:
    allowed = None
    if record.mask is not None:
        mask = record.mask[0, 0, :, : record.key.shape[-2]]
        allowed = (mask if mask.dtype == torch.bool else mask > torch.finfo(mask.dtype).min / 2).cpu().numpy()
    return Attention(
        weights=_numpy(record.weights[0]),
        q=_numpy(record.query[0]),
        k=_numpy(record.key[0]),
        v=_numpy(record.value[0]),
        head_out=_numpy(record.output[0]),
        scaling=float(record.scaling),
        bias=_numpy(record.bias[0]) if record.bias is not None else None,
        allowed=allowed,
        softcap=record.softcap,
        sinks=_numpy(record.sinks.reshape(-1)) if record.sinks is not None else None,
    )
