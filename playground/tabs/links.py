"""The address bar: a link says what is open and what is chosen there, and is read back.

A link holds model, text and target, the open tab and view, the look, what an action has done, and those controls of
the open view that differ from their defaults: ``temperature=1.7`` for a control that the tab's views share,
``maps.hide=true`` for a view's own. The browser's half is ``assets/js/state.js``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlencode

from ..engine import Prompt
from .contract import LOOK_KEYS, Control, Look, Tab, TabView, written

DEEPEST = 10**6
"""Past every index that there can be."""

Values = Mapping[tuple[str, str], Any]
"""(view, key) → value of a control; the view is "" for a control that the tab's views share."""


@dataclass(frozen=True)
class Link:
    """What a link says; what it leaves out or cannot be has its default."""

    model: str
    text: str
    target: str
    tab: str
    view: str
    look: Look = field(default_factory=Look)
    values: Values = field(default_factory=dict)
    """Of all controls of the tab."""
    done: str = ""
    """The action whose result is shown; "" for none."""
    has_text: bool = True
    """Whether the link says a text itself; "" counts as one."""


def owned(tab: Tab) -> Iterator[tuple[str, Control]]:
    """Every control of a tab with the view that it belongs to, "" for those that views share."""
    yield from (("", control) for control in tab.controls)
    yield from ((view.id, control) for view in tab.views for control in view.controls)


def defaults(tab: Tab) -> dict[tuple[str, str], Any]:
    """Every control of a tab as it stands at first."""
    return {(owner, control.key): control.default for owner, control in owned(tab)}


def key_in_link(owner: str, key: str) -> str:
    """``temperature``, ``maps.hide``."""
    return f"{owner}.{key}" if owner else key


def read_query(query: str, tabs: Sequence[Tab], first: Mapping[str, str]) -> Link:
    """What an address bar's query says, as far as it can be; ``first`` is what the page opens with."""
    given = dict(parse_qsl(query.removeprefix("?"), keep_blank_values=True))
    return read_state({**({} if given.keys() & {"text", "model"} else first), **given}, tabs, first)


def read_state(given: Mapping[str, str], tabs: Sequence[Tab], first: Mapping[str, str]) -> Link:
    """What texts by key say, such as those of a lesson."""
    by_id = {tab.id: tab for tab in tabs}
    tab = by_id.get(given.get("tab", ""), by_id[first["tab"]])
    view = tab.by_id.get(given.get("view", ""), tab.views[0])
    values = {
        (owner, control.key): _read(control, given.get(key_in_link(owner, control.key)))
        for owner, control in owned(tab)
    }
    done = given.get("done", "")
    return Link(
        model=given.get("model", first["model"]),
        text=given.get("text", first["text"]),
        target=given.get("target", ""),
        tab=tab.id,
        view=view.id,
        look=Look(*(_index(given.get(key)) for key in LOOK_KEYS)),
        values=values,
        done=done if done in {action.id for action in view.actions} else "",
        has_text="text" in given,
    )


def write_query(prompt: Prompt, tab: Tab, view: TabView, look: Look, values: Values, done: str = "") -> str:
    """The query of a link to what is shown."""
    cuts = any(control.runs for control in tab.controls_of(view))  # what was left out of the text is asked for again
    text = prompt.typed if cuts else prompt.text
    pairs: dict[str, Any] = {"model": prompt.model, "text": text, "target": prompt.target or None}
    pairs |= {"tab": tab.id, "view": None if view is tab.views[0] else view.id}
    pairs |= {key: getattr(look, key) for key in LOOK_KEYS if key in view.used}
    mine = {control.key for control in tab.controls_of(view)}
    for owner, control in owned(tab):
        value = values.get((owner, control.key), control.default)
        if owner in ("", view.id) and control.key in mine and value != control.default:
            pairs[key_in_link(owner, control.key)] = value
    pairs["done"] = done or None
    texts = {key: written(value) for key, value in pairs.items() if value is not None}
    return "?" + urlencode(texts, errors="replace")  # a lone surrogate, which no address can hold


def place(query: str) -> tuple[str | None, ...]:
    """What the back button returns to: a link's model, texts, tab and view."""
    given = dict(parse_qsl(query.removeprefix("?"), keep_blank_values=True))
    return tuple(given.get(key) for key in ("model", "text", "target", "tab", "view"))


def _read(control: Control, text: str | None) -> Any:
    if text is None:
        return control.default
    try:
        return control.read(text)
    except (ValueError, OverflowError):
        return control.default


def _index(text: str | None) -> int | None:
    try:
        value = int(text) if text is not None else None
    except ValueError:
        return None
    return value if value is not None and -1 <= value < DEEPEST else None


def index_of(value: Any) -> int | None:
    """An index that a click or a program names; None for anything else (what they send is anyone's guess)."""
    fits = isinstance(value, int) and not isinstance(value, bool) and -1 <= value < DEEPEST
    return value if fits else None
