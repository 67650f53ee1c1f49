"""The tab Prompting: what is typed on the sheet of shots, and its actions."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from playground import engine
from playground.analysis.sampling import SamplingSettings
from playground.engine import Prompt
from playground.errors import PlaygroundError
from playground.tabs import drawing
from playground.tabs.contract import Chosen, Doing
from playground.views.view import View
from tests.tabs.tiny_pages import PROMPTS, chose, drawn, find, shown, values_of, visit_on

TROUBLES: dict[str, dict[str, Any]] = {
    "no tokens": {"labels": "cat | "},
    "begins with all of": {"labels": "cat | cat"},
    "at least two": {"labels": "cat"},
    "is empty": {"query": " "},
    "needs {text}": {"form": " "},
    "a line such as": {"examples": "no arrow"},
    "is none of": {"examples": "sat => sea", "over": "flips"},
    "tokens": {"examples": "\n".join(["the cat sat on the mat => cat"] * 12)},
}
"""What the sentence says → what was typed."""


@pytest.mark.parametrize("words", TROUBLES)
def test_what_cannot_be_asked_is_said_and_nothing_is_lost(words: str) -> None:
    view = shown("prompting-shots", PROMPTS["gpt2"], **TROUBLES[words])
    sheet: Any = view.picture.pictures[0]  # type: ignore[attr-defined]
    assert words in view.reading and sheet.trouble == view.reading
    if "labels" in TROUBLES[words]:
        assert " | ".join(sheet.labels).strip() == TROUBLES[words]["labels"].strip()
    if "examples" in TROUBLES[words] and words != "a line such as":
        assert len(sheet.examples) == len(TROUBLES[words]["examples"].splitlines())


def test_no_example_at_all_is_a_prompt_too() -> None:
    picture: Any = shown("prompting-shots", PROMPTS["gpt2"], examples="none").picture
    sheet, curve, text = picture.pictures
    assert not sheet.examples and curve.points == ("0",) and [mark.name for mark in text.marks] == ["asked"]


def test_the_chosen_point_says_which_prompt_is_shown() -> None:
    for n in (0, 1, 2):
        picture: Any = shown("prompting-shots", PROMPTS["gpt2"], n=n).picture
        assert [example.used for example in picture.pictures[0].examples] == [i < n for i in range(2)]
        assert len(picture.pictures[2].marks) == n + 1


def steps_of(name: str, action: str, model: str, cancelled: Any = lambda: False, **values: Any) -> list[Any]:
    """What an action streams."""
    tab, view = find(name)
    (found,) = [one for one in view.actions if one.id == action]
    visit = chose(visit_on(PROMPTS[model]), tab, values)
    question = drawing.asked(tab, view, visit, values_of(tab, PROMPTS[model], **values), found.reads)
    return list(found.run(question, cancelled))


def test_orders_are_tried_and_then_shown() -> None:
    untried: Any = shown("prompting-shots", PROMPTS["gpt2"], over="orders").picture
    assert "Press" in untried.pictures[1].hint
    assert steps_of("prompting-shots", "orders", "gpt2", lambda: True) == []
    *doing, last = steps_of("prompting-shots", "orders", "gpt2")
    assert [step.fraction for step in doing if isinstance(step, Doing)] == [0.5, 1.0]
    assert isinstance(last, Chosen) and last.values["over"] == "orders"
    view = shown("prompting-shots", PROMPTS["gpt2"], over="orders")
    assert set(view.picture.pictures[1].points) == {"1 2", "2 1"}  # type: ignore[attr-defined]
    with pytest.raises(PlaygroundError, match="no examples"):
        steps_of("prompting-shots", "orders", "gpt2", examples="none")


@pytest.mark.parametrize("model", ["gpt2", "marian"])
def test_both_prompts_are_written_on(model: str) -> None:
    *_, last = steps_of("prompting-compare", "write", model, tokens=7)
    assert isinstance(last, View)
    picture: Any = last.picture
    for text, key in zip(picture.pictures[-2:], ("a", "b"), strict=True):
        prompt = values_of(find("prompting-compare")[0], PROMPTS[model])["compare", key]
        settings = SamplingSettings(do_sample=False, max_new_tokens=7)
        wanted = [step.token.text for step in engine.generate(Prompt(PROMPTS[model].model, prompt), settings)]
        assert list(text.names) == wanted
    with pytest.raises(PlaygroundError, match="cannot write on"):
        steps_of("prompting-compare", "write", "bert")


def test_an_encoders_text_is_masked_token_by_token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("playground.tabs.prompting.surprise.AT_ONCE", 3)
    before = drawn("prompting-surprise", PROMPTS["bert"])
    assert "Press" in before["reading"]
    *_, last = steps_of("prompting-surprise", "mask", "bert")
    assert isinstance(last, Chosen)
    after: Any = shown("prompting-surprise", PROMPTS["bert"]).picture
    text = after.pictures[0]
    # Every token of the text; not the tokens at its ends, nor a mask that stands in it.
    assert np.isfinite(text.values).tolist() == [not piece.special for piece in text.pieces]
    assert sum(piece.special for piece in text.pieces) == 3
    with pytest.raises(PlaygroundError, match="Only an encoder"):
        steps_of("prompting-surprise", "mask", "gpt2")


def printed(view: View) -> list[tuple[Any, ...]]:
    """What the view's code prints."""
    out: list[tuple[Any, ...]] = []
    exec(view.python, {"print": lambda *values: out.append(values)})
    return out


@pytest.mark.parametrize("model", PROMPTS)
def test_the_code_gives_the_numbers_of_the_table(model: str) -> None:
    for over in ("shots", "flips"):
        view = shown("prompting-shots", PROMPTS[model], over=over)
        rows = view.whole()["table"]["rows"]
        for (shares,), row in zip(printed(view), rows, strict=True):
            assert list(shares.values()) == pytest.approx(row[1:3], rel=1e-3)
    view = shown("prompting-surprise", PROMPTS[model])
    (perplexity, mean), *each = printed(view)
    known = [row[2] for row in view.whole()["table"]["rows"] if row[2] != ""]
    assert np.log2(perplexity) == pytest.approx(mean) == pytest.approx(np.mean(known), rel=1e-3)
    assert [bits for _, bits in each if bits == bits] == pytest.approx(known, rel=1e-3)


@pytest.mark.parametrize("text", ['it\'s "quoted" \\', "</script>", "${1+1}", "a\0b", "'''"])
def test_the_code_of_shots_holds_any_text(text: str) -> None:
    view = shown("prompting-shots", PROMPTS["gpt2"], query=text, examples=f"{text} => cat")
    assert len(printed(view)) == 2
