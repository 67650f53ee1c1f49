"""What is read out of a prompt's run: guesses of every layer, attention, laws, the steps inside a layer."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from .. import models
from ..trace import Trace
from . import work
from .work import Prompt, analysed, line, trace

if TYPE_CHECKING:
    from ..analysis.attention import AttentionMaps
    from ..analysis.attention.steps import HeadSteps
    from ..analysis.lens import Lens
    from ..analysis.walk import Inside, Walk
    from ..hooks import Laws
    from ..models import LoadedModel

Value = TypeVar("Value")
LONG = 512
"""Tokens from which on a view does without a second pass that keeps inner steps."""


def logit_lens(prompt: Prompt) -> Lens:
    """The read-out of every layer of a prompt's trace.

    Raises:
        PlaygroundError: the family's way out is not described.
    """
    from ..analysis.lens import logit_lens as read_every_layer

    return analysed(read_every_layer, prompt)


def reads_out(prompt: Prompt) -> bool:
    """Whether a prompt's stream can be turned into tokens after every layer: ``logit_lens`` gives something."""
    model = models.load_model(prompt.model)
    from ..hooks import is_read_out

    return bool(trace(prompt).layers) and is_read_out(model)


def attention_maps(prompt: Prompt, kind: str) -> AttentionMaps:
    """All heads of one kind of attention ("self", "cross" or "encoder") with their thumbnails and patterns.

    Raises:
        PlaygroundError: the trace has none of this kind.
    """
    from ..analysis.attention import attentions

    # Only what is measured is remembered: the weights themselves are the trace's, which is remembered already.
    return replace(analysed(_attention_maps, prompt, kind), layers=tuple(attentions(trace(prompt), kind)))


def _attention_maps(model: LoadedModel, trace: Trace, kind: str) -> AttentionMaps:
    from ..analysis.attention import attention_maps as gathered

    return replace(gathered(trace, kind), layers=())


def attention_steps(prompt: Prompt, kind: str, layer: int, head: int, pos: int, key: int | None) -> HeadSteps:
    """One head at one token step by step, see ``analysis.attention.steps``; a layer's inner steps are kept.

    Raises:
        PlaygroundError: the trace has no attention of this kind; see ``trace``.
    """
    from ..analysis.attention.steps import head_steps

    model, seen = models.load_model(prompt.model), trace(prompt)
    # Of a long text the inner steps would take as much memory again as the whole pass.
    short = max(len(seen), len(seen.encoder or ())) <= LONG
    steps = inside(prompt, layer) if short else None
    return line().run("attention", lambda: head_steps(model, seen, steps, kind, layer, head, pos, key))


def laws(prompt: Prompt) -> Laws:
    """How far a prompt's trace is from the laws it must obey."""
    from ..hooks import check_laws

    return analysed(check_laws, prompt)


def inside(prompt: Prompt, layer: int) -> Inside:
    """The steps inside one layer of each tower: one more pass for each layer, which is kept.

    Raises:
        PlaygroundError: there is no such layer; see ``trace``.
    """
    from ..analysis.walk import inside_layer

    return analysed(inside_layer, prompt, layer)


def walk(prompt: Prompt, layer: int, pos: int, source_pos: int, head: int, *, encoder: bool) -> Walk:
    """The machine and every step at one token, see ``analysis.walk``. Its pieces are kept, each by what it depends on:
    another head does not ask for the logits again.

    Raises:
        PlaygroundError: see ``inside``.
    """
    from ..analysis.walk import Walk, machine_of, way_in_at, way_out_at

    known, model, seen = inside(prompt, layer), models.load_model(prompt.model), trace(prompt)

    def kept(key: tuple[Hashable, ...], compute: Callable[[], Value]) -> Value:
        return work._memory.get(("walk", prompt, *key), lambda: line().run("walk", compute))

    own = source_pos if encoder else pos
    machine = kept(("machine", layer, pos, source_pos), lambda: machine_of(model, seen, known, pos, source_pos))
    out = kept(("out", pos), lambda: way_out_at(model, seen, known, pos))
    steps = kept(("in", layer, own, head, encoder), lambda: way_in_at(model, seen, known, own, head, encoder=encoder))
    return Walk(machine, steps if encoder else (*steps, *out.steps), out)
