"""One forward pass: tokens, attention, layers, towers."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from .arrays import Array, BoolArray, ReadOnly, frozen
from .changes import Change
from .detail import LayerDetail, Norm


@dataclass(frozen=True)
class Token:
    """One token as it was fed to the model."""

    token_id: int
    piece: str
    """The vocabulary's own spelling, such as ``Ġcat``."""
    text: str
    """What people see, with visible spaces: ``␣cat``."""
    span: tuple[int, int] | None
    """Characters ``[start, end)`` of the text; None for a token that the tokenizer added."""
    special: bool
    n_bytes: int = 0
    """Bytes of UTF-8 that the token stands for."""


@dataclass(frozen=True, eq=False)
class Attention(ReadOnly):
    """One attention of one layer. ``scores → scaled → masked → weights`` are steps of one computation.

    q, k and v are None for families that do not hand them over; then the steps before ``weights`` are None too.
    """

    weights: Array
    """(n_heads, query, key); each row sums to 1."""
    q: Array | None = None
    """(n_heads, query, head_dim), after rotary positions and query norm, as it meets the keys."""
    k: Array | None = None
    """(n_kv_heads, key, head_dim), after rotary positions and key norm."""
    v: Array | None = None
    """(n_kv_heads, key, head_dim)."""
    head_out: Array | None = None
    """(n_heads, query, head_dim): weights · v, before the output projection."""
    scaling: float | None = None
    """What q·k is multiplied by, usually 1/√head_dim; T5 uses 1."""
    bias: Array | None = None
    """(n_heads or 1, query, key): added to the scaled scores (T5's relative positions)."""
    allowed: BoolArray | None = None
    """(query, key): False where the mask forbids looking; None when nothing is forbidden."""
    softcap: float | None = None
    """Gemma 2: scaled scores pass through ``cap · tanh(x / cap)``."""
    sinks: Array | None = None
    """(n_heads,): learned logits of an extra, empty column that takes part in the softmax (GPT-OSS). Rows of
    ``weights`` then sum to less than 1."""

    @property
    def n_heads(self) -> int:
        """Number of query heads."""
        return self.weights.shape[0]

    def per_head(self, states: Array) -> Array:
        """k or v repeated so that every query head has its own: (n_heads, key, head_dim)."""
        return states.repeat(self.n_heads // states.shape[0], axis=0)

    # Recomputed each time: kept, these three would outweigh the rest of the trace.

    @property
    def scores(self) -> Array | None:
        """(n_heads, query, key): the plain dot products q·k."""
        if self.q is None or self.k is None:
            return None
        return frozen(self.q @ self.per_head(self.k).transpose(0, 2, 1))

    @property
    def scaled(self) -> Array | None:
        """(n_heads, query, key): scores · scaling, soft-capped where the model does that."""
        scores = self.scores
        if scores is None or self.scaling is None:
            return None
        scaled = scores * np.float32(self.scaling)
        if self.softcap is not None:
            scaled = np.tanh(scaled / self.softcap) * self.softcap
        return frozen(scaled.astype(np.float32))

    @property
    def masked(self) -> Array | None:
        """(n_heads, query, key): scaled + bias, −inf where the mask forbids looking; softmax of it is ``weights``."""
        scaled = self.scaled
        if scaled is None:
            return None
        biased = scaled if self.bias is None else scaled + self.bias
        return frozen(biased if self.allowed is None else np.where(self.allowed, biased, -np.inf).astype(np.float32))


@dataclass(frozen=True, eq=False)
class Layer(ReadOnly):
    """One block: the residual stream before and after it, and what was added on the way. All (seq, d_model).

    Pre-norm families: ``resid_pre + attn_out (+ cross_out) + mlp_out == resid_post``. Post-norm families normalise
    after each addition: ``norm(resid_pre + attn_out) == resid_mid``, ``norm(resid_mid + mlp_out) == resid_post``.
    """

    resid_pre: Array
    resid_post: Array
    attn_out: Array | None = None
    cross_out: Array | None = None
    mlp_out: Array | None = None
    resid_mid: Array | None = None
    """After self-attention was added; None when attention and MLP run in parallel."""
    resid_mid_cross: Array | None = None
    """After cross-attention was added; None without cross-attention."""
    attention: Attention | None = None
    cross_attention: Attention | None = None
    detail: LayerDetail | None = None
    """The steps inside; only when ``capture`` was asked for this layer's."""


@dataclass(frozen=True, eq=False)
class Stack(ReadOnly):
    """A tower of layers over one sequence: a decoder, or the encoder of an encoder–decoder."""

    tokens: tuple[Token, ...]
    layers: tuple[Layer, ...]
    embeddings: Array | None
    """(seq, d_model): the token rows as they are added, scaled where the model scales them."""
    positions: Array | None
    """(seq, d_model): what the position adds; None where position enters inside attention."""
    token_types: Array | None
    """(seq, d_model): BERT's sentence-A/B row; None elsewhere."""
    final: Array | None
    """(seq, d_model): the last vector, after the final norm where there is one."""
    embed_norm: Norm | None = field(default=None, kw_only=True)
    """The norm before the first layer (BERT); only when ``capture`` was asked for detail, as ``final_norm``."""
    final_norm: Norm | None = field(default=None, kw_only=True)

    def __len__(self) -> int:
        return len(self.tokens)


@dataclass(frozen=True, eq=False)
class Trace(Stack):
    """One forward pass. For an encoder–decoder this is the decoder's stack, ``encoder`` holds the source's."""

    logits: Array
    """(seq, vocab_size): the model's own, untouched."""
    model_id: str
    text: str
    """What was typed (an encoder–decoder's source)."""
    target: str | None
    """An encoder–decoder's target text, typed or generated."""
    encoder: Stack | None
    post_norm: bool
    """True when the family normalises after adding (BERT, the original transformer)."""
    forward_ms: float
    """Wall-clock milliseconds of the forward pass."""
    missing: tuple[str, ...] = ()
    """Sentences: what this family does not hand over."""
    notes: tuple[str, ...] = ()
    """Sentences: how the model's parts were found, where no row of ``architectures`` describes them."""
    changes: tuple[Change, ...] = ()
    """What was changed in the model for this pass; empty for the model as it is."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if len(self.logits) != len(self.tokens):
            raise ValueError(f"logits have {len(self.logits)} rows for {len(self.tokens)} tokens")
        for i, layer in enumerate(self.layers):
            if len(layer.resid_post) != len(self.tokens):
                raise ValueError(f"layer {i} has {len(layer.resid_post)} positions for {len(self.tokens)} tokens")
