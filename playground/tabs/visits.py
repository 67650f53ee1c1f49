"""What each visitor sees at the moment: the run, the open tab and views, what is chosen and what was drawn.

Kept on the server by Gradio's session id, in memory that is bounded: a visitor who was forgotten is asked to run the
text again. Handlers of one visitor may overlap (a slider and a click), so each changes its visit in place.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any

from ..engine import Prompt
from ..facts import ModelInfo
from ..views.view import View
from .contract import Look, Tab, TabView

MOST_VISITS = 2000
"""Visits that are remembered; the one that was seen longest ago is forgotten first."""


@dataclass(frozen=True, eq=False)
class Result:
    """What an action has given."""

    action: str
    key: tuple[Any, ...]
    """``Asked.key()`` of what the action was asked."""
    prompt: Prompt | None
    view: View
    whole: bool = True
    """False for what it had given when it was stopped: pressing its button again would give more."""


@dataclass(eq=False)
class Visit:
    """One visitor's page."""

    prompt: Prompt | None = None
    """What was run last."""
    info: ModelInfo | None = None
    """The model that it was run on."""
    look: Look = field(default_factory=Look)
    tab: str = ""
    views: dict[str, str] = field(default_factory=dict)
    """Tab → the view that is open there."""
    chosen: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    """(tab, view) → values of the controls that are chosen in the picture."""
    drawn: dict[str, tuple[Any, ...]] = field(default_factory=dict)
    """Tab → what its panel shows: the view and the key of what it was asked."""
    kept: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Tab → digests of the parts of pictures that the browser holds."""
    results: dict[tuple[str, str], Result] = field(default_factory=dict)
    """(tab, view) → the result of its last action."""
    stops: dict[str, threading.Event] = field(default_factory=dict)
    """Tab → set it, and the action that works there ends. "" is the loading of a model."""
    values: dict[str, tuple[int, dict[tuple[str, str], Any]]] = field(default_factory=dict)
    """Tab → the newest values of its widgets, and the turn of the event that told of them."""
    shown: dict[str, int] = field(default_factory=dict)
    """Tab → the turn of what its panel shows."""
    address: str = ""
    """The query that the address bar shows."""
    gone: int | None = None
    """How often the browser had gone back or forward when it last said so; None for a page that was forgotten here."""
    start: str = ""
    """An action of the open view that is to start as soon as the text has run, because a link says so."""
    restored: int = 0
    """How often a link, a lesson or the back button has put the page into another state. The browser says with each
    event which state it shows: what belongs to one that was left changes nothing, for a run follows in any case."""
    restoring: bool = False
    """True until that run has ended: meanwhile the address bar is right, and the pictures are not."""
    ran: int = 0
    """The turn of the run that is shown."""
    gives_way: bool = False
    """True for a run that the page asked for by itself: it does not stand in line before those who pressed a button."""
    resting: dict[str, frozenset[tuple[str, str, str]]] = field(default_factory=dict)
    """Tab → (view, key, "interactive" or "visible") of the controls that are greyed, because a switch beside them is
    off, or hidden, because they belong to another choice."""
    turned: dict[str, int] = field(default_factory=dict)
    """Tab → how many of the controls behind "More settings" differ from what they are at first."""
    labels: dict[tuple[str, str, str], str] = field(default_factory=dict)
    """(tab, view, action) → what its button says, where that is not the action's own label."""
    preset: dict[str, str | None] = field(default_factory=dict)
    """Tab → the preset that is marked as the one that its controls stand at."""
    lesson: int | None = None
    """Number of the lesson that is open."""
    path_drawn: tuple[int | None, str] | None = None
    """Number of the lesson and the tab that the path of lessons shows as open."""

    def __post_init__(self) -> None:
        self.lock = threading.RLock()
        self._turn = 0

    def turn(self) -> int:
        """A number that is larger than all before it, also than those before the visit was forgotten and came again:
        the later of two things that happen at the same time has the last word, in the browser too."""
        with self.lock:
            self._turn = max(self._turn + 1, time.time_ns() // 1000)
            return self._turn

    def newest(self, tab: str, values: dict[tuple[str, str], Any], turn: int) -> dict[tuple[str, str], Any]:
        """The values of a tab's widgets: these, unless an event of a later turn has told of others."""
        with self.lock:
            if turn >= self.values.get(tab, (0, {}))[0]:
                self.values[tab] = (turn, values)
            return dict(self.values[tab][1])

    def stop(self, tab: str) -> None:
        """Ends what is at work on a tab, if anything is."""
        if event := self.stops.get(tab):
            event.set()


_lock = threading.Lock()
_visits: OrderedDict[str, Visit] = OrderedDict()


def visit_of(session: str | None) -> Visit:
    """The visit of a session, a new one for a session that is not known."""
    with _lock:
        visit = _visits.setdefault(session or "", Visit())
        _visits.move_to_end(session or "")
        while len(_visits) > MOST_VISITS:
            _visits.popitem(last=False)
        return visit


def forget(session: str | None) -> None:
    """The visitor has left: what is at work for them ends."""
    with _lock:
        visit = _visits.pop(session or "", None)
    for event in list(visit.stops.values()) if visit else ():
        event.set()


def open_view(tab: Tab, visit: Visit) -> TabView:
    """The view that is open on a tab."""
    return tab.by_id[visit.views.get(tab.id, tab.views[0].id)]
