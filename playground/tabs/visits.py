"""What each visitor sees at the moment: the run, the open tab and views, what is chosen and what was drawn.

Kept on the server by Gradio's session id, in memory that is bounded: a visitor who was forgotten is asked to run the
text again. Handlers of one visitor may overlap (a slider and a click), so each changes its visit in place.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any

from ..engine import Prompt
from ..facts import ModelInfo
from ..views.view import View
from .contract import Look

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
    address: str = ""
    """The query that the address bar shows."""
    start: str = ""
    """An action of the open view that is to start as soon as the text has run, because a link says so."""
    restored: int = 0
    """How often a link, a lesson or the back button has put the page into another state: a run that began before that
    is out of date when it ends, and the run that follows takes its place."""
    gives_way: bool = False
    """True for a run that the page asked for by itself: it does not stand in line before those who pressed a button."""
    resting: dict[str, frozenset[tuple[str, str]]] = field(default_factory=dict)
    """Tab → (view, key) of the controls that are greyed, because a switch beside them is off."""
    lesson: int | None = None
    """Number of the lesson that is open."""
    lesson_drawn: int | None = None
    """Number of the lesson that the path of lessons shows as open."""

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
