"""Connects the page's events to their handlers; the same for every tab, made from what the tabs declare.

Gradio gives a handler its inputs as a dict by component where ``inputs`` is a set, and takes a dict of the outputs that
change: nothing is found by its position. It finds ``gr.Request`` by its annotation, which it cannot see through
``functools.partial``: hence the small functions here.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import gradio as gr

from .contract import Action, Tab, TabView
from .endpoints import add_endpoints
from .handlers import Handlers
from .links import owned
from .page import Changes, Data, Given, Page
from .page_components import event_of
from .visits import forget, visit_of

PLAIN: dict[str, Any] = {"api_visibility": "private", "preprocess": False, "postprocess": False}
"""For events of the page itself: no endpoint for programs. Gradio hands values over as the browser sent them, and
sends what the handlers give: its own checks take a thread for each of a hundred components, and controls check too."""
PRIVATE: dict[str, Any] = {**PLAIN, "show_progress": "hidden"}
"""And no veil over what is about to change."""
AT_ONCE: dict[str, Any] = {**PRIVATE, "queue": False, "trigger_mode": "always_last"}
"""For choosing, turning and going back: past the queue, and of two in a row the second is never lost. What Gradio 6.31
has put off it sends with the data of the event before: hence ``page.events``, whose value it gathers anew."""

# These run before the page's scripts may be there.
QUERY = "() => window.location.search"
OPEN_TAB = """() => (document.querySelector('#page-tabs [role=tab][aria-selected=true]')?.id || '')
  .replace('-tab-button', '')"""


def wire(page: Page, demo: gr.Blocks) -> Handlers:
    """Connects everything."""
    do = Handlers(page)
    start, at_once = _runner(page, do), _told_by(page, AT_ONCE)
    restored: list[Any] = [page.model, page.text, page.target, page.tabs, page.state, page.address, *page.widgets()]
    start(demo.load(_given(page, do.restore), {page.query}, restored, js=QUERY, **_told_by(page, PRIVATE)))
    start(page.events.back(_event(page, "back", do.go_back), {page.events}, restored, **at_once))
    start(page.events.lesson(_event(page, "lesson", do.open_lesson), {page.events}, restored, **at_once))
    start(page.model.input(do.choose_model, {page.model, page.text}, page.text, queue=False, **_told_by(page, PRIVATE)))
    start(gr.on([page.go.click, page.text.submit, page.target.submit], None, **PRIVATE))
    start(
        page.typing.run(
            _given(page, do.give_way), {page.open_tab}, page.address, queue=False, **_told_by(page, PRIVATE)
        )
    )
    page.cancel.click(_cancel, None, None, queue=False, **PRIVATE)
    demo.unload(_leave)
    parts = [part for one in page.by_tab.values() for part in (one.panel, one.more, one.presets) if part]
    after: list[Any] = [*parts, *page.widgets(), page.address, page.lessons]
    typed: set[Any] = {page.events, page.state, *page.widgets()}
    page.events.settle(_given_event(page, "settle", do.change_text), typed, after, **at_once)
    for tab in page.all_tabs:
        _wire_tab(page, tab, do)
        for owner, control in owned(tab):
            if control.runs:
                widget: Any = page.by_tab[tab.id].widgets[owner, control.key]
                start(gr.on([widget.input], None, **PRIVATE))
        offer = event_of("offer", tab.id)
        taken = getattr(page.events, offer)
        start(taken(_event(page, offer, do.accept_offer), {page.events}, restored, **at_once))
        add_endpoints(tab)
    return do


def _told_by(page: Page, settings: dict[str, Any]) -> dict[str, Any]:
    """The settings of an event, with one part that is told how it gets on: otherwise every output is, one by one."""
    return {**settings, "show_progress_on": page.address}


def _runner(page: Page, do: Handlers) -> Callable[[Any], None]:
    """Connects a run behind an event."""
    tabs = page.by_tab.values()
    inputs: set[Any] = {page.model, page.text, page.target, page.open_tab, page.state, *page.widgets()}
    outputs: list[Any] = [page.notice, page.model_line, page.typing, page.target, page.address, page.lessons]
    outputs += [
        *page.widgets(),
        *(part for one in tabs for part in (one.panel, one.row, one.more, one.presets, *one.buttons.values()) if part),
    ]

    def run(given: Given, request: gr.Request, progress: gr.Progress = gr.Progress()) -> Changes:  # noqa: B008
        return _some(page, do.run(given, request.session_hash, progress))

    def start(event: Any) -> None:
        looked = event.then(None, None, page.open_tab, js=OPEN_TAB, **PRIVATE)
        looked.then(
            run, inputs, outputs, trigger_mode="always_last", show_progress_on=page.model_line, **PLAIN,
        )  # fmt: skip

    return start


def _wire_tab(page: Page, tab: Tab, do: Handlers) -> None:
    mine, at_once = page.by_tab[tab.id], _told_by(page, AT_ONCE)
    widgets = set(mine.widgets.values())
    own: set[Any] = {page.state, *widgets}
    shown: list[Any] = [mine.panel, mine.row, page.address, page.lessons, *widgets]
    shown += [*(part for part in (mine.more, mine.presets) if part), *mine.buttons.values()]
    mine.tab.select(_given(page, do.open_tab, tab), own, shown, **at_once)
    for kind, method in (("choose", do.choose_view), ("pick", do.click_picture)):
        event = event_of(kind, tab.id)
        happened = getattr(page.events, event)
        happened(_given_event(page, event, method, tab), {page.events, *own}, shown, **at_once)
    mine.panel.missing(_given(page, do.send_again, tab), own, shown, **at_once)
    turned = [
        mine.widgets[owner, control.key].input  # type: ignore[attr-defined]
        for owner, control in owned(tab)
        if control.widget is not None and not (control.typed or control.runs)
    ]
    if turned:
        gr.on(turned, _given(page, do.change_control, tab), own, shown, **at_once)
    if mine.presets is not None:
        mine.presets.input(_given(page, do.choose_preset, tab), {*own, mine.presets}, shown, **at_once)
    for (view_id, action_id), button in mine.buttons.items():
        view = tab.by_id[view_id]
        action = next(action for action in view.actions if action.id == action_id)
        button.click(None, None, None, js=f"() => Playground.working('{tab.id}', true)", **PRIVATE)
        button.click(
            _steps(page, do, tab, view, action), own, shown, trigger_mode="once", **_told_by(page, PRIVATE),
        ).then(None, None, None, js=f"() => Playground.working('{tab.id}', false)", **PRIVATE)  # fmt: skip
    if mine.stop is not None:
        mine.stop.click(_stop(do, tab), None, None, queue=False, **PRIVATE)


def _given(page: Page, method: Callable[..., Changes], *bound: Any) -> Callable[..., Changes]:
    def handle(given: Given, request: gr.Request) -> Changes:
        return _some(page, method(*bound, given, request.session_hash))

    return handle


def _event(page: Page, name: str, method: Callable[..., Changes]) -> Callable[..., Changes]:
    def handle(given: Given, request: gr.Request) -> Changes:
        return _some(page, method(_data(page, given, name), request.session_hash))

    return handle


def _given_event(page: Page, name: str, method: Callable[..., Changes], *bound: Any) -> Callable[..., Changes]:
    def handle(given: Given, request: gr.Request) -> Changes:
        return _some(page, method(*bound, given, _data(page, given, name), request.session_hash))

    return handle


def _steps(page: Page, do: Handlers, tab: Tab, view: TabView, action: Action) -> Callable[..., Iterator[Changes]]:
    def handle(given: Given, request: gr.Request) -> Iterator[Changes]:
        for changes in do.run_action(tab, view, action, given, request.session_hash):
            yield _some(page, changes)

    return handle


def _some(page: Page, changes: Changes) -> Changes:
    """The changes as they travel. A picture goes as text: Gradio looks through all that is in a mapping, several times,
    for files and for what has changed since the last step. It takes an empty dict for a value, not for "nothing
    changes" (6.31)."""
    panels = {one.panel for one in page.by_tab.values()}
    sent = {part: json.dumps(value) if part in panels else value for part, value in changes.items()}
    return sent or {page.address: gr.skip()}


def _stop(do: Handlers, tab: Tab) -> Callable[..., None]:
    def handle(request: gr.Request) -> None:
        do.stop_action(tab, request.session_hash)

    return handle


def _cancel(request: gr.Request) -> None:
    """Ends the visitor's own loading; whoever else waits for the same model goes on."""
    visit_of(request.session_hash).stop("")


def _leave(request: gr.Request) -> None:
    forget(request.session_hash)


def _data(page: Page, given: Given, name: str) -> Data:
    """What an event of ``page.events`` carries: anyone's guess."""
    told = given.get(page.events)
    data = told.get(name) if isinstance(told, dict) else None
    return data if isinstance(data, dict) else {}
