"""The components of the page, by name: ``ui`` makes them, ``wiring`` connects them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import gradio as gr

from .. import lessons
from ..lessons import Lesson
from .contract import Tab
from .visits import Visit, open_view

Given = dict[Any, Any]
"""What a handler is given: values by component."""
Changes = dict[Any, Any]
"""What a handler changes: values, or Gradio's updates, by component."""
Data = Mapping[str, Any]
"""What an event of the browser carries: anyone's guess."""


@dataclass
class TabComponents:
    """The components of one tab."""

    tab: gr.Tab
    row: gr.HTML
    """The names of its views."""
    panel: gr.HTML
    widgets: dict[tuple[str, str], gr.components.Component] = field(default_factory=dict)
    """(view, key) → widget; the view is "" for a control that views share."""
    buttons: dict[tuple[str, str], gr.Button] = field(default_factory=dict)
    """(view, action) → the button that starts it."""
    stop: gr.Button | None = None
    more: gr.HTML | None = None
    """The fold of the controls that few need."""
    presets: gr.Radio | None = None
    """Names of settings that set several controls at once; the one that the controls stand at is marked."""


@dataclass
class Page:
    """The components of the page."""

    first: dict[str, str]
    """What the page opens with, as in a link."""
    all_tabs: tuple[Tab, ...]
    model: gr.Dropdown
    text: gr.Textbox
    target: gr.Textbox
    go: gr.Button
    cancel: gr.Button
    lessons: gr.HTML
    notice: gr.HTML
    model_line: gr.HTML
    tabs: gr.Tabs
    address: gr.HTML
    typing: gr.HTML
    events: gr.HTML
    """What the reader did in our own parts, by event."""
    state: gr.Textbox
    """Which state of the page the browser shows: ``Visit.restored``, as a text."""
    query: gr.Textbox
    """The address bar's query when the page opens."""
    open_tab: gr.Textbox
    """The tab that the browser shows."""
    by_tab: dict[str, TabComponents] = field(default_factory=dict)

    def tab(self, tab_id: str) -> Tab:
        """A tab by its id."""
        return next(tab for tab in self.all_tabs if tab.id == tab_id)

    def values(self, tab: Tab, given: Given) -> dict[tuple[str, str], Any]:
        """Values of a tab's widgets out of a handler's inputs, by (view, key)."""
        return {key: given[widget] for key, widget in self.by_tab[tab.id].widgets.items() if widget in given}

    def newest(self, tab: Tab, visit: Visit, given: Given, turn: int) -> dict[tuple[str, str], Any]:
        """The newest values of a tab's widgets that the browser has told of, as of an event of this turn."""
        return visit.newest(tab.id, self.values(tab, given), turn)

    def widgets(self) -> set[gr.components.Component]:
        """Every widget of every control."""
        return {widget for components in self.by_tab.values() for widget in components.widgets.values()}


def path_value(tabs: tuple[Tab, ...], open_lesson: Lesson | None, tab_id: str) -> dict[str, Any]:
    """What the path of lessons shows: the lessons by tab, which of them is open, and the open tab."""
    return lessons.path(open_lesson) | {"tabs": [[tab.id, tab.title] for tab in tabs], "tab": tab_id}


def row_value(tab: Tab, visit: Visit) -> dict[str, Any]:
    """What the row of view names shows: those that cannot serve the model are greyed with their reason."""
    views = []
    for view in tab.views:
        unsuited = view.suits(visit.info) if visit.info is not None and view.needs_prompt else None
        views.append({"id": view.id, "title": view.title, "why": unsuited.sentence if unsuited else None})
    opened = open_view(tab, visit)
    return {"views": views, "open": opened.id, "apart": not opened.reads_text}
