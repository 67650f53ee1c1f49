"""The address bar: every value of every control travels there and back; what it cannot be becomes the default."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import gradio as gr
import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground.lessons import lessons
from playground.tabs import TABS
from playground.tabs.base import Control, Look, attempt
from playground.tabs.links import read_query, read_state
from playground.tabs.wiring import Wiring
from playground.ui import first_state
from tests.tabs.rooms import PROMPTS, defaults, page

text = st.text(st.characters(exclude_categories=["Cs"]), max_size=50)


@pytest.fixture(scope="module")
def wiring() -> Wiring:
    return page()


def written(value: Any) -> str:
    """As ``state.js`` writes it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def values_of(control: Control) -> st.SearchStrategy[Any]:
    """What the control's own widget can be set to."""
    box = control.component
    if isinstance(box, gr.Checkbox):
        return st.booleans()
    if isinstance(box, gr.Slider):
        whole = float(box.step).is_integer()
        low, high = box.minimum, box.maximum
        return st.integers(int(low), int(high)) if whole else st.floats(low, high)
    if isinstance(box, gr.Radio):
        return st.sampled_from([value for _, value in box.choices])
    if isinstance(box, gr.Number):
        return st.integers(0, 2**53) if control.key == "seed" else st.integers(-1, 10**6 - 1)
    return text


@given(data=st.data())
def test_every_value_comes_back(wiring: Wiring, data: st.DataObject) -> None:
    state = {control.key: data.draw(values_of(control), label=control.key) for control in wiring.controls}
    query = "?" + urlencode({key: written(value) for key, value in state.items()})
    assert read_query(query, wiring.controls) == state


@given(data=st.data())
def test_what_is_missing_is_the_default(wiring: Wiring, data: st.DataObject) -> None:
    control = data.draw(st.sampled_from(wiring.controls))
    value = data.draw(values_of(control))
    found = read_query("?" + urlencode({control.key: written(value)}), wiring.controls)
    assert found == {**{c.key: c.default for c in wiring.controls}, control.key: value}


keys = st.one_of(st.sampled_from(["pos", "layer", "tab", "top_k", "seed", "level", "special", "text"]), text)


@given(pairs=st.lists(st.tuples(keys, text)), raw=st.text(max_size=60))
def test_hostile_queries_are_read_too(wiring: Wiring, pairs: list[tuple[str, str]], raw: str) -> None:
    for query in ("?" + urlencode(pairs), raw, "?" + raw):
        found = read_query(query, wiring.controls)
        assert list(found) == [c.key for c in wiring.controls]
        assert len(wiring.restore(query)) == 3 + len(found)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", {}),
        ("?", {}),
        ("?pos=3&layer=-1&head=0", {"pos": 3, "layer": -1, "head": 0}),
        ("?pos=-2&layer=1e3&head=NaN", {}),
        ("?pos=99999999999999999999999", {}),
        ("?top_k=5&top_k=7", {"top_k": 7}),
        ("?temperature=nan&top_p=-0&seed=1.5&do_sample=1", {}),
        ("?text=%F0%9F%90%88+%26+%3Cscript%3E&unknown=1", {"text": "🐈 & <script>"}),
        ("?text=", {"text": ""}),
        ("?text=%FF%00%zz", {"text": "\ufffd\0%zz"}),
        ("&&&===;;;", {}),
    ],
)
def test_queries(wiring: Wiring, query: str, expected: dict[str, Any]) -> None:
    assert read_query(query, wiring.controls) == {**{c.key: c.default for c in wiring.controls}, **expected}


def test_keys_are_unique(wiring: Wiring) -> None:
    keys = [control.key for control in wiring.controls]
    assert len(set(keys)) == len(keys)


@pytest.mark.parametrize("query", ["?tab=nonsense", "?tab=", "?tab=forward"])
def test_there_is_always_an_open_tab(wiring: Wiring, query: str) -> None:
    tabs, prompt, _, *values = wiring.restore(query)
    state = dict(zip([c.key for c in wiring.controls], values, strict=True))
    assert state["tab"] == ("forward" if query.endswith("forward") else wiring.first["tab"])
    assert tabs.selected == state["tab"] and prompt is None


@pytest.mark.parametrize("lesson", lessons(), ids=lambda lesson: lesson.title)
def test_a_lesson_sets_what_exists(wiring: Wiring, lesson: Any) -> None:
    """A misspelt key or value would silently become the default."""
    controls = {control.key: control for control in wiring.controls}
    assert set(lesson.state) <= set(controls)
    assert {"model", "text", "tab"} <= set(lesson.state)
    assert lesson.state["tab"] in {tab.id for tab in TABS}
    read = read_state(lesson.state, wiring.controls)
    for key, value in lesson.state.items():
        assert written(read[key]) == value
        controls[key].read(value)


def test_what_a_link_says_can_be_shown(wiring: Wiring) -> None:
    """Restored values are those that handlers take: none ends in "something went wrong"."""
    values = read_query("?pos=999&layer=77&head=-1&level=nonsense&top_k=3&special=false", wiring.controls)
    look = Look(values["pos"], values["layer"], values["head"])
    for tab_id, built in wiring.built.items():
        own = [values[key] if key not in {"prompt_a", "prompt_b"} else given for key, given in defaults(built).items()]
        (payload, *_) = attempt(built.show, len(built.panels), len(built.adapted), PROMPTS["gpt2"], look, *own)
        assert "picture" in payload, (tab_id, payload)


def test_the_page_opens_with_a_model_that_is_there() -> None:
    assert first_state()["tab"] in {tab.id for tab in TABS}
    assert first_state("my/model")["model"] == "my/model"
