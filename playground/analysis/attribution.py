"""Direct logit attribution: what each head, each feed-forward, embedding and position adds to one token's logit.

Everything that writes to the stream is added up, so the last vector is a sum of parts, and with the final norm's
spread held at this run's value the logit is one too (Elhage et al. 2021, "A Mathematical Framework for Transformer
Circuits"). Where a family norms after adding, each norm's spread is held; where its head has an activation, the
activation's f(x)/x is. The parts then add up to the logit; what a part would do through later layers is not in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from ..errors import PlaygroundError
from ..models import LoadedModel
from ..trace import Array, Attention, Layer, Trace

if TYPE_CHECKING:
    from ..hooks.parts import LayerParts
    from ..hooks.wiring import Step

TOLERANCE = 1e-2
"""Largest difference of the sum from the logit, relative to the sum of all sizes, before nothing is shown."""


@dataclass(frozen=True)
class Part:
    """Something that wrote to the stream."""

    kind: str
    """"embedding", "position", "token type", "head", "cross head", "attention", "cross-attention", "mixer", "mlp" or
    "bias" (all biases and shifts that no other part contains)."""
    layer: int | None = None
    head: int | None = None

    def __str__(self) -> str:
        place = "" if self.layer is None else f" {self.layer}" if self.head is None else f" {self.layer}.{self.head}"
        return self.kind + place


@dataclass(frozen=True, eq=False)
class Attribution:
    """What each part adds to one logit."""

    parts: tuple[Part, ...]
    values: Array
    """(n_parts,): their contributions; the sum is ``logit``."""
    logit: float
    """The model's own."""
    token_id: int
    pos: int

    @property
    def labels(self) -> tuple[str, ...]:
        """ "embedding", "head 0.3", "mlp 0", …: one for each value."""
        return tuple(map(str, self.parts))

    def heads(self, kind: str = "head") -> Array:
        """(n_layers, n_heads): the values of heads, or of cross heads; nan where a layer has none."""
        named = zip(self.parts, self.values, strict=True)
        chosen = [(p.layer or 0, p.head or 0, value) for p, value in named if p.kind == kind]
        layers = max((p.layer or 0 for p in self.parts), default=-1) + 1
        found = np.full((layers, max((head for _, head, _ in chosen), default=-1) + 1), np.nan, np.float32)
        for layer, head, value in chosen:
            found[layer, head] = value
        return found


@dataclass
class _Sum:
    """The parts of the stream at one position, on their way up."""

    names: list[Part] = field(default_factory=list)
    rows: list[np.ndarray] = field(default_factory=list)
    constant: np.ndarray | None = None

    def add(self, name: Part, row: np.ndarray) -> None:
        self.names.append(name)
        self.rows.append(np.asarray(row, dtype=np.float64))

    def array(self) -> np.ndarray:
        """(n + 1, width): the last row is what no part can claim."""
        assert self.constant is not None
        return np.stack([*self.rows, self.constant])

    def set(self, array: np.ndarray) -> None:
        self.rows, self.constant = list(array[:-1]), array[-1]

    def through(self, steps: Sequence[Step], column: int | None = None) -> None:
        """Behind a chain of modules."""
        from ..hooks import carry

        if steps:
            self.set(carry(steps, self.array(), column))


def direct_logit_attribution(
    model: LoadedModel, trace: Trace, pos: int = -1, token_id: int | None = None
) -> Attribution:
    """What every part adds to a logit.

    Args:
        model: that the trace was captured from.
        trace: any; of an encoder–decoder its decoder is taken apart.
        pos: position whose answer is asked for.
        token_id: whose logit; None: the most probable token's.

    Raises:
        PlaygroundError: the family's way from stream to logits is not known step by step, or the parts do not add up.
    """
    from ..hooks import prepare, soft_cap, wiring

    pos = range(len(trace))[pos]
    token = int(trace.logits[pos].argmax()) if token_id is None else int(token_id)
    prepared, ways = prepare(model), wiring(model)
    if ways.head is None or not trace.layers or not prepared.parts.described:
        raise PlaygroundError(
            f"The way from the stream to the logits is not known step by step for the family {model.info.family}, so a "
            "logit cannot be taken apart. Choose another model."
        )
    stack = prepared.parts.stack
    total = _embedding(stack, trace, pos)
    for n, (layer, parts) in enumerate(zip(trace.layers, stack.layers, strict=True)):
        _layer(total, n, layer, parts, ways.attn[n], ways.cross[n], pos, stack.post_norm)
    try:
        total.through([stack.final_norm] if stack.final_norm is not None else [])
        total.through(ways.head, token)
    except ValueError as error:
        raise PlaygroundError(f"The logits of {model.info.id} cannot be taken apart: {error}.") from error
    values = _finish(model, total.array()[:, 0], token, soft_cap(model.module.config))
    logit = float(trace.logits[pos, token])
    if not abs(values.sum() - logit) <= TOLERANCE * max(1.0, float(np.abs(values).sum())):
        raise PlaygroundError(
            f"The parts add up to {values.sum():.3f} and not to the logit {logit:.3f}: in this family, or with what "
            "was changed in this run, a logit is not the sum of its parts. Take the model as it is, or another one."
        )
    names = (*total.names, Part("bias"))
    return Attribution(names, values.astype(np.float32), logit, token, pos)


def _embedding(stack: object, trace: Trace, pos: int) -> _Sum:
    """What enters the first layer, as the sum that it is; whole where a projection stands in between."""
    from ..hooks.parts import StackParts

    assert isinstance(stack, StackParts)
    entered = trace.layers[0].resid_pre
    total = _Sum(constant=np.zeros(entered.shape[-1]))
    sources = [("embedding", trace.embeddings), ("position", trace.positions), ("token type", trace.token_types)]
    known = [(name, rows) for name, rows in sources if rows is not None]
    if not stack.embed_described or not known or known[0][1].shape != entered.shape:
        total.add(Part("embedding"), entered[pos])
        return total
    for name, rows in known:
        total.add(Part(name), rows[pos if len(rows) > 1 else 0])
    total.through([stack.embed_norm] if stack.embed_norm is not None else [])
    return total


def _layer(
    total: _Sum,
    n: int,
    layer: Layer,
    parts: LayerParts,
    attn: Sequence[Step] | None,
    cross: Sequence[Step] | None,
    pos: int,
    post_norm: bool,
) -> None:
    """Adds what one layer adds, and goes through its norms where they follow."""
    whole = Part("attention" if layer.attention is not None else "mixer", n)
    _heads(total, layer.attention, layer.attn_out, attn, parts.attn_scale, whole, "head", pos)
    total.through([parts.attn_norm] if post_norm and parts.attn_norm is not None else [])
    whole = Part("cross-attention", n)
    _heads(total, layer.cross_attention, layer.cross_out, cross, parts.cross_scale, whole, "cross head", pos)
    total.through([parts.cross_norm] if post_norm and parts.cross_norm is not None else [])
    if layer.mlp_out is not None:
        total.add(Part("mlp", n), layer.mlp_out[pos])
    total.through([parts.mlp_norm] if post_norm and parts.mlp_norm is not None else [])


def _heads(
    total: _Sum,
    attention: Attention | None,
    added: Array | None,
    steps: Sequence[Step] | None,
    scale: float,
    whole: Part,
    kind: str,
    pos: int,
) -> None:
    """One part for each head; one for all of them where the way from the heads to the stream is not known."""
    from ..hooks import carry

    if added is None:
        return
    if attention is None or attention.head_out is None or steps is None:
        total.add(whole, added[pos])
        return
    n_heads, _, width = attention.head_out.shape
    apart = np.zeros((n_heads + 1, n_heads * width))
    for head in range(n_heads):
        apart[head, head * width : (head + 1) * width] = attention.head_out[head, pos]
    rows = carry(steps, apart) * scale
    for head in range(n_heads):
        total.add(Part(kind, whole.layer, head), rows[head])
    rest = added[pos] - rows.sum(0)
    if np.abs(rest).max() > 1e-3 * max(1e-6, float(np.abs(added[pos]).max())):
        total.add(Part("mixer", whole.layer), rest)  # Falcon-H1's state space beside the attention
    assert total.constant is not None
    total.constant = total.constant + rows[-1]


def _finish(model: LoadedModel, values: np.ndarray, token: int, cap: float | None) -> np.ndarray:
    """The bias behind the head (BART, Marian), and the soft cap's own held factor (Gemma 2)."""
    from ..hooks import end_bias

    bias = end_bias(model.module)
    if bias is not None:
        values[-1] += float(bias[token])
    if cap is not None:
        plain = values.sum()
        values = values * (cap * np.tanh(plain / cap) / plain)
    return values
