"""All steps at one token, in the model's own order: below the first layer, inside one layer, above the last."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ...hooks.parts import StackParts
from ...models import LoadedModel
from ...trace import Stack, Token, Trace
from .attending import attention_steps
from .entry import entry_steps, parts_of
from .feed_forward import mlp_steps
from .inside import Inside, Tower
from .machine import Machine
from .onward import tokens_step, write_step
from .order import Sublayer, sublayers
from .pieces import norm_step, sum_step
from .records import SOURCE, Onward, Ranking, Step, Strip, difference
from .way_out import exit_steps, ranked


@dataclass(frozen=True, eq=False)
class WayOut:
    """What stands above the last layer of the last tower, whichever layer and head are walked through."""

    steps: tuple[Step, ...]
    answers: Ranking
    """What the model answers at the chosen token of the trace."""
    onward: Onward
    """What is written there."""


@dataclass(frozen=True, eq=False)
class Walk:
    """A walk through the forward pass at one token."""

    machine: Machine
    steps: tuple[Step, ...]
    """Of one tower: below its first layer, inside one layer, above the last."""
    out: WayOut


def way_out_at(model: LoadedModel, trace: Trace, inside: Inside, pos: int) -> WayOut:
    """The steps from the last layer to the next round, at one token of the trace."""
    answers, last = ranked(model, trace, pos), write_step(model, trace, pos)
    assert last.onward is not None
    return WayOut((*exit_steps(model, trace, inside.main.last, pos, answers), last), answers, last.onward)


def steps_at(
    model: LoadedModel, trace: Trace, inside: Inside, pos: int, head: int, *, encoder: bool = False
) -> tuple[Step, ...]:
    """The whole walk at one token, with the steps of one layer.

    Args:
        model: of the trace.
        trace: the forward pass.
        inside: the layer that is walked through.
        pos: a position of the trace's tokens; of its encoder's with ``encoder``.
        head: which head is followed through attention; more than a layer has mean its last.
        encoder: the tower of the source, of an encoder–decoder.

    Returns:
        Steps with unique names; those of the encoder's tower begin with ``SOURCE``.
    """
    way_in = way_in_at(model, trace, inside, pos, head, encoder=encoder)
    return way_in if encoder else (*way_in, *way_out_at(model, trace, inside, pos).steps)


def way_in_at(
    model: LoadedModel, trace: Trace, inside: Inside, pos: int, head: int, *, encoder: bool = False
) -> tuple[Step, ...]:
    """The same without the way out: below the first layer and inside one; of an encoder's tower all there are."""
    if not encoder:
        return (
            tokens_step(model, trace, pos, started=trace.encoder is not None),
            *below_and_inside(model, trace, trace, inside.main, inside.number, pos, head, encoder=False),
        )
    assert trace.encoder is not None and inside.encoder is not None
    steps = [tokens_step(model, trace.encoder, pos)]
    steps += below_and_inside(model, trace, trace.encoder, inside.encoder, inside.number, pos, head, encoder=True)
    if inside.encoder.last is not None:
        steps.append(norm_step("final-norm", inside.encoder.last, pos))
    return tuple(replace(step, name=SOURCE + step.name) for step in steps)


def below_and_inside(
    model: LoadedModel, trace: Trace, stack: Stack, tower: Tower, number: int, pos: int, head: int, *, encoder: bool
) -> list[Step]:
    """The steps of a tower without its way out."""
    parts = parts_of(model, encoder=encoder)
    steps = entry_steps(model, parts, stack, tower, pos)
    source = trace.encoder.tokens if trace.encoder is not None and not encoder else ()
    if tower.layer is not None:
        for sublayer in layer_parts(parts, tower, number):
            steps += sublayer_steps(model, sublayer, pos, head, source if sublayer.name == "cross" else stack.tokens)
    return steps


def layer_parts(parts: StackParts, tower: Tower, number: int) -> tuple[Sublayer, ...]:
    """The sublayers of the layer that is walked through."""
    return () if tower.layer is None else sublayers(tower.layer, parts.layers[number])


def sublayer_steps(
    model: LoadedModel, sublayer: Sublayer, pos: int, head: int, looked_at: tuple[Token, ...]
) -> list[Step]:
    """From the stream through one sublayer back to the stream."""
    name = sublayer.name
    steps = [norm_step(f"{name}-norm", sublayer.before, pos)] if sublayer.before is not None else []
    if name == "mlp":
        steps += mlp_steps(model, sublayer, pos)
    else:
        most = sublayer.attention.n_heads - 1 if sublayer.attention is not None else 0
        steps += attention_steps(model, sublayer, pos, max(0, min(head, most)), looked_at)
    if sublayer.behind is not None:
        steps.append(norm_step(f"{name}-behind", sublayer.behind, pos))
    if sublayer.left is not None:
        steps.append(_added(sublayer, pos))
    if sublayer.after is not None:
        steps.append(norm_step(f"{name}-after", sublayer.after, pos))
    return steps


def _added(sublayer: Sublayer, pos: int) -> Step:
    """Back into the stream. Where a norm follows the sum, the sum is what the norm was given."""
    assert sublayer.left is not None
    role = "mlp" if sublayer.name == "mlp" else "attention"
    parts = [Strip("stream", "residual", sublayer.stream[pos])]
    if sublayer.beside is not None:
        parts.append(Strip("attention", "attention", sublayer.beside[pos]))
    parts.append(Strip("added", role, sublayer.added[pos]))
    total = sublayer.after.entered if sublayer.after is not None else sublayer.left
    step = sum_step(f"{sublayer.name}-add", parts, total[pos], sublayer.scale)
    ours = np.sum([part.values for part in parts], axis=0)
    if difference(ours, total[pos])[0] <= 1e-4 * max(1.0, step.size):
        return step
    return replace(step, difference=None, note="More than this is added here in this family; the rest is not known.")
