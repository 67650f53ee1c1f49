"""The ready-made examples; that their keys and values fit the page is tested with the links."""

from __future__ import annotations

from playground.lessons import lessons


def test_lessons() -> None:
    assert len(lessons()) >= 6
    titles = [lesson.title for lesson in lessons()]
    assert len(set(titles)) == len(titles) and all(titles)
    for lesson in lessons():
        assert lesson.state["text"]
        assert all(isinstance(value, str) for value in lesson.state.values())
    assert lessons()[0].state["model"] == "storyteller", "the page opens with a model that comes along"
