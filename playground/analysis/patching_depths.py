"""The rows of a patching grid: which places of a model can be patched, from the bottom up."""

from __future__ import annotations

from dataclasses import dataclass

from ..errors import PlaygroundError
from ..trace import Layer, Stack
from ..trace.changes import HEAD_SITES

SITES = ("resid", "attn_out", "mlp_out", "cross_out", "head_out", "cross_head_out")
"""What can be patched: the stream, what a sublayer adds, or what single heads give (at every position at once)."""


def check_site(site: str) -> None:
    """Raises where there is no such place."""
    if site not in SITES:
        raise PlaygroundError(f"There is no place {site!r}. Choose one of {', '.join(SITES)}.")


@dataclass(frozen=True)
class Depth:
    """A row of the grid."""

    name: str
    site: str
    """Of the patch, as ``Change.patch`` takes it."""
    layer: int
    """Of the patch."""
    row: int
    """The layer that the row belongs to; −1 for the embedding."""


def depths_of(stack: Stack, site: str) -> list[Depth]:
    """Rows of the grid, from the bottom up.

    Raises:
        PlaygroundError: there is no such site, or the model does not hand it over.
    """
    check_site(site)
    last = len(stack.layers) - 1
    if site == "resid":  # what leaves one layer enters the next
        above = [Depth(f"layer {n}", "resid_pre", n + 1, n) for n in range(last)]
        return [Depth("embedding", "resid_pre", 0, -1), *above, Depth(f"layer {last}", "resid_post", last, last)]
    found = [n for n, layer in enumerate(stack.layers) if _there(layer, site)]
    if not found:
        raise PlaygroundError(f"This model does not hand over {site}. Choose another place.")
    name = site.removesuffix("_out").removesuffix("_head")
    return [Depth(f"{'layer' if site in HEAD_SITES else name} {n}", site, n, n) for n in found]


def _there(layer: Layer, site: str) -> bool:
    if site not in HEAD_SITES:
        return getattr(layer, site) is not None
    attention = layer.attention if site == "head_out" else layer.cross_attention
    return attention is not None and attention.head_out is not None


def n_columns(stack: Stack, depth: Depth) -> int:
    """Positions, or heads of the layer."""
    if depth.site not in HEAD_SITES:
        return len(stack)
    layer = stack.layers[depth.layer]
    attention = layer.attention if depth.site == "head_out" else layer.cross_attention
    return 0 if attention is None else attention.n_heads
