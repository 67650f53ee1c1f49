"""The wall of a word: bricks that meet no others, that appear in order, and whose last ones are the tokens."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from playground.analysis.segmentation import segmentation
from playground.analysis.segmentation.records import Stage
from playground.tokens import kind_of_pieces
from playground.views.pictures import Split
from playground.views.split import split_view
from playground.views.split.stages import WORDS, said
from playground.views.split.wall import ENDS
from playground.views.view import View
from tests import own_tokenizers as own
from tests.tiny import tiny_tokenizer
from tests.views.shown import HOSTILE, shown

MAKERS: dict[str, Callable[[], Any]] = {
    "bpe": lambda: tiny_tokenizer("bpe"),
    "wordpiece": lambda: tiny_tokenizer("wordpiece"),
    "unigram": lambda: tiny_tokenizer("unigram"),
    "byte fallback": own.byte_fallback,
    "whole words": own.whole_words,
    "unigram of bytes": own.unigram_of_bytes,
}
TEXTS = [
    "x", "The capital of France", HOSTILE, "naïve 世界 👩\u200d👧 שלום", "the " * 256, "<s> cat [MASK]", "猫" * 101,
    "\x00a",
]  # fmt: skip


def view_of(name: str, text: str, word: int | None = None, step: int = -1) -> View:
    tokenizer = MAKERS[name]()
    found = segmentation(tokenizer, text)
    if word is None:
        word = max(range(len(found.words)), key=lambda i: len(found.words[i].ids))
    return split_view(found, kind_of_pieces(tokenizer), word, step, found.first_pos(word), "found = None\n")


def picture_of(view: View) -> Split:
    assert isinstance(view.picture, Split)
    return view.picture


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("name", MAKERS)
def test_every_word_of_any_text_stands_on_a_wall(name: str, text: str) -> None:
    n_words = len(segmentation(MAKERS[name](), text).words)
    for word in range(min(n_words, 8)):
        view = view_of(name, text, word)
        picture = picture_of(view)
        shown(view)
        cells = [(brick.row, cell) for brick in picture.bricks for cell in range(brick.start, brick.end)]
        assert len(set(cells)) == len(cells), "two bricks in one place"
        assert [brick.since for brick in picture.bricks] == sorted(brick.since for brick in picture.bricks)
        assert [step.stop for step in picture.steps] == ["text", "normal", "words"] + ["spell"] * (
            len(picture.steps) - 4
        ) + ["tokens"]


@pytest.mark.parametrize(
    ("name", "text"),
    [("bpe", "capitals"), ("wordpiece", "capitals"), ("unigram", "capitals"), ("byte fallback", "capitals")],
)
def test_the_last_bricks_are_the_tokens(name: str, text: str) -> None:
    picture = picture_of(view_of(name, text))
    last = sorted((brick.start, brick.text) for brick in picture.bricks if brick.final)
    assert len(last) > 1 and [text for _, text in last] == [token.text for token in picture.tokens]


def test_a_merge_is_told_with_what_it_was_chosen_among() -> None:
    view = view_of("bpe", "There there", step=4)
    step = picture_of(view).steps[4]
    first = view.table.rows[0]
    assert step.title.startswith("Merge 1 of ") and [o.number for o in step.options if o.taken] == [f"{first[3]:,}"]
    numbers = [int(option.number.replace(",", "")) for option in step.options]
    assert numbers == sorted(numbers) and step.options[0].taken
    assert f"number {first[3]:,} of the merges" in step.sentence
    assert len(view.table.rows) == len([s for s in picture_of(view).steps if s.title.startswith("Merge")])


def test_of_many_lookups_the_longest_and_the_shortest_are_drawn() -> None:
    word = "the" + "q" * 40
    view = view_of("wordpiece", word)
    picture = picture_of(view)
    tried = [brick for brick in picture.bricks if brick.role in ("tried", "found") and brick.start == 0]
    assert len(tried) == 2 * ENDS and tried[-1].text == "the"
    assert sum(brick.detail.startswith("+") for brick in tried) == 1
    assert sum(row[0] == 0 for row in view.table.rows) == len(word) - 2, "the table has them all"


def test_an_unknown_word_is_said_to_be_lost() -> None:
    view = view_of("wordpiece", "猫")
    assert "what stood there is lost" in picture_of(view).steps[-2].sentence
    assert [token.text for token in picture_of(view).tokens] == ["[UNK]"]
    assert not any(brick.final for brick in picture_of(view).bricks)
    assert "does not look at words as long as that" in picture_of(view_of("wordpiece", "a" * 101)).steps[3].sentence


def test_the_best_way_is_told_with_its_sum() -> None:
    view = view_of("unigram", "capital")
    path = [row for row in view.table.rows if row[6] == "yes"]
    total = f"{sum(row[3] for row in path):.2f}".replace("-", "−")
    assert total in picture_of(view).steps[-2].sentence
    taken = [o for step in picture_of(view).steps for o in step.options if o.taken]
    assert len(taken) == sum(row[5] == "yes" for row in view.table.rows)


def test_what_no_piece_fits_is_not_called_fitting() -> None:
    """Each character that is unknown stands on the best way; the sentence says how many, and praises no way."""
    assert "no piece of the vocabulary fits 1 of its characters" in view_of("unigram", "猫").reading
    assert "the best of all ways" in view_of("unigram", "capital").reading


@pytest.mark.parametrize("name", MAKERS)
def test_special_tokens_are_counted_apart_and_told_where_they_stand(name: str) -> None:
    found, view = segmentation(MAKERS[name](), "the cat"), view_of(name, "the cat")
    before, after, told = len(found.added_before), len(found.added_after), picture_of(view).steps[-1].sentence
    places = {(True, True): "Around", (True, False): "Before", (False, True): "After", (False, False): None}
    place = places[before > 0, after > 0]
    assert ("the whole text the tokenizer puts" in told) == (place is not None) and (place or "") in told
    assert f"the whole text became {len(found.ids) - before - after} token" in view.reading
    assert (f"{before + after} special one" in view.reading) == (before + after > 0)


def test_an_added_token_is_never_cut() -> None:
    view = view_of("wordpiece", "the [MASK]", word=1)
    assert "never cut" in view.reading and picture_of(view).lines[-1].chips[1].special
    assert picture_of(view).lines[0].chips[1].special and len(picture_of(view).tokens) == 1


def test_a_stage_that_changes_nothing_says_so() -> None:
    lines = {line.stop: line for line in picture_of(view_of("wordpiece", "the cat")).lines}
    assert lines["normal"].chips == () and lines["normal"].said == "this text stays as it is"
    lines = {line.stop: line for line in picture_of(view_of("wordpiece", "The cat")).lines}
    assert [chip.text for chip in lines["normal"].chips] == ["the␣cat"] and "lower case" in lines["normal"].said


def test_every_stage_is_told_in_words() -> None:
    for name in WORDS:
        assert said((Stage(name, (("pattern", '{"Regex": "[.]"}'), ("behavior", "Isolated"))),)) or name in (
            "BertNormalizer",
            "ByteLevel",
        )
    assert said((Stage("Lowercase", ()), Stage("Unheard", ()))) == "lower case, then a step called Unheard"
    assert said((Stage("Replace", (("pattern", '{"String": "’"}'), ("content", "'"))),)) == "“’” becomes “'”"


def test_a_long_text_without_words_of_its_own_travels() -> None:
    """As Llama 2 has it, the whole text is one word: some hundreds of merges."""
    view = view_of("byte fallback", "The capital of France is Paris. " * 40)
    payload = shown(view)["picture"]
    assert len(payload["steps"]) > 500 and len(str(payload)) < 1_000_000
