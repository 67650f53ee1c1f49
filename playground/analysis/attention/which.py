"""Which attention there is in a trace: a decoder's own, across to the source, an encoder's own."""

from __future__ import annotations

from ...errors import PlaygroundError
from ...trace import Attention, Token, Trace

KINDS = {"self": "self-attention", "cross": "cross-attention (target looks at source)", "encoder": "encoder's own"}


def kinds_of(trace: Trace) -> tuple[str, ...]:
    """Which attentions a trace holds, of "self", "cross", "encoder"."""
    kinds = ["self"] if any(layer.attention for layer in trace.layers) else []
    if any(layer.cross_attention for layer in trace.layers):
        kinds.append("cross")
    if trace.encoder is not None and any(layer.attention for layer in trace.encoder.layers):
        kinds.append("encoder")
    return tuple(kinds)


def attentions(trace: Trace, kind: str = "self") -> list[Attention]:
    """The attentions of one kind, one per layer, from the bottom up.

    Raises:
        PlaygroundError: the trace has none of this kind.
    """
    layers = trace.layers if kind != "encoder" else (trace.encoder.layers if trace.encoder is not None else ())
    found = [layer.cross_attention if kind == "cross" else layer.attention for layer in layers]
    if not found or any(a is None for a in found):
        raise PlaygroundError("This model does not hand over this kind of attention.")
    return [a for a in found if a is not None]


def sides(trace: Trace, kind: str = "self") -> tuple[tuple[Token, ...], tuple[Token, ...]]:
    """The tokens that look (rows) and those that are looked at (columns)."""
    if kind == "encoder" and trace.encoder is not None:
        return trace.encoder.tokens, trace.encoder.tokens
    if kind == "cross" and trace.encoder is not None:
        return trace.tokens, trace.encoder.tokens
    return trace.tokens, trace.tokens
