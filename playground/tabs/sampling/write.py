"""Text, written one token at a time with the settings."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ... import engine
from ...facts import ModelInfo
from ...views.sampling import generation_view
from ...views.view import View
from ..contract import Action, Asked, Cancelled, TabView, Unsuited
from .settings import WRITING, chosen_settings

if TYPE_CHECKING:
    from ...analysis.generation import Step

EVERY_S = 0.08
"""Seconds between two updates of the page while text is written: each carries the whole text so far, and costs the
server as much as some tokens. The more people write, the fewer updates each of them gets."""


def show(asked: Asked) -> View:
    """The text with nothing written yet."""
    return _view(asked, [], running=False)


def write(asked: Asked, cancelled: Cancelled) -> Iterator[View]:
    """Streams the continuation of the text, or an encoder–decoder's answer to it."""
    steps: list[Step] = []
    yield _view(asked, steps, running=True)
    shown = time.monotonic()
    for step in engine.generate(asked.run, chosen_settings(asked), cancelled):
        steps.append(step)
        if step.ended_by is None and time.monotonic() - shown > EVERY_S * max(1, engine.crowd()):
            shown = time.monotonic()
            yield _view(asked, steps, running=True)
    yield _view(asked, steps, running=False)


def _view(asked: Asked, steps: list[Step], *, running: bool) -> View:
    prompt, trace = asked.run, engine.trace(asked.run)
    chosen = chosen_settings(asked)
    lines = (
        "from playground import SamplingSettings, generate, load_model\n\n"
        f"model = load_model({prompt.model!r})\n"
        f"for step in generate(model, {prompt.text!r}, {chosen!r}):\n"
        "    print(step.token.text, step.raw_probability, step.ended_by)\n"
    )
    return generation_view(trace.tokens if trace.encoder is None else (), steps, chosen, lines, running=running)


def _writers(info: ModelInfo) -> Unsuited | None:
    if info.kind != "encoder":
        return None
    return Unsuited(
        "An encoder-only model does not write text: it fills in masks, in the view “Next token”.", "storyteller"
    )


WRITE = TabView(
    "write",
    "Write",
    show,
    suits=_writers,
    actions=(Action("write", "Write", write, reads=WRITING),),
    help="**Write** lets the model write one token after another: the text's continuation, or a translator's target. "
    "**temperature**: below 1 surer, above 1 bolder. **top_k** and **top_p** keep only the most probable tokens. The "
    "same **seed** draws the same tokens.",
)
