"""Two runs whose answers can be compared place by place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..errors import PlaygroundError
from ..models import LoadedModel
from ..trace import Array, Stack, Trace

LEAST_DIFFERENCE = 0.02
"""Of the two runs' logit differences, in nats: less than this cannot be said to be recovered."""


@dataclass(frozen=True, eq=False)
class Runs:
    """Two runs of as many tokens, and what is compared between them."""

    clean: Trace
    corrupt: Trace
    pos: int
    clean_id: int
    corrupt_id: int

    @property
    def differences(self) -> tuple[float, float]:
        """Logit of the clean answer less that of the corrupt one, in each run."""
        clean, corrupt = (self.difference(run.logits[self.pos]) for run in (self.clean, self.corrupt))
        return clean, corrupt

    def difference(self, logits: Array) -> float:
        """Logit of the clean answer less that of the corrupt one."""
        return float(logits[self.clean_id] - logits[self.corrupt_id])

    def recovered(self, logits: Array) -> float:
        """0 where the difference is the corrupt run's, 1 where it is the clean one's."""
        clean, corrupt = self.differences
        return (self.difference(logits) - corrupt) / (clean - corrupt)


def compared(
    model: LoadedModel,
    clean: Trace,
    corrupt: Trace,
    pos: int = -1,
    clean_id: int | None = None,
    corrupt_id: int | None = None,
    *,
    encoder: bool = False,
) -> Runs:
    """Two runs whose answers can be compared place by place.

    Args:
        model: of both runs.
        clean: whose values are put in.
        corrupt: the run that they are put into.
        pos: position whose answers are compared.
        clean_id: answer to the clean text; None: the most probable token there. ``corrupt_id`` likewise.
        encoder: the encoder of an encoder–decoder is patched.

    Raises:
        PlaygroundError: the texts differ in length, or not in their answer, or hardly.
    """
    _same_length(stack_of(model, clean, encoder), stack_of(model, corrupt, encoder))
    pos = range(len(clean))[pos]
    ids = _answers((clean, corrupt), pos, (clean_id, corrupt_id))
    found = Runs(clean, corrupt, pos, *ids)
    if abs(found.differences[0] - found.differences[1]) < LEAST_DIFFERENCE:
        raise PlaygroundError(
            "The two texts give nearly the same answer, so nothing can be seen to come back. Choose texts that end "
            "differently."
        )
    return found


def stack_of(model: LoadedModel, run: Trace, inside: bool) -> Stack:
    """The tower that is patched: of an encoder–decoder the encoder where ``inside``, else the one that answers.

    Raises:
        PlaygroundError: the model has no such tower, or its residual stream is not known in this family.
    """
    stack = run.encoder if inside else run
    if stack is None or not stack.layers:
        where = "an encoder whose stream is known" if inside else "a stream that is known"
        raise PlaygroundError(f"{model.info.id} has not {where}. Choose another model.")
    return stack


def _same_length(clean: Stack, corrupt: Stack) -> None:
    """Raises where the texts differ in length, and names the tokens where they part."""
    if len(clean) == len(corrupt):
        return
    ids = [[token.token_id for token in stack.tokens] for stack in (clean, corrupt)]
    at = _n_alike(*ids)
    behind = _n_alike(ids[0][at:][::-1], ids[1][at:][::-1])
    parted = [stack.tokens[at : len(stack) - behind] for stack in (clean, corrupt)]
    words = ["".join(token.text for token in tokens[:6]) or "nothing" for tokens in parted]
    counts = [
        f"“{word}” ({len(tokens)} token{'' if len(tokens) == 1 else 's'})"
        for word, tokens in zip(words, parted, strict=True)
    ]
    raise PlaygroundError(
        f"The texts have {len(clean)} and {len(corrupt)} tokens; places can only be exchanged between texts of equal "
        f"length. They part at token {at}: {counts[0]} and {counts[1]}. Exchange words for words of as many tokens."
    )


def _n_alike(first: Sequence[int], second: Sequence[int]) -> int:
    """How many items two sequences share at their beginning."""
    pairs = zip(first, second, strict=False)
    return next((n for n, (a, b) in enumerate(pairs) if a != b), min(len(first), len(second)))


def _answers(runs: Sequence[Trace], pos: int, wanted: tuple[int | None, int | None]) -> tuple[int, int]:
    found = [int(run.logits[pos].argmax()) if own is None else own for run, own in zip(runs, wanted, strict=True)]
    if found[0] == found[1]:
        raise PlaygroundError(
            "Both texts have the same answer, so nothing can be seen to come back. Choose texts that end differently, "
            "or name two answers."
        )
    return found[0], found[1]
