"""The page on tiny models: the engine finds them by id, `tiny-<family>`, and begins with an empty memory."""

from __future__ import annotations

from typing import Any

import pytest

import playground
from playground import engine, models, ui
from playground.engine import Prompt
from playground.errors import PlaygroundError
from playground.models import LoadedModel
from playground.tabs import TABS, drawing, links
from playground.tabs.contract import Look, Tab, TabView
from playground.tabs.handlers import Handlers
from playground.tabs.visits import Visit
from playground.views.view import Payload, View
from tests.hooks import odd as odd_ones
from tests.tiny import FAMILIES, tiny

PROMPTS = {
    "gpt2": Prompt("tiny-gpt2", "The cat sat on the mat. The cat"),
    "bert": Prompt("tiny-bert", "The [MASK] sat on the mat."),
    "marian": Prompt("tiny-marian", "Le chat noir est assis", "the cat sat"),
    "falcon": Prompt("tiny-falcon", "The cat sat on the mat."),
}
"""One model of each kind: decoder, encoder, encoder–decoder, and a decoder that is described by trial."""
VIEWS = [(tab, view) for tab in TABS for view in tab.views]
NAMES = [f"{tab.id}-{view.id}" for tab, view in VIEWS]
OWN_TEXTS = {(tab.id, view.id) for tab in TABS for view in tab.views if view.needs_prompt and not view.reads_text}
"""(tab, view) of those that run texts of their own beside the page's."""


SHEET = {"labels": "cat | mat", "form": "{text} {label}", "examples": "sat => cat\non => mat", "query": "the"}
"""What the view of shots is given: it fits a tiny context."""


def put_tiny_models(monkeypatch: pytest.MonkeyPatch) -> None:
    """In place of loading: no folder, no hub."""

    def load_model(name: str, progress: Any = None) -> LoadedModel:
        family = name.removeprefix("tiny-")
        if family in odd_ones.FAMILIES:
            return odd_ones.odd(family)
        if family not in FAMILIES:
            raise PlaygroundError(f"There is no model {name}. Choose one of the list.")
        return tiny(family)

    monkeypatch.setattr(models, "load_model", load_model)
    monkeypatch.setattr(playground, "load_model", load_model)
    monkeypatch.setattr(models, "loaded", lambda: tuple(load_model(prompt.model).info for prompt in PROMPTS.values()))
    monkeypatch.setattr(engine.work, "_memory", engine.new_memory())


def find(name: str) -> tuple[Tab, TabView]:
    """A view by ``tab-view``."""
    return VIEWS[NAMES.index(name)]


def texts_of(tab: str, view: str, prompt: Prompt) -> dict[str, str]:
    """What the views that run texts of their own are given in place of their widgets' texts."""
    if (tab, view) not in {("prompting", "compare"), ("forward", "patch")}:
        return {}
    mask = " [MASK]" if "bert" in prompt.model else ""
    short = {"a": f"The cat{mask}", "b": f"The cat sat on the cat{mask}"}
    # As many tokens in every tokenizer, and answers that tiny random models hold for unlike after them.
    short |= {"first": f"cat{mask}", "second": f"mat{mask}"}
    apart = {"tiny-bert": (188, 84), "tiny-marian": (68, 50)}.get(prompt.model, (46, 33))
    return short | {key: f"#{token_id}" for key, token_id in zip(("first_answer", "second_answer"), apart, strict=True)}


def values_of(tab: Tab, prompt: Prompt, view: str | None = None, **values: Any) -> dict[tuple[str, str], Any]:
    """A tab's widgets as the page opens, and as ``values`` says by key; prompts that fit a tiny context and have an
    encoder's mask. ``view`` owns a key that several views have."""
    given = {
        (owner, key): texts_of(tab.id, owner, prompt).get(key, value)
        for (owner, key), value in links.defaults(tab).items()
    }
    for key, value in values.items():
        places = [place for place in given if place[1] == key]
        (place,) = [place for place in places if place[0] == view] or places
        given[place] = value
    return given


def visit_on(prompt: Prompt | None, look: Look = Look()) -> Visit:  # noqa: B008 - frozen
    """A visit after a run."""
    info = engine.load(prompt.model) if prompt is not None else None
    return Visit(prompt=prompt, info=info, look=look)


def chose(visit: Visit, tab: Tab, values: dict[str, Any]) -> Visit:
    """The visit, after a click in the picture for each value that has no widget."""
    values = {**SHEET, **values}
    for owner, control in links.owned(tab):
        if control.widget is None and control.key in values:
            visit.chosen.setdefault((tab.id, owner), {})[control.key] = values[control.key]
    return visit


def shown(name: str, prompt: Prompt, look: Look = Look(), **values: Any) -> View:  # noqa: B008 - frozen
    """The View that a view gives; raises what it raises."""
    tab, view = find(name)
    visit = chose(visit_on(prompt, look), tab, values)
    question = drawing.asked(tab, view, visit, values_of(tab, prompt, view.id, **values), view.reads)
    return view.show(question)


def drawn(name: str, prompt: Prompt, look: Look = Look(), **values: Any) -> Payload:  # noqa: B008 - frozen
    """What the panel gets."""
    tab, view = find(name)
    visit = chose(visit_on(prompt, look), tab, values)
    payload = drawing.draw(tab, view, visit, values_of(tab, prompt, view.id, **values))
    assert payload is not None
    return payload


def suited(name: str, prompt: Prompt) -> bool:
    """Whether a view serves a prompt's model."""
    return find(name)[1].suits(engine.load(prompt.model)) is None


def page() -> Handlers:
    """The whole page as the app builds it, unlaunched, by its handlers."""
    made: list[Handlers] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ui, "wire", lambda page, demo: made.append(_wire(page, demo)))
        ui.build()
    return made[0]


_wire = ui.wire
