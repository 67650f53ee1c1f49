"""What the hooks kept of one forward pass → towers of frozen records, without batch axis."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from ..trace import Array, Attention, Layer, Stack, Token
from .own import own_attention
from .parts import LayerParts, ModelParts, StackParts
from .recorder import AttentionRecord, Recorder


def to_numpy(tensor: Tensor) -> Array:
    """Without batch axis, float32, on the CPU. No copy on a CPU model: these are the model's own numbers."""
    if tensor.dtype != torch.float32:
        tensor = tensor.float()
    return tensor.detach().cpu().numpy()


def towers(
    parts: ModelParts, recorder: Recorder, output: Any, source: tuple[Token, ...], target: tuple[Token, ...] | None
) -> tuple[Stack, Stack | None]:
    """The main tower (the decoder's, where there are two) and the encoder of an encoder–decoder.

    Args:
        parts: the model's.
        recorder: of the pass.
        output: what the model gave; its attentions are used where our function was not called.
        source: tokens of the text.
        target: tokens that the decoder was fed, of an encoder–decoder.
    """
    if parts.encoder is None or target is None:
        return _stack(parts.stack, recorder, source, output, ("attentions", None), call=-1), None
    encoder = _stack(parts.encoder, recorder, source, output, ("encoder_attentions", None), call=0)
    names = ("decoder_attentions", "cross_attentions")
    return _stack(parts.stack, recorder, target, output, names, call=-1), encoder


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
        embeddings = to_numpy(table.weight[[t.token_id for t in tokens]])
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
    return to_numpy(tensor[0] if tensor.ndim == 3 else tensor)


def _added(
    recorder: Recorder, module: nn.Module | None, scale: float, beside: tuple[nn.Module, float] | None = None
) -> Array | None:
    """What a module adds to the stream: what it gave, times the family's factor, and what stands beside it."""
    given = _kept(recorder, module)
    if given is not None and scale != 1.0:
        given = given * np.float32(scale)
    second = _added(recorder, *beside) if beside is not None else None
    return given if given is None or second is None else given + second.reshape(given.shape)


def _layer(
    parts: LayerParts, recorder: Recorder, stack: StackParts, weights: Tensor | None, cross_weights: Tensor | None
) -> Layer:
    resid_pre = to_numpy(recorder.inputs[id(parts.layer)][0])
    resid_post = _kept(recorder, parts.layer)
    assert resid_post is not None
    attn_out = _added(recorder, parts.attn, parts.attn_scale, parts.attn_beside)
    cross_out = _added(recorder, parts.cross, parts.cross_scale)
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
        mlp_out=_added(recorder, parts.mlp, parts.mlp_scale, parts.mlp_beside),
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
    own, plain = parts.own if kind == "self" else None, to_numpy(weights[0])
    projected = [_kept(recorder, module) for module in (own.q, own.k, own.v)] if own is not None else []
    if own is None or id(own.out) not in recorder.inputs or any(rows is None for rows in projected):
        return Attention(weights=plain)
    joined = to_numpy(recorder.inputs[id(own.out)].reshape(plain.shape[1], -1))
    q, k, v = (rows for rows in projected if rows is not None)
    return own_attention(own, plain, q, k, v, joined) or Attention(weights=plain)


def _from_record(record: AttentionRecord) -> Attention:
    bias, allowed = record.bias, None
    if record.mask is not None:
        mask = record.mask[0, :, :, : record.key.shape[-2]]
        may = mask if mask.dtype == torch.bool else mask > torch.finfo(mask.dtype).min / 2
        if len(mask) > 1:  # Doge's heads have masks of their own, and numbers in them
            own = mask.float().masked_fill(~may, float("-inf"))
            bias = own[None] if bias is None else bias + own[None]
            may = may.any(0, keepdim=True)
        allowed = may[0].cpu().numpy()
    return Attention(
        weights=to_numpy(record.weights[0]),
        q=to_numpy(record.query[0]),
        k=to_numpy(record.key[0]),
        v=to_numpy(record.value[0]),
        head_out=to_numpy(record.output[0]),
        scaling=float(record.scaling),
        bias=to_numpy(bias[0]) if bias is not None else None,
        allowed=allowed,
        softcap=record.softcap,
        sinks=to_numpy(record.sinks.reshape(-1)) if record.sinks is not None else None,
    )
