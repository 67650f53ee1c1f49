"""How large the model is, and what this run of it costs."""

from __future__ import annotations

from typing import Any

from ... import engine
from ...analysis.size import BYTES, growth
from ...catalog import catalog
from ...engine import Prompt
from ...errors import PlaygroundError
from ...views import code
from ...views.size import size_view
from ...views.view import View
from ..contract import Adaptation, Asked, TabView
from ..controls import choice, offer

NONE = "none"
SHORTEST, LONGEST = 4096, 131_072
"""Tokens up to which memory is drawn: as many as the model takes, within these."""


def show(asked: Asked) -> View:
    """The model that runs, and another one beside it by its config."""
    from ...analysis.size.counting import size_of

    prompt, trace = asked.run, engine.trace(asked.run)
    size = engine.analysed(size_of, prompt)
    other, told = _other(asked.values["beside"], prompt)
    sizes = [size, *([other] if other is not None else [])]
    longest = min(LONGEST, max(SHORTEST, *(s.info.context or 0 for s in sizes)))
    return size_view(
        size,
        other,
        lengths=(len(trace), len(trace.encoder) if trace.encoder is not None else 0),
        grown=[growth(s, longest) for s in sizes],
        precision=asked.values["precision"],
        code=code.captured(prompt.model, prompt.text, prompt.target),
        notes=told,
    )


def _other(name: str, prompt: Prompt) -> tuple[Any, tuple[str, ...]]:
    """The size of the model beside; where it cannot be had, a sentence in its place."""
    from ...analysis.size.counting import size_by_config

    if name.strip() in ("", NONE, prompt.model):
        return None, ()
    try:
        return engine.by_name(size_by_config, name.strip()), ()
    except PlaygroundError as error:
        return None, (str(error),)


def _models(prompt: Prompt, value: Any) -> Adaptation:
    """The catalog without the model that runs."""
    return Adaptation(choices=(NONE, *(entry.id for entry in catalog() if entry.id != prompt.model)))


SIZE = TabView(
    "size",
    "Size",
    show,
    controls=(
        offer("beside", "Another model beside it", NONE, adapt=_models),
        choice("precision", "Numbers kept in", {name: name for name in BYTES}, "fp32"),
    ),
    reads=frozenset({"beside", "precision"}),
    help="A **parameter** is one learned number. Where do they sit, how much memory do they take at each **precision** "
    "(bytes per number), and how much work is one pass? What grows with the text is not the weights but the "
    "**key–value cache** (kept while writing) and the attention maps. Choose or type another model beside it: its "
    "config is enough.",
)
