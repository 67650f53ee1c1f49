"""Where the model looked at each step while a text was written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ...errors import PlaygroundError
from ...trace import Array, Token, Trace
from .which import attentions

if TYPE_CHECKING:
    from ...models import LoadedModel

TO_COME = Token(-1, "…", "…", None, False)
"""Stands for the next token while none is written yet."""


@dataclass(frozen=True, eq=False)
class WrittenLooks:
    """The attention of every step at which a token was written."""

    kind: str
    """"self" or "cross"."""
    rows: tuple[Token, ...]
    """The written tokens; ``TO_COME`` alone where there is none yet."""
    columns: tuple[Token, ...]
    """What was there to look at in the last step: prompt and written tokens, or the source."""
    weights: tuple[Array, ...]
    """For each layer (n_heads, row, column): what the step that wrote the row's token put on each column; 0 where the
    column was not written yet."""
    n_prompt: int
    """Columns that stood there first."""

    @property
    def seen(self) -> np.ndarray:
        """(row, column) bool: the column was there when the row's token was written."""
        shape = len(self.rows), len(self.columns)
        if self.kind == "cross":
            return np.ones(shape, dtype=bool)
        return np.tri(*shape, k=self.n_prompt - 1, dtype=bool)


def looks_while_writing(model: LoadedModel, trace: Trace, written: Sequence[int], kind: str = "self") -> WrittenLooks:
    """The attention of each step of a text that was written behind a trace's text, or as its translation.

    A token is written by the position before it, and in a causal model that position sees the same in one pass over
    the whole text as in the step itself: so one pass gives all steps.

    Args:
        model: a decoder or an encoder–decoder.
        trace: of the prompt (an encoder–decoder's source; its target is left out).
        written: ids of the written tokens, in their order.
        kind: "self" or "cross".

    Raises:
        PlaygroundError: the model hands over no attention of this kind, later positions change what earlier ones see,
            or the text is too long for one pass.
    """
    from ...hooks import capture, decoder_start, token_ids
    from ...tokens import describe

    if kind == "encoder":
        raise PlaygroundError(
            "The encoder has read the whole source before the first word is written, so its attention does not grow. "
            "Choose another kind of attention."
        )
    source, target = token_ids(trace)
    before = source if target is None else [decoder_start(model)]
    ids = [*before, *written[:-1]]  # the last written token has not been read by anyone
    if target is None:
        seen = trace if len(ids) == len(before) else capture(model, ids)  # nothing but the prompt has been read yet
    else:
        seen = capture(model, source, ids)
    layers = attentions(seen, kind)
    n, m = len(before), max(1, len(written))
    if any(np.triu(attention.weights[0], 1).any() for attention in attentions(seen, "self")):
        raise PlaygroundError(
            "In this model later tokens change what earlier ones look at, so the steps cannot be told apart afterwards."
        )
    steps = slice(n - 1, n - 1 + m)
    if kind == "cross":
        columns = trace.encoder.tokens if trace.encoder is not None else ()
        weights = tuple(np.asarray(attention.weights[:, steps]) for attention in layers)
    else:
        columns = (*(trace.tokens if target is None else seen.tokens[:n]), *seen.tokens[n:])
        weights = tuple(np.asarray(attention.weights[:, steps]) for attention in layers)
    rows = describe(model.tokenizer, list(written)) if written else (TO_COME,)
    return WrittenLooks(kind, tuple(rows), columns, weights, n)
