"""The page put into the state that a link describes."""

from __future__ import annotations

import gradio as gr

from . import links
from .page import Changes, Page
from .running import sample_for
from .visits import Visit


def restored(page: Page, link: links.Link, visit: Visit) -> Changes:
    """The changes that put a visitor's page into the state of ``link``. The run that follows draws it.

    A control that is chosen in a picture has no widget: its value goes into ``visit``.
    """
    tab, text = page.tab(link.tab), link.text
    if not link.has_text and link.model != page.first["model"]:
        text = sample_for(link.model, "") or text  # a text made for this model, in its language
    widgets = page.by_tab[tab.id].widgets
    with visit.lock:
        visit.tab, visit.views[tab.id], visit.look, visit.start = tab.id, link.view, link.look, link.done
        visit.restored, visit.restoring = visit.restored + 1, True
        visit.newest(tab.id, {key: value for key, value in link.values.items() if key in widgets}, visit.turn())
        changes: Changes = {page.model: link.model, page.text: text, page.target: link.target}
        changes[page.state] = str(visit.restored)
    for owner, control in links.owned(tab):
        value = link.values[owner, control.key]
        if control.widget is None:
            visit.chosen.setdefault((tab.id, owner), {})[control.key] = value
        else:
            changes[widgets[owner, control.key]] = value
    return changes | {page.tabs: gr.Tabs(selected=tab.id)}
