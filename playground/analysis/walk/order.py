"""A layer's parts in the order in which they really run: which norm stands where is told by its numbers."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ...hooks.parts import LayerParts
from ...trace import Array, Attention, Layer, LayerDetail, Mlp, Norm, Projections
from .records import close


@dataclass(frozen=True, eq=False)
class Sublayer:
    """Attention, cross-attention or feed-forward: what it reads, and how what it gives comes into the stream.

    ``left = after(stream + scale · behind(part(before(stream))))``, where norms that are None pass everything on.
    """

    name: str
    """"attn", "cross" or "mlp"."""
    stream: Array
    """(seq, d_model): the stream before it."""
    added: Array
    """(seq, d_model): what is added to the stream, ``scale`` included."""
    left: Array | None
    """(seq, d_model): the stream after it; None where the next sublayer is added in the same sum."""
    scale: float
    before: Norm | None
    behind: Norm | None
    after: Norm | None
    beside: Array | None = None
    """(seq, d_model): what a parallel sublayer adds in the same sum."""
    attention: Attention | None = None
    projections: Projections | None = None
    mlp: Mlp | None = None


def sublayers(layer: Layer, parts: LayerParts) -> tuple[Sublayer, ...]:
    """What a layer adds to the stream, in order; empty where the family does not hand that over."""
    detail = layer.detail or LayerDetail((), None, None, None)
    there = [
        (name, added)
        for name, added in (("attn", layer.attn_out), ("cross", layer.cross_out), ("mlp", layer.mlp_out))
        if added is not None and added.shape == layer.resid_pre.shape
    ]
    parallel = len(there) == 2 and layer.resid_mid is None
    behind_them = {"attn": layer.resid_mid, "cross": layer.resid_mid_cross, "mlp": layer.resid_post}
    found: list[Sublayer] = []
    stream = layer.resid_pre
    for n, (name, added) in enumerate(there):
        last = n == len(there) - 1
        left = layer.resid_post if last else None if parallel else behind_them[name]
        if left is None and not parallel:
            left = stream + added
        beside = there[0][1] if parallel and last else None
        sublayer = Sublayer(
            name, stream, added, left, getattr(parts, f"{name}_scale"), None, None, None, beside,
            attention={"attn": layer.attention, "cross": layer.cross_attention}.get(name),
            projections={"attn": detail.attention, "cross": detail.cross_attention}.get(name),
            mlp=detail.mlp if name == "mlp" else None,
        )  # fmt: skip
        found.append(_with_norms(sublayer, detail.norms))
        stream = stream if left is None else left
    return tuple(found)


def read(sublayer: Sublayer) -> Array | None:
    """(seq, d_model): what the sublayer's first matrix is given; None where it is not known."""
    if sublayer.mlp is not None:
        return sublayer.mlp.first.entered
    if sublayer.projections is not None and sublayer.projections.q is not None:
        return sublayer.projections.q.entered
    return None


def given(sublayer: Sublayer) -> Array | None:
    """(seq, d_model): what the sublayer's last matrix gives; None where it is not known."""
    if sublayer.mlp is not None:
        return sublayer.mlp.down.left
    if sublayer.projections is not None and sublayer.projections.out is not None:
        return sublayer.projections.out.left
    return None


def _with_norms(sublayer: Sublayer, norms: tuple[Norm, ...]) -> Sublayer:
    entered, end = read(sublayer), given(sublayer)
    total = sublayer.stream + sublayer.added
    after = None
    if sublayer.left is not None and sublayer.beside is None and not close(total, sublayer.left):
        after = next((n for n in norms if close(n.entered, total) and close(n.left, sublayer.left)), None)
    reading = [n for n in norms if n is not after and close(n.entered, sublayer.stream)]
    before = next((n for n in reading if entered is None or close(n.left, entered)), None)
    behind = None
    if end is not None and not close(end * sublayer.scale, sublayer.added):
        ends = [n for n in norms if close(n.entered, end)]
        behind = next((n for n in ends if close(n.left * sublayer.scale, sublayer.added)), None)
    return replace(sublayer, before=before, behind=behind, after=after)
