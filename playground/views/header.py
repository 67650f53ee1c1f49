"""The header's line about the model: what it is in a few words, and all facts when it is unfolded."""

from __future__ import annotations

from typing import Any

from ..facts import ModelInfo
from ..trace import Trace
from .view import number

KIND_NAMES = {"decoder": "decoder-only", "encoder": "encoder-only", "encoder-decoder": "encoder–decoder"}
DOES = {
    "decoder": "continues a text, one token after another",
    "encoder": "reads a whole text and fills in what is masked",
    "encoder-decoder": "reads one text and writes another",
}
"""Kind → what such a model is for, in a few words."""


def parameters(n: int) -> str:
    """``6.3 M``, ``1.2 B``."""
    for size, letter in ((10**9, "B"), (10**6, "M"), (10**3, "k")):
        if n >= size:
            return f"{n / size:.3g} {letter}"
    return str(n)


def duration(milliseconds: float) -> str:
    """``57.3 ms``, ``1.03 s``."""
    return f"{number(milliseconds)} ms" if milliseconds < 999.5 else f"{milliseconds / 1000:.3g} s"


def model_line(info: ModelInfo, trace: Trace) -> dict[str, Any]:
    """Name, what the model does, its size; under it family, shape, context window used, device, time of the last pass.

    Returns:
        ``{"name", "does", "facts": [{"label", "value", "hint", "share"}]}``; ``share`` from 0 to 1 or None.
    """
    layers = str(info.n_layers) if info.n_encoder_layers is None else f"{info.n_encoder_layers} + {info.n_layers}"
    used = len(trace.encoder.tokens) if trace.encoder is not None else len(trace.tokens)
    facts = [
        ("architecture", f"{info.family} · {KIND_NAMES[info.kind]}", info.id),
        ("parameters", parameters(info.n_parameters), f"{info.n_parameters:,}"),
        ("layers", layers, "encoder + decoder" if info.n_encoder_layers is not None else ""),
        ("heads in a layer", str(info.n_heads), ""),
        ("width of a vector", str(info.d_model), "numbers in the vector of one token"),
        ("vocabulary", f"{info.vocab_size:,}", "tokens that the model knows"),
        ("device", info.device, ""),
        ("last forward pass", duration(trace.forward_ms), ""),
    ]
    window = {
        "label": "context window",
        "value": f"{used} of {info.context:,} tokens" if info.context else f"{used} tokens, no fixed limit",
        "hint": "special tokens included",
        "share": used / info.context if info.context else None,
    }
    return {
        "name": info.title,
        "does": f"{DOES[info.kind]} · {parameters(info.n_parameters)} parameters",
        "facts": [*({"label": la, "value": value, "hint": hint, "share": None} for la, value, hint in facts), window],
        "notes": [*info.notes, *trace.notes, *trace.missing],
    }
