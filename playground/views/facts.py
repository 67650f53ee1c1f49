"""The header's line of facts."""

from __future__ import annotations

from ..facts import ModelInfo
from ..trace import Trace
from .view import Payload, number

KINDS = {"decoder": "decoder-only", "encoder": "encoder-only", "encoder-decoder": "encoder–decoder"}


def parameters(n: int) -> str:
    """``6.3 M``, ``1.2 B``."""
    for size, letter in ((10**9, "B"), (10**6, "M"), (10**3, "k")):
        if n >= size:
            return f"{n / size:.3g} {letter}"
    return str(n)


def duration(milliseconds: float) -> str:
    """``57.3 ms``, ``1.03 s``."""
    return f"{number(milliseconds)} ms" if milliseconds < 999.5 else f"{milliseconds / 1000:.3g} s"


def facts(info: ModelInfo, trace: Trace) -> Payload:
    """Family, size, shape, how much of the context window is used, device, time of the last forward pass.

    ``kind`` is for the page: it hides what a model of this kind has no use for.
    """
    layers = str(info.n_layers) if info.n_encoder_layers is None else f"{info.n_encoder_layers} + {info.n_layers}"
    used = len(trace.encoder.tokens) if trace.encoder is not None else len(trace.tokens)
    context = f"{used} of {info.context:,}" if info.context else str(used)
    return {
        "kind": info.kind,
        "items": [
            {"label": "shown below", "value": info.title, "hint": info.id},
            {"label": "architecture", "value": f"{info.family} · {KINDS[info.kind]}"},
            {"label": "parameters", "value": parameters(info.n_parameters), "hint": f"{info.n_parameters:,}"},
            {
                "label": "layers × heads × width",
                "value": f"{layers} × {info.n_heads} × {info.d_model}",
                "hint": "encoder + decoder layers" if info.n_encoder_layers is not None else "",
            },
            {
                "label": "tokens of the context window",
                "value": context,
                "hint": "special tokens included",
                **({"share": used / info.context} if info.context else {}),
            },
            {"label": "device", "value": info.device},
            {"label": "last forward pass", "value": duration(trace.forward_ms)},
        ]
    }
