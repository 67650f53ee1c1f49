"""The ready-made examples; that their keys and values fit the page is tested with the links."""

from __future__ import annotations

import itertools

from playground.lessons import lessons
from playground.tabs import TABS


def test_lessons() -> None:
    assert len(lessons()) >= 6
    titles = [lesson.title for lesson in lessons()]
    assert len(set(titles)) == len(titles) and all(titles)
    for lesson in lessons():
        assert lesson.state["text"]
        assert all(isinstance(value, str) for value in lesson.state.values())
    assert lessons()[0].state["model"] == "storyteller", "the page opens with a model that comes along"
    assert [lesson.number for lesson in lessons()] == list(range(1, len(lessons()) + 1))


def test_the_path_follows_the_text_through_the_tabs() -> None:
    """All lessons of a tab stand together, in the order of the tabs, beginning with the text as tokens."""
    tabs = [tab for tab, _ in itertools.groupby(lesson.state["tab"] for lesson in lessons())]
    assert tabs == [tab.id for tab in TABS]
