"""The tab Tokens on the bundled models: what its lessons claim, odd texts, and which texts stand in a link."""

from __future__ import annotations

from typing import Any

import pytest

from playground import engine, load_model
from playground.analysis.vocabulary import search, vocabulary_of
from playground.engine import Prompt
from playground.lessons import Lesson, lessons
from playground.tabs.contract import Asked, Look
from playground.tabs.tokens.tokens import TOKENS
from playground.tabs.tokens.vocabulary import VOCABULARY
from playground.views.pictures import Tokens, VocabularyPage
from playground.views.view import View

PLAIN = {"form": "tokens", "chat": False, "special": True, "cut": "refuse", "side": "source"}
SEARCH = {"find": "", "order": "id", "kind": "all", "script": "all", "length": 0, "page": "", "token": -1}


def strip(model: str, text: str, **values: Any) -> tuple[View, Tokens]:
    view = TOKENS.show(Asked(Prompt(model, text), Look(), {**PLAIN, **values}))
    assert isinstance(view.picture, Tokens)
    return view, view.picture


def found(model: str, **values: Any) -> tuple[View, VocabularyPage]:
    view = VOCABULARY.show(Asked(Prompt(model, "The cat"), Look(), {**SEARCH, **values}))
    assert isinstance(view.picture, VocabularyPage)
    return view, view.picture


def lesson(title: str) -> Lesson:
    return next(le for le in lessons() if le.title == title)


def test_the_lesson_of_three_levels() -> None:
    told = lesson("Words, tokens, characters")
    _, picture = strip("storyteller", told.state["text"], form=told.state["tokens.form"])
    tokens = {}
    for row in picture.levels:
        columns = [c for c, wide in zip(row.characters, row.wide, strict=True) for _ in range(wide)]
        for a, b in row.words:
            word = "".join(dict.fromkeys(columns[a:b])) if row.wide.count(1) < len(row.wide) else "".join(columns[a:b])
            tokens[word] = sum(start < b and end > a for _, start, end in row.tokens)
    assert (tokens["love"], tokens["I"], tokens["🙂"]) == (1, 1, 4) and tokens["Unbelievable"] > 3


def test_the_lesson_of_tokens_that_nobody_typed() -> None:
    told = lesson("Tokens that nobody typed")
    view, picture = strip(told.state["model"], told.state["text"])
    added = [chip.text for chip in picture.tokens if chip.special and chip.span is None]
    assert added == ["[CLS]", "[SEP]"] and {"[CLS]", "[SEP]"} <= {mark.text for mark in picture.marks if mark.says}
    assert "".join(part.text for part in picture.back).startswith("the␣cat")
    assert "".join(part.text for part in strip("cloze", "café 🧿")[1].back) == "cafe␣[UNK]"
    assert "added 2 special tokens" in view.reading


def test_the_lesson_of_the_vocabulary() -> None:
    told = lesson("All that a model can say")
    view, picture = found(told.state["model"], find=told.state["vocabulary.find"])
    assert f"{picture.n_found} of 4,096 tokens are like “*ing”" in view.reading and picture.n_found > 50
    vocabulary = vocabulary_of(load_model("storyteller"))
    assert len(search(vocabulary, "Lily").ids) and not len(search(vocabulary, "Paris").ids)


ODD = {
    "one token": "a",
    "script": "</script><img src=x onerror=alert(1)>",
    "emoji": "👩\u200d👩\u200d👧 🧿 ❤️",
    "right to left": "שלום עולם, مرحبا",
    "combining": "e\u0301\u0301 नमस्ते ก็",
    "lone surrogate": "a \ud83d b",
    "replacement sign": "a \ufffd b",
    "blanks": " \n\t  ",
    "long": "The cat sat on the mat. " * 208,
}


@pytest.mark.parametrize("form", ["tokens", "levels", "chat"])
@pytest.mark.parametrize("name", ODD)
@pytest.mark.parametrize("model", ["storyteller", "cloze", "translator"])
def test_odd_texts_are_shown_right(model: str, name: str, form: str) -> None:
    """No sign of replacement and no bare byte anywhere; every shared character stands over its tokens."""
    asked = {"chat": True} if form == "chat" else {"form": form}
    view, picture = strip(model, ODD[name], **asked, cut="end")
    prompt = engine.fitted(Prompt(model, ODD[name]), "end")
    side = engine.trace(prompt).encoder or engine.trace(prompt)
    assert [chip.token_id for chip in picture.tokens] == [t.token_id for t in side.tokens]
    seen = " ".join([*(chip.text for chip in picture.tokens), *(part.text for part in picture.back), view.reading])
    assert "\ufffd" not in seen and "\\x" not in seen
    for chip in picture.tokens:
        assert chip.special or len(chip.hex.split()) == chip.n_bytes
    raw = "".join(chip.hex.replace(" ", "") for chip in picture.tokens if not chip.special)
    if model == "storyteller":
        assert bytes.fromhex(raw).decode() == prompt.text.replace("\ud83d", "\ufffd"), "the bytes are the text's"
    assert bool(picture.missing) == (form == "chat"), "the bundled models have no chat template, and say so"
    assert (picture.window.left_out > 0) == (name == "long")


def test_pieces_of_one_character_stand_under_it() -> None:
    _, picture = strip("storyteller", "A 🧿 naïve")
    groups = [[chip.text for chip in picture.tokens if chip.group == n] for n in range(len(picture.shared))]
    assert picture.shared == ("🧿", "ï")
    assert groups == [["⟨F0⟩", "⟨9F⟩", "⟨A7⟩", "⟨BF⟩"], ["⟨C3⟩", "⟨AF⟩"]]


def test_what_happens_past_the_end_is_always_said() -> None:
    says = {cut: strip("storyteller", "The cat", cut=cut)[1].window.says for cut in ("refuse", "start", "end")}
    assert "is refused" in says["refuse"] and "the start is left out" in says["start"] and "the end" in says["end"]
    _, picture = strip("storyteller", "The cat sat. " * 100, cut="start")
    assert (
        picture.window.at_start
        and "its start is left out, " in picture.window.says
        and "never read" in picture.window.says
    )
    assert picture.window.used + picture.window.left_out == picture.window.full and picture.before and not picture.after


@pytest.mark.parametrize("cut", ["start", "end"])
def test_of_a_text_that_is_cut_only_the_part_that_was_read_comes_back(cut: str) -> None:
    view, picture = strip("storyteller", ODD["long"], cut=cut)
    read = len(ODD["long"]) - len(picture.before) - len(picture.after)
    for said in (picture.back_says, view.reading):
        assert "part" in said and "that was read" in said and f"{read:,} characters" in said and "typed" not in said


def test_a_target_is_the_models_own_text_or_the_typed_one() -> None:
    """Its tokens stand under their letters, and what stands before them is the decoder's start, of no tokenizer."""
    source = "Le chat incroyable mange l'énorme souris"
    for typed in (None, "The cat sleeps  well."):
        view = TOKENS.show(Asked(Prompt("translator", source, typed), Look(), {**PLAIN, "side": "target"}))
        picture = view.picture
        assert isinstance(picture, Tokens) and (typed is None or picture.text == typed)
        start, *chips = picture.tokens
        assert start.span is None and all(
            picture.text[slice(*chip.span)].strip() == chip.text.replace("␣", " ").strip()
            for chip in chips
            if chip.span
        )
        assert "".join(picture.text[slice(*chip.span)] for chip in chips if chip.span).split() == picture.text.split()
        assert "the decoder’s start token stands before them" in view.reading and "tokenizer added" not in view.reading
        assert (
            ("The model wrote" in view.reading) == ("the model wrote" in picture.back_says.lower()) == (typed is None)
        )
        assert ("typed" in picture.back_says) == (typed is not None)


@pytest.mark.parametrize("model", ["storyteller", "cloze", "translator"])
def test_a_page_of_the_vocabulary_belongs_to_its_query(model: str) -> None:
    _, first = found(model)
    _, second = found(model, page="1@")
    _, other = found(model, page="1@", find="a")
    assert second.first == 120 and other.first == 0, "another query begins at its first page"
    assert not {e.token_id for e in first.entries} & {e.token_id for e in second.entries}
    _, last = found(model, page="9999@")
    assert last.page == last.n_pages - 1 and last.first + len(last.entries) == last.n_found


@pytest.mark.parametrize("model", ["storyteller", "cloze", "translator"])
def test_a_chosen_token_leads_to_a_text_with_it(model: str) -> None:
    _, page = found(model, token=300)
    assert page.card is not None and page.card.link_text
    trace = engine.trace(Prompt(model, page.card.link_text))
    assert (trace.encoder or trace).tokens[page.card.link_pos].token_id == 300
    assert (300, page.card.text) in page.card.near
    assert found(model, token=10**6)[1].card is None, "a link made for a larger vocabulary"


def test_nothing_found_says_what_to_do() -> None:
    assert "spelled with several tokens" in found("storyteller", find="zzzzq")[1].nothing
    assert "without the space" in found("cloze", find=" cat")[1].nothing
    assert "Take one of the choices" in found("storyteller", find="ing", kind="number")[1].nothing


def test_the_reading_of_a_search_counts_as_it_says() -> None:
    """A pattern of five signs finds what has five beside its space, and the sentence says that it counts the space."""
    view, page = found("storyteller", find="?????")
    assert {len(entry.text.removeprefix("␣")) for entry in page.entries} == {5}
    assert view.reading.endswith(", 6 characters with its space.")
    assert found("storyteller", find="#42")[0].reading.startswith("1 of 4,096 tokens has the id #42")
