"""What is kept of single layers when a walk asks for it: every step with what it was given and what it gave.

Weights are not here: ``hooks.weights_of`` gives them by reference, so that a trace stays as small as the text.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .arrays import Array, ReadOnly, frozen


@dataclass(frozen=True, eq=False)
class Norm(ReadOnly):
    """One norm of the stream: ``left = (entered − mean) / √(variance + ε) · scale + shift`` (Ba et al. 2016), or,
    of kind "rms", ``entered / √(mean square + ε) · scale`` (Zhang & Sennrich 2019)."""

    path: str
    """The module's path in the model."""
    kind: str
    """"layer" or "rms"."""
    entered: Array
    """(seq, d_model)."""
    left: Array
    """(seq, d_model)."""
    scale: Array
    """(d_model,): γ as it multiplies, 1 + weight in Gemma; ones where the norm has none."""
    shift: Array | None
    """(d_model,): β; None where the norm has none."""
    epsilon: float

    @property
    def mean(self) -> Array:
        """(seq, 1): zeros for "rms", which does not centre."""
        mean = self.entered.mean(-1, keepdims=True)
        return frozen(mean if self.kind == "layer" else np.zeros_like(mean))

    @property
    def spread(self) -> Array:
        """(seq, 1): the root that the centred vector is divided by."""
        centred = (self.entered - self.mean).astype(np.float64)
        return frozen(np.sqrt((centred**2).mean(-1, keepdims=True) + self.epsilon).astype(np.float32))

    @property
    def normalised(self) -> Array:
        """(seq, d_model): before scale and shift."""
        return frozen((self.entered - self.mean) / self.spread)


@dataclass(frozen=True, eq=False)
class Linear(ReadOnly):
    """One matrix product: ``left = entered @ weight + bias``; ``hooks.weights_of(model, linear)`` gives the two."""

    path: str
    entered: Array
    """(seq, d_in)."""
    left: Array
    """(seq, d_out)."""
    columns: tuple[int, ...] | None = None
    """Which columns of the module's own weight these are, where it holds several matrices (GPT-2's q, k and v)."""


@dataclass(frozen=True, eq=False)
class Rotation(ReadOnly):
    """Rotary positions (Su et al. 2021): a pair of columns (x, y) becomes (x·cos − y·sin, y·cos + x·sin)."""

    cos: Array
    """(seq, n_pairs): the cosine of each pair's angle at each position, times the family's own factor if it has one."""
    sin: Array
    """(seq, n_pairs)."""
    layout: str
    """Which columns are a pair: "halves" (i and i + n_pairs) or "pairs" (2i and 2i + 1)."""

    def turn(self, heads: Array) -> Array:
        """(n_heads, seq, head_dim), turned; columns behind the pairs stay as they are."""
        n = self.cos.shape[-1]
        halves = self.layout == "halves"
        first, second = (slice(0, n), slice(n, 2 * n)) if halves else (slice(0, 2 * n, 2), slice(1, 2 * n, 2))
        turned = np.array(heads)
        turned[..., first] = heads[..., first] * self.cos - heads[..., second] * self.sin
        turned[..., second] = heads[..., second] * self.cos + heads[..., first] * self.sin
        return frozen(turned)


@dataclass(frozen=True, eq=False)
class Projections:
    """What stands before and behind the heads of one attention."""

    q: Linear | None
    """(seq, n_heads · head_dim), before rotation and query norm."""
    k: Linear | None
    v: Linear | None
    """k, v: (seq, n_kv_heads · head_dim); of cross-attention over the source's positions."""
    out: Linear | None
    """From all heads side by side back to the stream's width."""
    q_norm: Norm | None = None
    """The norm of the projected queries, one row for each position and head (Qwen 3) or position (OLMo 2)."""
    k_norm: Norm | None = None
    q_scale: float = 1.0
    """What queries are multiplied by before they meet the keys (OPT)."""
    rotation: Rotation | None = None
    """Of queries and keys; None where position does not turn them, or in a way that is not known."""
    explained: bool = False
    """Whether norm, factor and rotation lead from the projections to ``Attention.q`` and ``Attention.k``."""


@dataclass(frozen=True, eq=False)
class Mlp(ReadOnly):
    """A feed-forward: ``pre → activation → post``, times ``up`` where it is gated, through ``down``."""

    first: Linear
    """Gives ``pre``: the up projection, or the gate's where it is gated."""
    up: Linear | None
    """The other branch of a gated feed-forward, which multiplies ``post``."""
    down: Linear
    activation: str
    """As transformers names its class or function: "NewGELUActivation", "SiLU", …"""
    pre: Array
    """(seq, d_mlp): what the activation is given."""
    post: Array
    """(seq, d_mlp): what it gives."""


@dataclass(frozen=True, eq=False)
class LayerDetail:
    """The steps inside one layer."""

    norms: tuple[Norm, ...]
    """Every norm of the stream's width, in the order in which they ran."""
    attention: Projections | None
    cross_attention: Projections | None
    mlp: Mlp | None
    notes: tuple[str, ...] = ()
    """Sentences: which steps this family does not hand over."""
