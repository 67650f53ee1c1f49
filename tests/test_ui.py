"""The page is built whole, opens quickly, and offers to the outside what it means to."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import gradio as gr
import pytest

from playground import ui
from playground.catalog import catalog
from playground.lessons import lessons
from playground.settings import override
from playground.tabs import TABS
from playground.tabs.base import Control
from tests.tabs.rooms import page

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def demo() -> gr.Blocks:
    return ui.build()


def test_the_api_is_what_is_meant_to_be_one(demo: gr.Blocks) -> None:
    """Named after the tab; the page's own wiring is nobody's business."""
    info = demo.get_api_info()
    assert not info["unnamed_endpoints"]
    tabs = {tab.id for tab in TABS}
    assert info["named_endpoints"]
    for name in info["named_endpoints"]:
        assert name.removeprefix("/").split("_")[0] in tabs, name


def test_element_ids_are_unique(demo: gr.Blocks) -> None:
    ids = [block.elem_id for block in demo.blocks.values() if block.elem_id]
    assert len(ids) == len(set(ids)), sorted(i for i in ids if ids.count(i) > 1)
    assert all(i == i.lower() and "_" not in i for i in ids)


def test_every_widget_that_can_be_turned_is_a_declared_control() -> None:
    """Else a link could not restore it."""
    wiring = page()
    declared = {id(control.component) for control in wiring.controls}
    kinds = (gr.Slider, gr.Checkbox, gr.Radio, gr.Number, gr.Dropdown, gr.Textbox)
    for tab in wiring.tabs.values():
        for widget in _within(tab):
            assert not isinstance(widget, kinds) or id(widget) in declared, widget.elem_id


def _within(block: Any) -> list[Any]:
    return [block, *(inner for child in getattr(block, "children", []) for inner in _within(child))]


def test_defaults_are_values_that_controls_can_be() -> None:
    for control in page().controls:
        if control.default is not None:
            _accepts(control, control.default)


def _accepts(control: Control, value: Any) -> None:
    text = str(value).lower() if isinstance(value, bool) else str(value)
    assert control.read(text) == value, control.key
    assert getattr(control.component, "value", value) in (value, None), control.key


def test_the_page_opens_with_the_first_lesson_or_what_there_is() -> None:
    assert ui.first_state() == {**lessons()[0].state}
    with override(models=("distilbert/distilgpt2",)):
        state = ui.first_state()
    assert state["model"] == "distilbert/distilgpt2" and state["text"]
    assert ui.first_state("some/model")["model"] == "some/model"


def test_the_model_picker_offers_the_catalog() -> None:
    with override(offline=False):
        assert [value for _, value in ui.choices()] == [entry.id for entry in catalog()]
        titles = [title for title, _ in ui.choices()]
    assert len(set(titles)) == len(titles)
    with override(offline=True):  # nothing is offered that could not be had
        assert [value for _, value in ui.choices()] == [entry.id for entry in catalog() if entry.source == "bundled"]


def test_lessons_on_offer_have_their_model() -> None:
    there = {entry.id for entry in catalog()}
    for title, index in ui.lesson_choices()[1:]:
        assert lessons()[int(index)].title == title
        assert lessons()[int(index)].state["model"] in there


def test_nothing_of_a_visitor_is_kept_or_sent() -> None:
    options = ui.launch_options()
    assert options["show_error"] is False and options["run_history"] is False
    assert "http" not in options["head"].replace("http-equiv", "")
    for path in options["allowed_paths"]:
        assert Path(path).exists() and Path(path) not in {ROOT, Path.home(), Path("/")}


def test_starting_imports_no_model_libraries() -> None:
    """The page opens before they are there: seconds, on a small machine."""
    heavy = ["torch", "transformers", "plotly", "bertviz", "tokenizers"]
    code = f"import sys; from playground import ui; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
