"""The path of lessons: ready-made examples in the order in which text travels through a model.

Each is a link into the page, so a lesson can set anything that a link can.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from .catalog import catalog

LESSONS = Path(__file__).resolve().parent.parent / "assets" / "lessons.json"
PLACE = ("model", "text", "target", "tab", "view")
"""The keys of a link that make a lesson another one; what is turned and chosen while it is open belongs to it."""
LOOSE = ("layer", "head", "pos", "done")
"""Keys of a link that say where a lesson begins to look, not what it is about."""


@dataclass(frozen=True)
class Lesson:
    """One example."""

    number: int
    """From 1; its place on the path."""
    title: str
    state: dict[str, str]
    """Keys and values as they stand in the address bar, which leaves out what is as it is at first."""
    look: str
    """What to do, and what to look at."""
    any_text: bool = False
    """Whether it goes on with another text, because it asks for one."""

    @property
    def turned(self) -> dict[str, str]:
        """The controls that it sets."""
        return {key: value for key, value in self.state.items() if key not in PLACE + LOOSE}


@lru_cache(maxsize=1)
def lessons() -> tuple[Lesson, ...]:
    """All lessons, the one that the page opens with first."""
    entries = json.loads(LESSONS.read_text(encoding="utf-8"))
    return tuple(
        Lesson(
            number=n,
            title=entry["title"],
            state={key: str(value) for key, value in entry["state"].items()},
            look=entry["look"],
            any_text=entry.get("any_text", False),
        )
        for n, entry in enumerate(entries, 1)
    )


def shown(query: str, opened: int | None = None) -> Lesson | None:
    """The lesson that an address bar's query shows; of several at one place, the one that was opened.

    Of several of which none was opened, it is the one that asks for most of what the address says; where a control
    stands otherwise than the lesson has it, none. A lesson that was opened stays open where the visitor goes on with
    its text on other tabs, and with other texts if it asks for them.
    """
    given = dict(parse_qsl(query.removeprefix("?"), keep_blank_values=True))
    fitting = [le for le in lessons() if all(given.get(key) == le.state.get(key) for key in PLACE)]
    last = next((le for le in lessons() if le.number == opened), None)
    exact = [le for le in fitting if le.turned.items() <= given.items()]
    if last in fitting or not exact:
        return last if last is not None and _goes_on(last, given) else None
    return max(exact, key=lambda le: len(le.turned))


def _goes_on(lesson: Lesson, given: dict[str, str]) -> bool:
    same = ("model",) if lesson.any_text else ("model", "text", "target")
    return all(given.get(key) == lesson.state.get(key) for key in same)


def path(open_lesson: Lesson | None = None) -> dict[str, Any]:
    """The lessons whose model is there, and which of them is open, for the page."""
    there = {entry.id for entry in catalog()}
    found = [
        {"number": le.number, "title": le.title, "tab": le.state["tab"]}
        for le in lessons()
        if le.state["model"] in there
    ]
    return {
        "lessons": found,
        "open": open_lesson.number if open_lesson else None,
        "look": open_lesson.look if open_lesson else "",
    }
