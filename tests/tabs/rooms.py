"""A page's rooms on tiny models: the engine finds them by id, `tiny-<family>`, and begins with an empty memory."""

from __future__ import annotations

from typing import Any

import gradio as gr
import pytest

import playground
from playground import engine, models, ui
from playground.engine import Prompt
from playground.errors import PlaygroundError
from playground.models import LoadedModel
from playground.tabs import TABS
from playground.tabs.base import Built, Look, Page
from playground.tabs.wiring import Wiring
from tests.hooks import odd as odd_ones
from tests.tiny import FAMILIES, tiny

PROMPTS = {
    "gpt2": Prompt("tiny-gpt2", "The cat sat on the mat. The cat"),
    "bert": Prompt("tiny-bert", "The [MASK] sat on the mat."),
    "marian": Prompt("tiny-marian", "Le chat noir est assis", "the cat sat"),
    "falcon": Prompt("tiny-falcon", "The cat sat on the mat."),
}
"""One model of each kind: decoder, encoder, encoder–decoder, undescribed."""
ELSEWHERE = Look()
"""Nothing chosen: each tab chooses."""


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
    monkeypatch.setattr(engine, "_memory", engine.new_memory())


def built_tabs() -> dict[str, Built]:
    """Every tab's widgets, on a page of their own."""
    with gr.Blocks(analytics_enabled=False):
        prompt = gr.State(None)
        return {tab.id: tab.build(Page(prompt)) for tab in TABS}


def defaults(built: Built, name: str = "gpt2") -> dict[str, Any]:
    """A tab's own control values as the page opens; prompts that fit a tiny context, with an encoder's mask."""
    short = {"prompt_a": "The cat", "prompt_b": "The cat sat on the cat"}
    if name == "bert":
        short = {key: f"{text} [MASK]" for key, text in short.items()}
    return {control.key: short.get(control.key, control.default) for control in built.controls}


def page() -> Wiring:
    """The whole page as the app builds it, unlaunched; its wiring has the handlers."""
    made: list[Wiring] = []
    wire = Wiring.wire

    def keep(self: Wiring, demo: gr.Blocks) -> None:
        made.append(self)
        wire(self, demo)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Wiring, "wire", keep)
        ui.build()
    return made[0]
