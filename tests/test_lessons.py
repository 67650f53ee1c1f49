"""The ready-made examples; that their keys and values fit the page is tested with the links."""

from __future__ import annotations

import itertools
from urllib.parse import parse_qsl

from playground.engine import Prompt
from playground.lessons import lessons, shown
from playground.tabs import TABS, links


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


def test_lessons_say_their_controls_as_an_address_does() -> None:
    """Else an address would not be known for its lesson's. What is as at first does not stand in an address."""
    for lesson in lessons():
        link = links.read_state(lesson.state, TABS, lessons()[0].state)
        tab = next(tab for tab in TABS if tab.id == link.tab)
        assert lesson.state.get("view") != tab.views[0].id
        query = links.write_query(
            Prompt(link.model, link.text, link.target or None), tab, tab.by_id[link.view], link.look, link.values
        )
        assert lesson.turned.items() <= dict(parse_qsl(query[1:])).items(), lesson.title
        assert shown(query) == lesson


def test_a_control_that_stands_otherwise_opens_no_lesson() -> None:
    lesson = next(le for le in lessons() if "shots.task" in le.state)
    query = f"?model={lesson.state['model']}&text={lesson.state['text']}&tab=prompting"
    assert shown(query) is None
    assert shown(query, lesson.number) == lesson, "while it is open, its controls may be turned"
