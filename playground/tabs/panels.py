"""What changes on a tab of the page: its panel, the names of its views, and the controls that follow what is shown.

``drawing`` says what a panel shows; here that becomes changes of the tab's components.
"""

from __future__ import annotations

from typing import Any

import gradio as gr

from .. import engine
from . import drawing, links
from .contract import Tab
from .page import Changes, Given, Page, row_value
from .visits import Visit, open_view


def draw_tab(page: Page, tab: Tab, visit: Visit, given: Given, turn: int) -> Changes:
    """The tab's controls fitted to what was run, the names of its views, and its panel."""
    mine, values = page.by_tab[tab.id], page.newest(tab, visit, given, turn)
    changes: Changes = {}
    fits = drawing.adaptations(tab, visit, values)
    values.update({key: fit.value for key, fit in fits.items() if fit.value is not None})
    visit.newest(tab.id, values, turn)
    panel = draw_panel(page, tab, visit, values)
    for key, fit in fits.items():
        stands = (*key, "visible") not in visit.resting.get(tab.id, frozenset())
        update: dict[str, Any] = {"visible": fit.visible and stands}
        if fit.choices is not None:
            update["choices"] = list(fit.choices)
        if fit.value is not None:
            update["value"] = fit.value
        changes[mine.widgets[key]] = gr.update(**update)
    changes |= _labelled(page, tab, visit)
    with visit.lock:
        return panel | changes | {mine.row: row_value(tab, visit) | {"turn": visit.turn()}}


def draw_panel(page: Page, tab: Tab, visit: Visit, values: links.Values, *, again: bool = False) -> Changes:
    """The tab's panel where it shows something else now, and the controls that follow what is shown.

    ``again``: the panel is sent in any case.
    """
    payload = drawing.draw(tab, open_view(tab, visit), visit, values, again=again)
    changes = {} if payload is None else {page.by_tab[tab.id].panel: payload}
    followed = (
        rest_controls(page, tab, visit, values) | _turned(page, tab, visit, values) | _preset(page, tab, visit, values)
    )
    return changes | followed


def _preset(page: Page, tab: Tab, visit: Visit, values: links.Values) -> Changes:
    """Marks the preset that the controls stand at, or none."""
    widget = page.by_tab[tab.id].presets
    found = drawing.preset_of(tab, values)
    if widget is None or found == visit.preset.get(tab.id, drawing.preset_of(tab, links.defaults(tab))):
        return {}
    visit.preset[tab.id] = found
    return {widget: gr.update(value=found)}


def _turned(page: Page, tab: Tab, visit: Visit, values: links.Values) -> Changes:
    """Says at the fold of the rarely used controls how many of them are not as they were: none acts unseen."""
    fold = page.by_tab[tab.id].more
    mine = tab.controls_of(open_view(tab, visit))
    count = sum(
        c.more and c in mine and values.get((owner, c.key), c.default) != c.default for owner, c in links.owned(tab)
    )
    if fold is None or count == visit.turned.get(tab.id, 0):
        return {}
    visit.turned[tab.id] = count
    return {fold: count}


def _labelled(page: Page, tab: Tab, visit: Visit) -> Changes:
    """Says on a button what it does with a model of this kind."""
    changes: Changes = {}
    for view in tab.views:
        for action in view.actions:
            label = action.label if visit.info is None else action.label_for(visit.info.kind)
            if visit.labels.get((tab.id, view.id, action.id), action.label) != label:
                visit.labels[tab.id, view.id, action.id] = label
                changes[page.by_tab[tab.id].buttons[view.id, action.id]] = gr.update(value=label)
    return changes


def rest_controls(page: Page, tab: Tab, visit: Visit, values: links.Values) -> Changes:
    """Greys the controls that change nothing at the moment and hides those of another choice; and back again."""
    resting = frozenset(
        (owner, control.key, how)
        for owner, control in links.owned(tab)
        for how, rests in (
            ("interactive", bool(control.acts_if) and not values.get((owner, str(control.acts_if)), True)),
            ("visible", any(values.get((owner, key), few[0]) not in few for key, few in control.stands_if)),
        )
        if rests
    ) | frozenset(
        (view.id, action.id, "button")
        for view in tab.views
        for action in view.actions
        if any(values.get((view.id, key), few[0]) not in few for key, few in action.stands_if)
        or (action.kinds and visit.prompt is not None and engine.load(visit.prompt.model).kind not in action.kinds)
    )
    mine = page.by_tab[tab.id]
    changes: Changes = {}
    moved = resting ^ visit.resting.get(tab.id, frozenset())
    # What the model does not have stays hidden, whatever is chosen beside it.
    fits = drawing.adaptations(tab, visit, values) if moved else {}
    for owner, key, how in moved:
        if how == "button":
            changes[mine.buttons[owner, key]] = gr.update(visible=(owner, key, how) not in resting)
            continue
        fit = fits.get((owner, key))
        lacks = how == "visible" and fit is not None and not fit.visible
        awake: dict[str, Any] = {how: (owner, key, how) not in resting and not lacks}
        changes[mine.widgets[owner, key]] = gr.update(**awake)
    visit.resting[tab.id] = resting
    return changes
