"""What a tab's panel shows for what is asked: the open view's picture, or a sentence that says why not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..errors import PlaygroundError
from ..serving.guard import note
from ..views.view import Payload, View, message
from .contract import LOOK_KEYS, Action, Adaptation, Asked, Chosen, Control, Look, Tab, TabView, narrowed
from .links import Values, index_of, owned
from .visits import Result, Visit

BROKEN = "Something went wrong here. The other views still work; try another text or model."
NOTHING_RUN = "Nothing has been run yet. Choose a model, type a text and press Run."


def sentence(error: Exception, doing: str) -> str:
    """What a visitor is told of ``error``: its own words if they were written for visitors, else that something broke.

    The latter is a mistake of ours: the log gets the traceback and what was being done (``serving.guard.note``);
    ``doing`` holds no text of visitors. For use in an ``except``.
    """
    if isinstance(error, PlaygroundError):
        return str(error)
    note(error, doing)
    return BROKEN


def refusal(error: Exception, doing: str) -> Payload:
    """``sentence`` for a panel: a reason is told calmly, only what broke looks broken."""
    said = sentence(error, doing)
    return message(said, "reason" if isinstance(error, PlaygroundError) else "error")


def asked(tab: Tab, view: TabView, visit: Visit, values: Values, reads: frozenset[str]) -> Asked:
    """What a view or an action is asked, with no more than it reads.

    Raises:
        PlaygroundError: a control holds what it cannot be, such as an emptied number.
    """
    taken = {}
    for owner, control in owned(tab):
        if owner in ("", view.id) and control.key in reads:
            taken[control.key] = control.take(value_of(tab, owner, control, visit, values))
    return narrowed(Asked(visit.prompt, visit.look, taken), reads)


def value_of(tab: Tab, owner: str, control: Control, visit: Visit, values: Values) -> Any:
    """A control's value: its widget's, or what was chosen in the picture."""
    if control.widget is None:
        return visit.chosen.get((tab.id, owner), {}).get(control.key, control.default)
    return values.get((owner, control.key), control.default)


def draw(tab: Tab, view: TabView, visit: Visit, values: Values, *, again: bool = False) -> Payload | None:
    """The payload for a tab's panel; None where it shows just that already, or something later.

    Args:
        tab: the tab.
        view: the view that is open there.
        visit: whose page it is; it remembers what was drawn.
        values: of the tab's controls.
        again: True to draw in any case.
    """
    turn, last = visit.turn(), visit.drawn.pop(tab.id, None)
    key: tuple[Any, ...] | None = None
    outdated = ""
    try:
        shown: View | Payload | None = reason_against(view, visit)
        if shown is None:
            question = asked(tab, view, visit, values, view.reads)
            result = result_of(tab, view, visit)
            outdated = _outdated(tab, view, visit, values, result)
            if outdated and result is not None and not _action(view, result).stays:
                visit.results.pop((tab.id, view.id), None)
                result, outdated = None, ""
            key = (view.id, question.key() if result is None else result, outdated)
            if again or last != key:
                shown = view.show(question) if result is None else result.view
                if shown.forgets and result is None:
                    for name in shown.forgets:
                        visit.chosen.get((tab.id, view.id), {}).pop(name, None)
                    key = (view.id, asked(tab, view, visit, values, view.reads).key(), outdated)
    except Exception as error:
        key, shown = None, refusal(error, f"the view {tab.id}-{view.id}{_on(visit)}")
    return _taken(tab, visit, turn, key, shown, outdated)


def _taken(
    tab: Tab, visit: Visit, turn: int, key: tuple[Any, ...] | None, shown: View | Payload | None, outdated: str
) -> Payload | None:
    """What the panel gets, unless something that was asked for later stands there already."""
    with visit.lock:
        if turn < visit.shown.get(tab.id, 0):
            return None
        visit.shown[tab.id] = turn
        if key is not None:
            visit.drawn[tab.id] = key
        if isinstance(shown, View):
            shown = sent(tab, visit, shown) | {"outdated": outdated}
        return None if shown is None else {**shown, "turn": turn}


def sent(tab: Tab, visit: Visit, view: View) -> Payload:
    """A View as the tab's panel in the browser takes it, without what the panel holds already."""
    payload = view.payload(visit.kept.get(tab.id, ()))
    visit.kept[tab.id] = tuple(payload["kept"])
    return payload


def reason_against(view: TabView, visit: Visit) -> Payload | None:
    """What stands in the place of a picture before anything has run, or where the view cannot serve the model."""
    if not view.needs_prompt:
        return None
    if visit.prompt is None or visit.info is None:  # the first run of this visit has failed, or was forgotten
        return message(NOTHING_RUN)
    unsuited = view.suits(visit.info)
    return None if unsuited is None else message(unsuited.sentence, "reason") | {"offer": unsuited.model}


def _on(visit: Visit) -> str:
    return f" on {visit.prompt.model}" if visit.prompt else ""


def result_of(tab: Tab, view: TabView, visit: Visit) -> Result | None:
    """What the view's action has given for the present prompt; a new prompt puts it away."""
    result = visit.results.get((tab.id, view.id))
    if result is None or (view.needs_prompt and result.prompt != visit.prompt):
        return None
    return result


def _action(view: TabView, result: Result) -> Action:
    """The action that gave a result."""
    return next(action for action in view.actions if action.id == result.action)


def _outdated(tab: Tab, view: TabView, visit: Visit, values: Values, result: Result | None) -> str:
    """What to do where the controls of an action have changed since it gave what is shown; "" where they have not."""
    if result is None:
        return ""
    action = _action(view, result)
    if asked(tab, view, visit, values, action.reads).key() == result.key:
        return ""
    return f"The settings have changed: press {action.label}"


def done(tab: Tab, view: TabView, visit: Visit, values: Values) -> str:
    """The action whose result is shown, if pressing its button again would give the same: then a link can say so."""
    result = result_of(tab, view, visit)
    if result is None or not result.whole:
        return ""
    action = _action(view, result)
    try:
        return action.id if asked(tab, view, visit, values, action.reads).key() == result.key else ""
    except PlaygroundError:
        return ""


def preset_of(tab: Tab, values: Values) -> str | None:
    """The name of the tab's preset that its controls stand at; None for settings of one's own."""
    for name, preset in tab.presets.items():
        if all(values.get(("", key)) == value for key, value in preset.items()):
            return name
    return None


def adaptations(tab: Tab, visit: Visit, values: Values) -> dict[tuple[str, str], Adaptation]:
    """How the tab's controls fit themselves to what was run, by (view, key)."""
    if visit.prompt is None:
        return {}
    found = {}
    for owner, control in owned(tab):
        if control.adapt is None:
            continue
        try:
            found[owner, control.key] = control.adapt(visit.prompt, values.get((owner, control.key), control.default))
        except PlaygroundError:
            found[owner, control.key] = Adaptation(visible=False)  # the panel says why
    return found


def choose_from_picture(
    tab: Tab, view: TabView, visit: Visit, data: Mapping[str, Any], values: Values
) -> dict[tuple[str, str], Any]:
    """A click in a picture names what it chose, by key: of the look, or of one of the view's controls.

    Changes the look and what is chosen in pictures in ``visit``; returns the values of widgets that change.
    """
    look = {key: index_of(data.get(key)) for key in LOOK_KEYS if key in view.used}
    kept = {key: getattr(visit.look, key) for key in LOOK_KEYS}
    visit.look = Look(**(kept | {key: value for key, value in look.items() if value is not None}))
    changed = {}
    for owner, control in owned(tab):
        if owner not in ("", view.id) or control.key not in data or control.key not in view.used:
            continue
        try:
            value = control.take(data[control.key])
        except PlaygroundError:
            continue
        if control.widget is None:
            visit.chosen.setdefault((tab.id, owner), {})[control.key] = value
        elif value != values.get((owner, control.key)):
            changed[owner, control.key] = value
    return changed


def left_behind(tab: Tab, view: TabView, visit: Visit, chosen: Chosen, values: Values) -> View:
    """What the view shows once an action has left it these values."""
    changed = choose_from_picture(tab, view, visit, chosen.values, values)
    return view.show(asked(tab, view, visit, {**values, **changed}, view.reads))
