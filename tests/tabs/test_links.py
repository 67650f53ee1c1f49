"""The address bar: every value of every control travels there and back; what it cannot be becomes the default."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground.catalog import catalog
from playground.engine import Prompt
from playground.lessons import lessons
from playground.tabs import TABS
from playground.tabs.contract import LOOK_KEYS, Control, Look, written
from playground.tabs.links import defaults, key_in_link, owned, place, read_query, read_state, write_query
from playground.tabs.restoring import restored
from playground.tabs.visits import Visit
from playground.ui import first_state
from tests.tabs.tiny_pages import NAMES, find, page

FIRST = first_state()
SAMPLES = {entry.id: entry.sample for entry in catalog()}
text = st.text(st.characters(exclude_categories=["Cs"]), max_size=50)
index = st.none() | st.integers(-1, 10**6 - 1)


def values_of(control: Control) -> st.SearchStrategy[Any]:
    """What the control can be set to."""
    if control.type is bool:
        return st.booleans()
    if control.type is int:
        return st.integers(0, 2**53).filter(lambda value: _takes(control, value))
    if control.type is float:
        slider: Any = control.widget("slider") if control.widget is not None else None
        return st.floats(slider.minimum, slider.maximum)
    if control.type is str and control.widget is None:  # a text of its own form, made by clicks
        return st.just(control.default)
    options = getattr(control.type, "__args__", None)
    return st.sampled_from(options) if options else text


def _takes(control: Control, value: Any) -> bool:
    try:
        control.read(written(value))
    except ValueError:
        return False
    return True


@given(data=st.data(), look=st.builds(Look, index, index, index), words=text.filter(bool))
@pytest.mark.parametrize("name", NAMES)
def test_what_is_shown_comes_back(name: str, data: st.DataObject, look: Look, words: str) -> None:
    tab, view = find(name)
    mine = {control.key for control in tab.controls_of(view)}
    values = defaults(tab)
    for owner, control in owned(tab):
        if owner in ("", view.id) and control.key in mine and control.type is not int:
            values[owner, control.key] = data.draw(values_of(control), label=control.key)
    prompt = Prompt("some/model", words, data.draw(st.none() | text.filter(bool)))
    link = read_query(write_query(prompt, tab, view, look, values), TABS, FIRST)
    assert (link.model, link.text, link.target) == (prompt.model, prompt.text, prompt.target or "")
    assert (link.tab, link.view, link.values) == (tab.id, view.id, values)
    assert link.look == look.only(view.used)


def test_whole_numbers_come_back() -> None:
    tab, view = find("sampling-write")
    values = {**defaults(tab), ("", "seed"): 2**53, ("", "top_k"): 0, ("", "max_new_tokens"): 1}
    query = write_query(Prompt("m", "t"), tab, view, Look(), values, "write")
    link = read_query(query, TABS, FIRST)
    assert link.values == values and link.done == "write"
    assert "seed=9007199254740992" in query and "temperature" not in query, "defaults keep out of the link"


@pytest.mark.parametrize(
    ("query", "text"),
    [("?model=translator", SAMPLES["translator"]), ("?model=cloze&tab=embeddings", SAMPLES["cloze"]),
     ("?model=translator&text=", ""), ("?model=translator&text=Oui.", "Oui."), ("", FIRST["text"]),
     (f"?model={FIRST['model']}", FIRST["text"]), ("?model=nobody/knows", FIRST["text"])],
)  # fmt: skip
def test_a_link_without_a_text_opens_on_the_models_own(query: str, text: str) -> None:
    handlers = page()
    changes = restored(handlers.page, read_query(query, TABS, FIRST), Visit())
    assert changes[handlers.page.text] == text


@pytest.mark.parametrize("name", NAMES)
def test_a_link_without_choices_is_short(name: str) -> None:
    tab, view = find(name)
    query = write_query(Prompt("m", "t"), tab, view, Look(), defaults(tab))
    assert query == f"?model=m&text=t&tab={tab.id}" + ("" if view is tab.views[0] else f"&view={view.id}")


keys = st.one_of(st.sampled_from(["pos", "layer", "tab", "view", "done", "top_k", "seed", "space.level", "text"]), text)


@given(pairs=st.lists(st.tuples(keys, text)), raw=st.text(max_size=60))
def test_hostile_queries_are_read_too(pairs: list[tuple[str, str]], raw: str) -> None:
    for query in ("?" + urlencode(pairs), raw, "?" + raw):
        link = read_query(query, TABS, FIRST)
        tab = next(tab for tab in TABS if tab.id == link.tab)
        assert link.view in tab.by_id and set(link.values) == set(defaults(tab))
        assert len(place(query)) == 5


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", {}),
        ("?", {}),
        ("?pos=3&layer=-1&head=0", {"look": Look(3, -1, 0)}),
        ("?pos=-2&layer=1e3&head=NaN", {}),
        ("?pos=99999999999999999999999", {}),
        ("?text=%F0%9F%90%88+%26+%3Cscript%3E&unknown=1", {"text": "🐈 & <script>"}),
        ("?text=", {"text": ""}),
        ("?tab=nonsense&view=maps", {}),
        ("?tab=sampling&done=write", {"done": "write"}),
        ("?tab=sampling&view=write&done=write", {"done": "write"}),
        ("?tab=sampling&view=pipeline&done=write", {"done": ""}),
        ("?tab=sampling&view=write&done=nonsense", {"done": ""}),
        ("&&&===;;;", {}),
    ],
)
def test_queries(query: str, expected: dict[str, Any]) -> None:
    link = read_query(query, TABS, FIRST)
    assert {key: getattr(link, key) for key in ("look", "text", "done")} == {
        "look": Look(), "text": FIRST["text"], "done": "", **expected
    }  # fmt: skip


@pytest.mark.parametrize(
    ("query", "key", "value"),
    [
        ("?tab=sampling&top_k=5&top_k=7", ("", "top_k"), 7),
        ("?tab=sampling&temperature=nan", ("", "temperature"), 0.8),
        ("?tab=sampling&do_sample=1", ("", "do_sample"), True),
        ("?tab=embeddings&space.dimensions=3", ("space", "dimensions"), "3"),
        ("?tab=embeddings&dimensions=3", ("space", "dimensions"), "2"),
    ],
)
def test_values_in_queries(query: str, key: tuple[str, str], value: Any) -> None:
    assert read_query(query, TABS, FIRST).values[key] == value


def test_what_the_back_button_returns_to() -> None:
    assert place("?model=m&text=t&tab=sampling&top_k=3&pos=1") == place("?text=t&model=m&tab=sampling")
    assert place("?model=m&text=t&tab=sampling") != place("?model=m&text=t&tab=sampling&view=write")


@pytest.mark.parametrize("lesson", lessons(), ids=lambda lesson: lesson.title)
def test_a_lesson_sets_what_exists(lesson: Any) -> None:
    """A misspelt key or value would silently become the default."""
    tab = next(tab for tab in TABS if tab.id == lesson.state["tab"])
    there = {key_in_link(owner, control.key): (owner, control.key) for owner, control in owned(tab)}
    link = read_state(lesson.state, TABS, FIRST)
    assert set(lesson.state) <= {*there, *LOOK_KEYS, "model", "text", "target", "tab", "view", "done"}
    assert {"model", "text", "tab"} <= set(lesson.state)
    assert link.view == lesson.state.get("view", tab.views[0].id) and link.done == lesson.state.get("done", "")
    for key, value in lesson.state.items():
        if key in there:
            assert written(link.values[there[key]]) == value
        if key in LOOK_KEYS:
            assert written(getattr(link.look, key)) == value


def test_the_page_opens_with_a_model_that_is_there() -> None:
    assert first_state()["tab"] in {tab.id for tab in TABS}
    assert first_state("my/model")["model"] == "my/model"
