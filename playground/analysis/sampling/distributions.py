"""Figures of one distribution over the vocabulary."""

from __future__ import annotations

import numpy as np

from ...trace import Array


def softmax(logits: Array) -> Array:
    """exp(x) / sum(exp(x)) along the last axis, shifted by the maximum so that nothing overflows."""
    exp = np.exp(logits - logits.max(-1, keepdims=True))
    return exp / exp.sum(-1, keepdims=True)


def log_softmax(logits: Array) -> Array:
    """log of softmax, natural. Never below −1000 or so: a token that a model forbids (logit −∞) breaks no sum."""
    shifted = np.maximum(logits - logits.max(-1, keepdims=True), -1000.0)
    found: Array = shifted - np.log(np.exp(shifted).sum(-1, keepdims=True))
    return found


def entropy_bits(probs: Array) -> Array:
    """−Σ p·log2 p along the last axis, in bits (Shannon 1948); 0·log 0 counts as 0."""
    return -np.where(probs > 0, probs * np.log2(np.maximum(probs, np.finfo(np.float32).tiny)), 0).sum(-1)


def ranking(probs: Array, count: int) -> np.ndarray:
    """Ids of the ``count`` most probable tokens, most probable first; equal ones in the order of their ids."""
    count = min(count, len(probs))
    candidates = np.argpartition(-probs, count - 1)[:count] if count < len(probs) else np.arange(len(probs))
    return candidates[np.lexsort((candidates, -probs[candidates]))]


def rank_of(values: Array, token_id: int) -> int:
    """1 for the most probable token: one more than the number of those that have strictly more.

    ``values`` (vocab_size,) are probabilities, or logits, which have the same order.
    """
    return int((values > values[token_id]).sum()) + 1
