"""Attention, step by step, for one token and one head: q, k, v, scores, softmax, × v, heads joined."""

from __future__ import annotations

import numpy as np

from ...models import LoadedModel
from ...trace import Array, Attention, Projections, Token
from ..attention.stages import bias_of, stages_of
from .order import Sublayer
from .pieces import product
from .records import Cells, Step, Strip, close, difference

ROLES = {"q": "query", "k": "key", "v": "value"}
UNKNOWN = (
    "Between the matrices and the heads this family does something that is not known step by step: q and k are shown "
    "as they meet."
)


def attention_steps(
    model: LoadedModel, sublayer: Sublayer, pos: int, head: int, looked_at: tuple[Token, ...]
) -> list[Step]:
    """The steps between the norm and the sum.

    Args:
        model: whose matrices.
        sublayer: "attn" or "cross".
        pos: the token that looks.
        head: which head is followed.
        looked_at: the tokens of the keys.
    """
    name, attention, projections = sublayer.name, sublayer.attention, sublayer.projections
    if attention is None:
        return [_whole(sublayer, pos, "This family does not hand over its attention: only what it adds is known.")]
    steps: list[Step] = []
    if projections is not None and projections.q and projections.k and projections.v:
        steps.append(_matrices(model, name, attention, projections, pos, head))
        if attention.q is not None and attention.k is not None and attention.v is not None:
            steps.append(_heads(name, attention, projections, pos, head))
    if attention.q is not None and attention.k is not None and attention.scaling is not None:
        steps += [*_scores(name, attention, pos, head, looked_at), _softmax(name, attention, pos, head, looked_at)]
    else:
        steps.append(_weights(name, attention, pos, head, looked_at))
    if attention.v is not None and attention.head_out is not None:
        steps.append(_mix(name, attention, pos, head, looked_at))
    if projections is not None and projections.out is not None:
        steps.append(_joined(model, name, attention, projections, pos, head))
    else:
        steps.append(_whole(sublayer, pos, "The matrix behind the heads is not known in this family."))
    return steps


def followed(name: str, attention: Attention, pos: int, head: int) -> int:
    """The position whose key and value are shown: the token's own; of the source, the one that is looked at most."""
    return pos if name == "attn" else int(attention.weights[head, pos].argmax())


def _whole(sublayer: Sublayer, pos: int, note: str) -> Step:
    incoming = (Strip("stream", "residual", sublayer.stream[pos]),)
    outgoing = (Strip("added", "attention", sublayer.added[pos]),)
    return Step(f"{sublayer.name}-whole", incoming, outgoing, note=note)


def _matrices(
    model: LoadedModel, name: str, attention: Attention, projections: Projections, pos: int, head: int
) -> Step:
    seen = followed(name, attention, pos, head)
    outgoing, worst, size = [], 0.0, 0.0
    for letter, at in (("q", pos), ("k", seen), ("v", seen)):
        linear = getattr(projections, letter)
        _, off, large = product(model, linear, at)
        worst, size = max(worst, off), max(size, large)
        n, chosen = _grouping(attention, letter, head)
        outgoing.append(Strip(letter, ROLES[letter], linear.left[at], n, chosen))
    assert projections.q is not None and projections.k is not None
    incoming = [Strip("x", "residual", projections.q.entered[pos])]
    if name == "cross":
        incoming.append(Strip("y", "residual", projections.k.entered[seen]))
    shape = projections.q.entered.shape[1], *(s.values.shape[0] for s in outgoing)
    return Step(
        f"{name}-qkv", tuple(incoming), tuple(outgoing),
        figures=(*zip(("d_model", "d_q", "d_k", "d_v"), shape, strict=True), ("seen", seen)),
        difference=worst, size=size,
    )  # fmt: skip


def _grouping(attention: Attention, letter: str, head: int) -> tuple[int, int]:
    """How many heads q, k or v has, and which of them belongs to a query head: grouped-query attention
    shares k and v."""
    if letter == "q" or attention.v is None:
        return attention.n_heads, head
    n = attention.v.shape[0]
    return n, head * n // attention.n_heads


def _heads(name: str, attention: Attention, projections: Projections, pos: int, head: int) -> Step:
    """The slices of one head: cut out of q, k and v, normalised, scaled and turned where the family does that."""
    assert attention.q is not None and attention.k is not None and attention.v is not None
    seen = followed(name, attention, pos, head)
    incoming, outgoing, worst, size, note = [], [], 0.0, 0.0, ""
    for letter, at in (("q", pos), ("k", seen), ("v", seen)):
        meets: Array = getattr(attention, letter)
        left = getattr(projections, letter).left
        n, chosen = _grouping(attention, letter, head)
        ours = _meeting(projections, letter, left, n)
        if ours.shape != meets.shape or not close(ours, meets):
            note = UNKNOWN
        else:
            off, large = difference(ours[chosen, at], meets[chosen, at])
            worst, size = max(worst, off), max(size, large)
        incoming.append(Strip(letter, ROLES[letter], left[at], n, chosen))
        outgoing.append(Strip(f"{letter} of the head", ROLES[letter], meets[chosen, at]))
    turned = projections.rotation is not None
    return Step(
        f"{name}-heads", tuple(incoming), tuple(outgoing),
        figures=(("n_heads", attention.n_heads), ("n_kv_heads", attention.v.shape[0]), ("seen", seen),
                 ("head_dim", attention.q.shape[-1]), ("head", head), ("q_scale", projections.q_scale)),
        difference=None if note else worst, size=size, note=note,
        words=(("turned", "yes" if turned else ""), ("normed", "yes" if projections.q_norm is not None else "")),
    )  # fmt: skip


def _meeting(projections: Projections, letter: str, left: Array, n_heads: int) -> Array:
    """(n_heads, seq, head_dim): a projection as heads, as the family's norm, factor and rotation leave them."""
    norm = {"q": projections.q_norm, "k": projections.k_norm}.get(letter)
    found = left if norm is None else norm.left.reshape(len(left), -1)
    heads = found.reshape(len(found), n_heads, -1).transpose(1, 0, 2)
    if letter == "q":
        heads = heads * np.float32(projections.q_scale)
    return projections.rotation.turn(heads) if projections.rotation is not None and letter != "v" else heads


def _scores(name: str, attention: Attention, pos: int, head: int, looked_at: tuple[Token, ...]) -> list[Step]:
    """Dot products, then scale, bias and mask. Their check is that softmax of them gives the model's weights: families
    hand over nothing in between."""
    assert attention.q is not None and attention.k is not None and attention.scaling is not None
    stages = stages_of(attention, head, [pos])
    keys = attention.per_head(attention.k)[head]
    off = difference(stages.weights[0], attention.weights[head, pos])[0]
    seen = int(attention.weights[head, pos].argmax())
    scores, masked = stages.scores[0], stages.masked[0]
    rows = [("q · k", scores), ("scaled", stages.scaled[0] if stages.capped is None else stages.capped[0])]
    if stages.biased is not None:
        rows.append(("+ bias", stages.biased[0]))
    rows.append(("masked", masked))
    query = Strip("q", "query", attention.q[head, pos])
    figures: tuple[tuple[str, float], ...] = (
        ("seen", seen), ("score", float(scores[seen])), ("scaling", attention.scaling), ("head", head),
        ("head_dim", attention.q.shape[-1]), ("softcap", attention.softcap or 0.0),
        ("forbidden", float(0 if attention.allowed is None else (~attention.allowed[pos]).sum())),
        ("masked", float(masked[seen])),
        ("bias", float(bias_of(attention, head, [pos])[0, seen])),
    )  # fmt: skip
    note = "Checked through the next step: softmax of these numbers gives the model's own weights."
    return [
        Step(f"{name}-scores", (query, Strip("k", "key", keys[seen])), (), figures, off, 1.0, note,
             cells=Cells(("q · k",), looked_at, scores[None])),
        Step(f"{name}-scale", (), (), figures, off, 1.0, note,
             words=(("bias", "" if attention.bias is None else "yes"),),
             cells=Cells(tuple(r for r, _ in rows), looked_at, np.stack([v for _, v in rows]))),
    ]  # fmt: skip


def _softmax(name: str, attention: Attention, pos: int, head: int, looked_at: tuple[Token, ...]) -> Step:
    stages = stages_of(attention, head, [pos])
    exp, masked, weights = stages.exp[0], stages.masked[0], attention.weights[head, pos]
    off, size = difference(stages.weights[0], weights)
    seen = int(weights.argmax())
    values = np.stack([masked, exp, weights])
    figures = (("total", float(stages.total[0])), ("largest", float(stages.largest[0])), ("seen", seen),
               ("exp", float(exp[seen])), ("masked", float(masked[seen])), ("weight", float(weights[seen])),
               ("head", head),
               ("sum", float(weights.sum())),
               ("sink", 0.0 if attention.sinks is None else float(attention.sinks[head])))  # fmt: skip
    cells = Cells(("score", "exp", "weight"), looked_at, values)
    words = (("sink", "" if attention.sinks is None else "yes"),)
    return Step(f"{name}-softmax", (), (), figures, off, size, words=words, cells=cells)


def _weights(name: str, attention: Attention, pos: int, head: int, looked_at: tuple[Token, ...]) -> Step:
    note = "This family hands over its attention weights, and not the queries and keys that they come from."
    weights = attention.weights[head, pos]
    seen = int(weights.argmax())
    figures = (("seen", seen), ("weight", float(weights[seen])), ("head", head))
    return Step(f"{name}-weights", (), (), figures, note=note, cells=Cells(("weight",), looked_at, weights[None]))


def _mix(name: str, attention: Attention, pos: int, head: int, looked_at: tuple[Token, ...]) -> Step:
    assert attention.v is not None and attention.head_out is not None
    values, weights = attention.per_head(attention.v)[head], attention.weights[head, pos]
    off, size = difference(weights @ values, attention.head_out[head, pos])
    best = np.argsort(-weights, kind="stable")[:4]
    incoming = tuple(Strip(f"v of {looked_at[i].text} ({i})", "value", values[i]) for i in best if weights[i] > 0)
    figures = (("head", head), ("head_dim", values.shape[-1]), ("rest", float(1 - weights[best].sum())),
               *((f"weight {n}", float(weights[i])) for n, i in enumerate(best)))  # fmt: skip
    outgoing = (Strip("head", "attention", attention.head_out[head, pos]),)
    cells = Cells(("weight",), looked_at, weights[None])
    return Step(f"{name}-mix", incoming, outgoing, figures, off, size, cells=cells)


def _joined(model: LoadedModel, name: str, attention: Attention, projections: Projections, pos: int, head: int) -> Step:
    assert projections.out is not None
    _, off, size = product(model, projections.out, pos)
    entered = projections.out.entered[pos]
    return Step(
        f"{name}-out",
        incoming=(Strip("heads side by side", "attention", entered, attention.n_heads, head),),
        outgoing=(Strip("out", "attention", projections.out.left[pos]),),
        figures=(("n_heads", attention.n_heads), ("d_in", len(entered)), ("d_out", projections.out.left.shape[1])),
        difference=off,
        size=size,
    )
