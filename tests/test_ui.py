"""The page is built whole, opens quickly, and offers to the outside what it means to."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import gradio as gr
import pytest

from playground import lessons, ui
from playground.catalog import catalog
from playground.settings import override
from playground.tabs import TABS
from tests.tabs.tiny_pages import page

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def demo() -> gr.Blocks:
    return ui.build()


def test_the_api_is_what_is_meant_to_be_one(demo: gr.Blocks) -> None:
    """An endpoint for each view and each action; the page's own wiring is nobody's business."""
    info = demo.get_api_info()
    assert not info["unnamed_endpoints"]
    wanted = {f"/{tab.id}_{view.id}" for tab in TABS for view in tab.views}
    wanted |= {
        f"/{tab.id}_{view.id}_{action.id}"
        for tab in TABS
        for view in tab.views
        for action in view.actions
        if action.id != view.id
    }
    assert set(info["named_endpoints"]) == {name.replace("-", "_") for name in wanted}
    described = [endpoint["description"] for endpoint in info["named_endpoints"].values()]
    assert len(set(described)) == len(described) and all(described)


def test_element_ids_are_unique(demo: gr.Blocks) -> None:
    ids = [block.elem_id for block in demo.blocks.values() if block.elem_id]
    assert len(ids) == len(set(ids)), sorted(i for i in ids if ids.count(i) > 1)
    assert all(i == i.lower() and "_" not in i for i in ids)


def test_every_widget_that_can_be_turned_is_a_declared_control() -> None:
    """Else a link could not restore it. Presets are kept by the settings that they turn."""
    built = page().page
    declared = {id(widget) for widget in built.widgets()} | {id(one.presets) for one in built.by_tab.values()}
    kinds = (gr.Slider, gr.Checkbox, gr.Radio, gr.Number, gr.Dropdown, gr.Textbox)
    for components in built.by_tab.values():
        for widget in _within(components.tab):
            assert not isinstance(widget, kinds) or id(widget) in declared, widget.elem_id


def _within(block: Any) -> list[Any]:
    return [block, *(inner for child in getattr(block, "children", []) for inner in _within(child))]


def test_what_belongs_to_a_view_stands_beside_no_other() -> None:
    """By classes that the page's own styles name; a control that nobody could see would change nothing."""
    hidden = set(re.findall(r'data-view="([\w-]+)"\] \.pg-own:not\(\.pg-for-\1\)', ui.launch_options()["head"]))
    assert hidden == {view.id for tab in TABS for view in tab.views}
    built = page().page
    for tab in TABS:
        for (owner, key), widget in built.by_tab[tab.id].widgets.items():
            beside = {c.removeprefix("pg-for-") for c in widget.elem_classes if c.startswith("pg-for-")}
            readers = {view.id for view in tab.views if key in view.used}
            assert beside == ({owner} if owner else readers), (tab.id, key)


def test_widgets_show_the_defaults() -> None:
    from playground.tabs.links import owned

    built = page().page
    for tab in TABS:
        for owner, control in owned(tab):
            if control.widget is not None:
                widget: Any = built.by_tab[tab.id].widgets[owner, control.key]
                assert widget.value == control.default, control.key


def test_the_page_opens_with_the_first_lesson_or_what_there_is() -> None:
    assert ui.first_state() == {**lessons.lessons()[0].state}
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


def test_the_picker_offers_what_is_allowed_beside_the_catalog(tmp_path: Path) -> None:
    """Models of the hub that a teacher has named for a class, and folders."""
    named = ("storyteller", "someone/of-the-hub", str(tmp_path))
    with override(models=named, offline=False):
        assert [value for _, value in ui.choices()] == list(named)
        assert ui.choices()[1][0] == "someone/of-the-hub · to download"
    with override(models=named, offline=True):
        assert [value for _, value in ui.choices()] == ["storyteller", str(tmp_path)]
    with override(models=named[1:], offline=False):
        assert ui.first_state()["model"] == "someone/of-the-hub"


def test_lessons_on_offer_have_their_model() -> None:
    with override(models=("storyteller",)):
        offered = {lesson["number"] for lesson in lessons.path()["lessons"]}
    assert offered == {le.number for le in lessons.lessons() if le.state["model"] == "storyteller"}
    assert len(lessons.path()["lessons"]) == len(lessons.lessons())


def test_nothing_of_a_visitor_is_kept_or_sent() -> None:
    options = ui.launch_options()
    assert options["show_error"] is False and options["run_history"] is False
    assert "http" not in options["head"].replace("http-equiv", "")
    assert not options.get("allowed_paths"), "files go through the gate, which knows each of them"


def test_starting_imports_no_model_libraries() -> None:
    """The page opens before they are there: seconds, on a small machine."""
    heavy = ["torch", "transformers", "plotly", "bertviz", "tokenizers"]
    code = f"import sys; from playground import ui; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
