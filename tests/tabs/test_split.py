"""Why this split: which word it opens with, what its code prints, and what its lesson claims."""

from __future__ import annotations

from typing import Any

import pytest
from transformers import AutoTokenizer

from playground import engine, models, segmentation
from playground.catalog import BUNDLED
from playground.engine import Prompt
from playground.errors import PlaygroundError
from playground.lessons import lessons
from playground.tabs.contract import Look
from playground.tokens import kind_of_pieces, piece_text
from tests.tabs.test_code import run
from tests.tabs.tiny_pages import PROMPTS, shown


@pytest.mark.parametrize("pos", [None, 0, 3])
@pytest.mark.parametrize("model", PROMPTS)
def test_the_code_gives_the_numbers_of_the_table(model: str, pos: int | None) -> None:
    prompt = Prompt(PROMPTS[model].model, f"{PROMPTS[model].text} capital")
    view = shown("tokens-split", prompt, Look(pos=pos))
    rows = view.whole()["table"]["rows"]
    printed, names = run(view.python)
    assert len(printed) == len(rows)
    numbers = [tuple(cell for cell in line if not isinstance(cell, (str, bool))) for line in printed]
    skipped = view.whole()["table"]["columns"][0] == "merge"  # the table counts the merges
    table = [tuple(cell for cell in row[skipped:] if not isinstance(cell, str)) for row in rows]
    assert numbers == table
    assert names["found"].text == prompt.text


@pytest.mark.parametrize("model", PROMPTS)
def test_the_word_of_the_chosen_token_is_spelled(model: str) -> None:
    prompt: Prompt = PROMPTS[model]
    found = segmentation(models.load_model(prompt.model).tokenizer, prompt.text)
    for pos in range(len(found.added_before), len(found.ids) - len(found.added_after)):
        picture: Any = shown("tokens-split", prompt, Look(pos=pos)).picture
        assert picture.word == found.word_at(pos) and picture.pos == pos
        assert pos in [token.pos for token in picture.tokens]
        assert [t.token_id for t in picture.tokens] == [found.ids[t.pos] for t in picture.tokens]


def test_it_opens_with_the_word_that_was_cut_most() -> None:
    picture: Any = shown("tokens-split", Prompt("tiny-gpt2", "the cat understands 1234567890123 the mat")).picture
    assert picture.lines[-1].chips[picture.word].text == "␣understands"


def test_what_is_not_the_tokenizers_own_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    real = engine.analysed
    monkeypatch.setattr(engine, "analysed", lambda *asked: (real(*asked)[0], False, "bytes"))
    with pytest.raises(PlaygroundError, match="not known here"):
        shown("tokens-split", PROMPTS["gpt2"])


def test_the_lesson() -> None:
    """Begin and end of the word come out whole, and the merges follow the list."""
    (lesson,) = [lesson for lesson in lessons() if lesson.state.get("view") == "split"]
    tokenizer = AutoTokenizer.from_pretrained(BUNDLED / lesson.state["model"])
    found = segmentation(tokenizer, lesson.state["text"])
    word = max(found.words, key=lambda word: len(word.ids))
    pieces = [piece_text(piece, kind_of_pieces(tokenizer)) for piece in word.pieces]
    assert (pieces[0], pieces[-1]) == ("␣un", "able") and 4 <= len(pieces) <= 8
    assert "“un”" in lesson.look and "“able”" in lesson.look
