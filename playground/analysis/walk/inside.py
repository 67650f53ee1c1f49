"""One layer of each tower with its inner steps: a second pass over the same tokens, which keeps them."""

from __future__ import annotations

from dataclasses import dataclass

from ...hooks import capture
from ...models import LoadedModel
from ...trace import Layer, Norm, Stack, Trace


@dataclass(frozen=True, eq=False)
class Tower:
    """One layer of a tower, and the norms below and above all layers."""

    layer: Layer | None
    """None where the tower has fewer layers."""
    first: Norm | None
    last: Norm | None


@dataclass(frozen=True, eq=False)
class Inside:
    """What ``capture(…, detail=number)`` gives beyond a plain trace, without the trace."""

    number: int
    main: Tower
    """The only tower, or the decoder."""
    encoder: Tower | None


def inside_layer(model: LoadedModel, trace: Trace, number: int) -> Inside:
    """Runs the tokens of a trace again and keeps the steps inside one layer of each tower.

    Raises:
        PlaygroundError: there is no such layer; see ``capture``.
    """
    own = [token.token_id for token in trace.tokens]
    source = [token.token_id for token in trace.encoder.tokens] if trace.encoder is not None else None
    again = capture(model, source or own, own if source else None, changes=trace.changes, detail=number)
    return Inside(number, _tower(again, number), _tower(again.encoder, number) if again.encoder is not None else None)


def _tower(stack: Stack, number: int) -> Tower:
    layer = stack.layers[number] if number < len(stack.layers) else None
    return Tower(layer, stack.embed_norm, stack.final_norm)
