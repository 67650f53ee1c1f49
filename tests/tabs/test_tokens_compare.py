"""Compare: which tokenizers stand beside the page's own, what the code prints, and what the lesson claims."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from playground import models
from playground.analysis.tokenizers import SENTENCES, language_tax
from playground.engine import Prompt
from playground.errors import PlaygroundError
from playground.lessons import lessons
from playground.models import load_tokenizer
from playground.tabs.tokens.compare import INSTEAD, SLOTS, _fitted
from tests.tabs.test_code import run
from tests.tabs.tiny_pages import PROMPTS, shown


def test_the_pages_own_tokenizer_comes_first_and_each_once() -> None:
    picture: Any = shown("tokens-compare", PROMPTS["gpt2"], fourth="cloze", fifth="tiny-bert").picture
    assert [entry.name for entry in picture.entries] == ["tiny-gpt2", "cloze", "translator", "tiny-bert"]


def test_another_takes_the_place_of_the_pages_own() -> None:
    for own, wanted in (("tiny-gpt2", None), ("cloze", INSTEAD)):
        fit = _fitted(replace(PROMPTS["gpt2"], model=own), SLOTS["second"])
        assert fit.value == wanted and fit.choices is not None
        assert own not in fit.choices and {"none", "storyteller", "translator"} <= set(fit.choices)
        assert "openai-community/gpt2" not in fit.choices, "what was never downloaded is not offered"


@pytest.mark.parametrize("way", ["text", "languages", "misread"])
@pytest.mark.parametrize("model", PROMPTS)
def test_the_code_gives_the_numbers_of_the_table(model: str, way: str) -> None:
    view = shown("tokens-compare", PROMPTS[model], show=way)
    rows = view.whole()["table"]["rows"]
    printed, _ = run(view.python)
    if way == "text":
        assert [(n, w, b) for _, n, w, b in printed] == [(row[2], row[4], row[5]) for row in rows]
    elif way == "languages":
        assert [list(counts) for _, counts, _ in printed] == [[row[3 + 2 * t] for row in rows] for t in range(3)]
    else:
        assert [(i, written, read or "") for i, written, read in printed] == [(r[2], r[1], r[3]) for r in rows]


def test_what_is_not_here_is_said() -> None:
    with pytest.raises(PlaygroundError, match="only tokenizers that are here"):
        shown("tokens-compare", PROMPTS["gpt2"], second="openai-community/gpt2")
    with pytest.raises(PlaygroundError, match="Choose the tokenizer"):
        shown("tokens-compare", PROMPTS["gpt2"], show="misread", second="none")
    none: dict[str, Any] = dict.fromkeys(SLOTS, "none")
    alone: Any = shown("tokens-compare", PROMPTS["gpt2"], **none).picture
    assert len(alone.entries) == 1


def test_reading_a_tokenizer_loads_no_model(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> None:
        raise AssertionError("weights were read")

    monkeypatch.setattr(models, "read_weights", refuse)
    assert len(load_tokenizer("translator")) > 1000


def test_the_lesson() -> None:
    """Hindi takes more than ten times as many tokens as English; the others cannot spell most scripts."""
    (lesson,) = [
        lesson for lesson in lessons() if lesson.state.get("view") == "compare" and lesson.state["tab"] == "tokens"
    ]
    assert "fifteen" in lesson.look and len(SENTENCES) == 15 and "more than ten times" in lesson.look
    own = language_tax("storyteller", load_tokenizer(lesson.state["model"]))
    hindi = [s.language for s in SENTENCES].index("Hindi")
    assert own.counts[hindi] > 10 * own.counts[0] and not any(own.unknown)
    for name in ("cloze", "translator"):
        tax = language_tax(name, load_tokenizer(name))
        scripts = {s.script for s, n, u in zip(SENTENCES, tax.counts, tax.unknown, strict=True) if u >= 0.25 * n}
        assert len(scripts) > len({s.script for s in SENTENCES}) / 2
    view = shown("tokens-compare", Prompt("tiny-gpt2", lesson.state["text"]), show="languages")
    assert "The same sentence" in view.reading
