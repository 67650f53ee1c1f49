"""What is shown now, said in the address bar and on the path of lessons."""

from __future__ import annotations

from .. import lessons
from . import drawing, links
from .contract import Tab, TabView
from .page import Changes, Given, Page, path_value
from .visits import Visit, open_view


def addressed(page: Page, visit: Visit, given: Given) -> Changes:
    """The address and the open lesson, which both follow from what is shown now."""
    with visit.lock:
        if visit.prompt is None or not visit.tab or visit.restoring:
            return {}
        tab = page.tab(visit.tab)
        view, values = open_view(tab, visit), visit.newest(tab.id, page.values(tab, given), 0)
        values |= {
            (owner, control.key): drawing.value_of(tab, owner, control, visit, values)
            for owner, control in links.owned(tab)
            if control.widget is None
        }
        done = drawing.done(tab, view, visit, values)
        query = links.write_query(visit.prompt, tab, view, visit.look, values, done)
        return _written(page, visit, tab, view, query) | _lesson(page, visit, query)


def _written(page: Page, visit: Visit, tab: Tab, view: TabView, query: str) -> Changes:
    """The address, where it is another one, or where it says what is to start."""
    if query == visit.address and not visit.start:
        return {}
    push = bool(visit.address) and links.place(query) != links.place(visit.address)
    press = f"{tab.id}-{view.id}-{visit.start}-go" if visit.start else None
    visit.address, visit.start = query, ""
    return {page.address: {"query": query, "push": push, "press": press, "gone": visit.gone, "turn": visit.turn()}}


def _lesson(page: Page, visit: Visit, query: str) -> Changes:
    """The path of lessons, where another one is open."""
    shown = lessons.shown(query, visit.lesson)
    visit.lesson = shown.number if shown else None
    if visit.path_drawn == (visit.lesson, visit.tab):
        return {}
    visit.path_drawn = visit.lesson, visit.tab
    return {page.lessons: path_value(page.all_tabs, shown, visit.tab) | {"turn": visit.turn()}}
