"""What happens on the page: handlers that take values by component and return those that change.

Only what is open is drawn, and again only when something that it reads has changed (``drawing``). What a visitor has
chosen stands in their ``Visit``; what they typed or turned stands in the widgets.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import gradio as gr

from .. import engine, lessons
from ..engine import Prompt
from ..settings import settings
from ..views.header import model_line
from ..views.view import View
from . import drawing, links
from .addressing import addressed
from .contract import Action, Chosen, Doing, Look, Tab, TabView
from .page import Changes, Data, Given, Page
from .panels import draw_panel, draw_tab
from .restoring import restored
from .running import Ran, left_out, run, sample_for
from .visits import Result, Visit, open_view, visit_of
from .watching import watched


class Handlers:
    """The handlers of one page. Each is told the visitor's session last."""

    def __init__(self, page: Page) -> None:
        self.page = page

    # ---- where a visitor comes from: a link, the back button, a lesson, another model ----

    def restore(self, given: Given, session: str | None) -> Changes:
        """The page as the address bar says when it opens."""
        visit = visit_of(session)
        visit.prompt = visit.info = None
        visit.gone = 0
        return restored(self.page, self._link(_text(given, self.page.query)), visit)

    def go_back(self, data: Data, session: str | None) -> Changes:
        """The page as the address bar says after the reader went back or forward."""
        visit = visit_of(session)
        with visit.lock:
            visit.address = str(data.get("query") or "")  # the browser shows it already
            visit.gone = links.index_of(data.get("gone"))
            return restored(self.page, self._link(visit.address), visit)

    def open_lesson(self, data: Data, session: str | None) -> Changes:
        """The page as a lesson describes it."""
        lesson = next((le for le in lessons.lessons() if le.number == data.get("number")), None)
        if lesson is None:
            return {}
        visit = visit_of(session)
        visit.lesson = lesson.number
        visit.views.clear()  # where it sends people on another tab, that tab opens on its first view
        return restored(self.page, links.read_state(lesson.state, self.page.all_tabs, self.page.first), visit)

    def accept_offer(self, data: Data, session: str | None) -> Changes:
        """A view that does not suit the model has offered one that does: the same view, on a text made for it."""
        visit, model = visit_of(session), str(data.get("model") or "")
        tab = self.page.tab(visit.tab or self.page.first["tab"])
        state = {"model": model, "text": sample_for(model, "") or "", "tab": tab.id, "view": open_view(tab, visit).id}
        return restored(self.page, links.read_state(state, self.page.all_tabs, self.page.first), visit)

    def choose_model(self, given: Given) -> Changes:
        """Another model: a ready-made text gives way to one made for it."""
        text = sample_for(_text(given, self.page.model), _text(given, self.page.text))
        return {self.page.text: gr.skip() if text is None else text}

    def _link(self, query: str) -> links.Link:
        return links.read_query(query, self.page.all_tabs, self.page.first)

    def _left(self, given: Given, visit: Visit) -> bool:
        """Whether an event belongs to a state of the page that the visitor has left meanwhile."""
        said = _text(given, self.page.state)
        return bool(said and visit.restored) and said != str(visit.restored)

    # ---- run ----

    def give_way(self, given: Given, session: str | None) -> Changes:
        """The page itself asks for the run that follows, because the typing rests."""
        visit_of(session).gives_way = True
        return {}

    def run(self, given: Given, session: str | None, progress: Any) -> Changes:
        """Runs the text and draws what is open. On failure only the notice changes: what was typed stays, and the
        pictures stay with what they show."""
        page, visit = self.page, visit_of(session)
        gives_way, visit.gives_way = visit.gives_way, False
        if gives_way and visit.prompt is not None and engine.line().crowd >= settings().workers:
            # The picture stays dimmed, and the page says that Run must be pressed.
            return {page.typing: _typed(visit.prompt, quick=False)}
        turn, restored = visit.turn(), visit.restored
        if self._left(given, visit):
            return {}
        ran = run(*self._typed_in(given), visit, progress, **self._run_settings(given))
        with visit.lock:
            if visit.restored != restored or turn < visit.ran:
                return {}
            restoring, visit.restoring, visit.ran = visit.restoring, False, turn
            if isinstance(ran, str):
                tab = visit.tab if restoring and visit.prompt is not None else ""  # a tab that waited for this run
                return {page.notice: ran} | (draw_tab(page, page.tab(tab), visit, given, turn) if tab else {})
            if visit.prompt != ran.prompt:
                for tab_id in page.by_tab:
                    visit.stop(tab_id)
            if ran.moved and not restoring:
                visit.look = Look(layer=visit.look.layer, head=visit.look.head)
            visit.prompt, visit.info = ran.prompt, ran.info
            visit.tab = visit.tab or page.first["tab"]
        changes = self._said(ran, given)
        # The browser may show another tab than the one that Python has named last: both are drawn.
        for tab_id in {visit.tab, _text(given, page.open_tab)} & page.by_tab.keys():
            changes |= draw_tab(page, page.tab(tab_id), visit, given, turn)
        return changes | addressed(page, visit, given)

    def _typed_in(self, given: Given) -> tuple[str, str, str]:
        """Model, text and target, as they stand in their boxes."""
        page = self.page
        return _text(given, page.model), _text(given, page.text), _text(given, page.target)

    def _run_settings(self, given: Given) -> dict[str, Any]:
        """What the run is told by controls of the tabs, by their keys."""
        found = {}
        for tab in self.page.all_tabs:
            for owner, control in links.owned(tab):
                if control.runs:
                    widget = self.page.by_tab[tab.id].widgets[owner, control.key]
                    found[control.key] = control.take(given.get(widget, control.default))
        return found

    def _said(self, ran: Ran, given: Given) -> Changes:
        page, two_texts = self.page, ran.info.kind == "encoder-decoder"
        return {
            page.notice: {"note": said} if (said := left_out(ran.prompt)) else "",
            page.model_line: model_line(ran.info, ran.trace),
            page.typing: _typed(Prompt(*self._typed_in(given)), ran.quick),
            page.target: gr.update(
                visible=two_texts, placeholder=f"Written by the model: {ran.trace.target}" if two_texts else ""
            ),
        }

    # ---- tabs and views ----

    def open_tab(self, tab: Tab, given: Given, session: str | None) -> Changes:
        """A tab is opened."""
        visit, turn = visit_of(session), visit_of(session).turn()
        # Gradio says so of a tab that Python has opened, too, and at times when the next is open already.
        if self._left(given, visit) or (visit.prompt is None and open_view(tab, visit).needs_prompt):
            return {}  # the run that follows draws what is open then
        visit.tab = tab.id
        if visit.restoring:
            return {}
        return draw_tab(self.page, tab, visit, given, turn) | addressed(self.page, visit, given)

    def choose_view(self, tab: Tab, given: Given, data: Data, session: str | None) -> Changes:
        """Another view of a tab is chosen."""
        visit, turn = visit_of(session), visit_of(session).turn()
        if self._left(given, visit):
            return {}
        if data.get("view") in tab.by_id:
            visit.tab, visit.views[tab.id] = tab.id, str(data["view"])
        return draw_tab(self.page, tab, visit, given, turn) | addressed(self.page, visit, given)

    def change_control(self, tab: Tab, given: Given, session: str | None) -> Changes:
        """A control of a tab was moved."""
        visit, turn = visit_of(session), visit_of(session).turn()
        if self._left(given, visit):
            return {}
        values = self.page.newest(tab, visit, given, turn)
        return draw_panel(self.page, tab, visit, values) | addressed(self.page, visit, given)

    def choose_preset(self, tab: Tab, given: Given, session: str | None) -> Changes:
        """Several controls of a tab are set at once."""
        visit, mine, turn = visit_of(session), self.page.by_tab[tab.id], visit_of(session).turn()
        preset = tab.presets.get(_text(given, mine.presets))
        if preset is None or self._left(given, visit):
            return {}
        updates: Changes = {mine.widgets["", key]: value for key, value in preset.items()}
        values = {**self.page.newest(tab, visit, given, turn), **{("", key): value for key, value in preset.items()}}
        values = visit.newest(tab.id, values, turn)
        return updates | draw_panel(self.page, tab, visit, values) | addressed(self.page, visit, given | updates)

    def change_text(self, given: Given, data: Data, session: str | None) -> Changes:
        """The typing in one of a tab's own texts rests."""
        tab_id = data.get("tab")
        return self.change_control(self.page.tab(str(tab_id)), given, session) if tab_id in self.page.by_tab else {}

    def click_picture(self, tab: Tab, given: Given, data: Data, session: str | None) -> Changes:
        """Something in a picture was chosen."""
        visit, mine, turn = visit_of(session), self.page.by_tab[tab.id], visit_of(session).turn()
        if self._left(given, visit):
            return {}
        values = self.page.newest(tab, visit, given, turn)
        changed = drawing.choose_from_picture(tab, open_view(tab, visit), visit, data, values)
        updates = {mine.widgets[key]: value for key, value in changed.items()}
        values = visit.newest(tab.id, values | changed, turn)
        return updates | draw_panel(self.page, tab, visit, values) | addressed(self.page, visit, given)

    def send_again(self, tab: Tab, given: Given, session: str | None) -> Changes:
        """The browser lacks a part of the picture that it was thought to hold."""
        visit, turn = visit_of(session), visit_of(session).turn()
        visit.kept.pop(tab.id, None)
        return draw_panel(self.page, tab, visit, self.page.newest(tab, visit, given, turn), again=True)

    # ---- actions ----

    def run_action(
        self, tab: Tab, view: TabView, action: Action, given: Given, session: str | None
    ) -> Iterator[Changes]:
        """A button starts work that goes on: its Views are shown as they come, as long as their view is open."""
        visit, panel, place = visit_of(session), self.page.by_tab[tab.id].panel, (tab.id, view.id)
        if self._left(given, visit):
            yield {}
            return
        turn = visit.turn()
        visit.stop(tab.id)
        stop = visit.stops[tab.id] = threading.Event()
        try:
            question = drawing.asked(tab, view, visit, self.page.newest(tab, visit, given, turn), action.reads)
            for shown in watched(action.run(question, stop.is_set)):
                if isinstance(shown, View):
                    visit.results[place] = Result(action.id, question.key(), question.prompt, shown)
                elif isinstance(shown, Chosen):
                    drawing.choose_from_picture(tab, view, visit, shown.values, {})
                    visit.results.pop(place, None)
                if open_view(tab, visit) is not view or question.prompt != visit.prompt:
                    continue
                if not isinstance(shown, Doing):
                    yield draw_panel(self.page, tab, visit, self.page.newest(tab, visit, given, turn))
                else:
                    yield {panel: {"doing": shown.sentence, "fraction": shown.fraction, "turn": visit.turn()}}
            if stop.is_set() and place in visit.results:
                visit.results[place] = replace(visit.results[place], whole=False)
        except Exception as error:
            visit.drawn.pop(tab.id, None)
            refused = drawing.refusal(error, f"the action {tab.id}-{view.id}-{action.id}")
            yield {panel: refused | {"turn": visit.turn()}}
        finally:
            if visit.stops.get(tab.id) is stop:
                del visit.stops[tab.id]
        yield addressed(self.page, visit, given)

    def stop_action(self, tab: Tab, session: str | None) -> None:
        """Ends the work on a tab within one step; what it has given stays."""
        visit_of(session).stop(tab.id)


def _text(given: Given, part: Any) -> str:
    """The text in a part of the page: what is sent in its place may be anything."""
    value = given.get(part)
    return value if isinstance(value, str) else ""


def _typed(ran: Prompt, quick: bool) -> dict[str, Any]:
    """What the browser compares the text boxes with, to tell whether their text has run."""
    return {"model": ran.model, "text": ran.text, "target": ran.target or "", "quick": quick}
