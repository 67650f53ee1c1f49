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
class Projections:
    """What stands before and behind the heads of one attention."""

    q: Linear | None
    """(seq, n_heads · head_dim), before rotation and query norm."""
    k: Linear | None
    v: Linear | None
    """k, v: (seq, n_kv_heads · head_dim); of cross-attention over the source's positions."""
    out: Linear | None
    """From all heads side by side back to the stream's width."""


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
