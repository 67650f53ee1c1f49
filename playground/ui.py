"""The page: header, shared controls, tabs, links. Builds the layout and does all wiring, the same for every tab."""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from dataclasses import asdict
from functools import partial
from typing import Any
from urllib.parse import parse_qs

import gradio as gr

from . import engine
from .catalog import catalog
from .engine import Prompt
from .errors import PlaygroundError
from .lessons import lessons
from .settings import settings
from .tabs import TABS, components
from .tabs.base import CROSSED, Built, Control, Look, Page, attempt, logger, usual_pick
from .views.facts import KINDS, facts

TITLE = "Transformer Playground"
PRIVATE: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}

# Writes one control into the address bar; the scripts may not be there yet when the first values arrive.
_LINK = "(value) => {{ window.Playground?.state?.set({key}, value, {default}) }}"
# A new text or model is a place that the back button returns to.
_RAN = """(value) => {
  const state = window.Playground?.state; if (!state || !value) return;
  const ran = JSON.parse(value), old = state.all();
  if (old.text !== undefined && (old.text !== ran.text || old.model !== ran.model)) state.push();
  state.update({model: [ran.model, null], text: [ran.text, null], target: [ran.target, null]});
}"""
_QUERY = "() => window.location.search"
# The back button: the address has changed already; Python must follow it.
_BACK = """
const listen = () => window.Playground.state.onBack((query) => trigger('back', {query}));
if (window.Playground?.ready) listen(); else window.addEventListener('playground-ready', listen, {once: true});
"""
_DARK = "() => { document.body.classList.toggle('dark') }"
_NOTICE = """
const line = element.querySelector('p');
const draw = () => { line.textContent = props.value || ''; line.hidden = !props.value; };
watch('value', draw); draw();
"""


class CancelledError(PlaygroundError):
    """The visitor does not want to wait any longer."""


_stops: dict[str, threading.Event] = {}
"""Visitors whose model is being loaded, by session: set the event, and the load ends at its next step."""


def cancel(request: gr.Request) -> None:
    """Ends the visitor's own loading; whoever else waits for the same model goes on."""
    if stop := _stops.get(str(request.session_hash)):
        stop.set()


def run(
    model: str | None,
    text: str,
    target: str,
    last: Prompt | None,
    request: gr.Request | None = None,
    progress: gr.Progress = gr.Progress(),  # noqa: B008 - Gradio finds it by its default value
) -> tuple[Any, ...]:
    """Loads the model if need be and runs the text once.

    Returns:
        prompt, facts, notice, what ran (JSON), the target box, the chosen position. On failure only the notice changes:
        what was typed stays, and the pictures stay with what they show.
    """

    session = str(request.session_hash) if request is not None else ""
    stop = _stops[session] = threading.Event()

    def tell(fraction: float | None, sentence: str) -> None:
        if stop.is_set():
            raise CancelledError("Loading was cancelled. The page still shows the last run.")
        progress(fraction, desc=sentence)

    try:
        info = engine.load(model or "", tell)
        two_texts = info.kind == "encoder-decoder"
        prompt = Prompt(info.id, text or "", (target or None) if two_texts else None)
        trace = engine.trace(prompt)
    except PlaygroundError as error:
        return gr.skip(), gr.skip(), str(error), gr.skip(), gr.skip(), gr.skip()
    except Exception:
        logger.exception("running %r on %r failed", text, model)
        return gr.skip(), gr.skip(), CROSSED, gr.skip(), gr.skip(), gr.skip()
    finally:
        _stops.pop(session, None)
    box = gr.update(visible=two_texts, placeholder=f"Written by the model: {trace.target}" if two_texts else "")
    moved = last is not None and (last.text, last.target) != (prompt.text, prompt.target)
    return prompt, facts(info, trace), "", json.dumps(asdict(prompt)), box, (None if moved else gr.skip())


def read_query(query: str, controls: Sequence[Control]) -> dict[str, Any]:
    """Values for all controls out of an address bar's query; what is missing or impossible takes its default."""
    given = {key: values[-1] for key, values in parse_qs(query.removeprefix("?"), keep_blank_values=True).items()}
    return {control.key: _read(control, given.get(control.key)) for control in controls}


def _read(control: Control, text: str | None) -> Any:
    if text is None:
        return control.default
    try:
        return control.read(text)
    except (ValueError, OverflowError):
        return control.default


def _optional_index(text: str) -> int | None:
    value = int(text)
    if not -1 <= value < 10**6:
        raise ValueError(text)
    return value


def choices() -> list[tuple[str, str]]:
    """The model picker: title and kind, bundled models first."""
    return [
        (f"{entry.title} · {KINDS[entry.kind]}{'' if entry.source == 'bundled' else ' · hub'}", entry.id)
        for entry in catalog()
    ]


def first_state(model: str | None = None) -> dict[str, str]:
    """What the page opens with: the first lesson, on a model that is there."""
    state = dict(lessons()[0].state)
    there = [entry.id for entry in catalog()]
    state["model"] = model or (state["model"] if state["model"] in there or not there else there[0])
    return state


class _Wiring:
    """The page under construction: its shared components, and the tabs as they were built."""

    def __init__(self, first: dict[str, str]) -> None:
        self.first = first
        self.prompt = gr.State(None)
        self.active = gr.State(first["tab"])
        self.built: dict[str, Built] = {}
        self.tabs: dict[str, gr.Tab] = {}
        self.drawn: dict[str, gr.State] = {}

    # Layout

    def header(self) -> None:
        """Title, model, lessons; the text; the facts."""
        first = self.first
        with gr.Row(elem_classes=["pg-header"], elem_id="page-header"):
            gr.HTML(f"<h1>{TITLE}</h1>", elem_classes=["pg-title"], apply_default_css=False)
            self.facts = components.facts("page-facts")
            dark = gr.Button("Light / dark", elem_id="page-theme", elem_classes=["pg-theme"], size="sm", scale=0)
            dark.click(None, None, None, js=_DARK, **PRIVATE)
        with gr.Row(elem_classes=["pg-textline"]):
            self.model = gr.Dropdown(
                choices(), value=first["model"], label="Model (or type a hub id or a folder)", allow_custom_value=True,
                elem_id="page-model", elem_classes=["pg-model"], scale=0, min_width=230,
            )  # fmt: skip
            self.text = gr.Textbox(
                first["text"], label="Text", lines=1, max_lines=4, elem_id="page-text", elem_classes=["pg-text"],
                scale=6, placeholder="Type a sentence",
            )  # fmt: skip
            self.target = gr.Textbox(
                first.get("target", ""), label="Target (empty: the model writes it)", lines=1, max_lines=4,
                visible=False, elem_id="page-target", elem_classes=["pg-text"], scale=4,
            )  # fmt: skip
            self.go = gr.Button("Run", variant="primary", elem_id="page-run", elem_classes=["pg-run"], scale=0)
            stop = gr.Button("Cancel", elem_id="page-cancel", elem_classes=["pg-cancel"], scale=0)
            stop.click(cancel, None, None, queue=False, **PRIVATE)
            self.lesson = gr.Dropdown(
                [("Choose …", ""), *((lesson.title, str(i)) for i, lesson in enumerate(lessons()))], value="",
                label="Lessons", filterable=False, elem_id="page-lessons", elem_classes=["pg-lessons"], scale=0,
                min_width=200,
            )  # fmt: skip
        self.notice = gr.HTML(
            "", html_template='<p class="pg-notice" role="alert" hidden></p>', js_on_load=_NOTICE,
            elem_id="page-notice", apply_default_css=False,
        )  # fmt: skip

    def hidden(self) -> None:
        """What is chosen on all tabs, and the page's ends of the address bar."""
        keys = ("pos", "layer", "head")
        # Not visible="hidden": that keeps their room on the page. They must be mounted, or their events never fire.
        with gr.Column(elem_classes=["pg-hidden"]):
            self.look = tuple(
                Control(key, gr.Number(None, precision=0, elem_id=f"page-{key}"), None, _optional_index) for key in keys
            )
            self.query = gr.Textbox("", elem_id="page-query")
            self.history = gr.HTML(None, html_template="<span></span>", js_on_load=_BACK, elem_id="page-history")
            self.ran = gr.Textbox("", elem_id="page-ran")

    def tab_row(self) -> None:
        """The tabs, each built by its own file."""
        with gr.Tabs(selected=self.first["tab"], elem_id="page-tabs", elem_classes=["pg-tabs"]) as self.tabs_row:
            for tab in TABS:
                with gr.Tab(tab.title, id=tab.id, elem_id=f"{tab.id}-tab") as self.tabs[tab.id]:
                    self.built[tab.id] = tab.build(Page(self.prompt))
                    self.drawn[tab.id] = gr.State(None)

    # Wiring

    @property
    def controls(self) -> list[Control]:
        """Every control that a link can set."""
        own = [control for built in self.built.values() for control in built.controls]
        keys = ("model", "text", "target", "tab")
        boxes = (self.model, self.text, self.target, self.active)
        page = [Control(k, box, self.first.get(k, ""), str) for k, box in zip(keys, boxes, strict=True)]
        return [*page, *self.look, *own]

    def wire(self, demo: gr.Blocks) -> None:
        """Connects everything."""
        restored = [control.component for control in self.controls]
        outputs = [self.tabs_row, self.prompt, *restored]
        self._running(demo.load(self.restore, self.query, outputs, js=_QUERY, **PRIVATE))
        self._running(self.history.back(self.go_back, None, outputs, **PRIVATE))
        self._running(self.lesson.input(self.open_lesson, self.lesson, outputs, **PRIVATE))
        self._running(gr.on([self.go.click, self.text.submit, self.target.submit, self.model.input], None, **PRIVATE))
        self.ran.change(None, self.ran, None, js=_RAN, **PRIVATE)
        for control in self.controls[4:]:
            js = _LINK.format(key=json.dumps(control.key), default=json.dumps(control.default))
            control.component.change(None, control.component, None, js=js, **PRIVATE)  # type: ignore[attr-defined]
        for tab_id in self.built:
            self._wire_tab(tab_id)

    def _running(self, event: Any) -> None:
        """After ``event``: run, then draw the open tab."""
        ran = event.then(
            run,
            [self.model, self.text, self.target, self.prompt],
            [self.prompt, self.facts, self.notice, self.ran, self.target, self.look[0].component],
            concurrency_id="model", concurrency_limit=settings().workers, trigger_mode="always_last",
            api_visibility="private",
        )  # fmt: skip
        looks = [control.component for control in self.look]
        own = [c.component for built in self.built.values() for c in built.controls]
        fresh = [component for built in self.built.values() for component, _ in built.fresh]
        outputs = [o for built in self.built.values() for o in built.outputs]
        states = list(self.drawn.values())
        ran.then(self.arrive, [self.prompt, self.active, *looks, *states, *own], [*states, *outputs, *fresh], **PRIVATE)

    def _wire_tab(self, tab_id: str) -> None:
        built, drawn = self.built[tab_id], self.drawn[tab_id]
        looks = [control.component for control in self.look]
        own = [control.component for control in built.controls]
        enter = partial(self.enter, tab_id)
        entered = self.tabs[tab_id].select(
            enter, [self.prompt, *looks, drawn, *own], [self.active, drawn, *built.outputs], queue=False, **PRIVATE
        )
        link = _LINK.format(key='"tab"', default=json.dumps(self.first["tab"]))
        entered.then(None, None, None, js=f"() => ({link})({json.dumps(tab_id)})", **PRIVATE)
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
                queue=False,
                **PRIVATE,
            )

    # Handlers

    def restore(self, query: str) -> list[Any]:
        """The page as a link describes it."""
        values = read_query(query or "", self.controls)
        tab = values["tab"] = values["tab"] if values["tab"] in self.built else self.first["tab"]
        # No prompt yet: the run that follows must not forget the chosen position.
        return [gr.Tabs(selected=tab), None, *values.values()]

    def go_back(self, event: gr.EventData) -> list[Any]:
        """The page as the address bar says after the reader went back or forward."""
        data = event._data if isinstance(event._data, dict) else {}
        return self.restore(str(data.get("query", "")))

    def open_lesson(self, index: str) -> list[Any]:
        """The page as a lesson describes it."""
        if not index:
            return [gr.skip()] * (2 + len(self.controls))
        state = lessons()[int(index)].state
        values = {c.key: _read(c, state.get(c.key, "" if c.key == "target" else None)) for c in self.controls}
        return [gr.Tabs(selected=values["tab"]), None, *values.values()]

    def _show(self, tab_id: str, prompt: Prompt | None, look: Look, values: Sequence[Any]) -> tuple[Any, list[Any]]:
        """What was drawn, and the values for the tab's outputs."""
        built = self.built[tab_id]
        if prompt is None:
            return gr.skip(), [gr.skip()] * len(built.outputs)
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
        """A forward pass has been made: the open tab is drawn, the others when they are opened."""
        n = len(self.built)
        drawn, own = dict(zip(self.built, rest[:n], strict=True)), list(rest[n:])
        states, outputs, fresh = [], [], []
        for tab_id, built in self.built.items():
            values, own = own[: len(built.controls)], own[len(built.controls) :]
            state, shown = gr.skip(), [gr.skip()] * len(built.outputs)
            if tab_id == active and drawn[tab_id] != (prompt, _look(pos, layer, head), tuple(values)):
                state, shown = self._show(tab_id, prompt, _look(pos, layer, head), values)
            states.append(state)
            outputs += shown
            last = drawn[tab_id]
            changed = last is not None and prompt is not None and last[0] != prompt
            fresh += [value if changed else gr.skip() for _, value in built.fresh]
        return [*states, *outputs, *fresh]


def _look(pos: Any, layer: Any, head: Any) -> Look:
    return Look(*(None if value is None else int(value) for value in (pos, layer, head)))


def build(model: str | None = None) -> gr.Blocks:
    """The whole page, not launched yet; ``model`` is what it opens with instead of the first lesson's."""
    with gr.Blocks(title=TITLE, analytics_enabled=False, fill_width=True) as demo:
        page = _Wiring(first_state(model))
        page.header()
        page.hidden()
        page.tab_row()
        page.wire(demo)
    demo.queue(default_concurrency_limit=None, max_size=settings().queue_size)
    return demo


def launch_options() -> dict[str, Any]:
    """What ``launch`` must be told for this page: theme, scripts, and that nothing of a visitor is kept or sent."""
    return {
        "theme": components.page_theme(),
        "head": components.head(),
        "css_paths": [components.ASSETS / "css" / "page.css"],
        "allowed_paths": components.allowed_paths(),
        "run_history": False,
        "ssr_mode": False,
        "footer_links": ["api", "settings"],
        "show_error": False,
    }
