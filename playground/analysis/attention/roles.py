"""What heads do: one definition of each score, for the page's views and for whoever measures a model.

``head_scores`` measures the heads of one attention on the text that was run; ``role_scores`` all layers of a trace.
Two roles are measured in passes of their own (``roles_anew``).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ...trace import Array, Attention, BoolArray, Token, Trace
from .which import attentions, sides

if TYPE_CHECKING:
    from ...models import LoadedModel


@dataclass(frozen=True)
class Role:
    """One thing that a head may do, and how far it does it."""

    key: str
    title: str
    short: str
    """The title in a word or two, for small pictures."""
    target: str
    """Where it looks, as the end of "… go to": "the token before"; for a figure that is no share, its name."""
    definition: str
    """What the score is, in one sentence."""
    source: str
    unit: str = "share"
    """"share" (0 to 1), "bits" or "tokens"."""


ROLES: dict[str, Role] = {
    role.key: role
    for role in (
        Role("previous", "Previous token", "Previous token", "the token before",
             "Mean weight on the token before, over all tokens but the first.",
             "Clark et al. 2019; Voita et al. 2019, “positional heads”"),
        Role("next", "Next token", "Next token", "the token after",
             "Mean weight on the token after, over all tokens that may see it; a causal mask forbids it.",
             "Clark et al. 2019; Voita et al. 2019, “positional heads”"),
        Role("first", "First token", "First token", "the first token",
             "Mean weight on the very first token, over the tokens from the third on; a head often rests there when it "
             "has nothing to add (“attention sink”).",
             "Xiao et al. 2024; Clark et al. 2019 for [CLS]"),
        Role("itself", "Itself", "Itself", "the token itself",
             "Mean weight of a token on itself, over all tokens but the first.",
             "Clark et al. 2019"),
        Role("same", "Same token elsewhere", "Same token", "the same token elsewhere",
             "Mean weight on other places where the very same token stands, over the tokens that see one.",
             "Wang et al. 2023, “duplicate token heads”"),
        Role("induction", "Induction, on this text", "Induction", "what followed the same token before",
             "Mean weight on the tokens that followed earlier occurrences of a token, over the tokens that occurred "
             "before.",
             "Olsson et al. 2022"),
        Role("induction_random", "Induction, on random tokens", "Induction", "what followed the same token before",
             "The same on random tokens said twice, where only the repetition can help.",
             "Olsson et al. 2022"),
        Role("separators", "Separators and punctuation", "Punctuation", "separators and punctuation",
             "Mean weight on special tokens and punctuation, the first token and the token itself left out, over the "
             "tokens that see one.",
             "Clark et al. 2019"),
        Role("position_only", "By position only", "Position only", "the same places when the words change places",
             "How much of each row stays in its place when the text is shuffled: the sum of the smaller of both "
             "weights, over the tokens from the third on. Even attention scores high too: compare the entropy.",
             "after the “attention variability” of Vig and Belinkov 2019"),
        Role("entropy_bits", "Broad or sharp: entropy", "Entropy", "entropy",
             "Mean entropy of a token's weights, over all tokens but the first: 0 bits is one single token, 3 bits are "
             "as many choices as 8 tokens looked at evenly.",
             "Ghader and Monz 2017; Clark et al. 2019", "bits"),
        Role("distance", "Far or near: mean distance", "Distance", "mean distance",
             "Mean distance between a token and what it looks at, weighted by the attention, over all tokens but the "
             "first.",
             "Vig and Belinkov 2019", "tokens"),
    )
}  # fmt: skip
"""In the order in which people read them. Across two texts only ``ACROSS`` mean something."""
ACROSS = ("first", "separators", "entropy_bits")
MEASURED_ANEW = ("induction_random", "position_only")
"""Those that run the model again."""


@dataclass(frozen=True, eq=False)
class Score:
    """One role in the heads of one attention."""

    values: Array
    """(n_heads,): a mean weight, bits or tokens; NaN where no row of the text can show it."""
    n_rows: int
    """Rows that the mean is over."""


def head_scores(attention: Attention, tokens: Sequence[Token], only: Collection[str] | None = None) -> dict[str, Score]:
    """Every role that can be read off one attention of a text to itself, by key, measured on that text.

    Args:
        attention: square.
        tokens: (seq,) those that look and are looked at.
        only: keys of the roles that are wanted; None: all of them.
    """
    weights = np.asarray(attention.weights)
    n = len(tokens)
    if weights.shape[1:] != (n, n):
        raise ValueError(f"weights of shape {weights.shape} do not fit {n} tokens that look at each other")
    seen, place = visible(attention), np.arange(n)
    ids = np.array([token.token_id for token in tokens])
    later = place[:, None] > np.zeros(n, int)  # all rows but the first, which a causal head can look at nothing else
    targets = {
        "previous": place[:, None] - 1 == place,
        "next": place[:, None] + 1 == place,
        "first": (place[:, None] > 1) & (place == 0),
        "itself": later & (place[:, None] == place),
        "same": (ids[:, None] == ids) & (place[:, None] != place),
        "induction": induction_targets(ids),
        "separators": separators(tokens) & (place > 0) & (place[:, None] != place),
    }
    wanted = {*targets, "entropy_bits", "distance"} if only is None else only
    scores = {key: _mean_weight(weights, seen & target) for key, target in targets.items() if key in wanted}
    if "entropy_bits" in wanted:
        scores["entropy_bits"] = mean_of(_entropy(weights)[:, 1:])
    if "distance" in wanted:
        scores["distance"] = mean_of(_distance(weights)[:, 1:])
    return scores


def cross_scores(attention: Attention, columns: Sequence[Token]) -> dict[str, Score]:
    """The roles of ``ACROSS`` for an attention from one text to another: all rows count."""
    weights = np.asarray(attention.weights)
    shape = weights.shape[1:]
    first = np.broadcast_to(np.arange(shape[1]) == 0, shape)
    stops = np.broadcast_to(separators(columns) & ~first[0], shape)
    return {
        "first": _mean_weight(weights, first),
        "separators": _mean_weight(weights, stops),
        "entropy_bits": mean_of(_entropy(weights)),
    }


def visible(attention: Attention) -> BoolArray:
    """(query, key): where the mask lets a row look. Of families that do not hand over their mask, where any head
    looks."""
    if attention.allowed is not None:
        return np.asarray(attention.allowed)
    if attention.q is not None:
        return np.ones(attention.weights.shape[1:], dtype=bool)
    return np.asarray(attention.weights.max(0) > 0)


def separators(tokens: Sequence[Token]) -> np.ndarray:
    """(seq,) bool: special tokens, and those of nothing but punctuation."""
    return np.array([token.special or _punctuation(token.text) for token in tokens], dtype=bool)


def _punctuation(text: str) -> bool:
    letters = [c for c in text if c not in " ␣"]
    return bool(letters) and all(unicodedata.category(c).startswith("P") for c in letters)


def induction_targets(token_ids: Sequence[int] | np.ndarray) -> np.ndarray:
    """(query, key) bool: key stands right after an earlier occurrence of the query's token, and is another token: in
    "word word word" every key would qualify, and nothing be said."""
    ids = np.asarray(token_ids)
    same = ids[:, None] == ids[None, :]
    earlier = np.tril(same, k=-1)
    targets = np.zeros_like(same)
    targets[:, 1:] = earlier[:, :-1]
    # The token before the query cannot be "what followed" unless it lies strictly before the query.
    return targets & np.tril(np.ones_like(same), k=-1) & ~same


def _mean_weight(weights: np.ndarray, targets: np.ndarray) -> Score:
    """Mean over the rows that have a target, of the weight on all their targets."""
    n_rows = int(targets.any(-1).sum())
    if not n_rows:
        return Score(np.full(len(weights), np.nan, np.float32), 0)
    queries, keys = np.nonzero(targets)  # most roles have few targets: a long text is measured quickly so
    return Score((weights[:, queries, keys].sum(-1) / n_rows).astype(np.float32), n_rows)


def mean_of(rows: np.ndarray) -> Score:
    """Mean over the rows (n_heads, n_rows) of each head."""
    n_rows = rows.shape[1]
    values = rows.mean(-1) if n_rows else np.full(len(rows), np.nan)
    return Score(values.astype(np.float32), n_rows)


def _shares(weights: np.ndarray) -> np.ndarray:
    """Rows that sum to 1, also where an attention sink of the model's own takes part of them."""
    total = weights.sum(-1, keepdims=True)
    return np.divide(weights, total, out=np.zeros_like(weights), where=total > 0)


def _entropy(weights: np.ndarray) -> np.ndarray:
    """(n_heads, query) in bits."""
    shares = _shares(weights)
    return -(shares * np.log2(shares, out=np.zeros_like(shares), where=shares > 0)).sum(-1)


def _distance(weights: np.ndarray) -> np.ndarray:
    """(n_heads, query) in tokens."""
    place = np.arange(weights.shape[-1], dtype=np.float32)
    return (_shares(weights) * np.abs(place[:, None] - place)).sum(-1)


# All layers


@dataclass(frozen=True, eq=False)
class RoleScores:
    """Every role of every head of one kind of attention."""

    values: Mapping[str, Array]
    """Role's key → (n_layers, n_heads); NaN where a text cannot show it, and where a layer has fewer heads."""
    n_rows: Mapping[str, int]
    """Role's key → rows of the text that the means are over; 0: the text cannot show it."""


def role_scores(trace: Trace, kind: str = "self") -> RoleScores:
    """The roles of all heads on the text of a trace.

    Args:
        trace: any.
        kind: "self", "cross" or "encoder".

    Raises:
        PlaygroundError: the trace has none of this kind.
    """
    rows, columns = sides(trace, kind)
    layers = attentions(trace, kind)
    return gathered([cross_scores(a, columns) if kind == "cross" else head_scores(a, rows) for a in layers])


def gathered(layers: Sequence[Mapping[str, Score]]) -> RoleScores:
    """Scores of the layers, one below the other."""
    n_heads = max((len(score.values) for layer in layers for score in layer.values()), default=0)
    values = {}
    for key in layers[0]:
        values[key] = np.full((len(layers), n_heads), np.nan, np.float32)
        for row, layer in zip(values[key], layers, strict=True):
            row[: len(layer[key].values)] = layer[key].values
    return RoleScores(values, {key: max(layer[key].n_rows for layer in layers) for key in layers[0]})


# As the engine asks for them


def roles_of(model: LoadedModel, trace: Trace, kind: str) -> RoleScores:
    """``role_scores``: the model is not needed."""
    return role_scores(trace, kind)
