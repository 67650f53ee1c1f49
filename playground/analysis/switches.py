"""What of a model can be switched off, by short names that fit into a link: "h2.0" is head 0 of layer 2.

``h`` head, ``c`` cross-attention head, ``a`` attention, ``x`` cross-attention, ``m`` feed-forward, ``n`` norms, ``b``
block, each with its layer; an ``e`` before it means the encoder of an encoder–decoder. ``mask``, ``scale``,
``positions`` and ``norm`` (the final one) mean the whole model.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

from ..errors import PlaygroundError
from ..models import LoadedModel
from ..trace import Change, Layer, Stack, Trace

WHOLE = {
    "mask": "causal mask",
    "scale": "scale 1/√d",
    "positions": "positions",
    "norm": "final norm",
    "enorm": "encoder's final norm",
}
"""Switches of the whole model, in words."""
PARTS = {"a": "attention", "x": "cross-attention", "m": "feed-forward", "n": "norms", "b": "block"}
"""Switches of a layer, in words."""
MOST = 64
"""Switches that may be off at once; a link could not hold many more."""
_NAME = re.compile(
    r"(?P<encoder>e?)(?:(?P<head>[hc])(?P<at>[0-9]{1,3})\.(?P<index>[0-9]{1,3})|(?P<part>[axmnb])(?P<layer>[0-9]{1,3}))"
)


@dataclass(frozen=True)
class TowerSwitches:
    """What can be switched off in one tower of layers."""

    encoder: bool
    """The encoder of an encoder–decoder."""
    n_heads: tuple[int, ...]
    """(n_layers,): heads of the self-attention that can be reached; 0: none."""
    n_cross: tuple[int, ...]
    """(n_layers,): heads of the cross-attention."""
    parts: tuple[str, ...]
    """(n_layers,): those letters of ``PARTS`` that can be switched off."""


@dataclass(frozen=True)
class Switchboard:
    """What of one model can be switched off."""

    towers: tuple[TowerSwitches, ...]
    """The encoder's first."""
    whole: tuple[tuple[str, str], ...]
    """Names of ``WHOLE`` that mean something here, each with why the family does not allow it; "" where it does."""


def read_switches(text: str) -> tuple[str, ...]:
    """The names in a text, each once, in one order, so that two texts that mean the same are the same.

    Raises:
        ValueError: a word that is no name, or more than ``MOST``.
    """
    names = sorted(set(text.split()))
    if len(names) > MOST or any(name not in WHOLE and not _NAME.fullmatch(name) for name in names):
        raise ValueError(f"up to {MOST} names of switches, such as h2.0 for head 0 of layer 2, m1, b0, mask")
    return tuple(names)


def change_of(name: str, trace: Trace, mean: bool = False) -> Change:
    """The change that a switch makes.

    Args:
        name: of the switch.
        trace: of the run as it is: means are taken from it.
        mean: heads, attentions and feed-forwards give their mean over the text's positions instead of nothing.

    Raises:
        PlaygroundError: there is no such switch in this model.
    """
    whole = {
        "mask": Change.no_causal_mask,
        "scale": Change.no_scale,
        "positions": Change.no_positions,
        "norm": Change.no_norm,
        "enorm": lambda: Change.no_norm(encoder=True),
    }
    if name in whole:
        return whole[name]()
    found = _NAME.fullmatch(name)
    if found is None:
        raise PlaygroundError(f"There is no switch {name!r}.")
    encoder = bool(found["encoder"])
    if found["head"]:
        layer, head, cross = int(found["at"]), int(found["index"]), found["head"] == "c"
        _check(trace, layer, encoder, cross, head)
        if mean:
            return Change.mean_head(trace, layer, head, cross=cross, encoder=encoder)
        return Change.zero_head(layer, head, cross=cross, encoder=encoder)
    layer, part = int(found["layer"]), found["part"]
    _check(trace, layer, encoder)
    if part == "x" and encoder:
        raise PlaygroundError("An encoder has no cross-attention: it reads its own text only.")
    if part in SITES and mean:
        return Change.mean_sublayer(trace, SITES[part], layer, encoder=encoder)
    if part == "x":
        return Change.skip_cross_attention(layer)
    made = {"a": Change.skip_attention, "m": Change.skip_mlp, "n": Change.no_norm, "b": Change.skip_block}[part]
    return made(layer, encoder=encoder)


SITES = {"a": "attn_out", "x": "cross_out", "m": "mlp_out"}
"""Letter of a sublayer → where its output stands in a trace."""


def _check(trace: Trace, layer: int, encoder: bool, cross: bool = False, head: int | None = None) -> None:
    """Raises where a link names what another model has."""
    stack: Stack | None = trace.encoder if encoder else trace
    layers: Sequence[Layer] = stack.layers if stack is not None else ()
    where = f"{'the encoder’s ' if encoder else ''}layer {layer}"
    if layer >= len(layers):
        raise PlaygroundError(f"There is no {where} in this model. Switch it on again, or choose another model.")
    attention = layers[layer].cross_attention if cross else layers[layer].attention
    if head is not None and (attention is None or head >= attention.n_heads):
        raise PlaygroundError(f"There is no {'cross-attention ' if cross else ''}head {head} in {where}.")


_BOARDS: WeakKeyDictionary[Any, Switchboard] = WeakKeyDictionary()


def switchboard(model: LoadedModel, trace: Trace) -> Switchboard:
    """What of a model can be switched off, as far as its family allows it: found out once per model.

    Args:
        model: whose trace it is.
        trace: of any text.
    """
    if model.module not in _BOARDS:
        _BOARDS[model.module] = _switchboard(model, trace)
    return _BOARDS[model.module]


def _switchboard(model: LoadedModel, trace: Trace) -> Switchboard:
    from ..hooks import refusal

    stacks = [(True, trace.encoder)] if trace.encoder is not None else []
    towers = tuple(_tower(model, trace, stack, encoder) for encoder, stack in [*stacks, (False, trace)])
    names = [name for name in WHOLE if name != "enorm" or trace.encoder is not None]
    if model.info.kind == "encoder":
        names.remove("mask")
    reasons = [(name, refusal(model, change_of(name, trace)) or "") for name in names]
    unscaled = all(
        layer.attention is None or layer.attention.scaling in (None, 1.0)
        for s in (trace.encoder, trace)
        if s
        for layer in s.layers
    )
    said = "This model does not divide its scores by √d, or does it where it cannot be watched."
    return Switchboard(towers, tuple((n, said if n == "scale" and unscaled and not why else why) for n, why in reasons))


def _tower(model: LoadedModel, trace: Trace, stack: Stack, encoder: bool) -> TowerSwitches:
    from ..hooks import refusal

    def allowed(name: str) -> bool:
        try:
            return refusal(model, change_of(("e" if encoder else "") + name, trace)) is None
        except PlaygroundError:
            return False

    n_heads: list[int] = []
    n_cross: list[int] = []
    parts: list[str] = []
    for n, layer in enumerate(stack.layers):
        for found, attention, letter in ((n_heads, layer.attention, "h"), (n_cross, layer.cross_attention, "c")):
            there = attention is not None and attention.head_out is not None and allowed(f"{letter}{n}.0")
            found.append(attention.n_heads if there and attention is not None else 0)
        known = {part: getattr(layer, site) is not None for part, site in SITES.items()}
        parts.append("".join(part for part in PARTS if known.get(part, True) and allowed(f"{part}{n}")))
    return TowerSwitches(encoder, tuple(n_heads), tuple(n_cross), tuple(parts))
