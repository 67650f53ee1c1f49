"""All wiring of the page, the same for every tab: run, draw what is open, choose, restore.

Handlers are methods that take and return plain values in the order of their ``inputs`` and ``outputs``; a tab that is
not open is drawn when it is opened, and not at all if nothing has changed since it was drawn last.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import gradio as gr

from ..engine import Prompt
from ..lessons import hint, lessons
from ..settings import settings
from ..views.view import message
from . import links
from .base import PRIVATE, Built, Control, Look, attempt, usual_pick
from .running import cancel, run, sample_for

NOTHING_RUN = "Nothing has been run yet. Choose a model, type a text and press Run."


@dataclass
class Page:
    """The components of the page; ``ui`` fills it, ``wire`` connects it."""

    first: dict[str, str]
    """What the page opens with, as in a link."""
    prompt: gr.State
    active: gr.Textbox
    model: gr.Dropdown
    text: gr.Textbox
    target: gr.Textbox
    go: gr.Button
    stop: gr.Button
    lesson: gr.Dropdown
    notice: gr.HTML
    hint: gr.HTML
    """What to look at in a lesson."""
    facts: gr.HTML
    look: tuple[Control, ...]
    """Position, layer and head, chosen on all tabs at once."""
    query: gr.Textbox
    ran: gr.Textbox
    history: gr.HTML
    row: gr.Tabs
    tabs: dict[str, gr.Tab] = field(default_factory=dict)
    built: dict[str, Built] = field(default_factory=dict)
    drawn: dict[str, gr.State] = field(default_factory=dict)
    """What each tab shows: (prompt, look, control values), or None before it was drawn."""

    @property
    def controls(self) -> list[Control]:
        """Every control that a link can set; the first four are the page's own."""
        own = [control for built in self.built.values() for control in built.controls]
        keys = ("model", "text", "target", "tab")
        boxes = (self.model, self.text, self.target, self.active)
        page = [Control(k, box, self.first.get(k, ""), str) for k, box in zip(keys, boxes, strict=True)]
        return [*page, *self.look, *own]


class Wiring(Page):
    """Connects a page."""

    def wire(self, demo: gr.Blocks) -> None:
        """Connects everything."""
        restored = [control.component for control in self.controls]
        outputs = [self.row, self.prompt, self.hint, *restored]
        self._running(demo.load(self.restore, self.query, outputs, js=links.QUERY, **PRIVATE))
        self._running(self.history.back(self.go_back, None, outputs, **PRIVATE))
        self._running(self.lesson.input(self.open_lesson, self.lesson, outputs, **PRIVATE))
        self._running(gr.on([self.go.click, self.text.submit, self.target.submit], None, **PRIVATE))
        self._running(self.model.input(sample_for, [self.model, self.text], self.text, queue=False, **PRIVATE))
        self.stop.click(cancel, None, None, queue=False, **PRIVATE)
        self.ran.change(None, self.ran, None, js=links.RAN, **PRIVATE)
        for control in self.controls[4:]:
            js = links.write_key(control.key, control.default)
            control.component.change(None, control.component, None, js=js, **PRIVATE)  # type: ignore[attr-defined]
        for tab_id in self.built:
            self._wire_tab(tab_id)
            gr.api(self.endpoint(tab_id), api_name=tab_id, concurrency_id="model")

    def _running(self, event: Any) -> None:
        """After ``event``: run, then draw the open tab."""
        ran = event.then(
            run,
            [self.model, self.text, self.target, self.prompt],
            [self.prompt, self.facts, self.notice, self.ran, self.target, self.look[0].component],
            concurrency_id="model", concurrency_limit=settings().workers, trigger_mode="always_last",
            show_progress_on=self.facts, api_visibility="private",
        )  # fmt: skip
        looks = [control.component for control in self.look]
        own = [c.component for built in self.built.values() for c in built.controls]
        fresh = [component for built in self.built.values() for component, _ in built.fresh]
        outputs = [o for built in self.built.values() for o in built.outputs]
        states = list(self.drawn.values())
        ran.then(
            self.arrive,
            [self.prompt, self.active, *looks, *states, *own],
            [*states, *outputs, *fresh],
            js=links.OPEN_TAB,
            **PRIVATE,
        )

    def _wire_tab(self, tab_id: str) -> None:
        built, drawn = self.built[tab_id], self.drawn[tab_id]
        looks = [control.component for control in self.look]
        own = [control.component for control in built.controls]
        enter = partial(self.enter, tab_id)
        entered = self.tabs[tab_id].select(
            enter, [self.prompt, *looks, drawn, *own], [self.active, drawn, *built.outputs], queue=False, **PRIVATE
        )
        entered.then(None, None, None, js=links.write_tab(tab_id, self.first["tab"]), **PRIVATE)
        changes = [component.input for component in own if hasattr(component, "input")]
        if changes:
            gr.on(
                changes, partial(self.turn, tab_id), [self.prompt, *looks, *own], [drawn, *built.outputs],
                trigger_mode="always_last", queue=False, **PRIVATE,
            )  # fmt: skip
        for panel in built.panels:
            panel.pick(
                self.picker(tab_id),
                [self.prompt, *looks, *own],
                [*looks, drawn, *built.outputs],
                trigger_mode="always_last",  # two arrow keys in a row: the second must not be lost
                queue=False,
                **PRIVATE,
            )

    # Handlers

    def endpoint(self, tab_id: str) -> Any:
        """What a program gets from a tab: the view of its first panel, as the browser gets it."""
        built = self.built[tab_id]

        def show(model: str, text: str, state: dict[str, Any]) -> dict[str, Any]:
            """One tab's view of a text: picture, reading, table, code, notes; or message and tone.

            Args:
                model: a bundled name, a hub id or a folder.
                text: what the model reads.
                state: controls by their keys in a link, such as {"layer": 2, "head": 5}; may be empty.
            """
            given = {key: str(value) for key, value in (state or {}).items()}
            values = links.read_state(given, [*self.look, *built.controls])
            look = Look(*(values.pop(control.key) for control in self.look))
            prompt = Prompt(model, text, given.get("target") or None)
            answer = attempt(built.show, len(built.panels), len(built.adapted), prompt, look, *values.values())
            payload: dict[str, Any] = answer[0]
            return payload

        return show

    def restore(self, query: str) -> list[Any]:
        """The page as a link describes it."""
        return self._restored(links.read_query(query or "", self.controls))

    def _restored(self, values: dict[str, Any]) -> list[Any]:
        tab = values["tab"] = values["tab"] if values["tab"] in self.built else self.first["tab"]
        # No prompt yet: the run that follows must not forget the chosen position.
        return [gr.Tabs(selected=tab), None, hint(values), *values.values()]

    def go_back(self, event: gr.EventData) -> list[Any]:
        """The page as the address bar says after the reader went back or forward."""
        data = event._data if isinstance(event._data, dict) else {}
        return self.restore(str(data.get("query", "")))

    def open_lesson(self, index: str) -> list[Any]:
        """The page as a lesson describes it."""
        if not index:
            return [gr.skip()] * (3 + len(self.controls))
        return self._restored(links.read_state({"target": "", **lessons()[int(index)].state}, self.controls))

    def _show(self, tab_id: str, prompt: Prompt | None, look: Look, values: Sequence[Any]) -> tuple[Any, list[Any]]:
        """What was drawn, and the values for the tab's outputs."""
        built = self.built[tab_id]
        if prompt is None:  # the first run of this visit has failed
            return None, [message(NOTHING_RUN)] * len(built.panels) + [gr.skip()] * len(built.adapted)
        shown = attempt(built.show, len(built.panels), len(built.adapted), prompt, look, *values)
        return (prompt, look, tuple(values)), shown

    def enter(
        self, tab_id: str, prompt: Prompt | None, pos: Any, layer: Any, head: Any, drawn: Any, *own: Any
    ) -> list[Any]:
        """A tab is opened: it is drawn if anything has changed since it was drawn last."""
        look = _look(pos, layer, head)
        if prompt is None or drawn == (prompt, look, tuple(own)):
            return [tab_id, gr.skip(), *[gr.skip()] * len(self.built[tab_id].outputs)]
        state, shown = self._show(tab_id, prompt, look, own)
        return [tab_id, state, *shown]

    def turn(self, tab_id: str, prompt: Prompt | None, pos: Any, layer: Any, head: Any, *own: Any) -> list[Any]:
        """A control of a tab was moved."""
        state, shown = self._show(tab_id, prompt, _look(pos, layer, head), own)
        return [state, *shown]

    def picker(self, tab_id: str) -> Any:
        """The handler for clicks in a tab's pictures."""

        def pick(event: gr.EventData, prompt: Prompt | None, pos: Any, layer: Any, head: Any, *own: Any) -> list[Any]:
            data = event._data if isinstance(event._data, dict) else {}
            look = (self.built[tab_id].picked or usual_pick)(data, _look(pos, layer, head))
            state, shown = self._show(tab_id, prompt, look, own)
            return [look.pos, look.layer, look.head, state, *shown]

        return pick

    def arrive(self, prompt: Prompt | None, active: str, pos: Any, layer: Any, head: Any, *rest: Any) -> list[Any]:
        """A forward pass has been made: the open tab is drawn, the others when they are opened.

        ``active`` names the open tab, or, while the page restores, the two that it may be (``links.OPEN_TAB``).
        """
        n = len(self.built)
        drawn, own = dict(zip(self.built, rest[:n], strict=True)), list(rest[n:])
        states, outputs, fresh = [], [], []
        for tab_id, built in self.built.items():
            values, own = own[: len(built.controls)], own[len(built.controls) :]
            state, shown = gr.skip(), [gr.skip()] * len(built.outputs)
            if tab_id in active.split(",") and drawn[tab_id] != (prompt, _look(pos, layer, head), tuple(values)):
                state, shown = self._show(tab_id, prompt, _look(pos, layer, head), values)
            states.append(state)
            outputs += shown
            last = drawn[tab_id]
            changed = last is not None and prompt is not None and last[0] != prompt
            fresh += [value if changed else gr.skip() for _, value in built.fresh]
        return [*states, *outputs, *fresh]


def _look(pos: Any, layer: Any, head: Any) -> Look:
    return Look(*(None if value is None else int(value) for value in (pos, layer, head)))
