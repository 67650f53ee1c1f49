"""What views declare: keys, bounds, what they read; a declaration that does not hold together is refused."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from playground.engine import Prompt
from playground.errors import PlaygroundError
from playground.facts import ModelInfo
from playground.tabs import TABS
from playground.tabs.contract import LOOK_KEYS, Asked, Look, Tab, TabView, narrowed, written
from playground.tabs.controls import chosen, switch
from playground.tabs.links import owned
from tests.tabs.tiny_pages import NAMES, PROMPTS, VIEWS, drawn, find, suited

CONTROLS = {f"{tab.id}-{owner}-{control.key}": control for tab in TABS for owner, control in owned(tab)}


def test_ids_are_unique_and_fit_addresses_and_elements() -> None:
    for ids in ([tab.id for tab in TABS], *([view.id for view in tab.views] for tab in TABS)):
        assert len(set(ids)) == len(ids)
        assert all(word.replace("-", "").isalnum() and word == word.lower() for word in ids)
    assert all(1 <= len(tab.views) <= 7 for tab in TABS), "seven names in the row, no more"


@pytest.mark.parametrize("name", CONTROLS)
def test_a_default_is_a_value_that_the_control_can_be(name: str) -> None:
    control = CONTROLS[name]
    assert control.take(control.default) == control.default
    assert control.read(written(control.default)) == control.default


@pytest.mark.parametrize("name", NAMES)
def test_every_control_of_a_view_is_read(name: str) -> None:
    """Else it would change nothing."""
    tab, view = find(name)
    assert {control.key for control in view.controls} <= view.used
    assert view.used <= {control.key for control in tab.controls_of(view)} | set(LOOK_KEYS)


def test_every_shared_control_is_read_by_a_view() -> None:
    for tab in TABS:
        assert {c.key for c in tab.controls} <= frozenset().union(*(view.used for view in tab.views)), tab.id


def test_a_view_is_given_only_what_it_reads() -> None:
    """What it does not read cannot change its picture, so it must not be seen by it either."""
    asked = Asked(Prompt("m", "t"), Look(1, 2, 3), {"a": 1, "b": 2})
    few = narrowed(asked, frozenset({"layer", "b"}))
    assert few == Asked(asked.prompt, Look(layer=2), {"b": 2})
    assert few.key() == narrowed(replace(asked, values={"a": 9, "b": 2}), frozenset({"layer", "b"})).key()
    with pytest.raises(KeyError):
        few.values["a"]


def test_nothing_run_is_a_sentence() -> None:
    with pytest.raises(PlaygroundError, match="press Run"):
        Asked(None, Look(), {}).run  # noqa: B018


def _view(**more: Any) -> TabView:
    return TabView("v", "V", lambda asked: 1 / 0, **more)  # type: ignore[arg-type, return-value]


@pytest.mark.parametrize(
    ("view", "controls"),
    [
        pytest.param(_view(reads=frozenset({"nothing"})), (), id="reads what nobody declares"),
        pytest.param(_view(controls=(switch("pos", "P", True),)), (), id="a key of the look"),
        pytest.param(
            _view(controls=(switch("a", "A", True),), reads=frozenset({"a"})), (switch("a", "A", True),), id="twice"
        ),
    ],
)
def test_a_declaration_that_does_not_hold_together_is_refused(view: TabView, controls: tuple[Any, ...]) -> None:
    with pytest.raises(ValueError, match="keys"):
        Tab("t", "T", (view,), controls)


@pytest.mark.parametrize(
    ("name", "fine", "refused"),
    [
        ("sampling--temperature", {"0.1": 0.1, "2": 2.0}, ["0", "2.1", "nan", ""]),
        ("sampling--top_k", {"0": 0, "200": 200, "5.0": 5}, ["-1", "201", "1.5", "x"]),
        ("sampling--top_p", {"0.05": 0.05, "1": 1.0}, ["0", "1.01", "nan"]),
        ("sampling--do_sample", {"true": True, "False": False}, ["1", "yes", ""]),
        ("sampling--seed", {"0": 0, "9007199254740992": 2**53}, ["-1", "9007199254740993", "1e400"]),
        ("embeddings-space-dimensions", {"2": "2", "3": "3"}, ["4", "2-D", ""]),
        ("attention--which", {"cross": "cross"}, ["Self", "", "other"]),
        ("prompting-compare-a", {"": "", "x" * 4000: "x" * 4000}, ["x" * 4001]),
    ],
)
def test_what_controls_read(name: str, fine: dict[str, Any], refused: list[str]) -> None:
    control = CONTROLS[name]
    assert {text: control.read(text) for text in fine} == fine
    for text in refused:
        with pytest.raises((ValueError, OverflowError)):
            control.read(text)
        with pytest.raises(PlaygroundError, match="it takes"):
            control.take(text)
    if control.type is not str:  # an emptied number
        with pytest.raises(PlaygroundError, match="nothing cannot be used"):
            control.take(None)


def test_what_is_chosen_in_a_picture_has_no_widget() -> None:
    control = chosen("fork", "Fork", -1, 5, -1)
    assert control.widget is None and control.take(3) == 3


@pytest.mark.parametrize("kind", ["decoder", "encoder", "encoder-decoder"])
@pytest.mark.parametrize("name", NAMES)
def test_a_view_that_does_not_suit_offers_a_model_that_does(name: str, kind: str) -> None:
    from playground.catalog import catalog

    info = ModelInfo("m", "m", "f", kind, 1, 1, 1, 1, 1, 1, 1, 1, None, 1, 1, "cpu", "bundled")
    _, view = find(name)
    unsuited = view.suits(info)
    if unsuited is None:
        return
    entry = next(entry for entry in catalog() if entry.id == unsuited.model)
    assert unsuited.sentence.endswith(".") and view.suits(replace(info, kind=entry.kind)) is None


def test_views_have_help_and_a_title() -> None:
    for _, view in VIEWS:
        assert view.help.endswith(".") and view.title


@pytest.mark.parametrize("name", NAMES)
def test_a_view_reads_the_text_line_or_says_that_it_does_not(name: str) -> None:
    one = PROMPTS["gpt2"]
    if not suited(name, one):
        pytest.skip("not for this kind of model")
    pictures = [drawn(name, prompt)["picture"] for prompt in (one, replace(one, text=f"{one.text} dog"))]
    assert (pictures[0] == pictures[1]) != find(name)[1].reads_text
