"""What programs may ask: every view and action, typed and documented; the rest is answered in a sentence."""

from __future__ import annotations

import inspect
import json
from typing import Any, get_args, get_type_hints

import pytest

from playground.tabs.contract import LOOK_KEYS
from playground.tabs.drawing import BROKEN
from playground.tabs.endpoints import endpoint
from tests.tabs.tiny_pages import NAMES, PROMPTS, SHEET, find, suited, texts_of


def asked(name: str, named: str = "", **given: Any) -> Any:
    """The answer of a view's endpoint; of its action ``named``, by default as the view itself, the last one."""
    tab, view = find(name)
    action = next((action for action in view.actions if action.id == (named or view.id)), None)
    fn = endpoint(tab, view, action, name)
    values = [given.get(p.name, p.default) for p in inspect.signature(fn).parameters.values()]
    answer = fn(*values)
    return answer if action is None else list(answer)[-1]


@pytest.mark.parametrize("model", PROMPTS)
@pytest.mark.parametrize("name", NAMES)
def test_every_view_answers_programs(name: str, model: str) -> None:
    prompt = PROMPTS[model]
    tab, view = find(name)
    short = SHEET if name == "prompting-shots" else texts_of(tab.id, view.id, prompt)
    given: dict[str, Any] = {
        "model": prompt.model, "text": prompt.text, "target": prompt.target or "", "max_new_tokens": 3, **short
    }  # fmt: skip
    answer = asked(name, **given)
    json.dumps(answer, allow_nan=False)
    if suited(name, prompt):
        assert answer["reading"] and answer["table"]["rows"] and answer["python"]
    else:
        assert answer["tone"] == "reason"


@pytest.mark.parametrize(
    ("name", "action", "given"),
    [
        ("sampling-write", "write", {"max_new_tokens": 3}),
        ("sampling-context", "whole", {}),
        ("attention-writing", "write", {"n_new": 3}),
        ("prompting-shots", "orders", SHEET),
    ],
)
def test_an_action_that_changes_what_the_view_shows_ends_with_that(
    name: str, action: str, given: dict[str, Any]
) -> None:
    prompt = PROMPTS["gpt2"]
    actions = [one.id for one in find(name)[1].actions]
    assert action in actions, actions
    before = asked(name, "none", model=prompt.model, text=prompt.text, **given)
    after = asked(name, action, model=prompt.model, text=prompt.text, **given)
    assert after["table"]["rows"] and after != before


@pytest.mark.parametrize("name", NAMES)
def test_every_parameter_is_typed_and_documented(name: str) -> None:
    tab, view = find(name)
    fn = endpoint(tab, view, None, name)
    lines = (fn.__doc__ or "").split("Args:")[1].splitlines()
    documented = {line.split(":")[0].strip() for line in lines if ":" in line}
    hints = get_type_hints(fn)
    for parameter in inspect.signature(fn).parameters:
        assert parameter in documented and parameter in hints
    own = set(inspect.signature(fn).parameters) - {"model", "text", "target", *LOOK_KEYS}
    assert own == {control.key for control in tab.controls_of(view) if control.key in view.reads}


def test_choices_are_part_of_the_type() -> None:
    fn = endpoint(*find("attention-maps"), None, "x")
    assert get_args(get_type_hints(fn)["which"]) == ("self", "cross", "encoder")


@pytest.mark.parametrize(
    ("name", "given", "words"),
    [
        ("tokens-tokens", {"model": "nonsense"}, "There is no model"),
        ("tokens-tokens", {"model": 7}, "model wants a text"),
        ("tokens-tokens", {"text": ["x"]}, "text wants a text"),
        ("tokens-tokens", {"text": ""}, "no text"),
        ("tokens-tokens", {"special": "perhaps"}, "true or false"),
        ("sampling-pipeline", {"temperature": "hot"}, "a number from 0.1 to 2"),
        ("sampling-pipeline", {"top_k": -3}, "a whole number from 0 to 200"),
        ("sampling-write", {"max_new_tokens": 10**9}, "a whole number"),
        ("attention-maps", {"which": "other"}, "one of self, cross, encoder"),
        ("attention-maps", {"which": {"a": [1]}}, "one of self"),
    ],
)
def test_what_cannot_be_asked_is_answered_in_a_sentence(name: str, given: dict[str, Any], words: str) -> None:
    prompt = PROMPTS["gpt2"]
    answer = asked(name, **{"model": prompt.model, "text": prompt.text, **given})
    assert words in answer["message"] and answer["message"] != BROKEN and answer["tone"] == "reason"


@pytest.mark.parametrize("junk", ["x", 1.5, True, [1], {"a": 1}, -7, 10**12])
def test_a_look_that_is_none_is_as_if_it_were_not_given(junk: Any) -> None:
    prompt = PROMPTS["gpt2"]
    plain = asked("attention-maps", model=prompt.model, text=prompt.text)
    assert asked("attention-maps", model=prompt.model, text=prompt.text, pos=junk, layer=junk, head=junk) == plain
