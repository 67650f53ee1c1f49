"""What programs may ask of the page: one typed, documented endpoint for each view and each action."""

from __future__ import annotations

import inspect
import threading
from collections.abc import Callable, Iterator
from typing import Any, get_args

import gradio as gr

from .. import engine
from ..engine import Prompt
from ..errors import PlaygroundError
from ..views.view import Payload, View
from .contract import LOOK_KEYS, Action, Chosen, Control, Look, Tab, TabView, written
from .drawing import asked, left_behind, reason_against, refusal
from .links import index_of, owned
from .visits import Visit

LOOK_ABOUT = {
    "pos": "index of a token in the text; nothing: the view chooses",
    "layer": "index of a layer, -1 for the embedding; nothing: the view chooses",
    "head": "index of a head; nothing: the view chooses",
}


def add_endpoints(tab: Tab) -> None:
    """Makes the endpoints of a tab: ``/<tab>_<view>``, and for an action ``/<tab>_<view>_<action>``; an action that is
    named as its view is what the view is for, and takes its endpoint."""
    for view in tab.views:
        actions = {action.id: action for action in view.actions}
        own = actions.pop(view.id, None)
        name = f"{tab.id}_{view.id}".replace("-", "_")
        _add(tab, view, own, name)
        for action in actions.values():
            _add(tab, view, action, f"{name}_{action.id}".replace("-", "_"))


def _add(tab: Tab, view: TabView, action: Action | None, name: str) -> None:
    gr.api(endpoint(tab, view, action, name), api_name=name)


def endpoint(tab: Tab, view: TabView, action: Action | None, name: str) -> Callable[..., Any]:
    """The function behind an endpoint: typed parameters, a documented key for each control.

    It answers with the View as the browser gets it: picture, reading, table, python, notes, name; or with message and
    tone where there is no picture. An action streams such answers; the last one is its result.
    """
    reads = view.reads if action is None else action.reads
    controls = [(owner, c) for owner, c in owned(tab) if owner in ("", view.id) and c.key in reads]

    def visit_for(given: dict[str, Any]) -> tuple[Visit, dict[tuple[str, str], Any]]:
        visit = Visit(look=Look(**{key: index_of(given.get(key)) for key in LOOK_KEYS}))
        values = {(owner, c.key): c.take(given[c.key]) for owner, c in controls}
        for owner, c in controls:
            if c.widget is None:
                visit.chosen.setdefault((tab.id, owner), {})[c.key] = values[owner, c.key]
        if view.needs_prompt or given["model"]:
            visit.info = engine.load(_text(given, "model"))
            visit.prompt = Prompt(visit.info.id, _text(given, "text"), _text(given, "target") or None)
        return visit, values

    def show(*args: Any) -> Payload:
        given = dict(zip(names, args, strict=True))
        try:
            visit, values = visit_for(given)
            reason = reason_against(view, visit)
            return reason or view.show(asked(tab, view, visit, values, view.reads)).whole()
        except Exception as error:
            return refusal(error, f"the endpoint {name}")

    def stream(*args: Any) -> Iterator[Payload]:
        assert action is not None
        given = dict(zip(names, args, strict=True))
        try:
            visit, values = visit_for(given)
            if (reason := reason_against(view, visit)) is not None:
                yield reason
                return
            for shown in action.run(asked(tab, view, visit, values, action.reads), threading.Event().is_set):
                if isinstance(shown, Chosen):
                    shown = left_behind(tab, view, visit, shown, values)
                if isinstance(shown, View):
                    yield shown.whole()
        except Exception as error:
            yield refusal(error, f"the endpoint {name}")

    fn: Any = show if action is None else stream
    parameters = _parameters(view, [c for _, c in controls], reads)
    names = [p.name for p in parameters]
    fn.__name__ = name
    fn.__signature__ = inspect.Signature(parameters, return_annotation=dict[str, Any])
    fn.__annotations__ = {p.name: p.annotation for p in parameters} | {"return": dict[str, Any]}
    fn.__doc__ = _documentation(tab, view, action, [c for _, c in controls], reads)
    return fn


def _text(given: dict[str, Any], key: str) -> str:
    value = given.get(key)
    if value is not None and not isinstance(value, str):
        raise PlaygroundError(f"{key} wants a text, not {type(value).__name__}.")
    return value or ""


def _parameters(view: TabView, controls: list[Control], reads: frozenset[str]) -> list[inspect.Parameter]:
    def parameter(name: str, kind: Any, default: Any = inspect.Parameter.empty) -> inspect.Parameter:
        return inspect.Parameter(name, inspect.Parameter.POSITIONAL_OR_KEYWORD, default=default, annotation=kind)

    empty = inspect.Parameter.empty if view.needs_prompt else ""
    return [
        parameter("model", str, empty),
        parameter("text", str, empty),
        parameter("target", str, ""),
        *(parameter(key, int | None, None) for key in LOOK_KEYS if key in reads),
        *(parameter(control.key, control.type, control.default) for control in controls),
    ]


def _documentation(
    tab: Tab, view: TabView, action: Action | None, controls: list[Control], reads: frozenset[str]
) -> str:
    what = f"{tab.title}, {view.title}" + (f": {action.label}" if action and action.id != view.id else "")
    lines = [
        f"{what}. {view.help or tab.about}".replace("**", ""),
        "",
        "Args:",
        "    model: a bundled name, a hub id or a folder",
        "    text: what the model reads (an encoder–decoder's source)",
        "    target: an encoder–decoder's target text; empty: the model writes it",
        *(f"    {key}: {LOOK_ABOUT[key]}" for key in LOOK_KEYS if key in reads),
        *(f"    {control.key}: {_about(control)}" for control in controls),
        "",
        "Returns:",
        "    picture, reading, table, python, notes and name; or message and tone",
    ]
    return "\n".join(lines)


def _about(control: Control) -> str:
    options = get_args(control.type)
    shown = written(control.default).replace("\n", "\\n")
    return f"{control.label}{' (' + ', '.join(options) + ')' if options else ''}; {shown} if not given"
