"""What a prompt makes the model expect: the next-token (or masked-token) distribution, two prompts compared."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..errors import PlaygroundError
from ..trace import Array, Trace
from .sampling import entropy_bits, softmax


@dataclass(frozen=True, eq=False)
class Expectation:
    """The model's own distribution at the place where it has to say something."""

    pos: int
    """Position in the trace: the last one, an encoder's (first) mask, an encoder–decoder's start token."""
    logits: Array
    """(vocab_size,)."""
    probs: Array
    """(vocab_size,)."""
    entropy_bits: float


def expectation(trace: Trace, mask_id: int | None = None) -> Expectation:
    """The distribution that the next token is drawn from: after the last token; for an encoder–decoder, after the start
    token, where its answer begins; for an encoder, at its first mask.

    Args:
        trace: the forward pass.
        mask_id: an encoder's mask token; None for models that continue text.

    Raises:
        PlaygroundError: an encoder's text has no mask.
    """
    pos = len(trace.tokens) - 1 if trace.encoder is None else 0
    if mask_id is not None:
        masks = [i for i, token in enumerate(trace.tokens) if token.token_id == mask_id]
        if not masks:
            raise PlaygroundError(
                "This encoder-only model fills in masks, and the text has none. Put its mask token where a word is "
                "missing."
            )
        pos = masks[0]
    logits = trace.logits[pos]
    probs = softmax(logits)
    return Expectation(pos, logits, probs, float(entropy_bits(probs)))


def divergence_bits(p: Array, q: Array) -> float:
    """Jensen–Shannon divergence of two distributions in bits (Lin 1991): 0 for equal, 1 for disjoint ones."""
    middle = (p + q) / 2

    def relative(a: Array) -> float:
        some = a > 0
        return float((a[some] * np.log2(a[some] / middle[some])).sum())

    return max(0.0, (relative(p) + relative(q)) / 2)
