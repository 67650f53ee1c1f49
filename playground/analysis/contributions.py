"""A logit, or the difference of two, as a sum of what the parts of the model wrote: for one token at one place.

The numbers are those of ``attribution``; here they are named, set against another token, and gathered by layer.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..models import LoadedModel
from ..trace import Array, Trace
from .attribution import Attribution, Part, direct_logit_attribution
from .sampling import rank_of, softmax
from .typed import TypedToken, typed_token

NAMES = {
    "embedding": "embedding", "position": "position", "token type": "segment", "head": "head",
    "cross head": "cross head", "attention": "attention", "cross-attention": "cross-attention", "mixer": "mixer",
    "mlp": "feed-forward", "bias": "biases",
}  # fmt: skip
"""Kind of a part → what people read."""


@dataclass(frozen=True)
class Share:
    """One bar: a part, or several of them together."""

    label: str
    value: float
    kind: str
    """A kind of ``attribution.Part``; "attention" for the heads of a layer together, "rest" for all that is left."""
    layer: int | None = None
    head: int | None = None


@dataclass(frozen=True, eq=False)
class Contributions:
    """What every part adds to a token's logit, or to its lead over another token."""

    token: TypedToken
    against: TypedToken | None
    pos: int
    probs: tuple[float, ...]
    """Probability of the token, and of the other one."""
    rank: int
    """Of the token; 1 is the most probable."""
    parts: tuple[Part, ...]
    values: Array
    """(n_parts,), float64."""
    total: float
    """The model's own logit, or the difference of its two logits."""
    heads: Array
    """(n_layers, n_heads); nan where heads are not known one by one."""
    cross_heads: Array
    """The same of cross-attention; (n_layers, 0) where there is none."""

    @property
    def gap(self) -> float:
        """|sum of the parts − the model's own number|."""
        return abs(float(self.values.sum()) - self.total)

    def largest(self, count: int) -> list[Share]:
        """The parts with the largest |value|, largest first, and the others together."""
        order = np.argsort(-np.abs(self.values), kind="stable")
        found = [_share(self.parts[i], float(self.values[i])) for i in order[:count]]
        rest = order[count:]
        if len(rest):
            found.append(Share(f"{len(rest):,} others", float(self.values[rest].sum()), "rest"))
        return found

    def on_the_way(self) -> list[Share]:
        """In the order in which they are added, the heads of a layer together."""
        found: list[Share] = []
        for part, value in zip(self.parts, self.values.tolist(), strict=True):
            kind = {"head": "attention", "cross head": "cross-attention"}.get(part.kind, part.kind)
            same = found and (found[-1].kind, found[-1].layer) == (kind, part.layer)
            before = found.pop().value if same else 0.0
            found.append(_share(Part(kind, part.layer), before + value))
        return found


def _share(part: Part, value: float) -> Share:
    place = "" if part.layer is None else f" {part.layer}" if part.head is None else f" {part.layer}.{part.head}"
    return Share(NAMES[part.kind] + place, value, part.kind, part.layer, part.head)


def contributions(model: LoadedModel, trace: Trace, pos: int, word: str = "", against: str = "") -> Contributions:
    """Takes the logit of a token apart.

    Args:
        model: that the trace was captured from.
        trace: any.
        pos: position whose answer is asked for.
        word: a typed token; "": the most probable one.
        against: another, whose parts are subtracted; "": none.

    Raises:
        PlaygroundError: see ``direct_logit_attribution`` and ``typed_token``.
    """
    from .. import tokens as tokens_of

    best = int(trace.logits[pos].argmax())
    token = typed_token(model, word) if word.strip() else None
    token = token or TypedToken(best, tokens_of.vocabulary(model.tokenizer, [best])[0], "")
    other = typed_token(model, against) if against.strip() else None
    first = direct_logit_attribution(model, trace, pos, token.token_id)
    second = direct_logit_attribution(model, trace, pos, other.token_id) if other else None
    found = [one for one in (first, second) if one is not None]
    logits = trace.logits[pos]
    probs = softmax(logits[None])[0]
    n_layers = len(trace.layers)
    return Contributions(
        token=token,
        against=other,
        pos=pos,
        probs=tuple(float(probs[t.token_id]) for t in (token, other) if t is not None),
        rank=rank_of(logits, token.token_id),
        parts=first.parts,
        values=_minus(first.values.astype(np.float64), None if second is None else second.values),
        total=first.logit - (second.logit if second else 0.0),
        heads=_minus(*(_heads(one, "head", n_layers) for one in found)),
        cross_heads=_minus(*(_heads(one, "cross head", n_layers) for one in found)),
    )


def _minus(first: Array, second: Array | None = None) -> Array:
    return first if second is None else first - second


def _heads(found: Attribution, kind: str, n_layers: int) -> Array:
    heads = found.heads(kind)
    whole = np.full((n_layers, heads.shape[1]), np.nan, np.float32)
    whole[: len(heads)] = heads
    return whole
