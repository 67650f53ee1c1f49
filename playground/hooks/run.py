"""The captured forward pass."""

from __future__ import annotations

import threading
import time
from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any, cast

import torch
from transformers import DynamicCache, EncoderDecoderCache

from .. import tokens as tokens_of
from ..errors import PlaygroundError
from ..models import LoadedModel
from ..settings import settings
from ..trace import Change, Stack, Trace
from .assemble import to_numpy, towers
from .changes import applied
from .detail import with_detail
from .prepare import Prepared, prepare
from .recorder import Recorder, recording
from .watch import watching

_COUNT = 0
_COUNT_LOCK = threading.Lock()


def forward_count() -> int:
    """Captured forward passes since the process began; tests use it to show that looking costs no model work."""
    return _COUNT


def capture(
    model: LoadedModel,
    text: str | Sequence[int],
    target: str | Sequence[int] | None = None,
    *,
    changes: Sequence[Change] = (),
    detail: int | Collection[int] = (),
) -> Trace:
    """Runs the model once over a text and keeps everything that happened.

    Args:
        model: from ``load_model``.
        text: what the model reads; token ids are taken as they are.
        target: for an encoder–decoder, what the decoder is fed after its start token; None lets the model write it
            (greedy, at most ``settings().max_new_tokens``), as it is without the changes.
        changes: what is done otherwise in this pass.
        detail: layers whose inner steps are kept too, in both towers: ``trace.layers[i].detail``.

    Raises:
        PlaygroundError: no text, more tokens than the context window or the page allows, a change that the family does
            not allow, or out of memory.
    """
    prepared = prepare(model)
    wanted = {detail} if isinstance(detail, int) else {*detail}
    if not wanted <= {*range(max(model.info.n_layers, model.info.n_encoder_layers or 0))}:
        raise PlaygroundError(f"{model.info.id} has layers 0 to {model.info.n_layers - 1}. Choose one of them.")
    ids = _ids(model, text)
    target_ids = _target_ids(model, ids, target) if model.info.kind == "encoder-decoder" else None
    try:
        with applied(model, changes):
            trace = _run(model, prepared, ids, target_ids, text if isinstance(text, str) else None, wanted)
    except torch.OutOfMemoryError as error:
        raise PlaygroundError("The machine ran out of memory. Take a shorter text or a smaller model.") from error
    except (RuntimeError, TypeError, ValueError, AttributeError, LookupError) as error:
        if not changes or isinstance(error, PlaygroundError):
            raise
        raise PlaygroundError(  # a strange family may lean on what was taken away
            f"{model.info.id} cannot run with this change: {', '.join(map(str, changes))}. Choose another change."
        ) from error
    return replace(trace, changes=tuple(changes)) if changes else trace


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
    model: LoadedModel,
    prepared: Prepared,
    ids: list[int],
    target_ids: list[int] | None,
    text: str | None,
    wanted: Collection[int],
) -> Trace:
    global _COUNT
    inputs = _inputs(model, prepared, ids, target_ids)
    parts = prepared.parts
    stacks = [stack for stack in (parts.encoder, parts.stack) if stack is not None]
    watched = [stack.layers[n].layer for stack in stacks for n in wanted if n < len(stack.layers)]
    started = time.perf_counter()
    with recording() as recorder, watching(model.module, watched) as calls:
        output = model.module(**inputs)
    elapsed_ms = (time.perf_counter() - started) * 1000
    with _COUNT_LOCK:
        _COUNT += 1
    trace = _assemble(model, prepared, recorder, output, ids, target_ids, text, elapsed_ms)
    if not watched:
        return trace
    encoder = trace.encoder
    if parts.encoder is not None and encoder is not None:
        encoder = with_detail(model, parts.encoder, encoder, calls, wanted)
    return replace(with_detail(model, parts.stack, trace, calls, wanted), encoder=encoder)


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
    target = None if target_ids is None else tokens_of.describe(tokenizer, target_ids)
    stack, encoder = towers(parts, recorder, output, source, target)
    if output.logits.shape[1] != len(target or source):
        raise PlaygroundError(
            f"The family {model.info.family} does not give one answer for each token, so there is nothing to lay "
            "beside the text. Choose another model."
        )
    missing = list(prepared.missing)
    if parts.stack.layers and not stack.layers:
        missing.append(
            f"The family {model.info.family} does not keep one vector for each token from layer to layer: the residual "
            "stream is not available."
        )
    return Trace(
        **{name: getattr(stack, name) for name in Stack.__dataclass_fields__},
        logits=to_numpy(output.logits[0]),
        model_id=model.info.id,
        text=shown_text,
        target=None if target_ids is None else tokenizer.decode(target_ids, skip_special_tokens=True),
        encoder=encoder,
        post_norm=parts.stack.post_norm,
        forward_ms=elapsed_ms,
        missing=tuple(missing),
        notes=prepared.notes,
    )
