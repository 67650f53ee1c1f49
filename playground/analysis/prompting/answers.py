"""What a prompt makes the model expect: the next-token distribution, or a masked token's."""

from __future__ import annotations

from dataclasses import dataclass

from ...errors import PlaygroundError
from ...trace import Array, Trace
from ..sampling import entropy_bits, softmax


@dataclass(frozen=True, eq=False)
class Expectation:
    """The model's own distribution at a place where it has to say something."""

    pos: int
    """Position in the trace: the last one, an encoder's mask, an encoder–decoder's start token."""
    logits: Array
    """(vocab_size,)."""
    probs: Array
    """(vocab_size,)."""
    entropy_bits: float


def answer_positions(trace: Trace, mask_id: int | None = None) -> tuple[int, ...]:
    """Where the model has to say something: after the last token; for an encoder–decoder, after the start token, where
    its answer begins; for an encoder, at each of its masks.

    Args:
        trace: the forward pass.
        mask_id: an encoder's mask token; None for models that continue text.

    Raises:
        PlaygroundError: an encoder's text has no mask.
    """
    if mask_id is None:
        return (len(trace.tokens) - 1 if trace.encoder is None else 0,)
    masks = tuple(i for i, token in enumerate(trace.tokens) if token.token_id == mask_id)
    if not masks:
        raise PlaygroundError(
            "This encoder-only model fills in masks, and the text has none. Put its mask token where a word is missing."
        )
    return masks


def expectations(trace: Trace, mask_id: int | None = None) -> tuple[Expectation, ...]:
    """The distributions at ``answer_positions``. Several masks are answered in one pass: each of them while the others
    are still hidden.

    Raises:
        PlaygroundError: an encoder's text has no mask.
    """
    return tuple(at_position(trace, pos) for pos in answer_positions(trace, mask_id))


def expectation(trace: Trace, mask_id: int | None = None) -> Expectation:
    """The first of ``expectations``."""
    return at_position(trace, answer_positions(trace, mask_id)[0])


def at_position(trace: Trace, pos: int) -> Expectation:
    """The distribution that the logits of a position stand for."""
    logits = trace.logits[pos]
    probs = softmax(logits)
    return Expectation(pos, logits, probs, float(entropy_bits(probs)))
