"""One head at one token, step by step: q and k, their products, scale, bias, mask, softmax, values, output, share.

Everything is recomputed from what the model handed over and compared with what it made of it. Of a long text the keys
with the largest weights are shown one by one; the others are summed up, so that every sum is still the whole sum.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ...trace import Array, Attention, Projections, Token, Trace
from ...trace.arrays import ReadOnly
from .stages import Stages, bias_of, group_of, stages_of
from .which import attentions, sides

if TYPE_CHECKING:
    from ...models import LoadedModel
    from ..walk import Inside

MOST_KEYS = 24
"""Keys that are shown one by one."""
WINDOW = 64
"""Queries, and keys, of the whole matrices that are shown."""


@dataclass(frozen=True, eq=False)
class Share(ReadOnly):
    """What the heads of a layer add to the stream at one token, behind the output projection."""

    part: Array
    """(d_model,): the chosen head's output times its rows of the output matrix."""
    total: Array
    """(d_model,): what the whole attention of this layer gives: the sum over all heads, and the bias."""
    shares: Array
    """(n_heads,): part · total / |total|², of each head. With ``bias`` they sum to 1."""
    bias: float
    """The share of the output projection's bias; 0 without one."""
    lengths: Array
    """(n_heads,): |part| of each head."""
    difference: float
    """Largest |difference| between the sum of all parts and the model's own."""


@dataclass(frozen=True, eq=False)
class Rest(ReadOnly):
    """The keys that are not shown one by one, summed up."""

    count: int
    """0: all keys are shown."""
    exp: float
    weight: float
    part: Array
    """(head_dim,): Σ weight · v over them."""


@dataclass(frozen=True, eq=False)
class HeadSteps(ReadOnly):
    """One head at one query. Arrays over keys are (n_shown,), those of vectors (n_shown, head_dim).

    Fields that start at q are None in families that hand over nothing but weights.
    """

    kind: str
    """"self", "cross" or "encoder"."""
    layer: int
    head: int
    n_heads: int
    group: int
    """Index of the key and value head; other than ``head`` in grouped-query attention."""
    n_groups: int
    """Key and value heads of the layer."""
    pos: int
    key: int
    """The key that is followed through dot product and scale."""
    rows: tuple[Token, ...]
    columns: tuple[Token, ...]
    shown: tuple[int, ...]
    """Positions of the keys that are shown one by one, in the order of the text."""
    row: Array
    """(n_keys,): the model's own weights of this query, over all keys."""
    rest: Rest
    q: Array | None
    """(head_dim,)."""
    k: Array | None
    v: Array | None
    q_before: Array | None
    """(head_dim,): q as the projection left it, where norm or rotation change it before it meets the keys."""
    k_before: Array | None
    """(head_dim,): likewise of ``key``."""
    turned: bool
    """Whether q and k are rotated by their positions."""
    products: Array | None
    """(head_dim,): q times the followed key, number by number; their sum is its dot product."""
    stages: Stages | None
    """(1, n_shown) each; ``total`` and ``largest`` are over all keys."""
    bias: Array | None
    """(n_shown,): what is added to the scaled scores."""
    scaling: float | None
    softcap: float | None
    parts: Array | None
    """weight · v."""
    out: Array | None
    """(head_dim,): the model's own output of the head."""
    share: Share | None
    weight_difference: float | None
    """Largest |difference| between the recomputed weights and the model's own, over all keys."""
    out_difference: float | None
    """Likewise of the head's output."""

    @property
    def weights(self) -> Array:
        """(n_shown,): the model's own."""
        return self.row[list(self.shown)]


def head_steps(
    model: LoadedModel, trace: Trace, inside: Inside | None, kind: str, layer: int, head: int, pos: int, key: int | None
) -> HeadSteps:
    """One head at one token, step by step.

    Args:
        model: whose output matrix.
        trace: the forward pass.
        inside: the layer's inner steps, see ``analysis.walk.inside_layer``; None: rotation and output matrix are not
            shown.
        kind: "self", "cross" or "encoder".
        layer: of the kind's tower.
        head: of the layer.
        pos: the query.
        key: the key that is followed; None, or one that the query cannot look at: the one that it looks at most.

    Raises:
        PlaygroundError: the trace has no attention of this kind.
    """
    attention = attentions(trace, kind)[layer]
    rows, columns = sides(trace, kind)
    own = attention.weights[head, pos]
    if key is None or not can_look(attention, pos, key):
        key = int(own.argmax())
    shown = _shown(own, {key, *([pos] if kind != "cross" else [])})
    projections = _projections(inside, kind)
    stages = None if attention.q is None or attention.k is None else stages_of(attention, head, [pos])
    group = group_of(attention, head)
    value = None if attention.v is None else attention.v[group]
    before = _before(projections, attention, head, group, pos, key)
    out = None if attention.head_out is None else attention.head_out[head, pos]
    k = None if attention.k is None else attention.k[group]
    return HeadSteps(
        kind=kind, layer=layer, head=head, n_heads=attention.n_heads, group=group,
        n_groups=attention.n_heads if attention.k is None else len(attention.k), pos=pos, key=key, rows=rows,
        columns=columns, shown=shown, row=own, rest=_rest(own, stages, value, shown),
        q=None if attention.q is None else attention.q[head, pos],
        k=None if k is None else k[list(shown)], v=None if value is None else value[list(shown)],
        q_before=before[0], k_before=before[1], turned=projections is not None and projections.rotation is not None,
        products=None if attention.q is None or k is None else attention.q[head, pos] * k[key],
        stages=None if stages is None else _picked(stages, shown),
        bias=None if attention.bias is None else bias_of(attention, head, [pos])[0, list(shown)],
        scaling=attention.scaling, softcap=attention.softcap,
        parts=None if value is None else own[list(shown), None] * value[list(shown)], out=out,
        share=_share(model, attention, projections, head, pos),
        weight_difference=None if stages is None else float(np.abs(stages.weights[0] - own).max()),
        out_difference=None if value is None or out is None else float(np.abs(own @ value - out).max()),
    )  # fmt: skip


def can_look(attention: Attention, pos: int, key: int) -> bool:
    """Whether there is such a key, and the mask lets the query look at it."""
    there = 0 <= key < attention.weights.shape[-1]
    return there and (attention.allowed is None or bool(attention.allowed[pos, key]))


def _shown(row: Array, always: set[int]) -> tuple[int, ...]:
    """All keys of a short text; of a long one those with the largest weights, and ``always``."""
    if len(row) <= MOST_KEYS:
        return tuple(range(len(row)))
    first = [int(k) for k in np.argsort(-row, kind="stable") if int(k) not in always][: MOST_KEYS - len(always)]
    return tuple(sorted({*first, *always}))


def _picked(stages: Stages, shown: tuple[int, ...]) -> Stages:
    def pick(values: Array | None) -> Array | None:
        return None if values is None else values[:, list(shown)]

    scores, scaled, masked, exp, weights = (
        values[:, list(shown)] for values in (stages.scores, stages.scaled, stages.masked, stages.exp, stages.weights)
    )
    return Stages(scores, scaled, pick(stages.capped), pick(stages.biased), masked, exp, stages.largest, stages.total,
                  stages.sink, weights)  # fmt: skip


def _rest(row: Array, stages: Stages | None, value: Array | None, shown: tuple[int, ...]) -> Rest:
    others = np.setdiff1d(np.arange(len(row)), shown)
    part = np.zeros(0, np.float32) if value is None else row[others] @ value[others]
    exp = 0.0 if stages is None else float(stages.exp[0, others].sum())
    return Rest(len(others), exp, float(row[others].sum()), part.astype(np.float32))


def _projections(inside: Inside | None, kind: str) -> Projections | None:
    if inside is None:
        return None
    tower = inside.encoder if kind == "encoder" else inside.main
    detail = tower.layer.detail if tower is not None and tower.layer is not None else None
    if detail is None:
        return None
    return detail.cross_attention if kind == "cross" else detail.attention


def _before(
    projections: Projections | None, attention: Attention, head: int, group: int, pos: int, key: int
) -> tuple[Array | None, Array | None]:
    """q and the followed k as their matrices left them, where something happens to them before they meet."""
    if projections is None or projections.q is None or projections.k is None or not projections.explained:
        return None, None
    if attention.q is None or attention.k is None:
        return None, None
    q = projections.q.left[pos].reshape(attention.n_heads, -1)[head]
    k = projections.k.left[key].reshape(len(attention.k), -1)[group]
    same = np.allclose(q, attention.q[head, pos], atol=1e-5) and np.allclose(k, attention.k[group, key], atol=1e-5)
    return (None, None) if same else (q, k)


def _share(
    model: LoadedModel, attention: Attention, projections: Projections | None, head: int, pos: int
) -> Share | None:
    """None where the matrix behind the heads is not known, or something else stands between."""
    from ...hooks import weights_of

    if projections is None or projections.out is None or attention.head_out is None:
        return None
    heads = attention.head_out[:, pos]
    entered = projections.out.entered[pos]
    if heads.size != entered.size or not np.allclose(heads.reshape(-1), entered, atol=1e-4):
        return None
    weight, bias = weights_of(model, projections.out)
    parts = np.einsum("hd,hdm->hm", heads, weight.reshape(*heads.shape, -1), dtype=np.float64)
    total = projections.out.left[pos]
    constant = np.zeros(len(total)) if bias is None else bias.astype(np.float64)
    square = max(float(total.astype(np.float64) @ total), 1e-30)
    return Share(
        part=parts[head].astype(np.float32), total=total, shares=(parts @ total / square).astype(np.float32),
        bias=float(constant @ total / square), lengths=np.linalg.norm(parts, axis=-1).astype(np.float32),
        difference=float(np.abs(parts.sum(0) + constant - total).max()),
    )  # fmt: skip


@dataclass(frozen=True, eq=False)
class HeadMatrices(ReadOnly):
    """One head's attention as whole matrices; of a long text a window of queries and keys."""

    rows: tuple[int, ...]
    """Positions of the queries that are shown."""
    columns: tuple[int, ...]
    """Positions of the keys that are shown."""
    n_keys: int
    """Keys of the whole text."""
    q: Array
    """(rows, head_dim)."""
    k: Array
    """(columns, head_dim)."""
    v: Array | None
    """(columns, head_dim)."""
    stages: Stages
    """(rows, columns); ``total`` and ``largest`` are over all keys."""
    weights: Array
    """(rows, columns): the model's own."""
    out: Array | None
    """(rows, head_dim): the model's own, over all keys."""
    difference: float
    """Largest |difference| of the recomputed weights from the model's own, in the rows that are shown."""
    out_difference: float
    """Likewise of the outputs."""


def head_matrices(attention: Attention, head: int, pos: int, key: int) -> HeadMatrices:
    """The whole matrices of one head; of a long text, those around a query and a key.

    Args:
        attention: of a layer.
        head: of the layer.
        pos: a query that shall be seen.
        key: a key that shall be seen.

    Raises:
        PlaygroundError: the family hands over no queries and keys.
    """
    n, m = attention.weights.shape[1:]
    rows, columns = _window(n, pos), _window(m, min(key, pos) if n == m else key)
    if n == m:  # one text: the same tokens down and across, where both fit
        columns = rows if key in rows else columns
    stages = stages_of(attention, head, rows)
    assert attention.q is not None and attention.k is not None
    group = group_of(attention, head)
    own = attention.weights[head, rows]
    value = None if attention.v is None else attention.v[group]
    out = None if attention.head_out is None else attention.head_out[head, rows]
    off = 0.0 if value is None or out is None else float(np.abs(own @ value - out).max())
    return HeadMatrices(
        tuple(rows), tuple(columns), m, attention.q[head, rows], attention.k[group, columns],
        None if value is None else value[columns], _picked(stages, tuple(columns)), own[:, columns], out,
        float(np.abs(stages.weights - own).max()), off,
    )  # fmt: skip


def _window(length: int, pos: int) -> list[int]:
    """At most ``WINDOW`` positions that end a little behind ``pos``."""
    first = max(0, min(pos - WINDOW + 8, length - WINDOW))
    return list(range(first, min(length, first + WINDOW)))
