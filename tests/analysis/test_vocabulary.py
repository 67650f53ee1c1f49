"""The vocabulary is the tokenizer's, every search finds what a plain loop would, and a token leads to a text."""

from __future__ import annotations

import fnmatch
import re
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground import tokens
from playground.analysis.vocabulary import (
    KINDS,
    LONGEST,
    MIXED,
    NO_SCRIPT,
    Vocabulary,
    _script,
    search,
    text_with,
    vocabulary_of,
)
from playground.errors import PlaygroundError
from tests.tiny import tiny

FAMILIES = ("gpt2", "bert", "marian", "roberta")


def texts(vocabulary: Vocabulary, ids: np.ndarray) -> list[str]:
    return [vocabulary.texts[i] for i in ids]


@pytest.mark.parametrize("family", FAMILIES)
def test_every_token_of_the_tokenizer_is_there_as_it_is_shown_elsewhere(family: str) -> None:
    model = tiny(family)
    vocabulary = vocabulary_of(model)
    assert vocabulary is vocabulary_of(model), "made once"
    assert len(vocabulary) == len(model.tokenizer)
    ids = np.flatnonzero(vocabulary.there).tolist()
    assert [vocabulary.texts[i] for i in ids] == tokens.vocabulary(model.tokenizer, ids)
    assert [vocabulary.pieces[i] for i in ids] == model.tokenizer.convert_ids_to_tokens(ids)
    special = {i for i in ids if KINDS[vocabulary.kinds[i]] == "special"}
    assert special == set(model.tokenizer.all_special_ids)
    for i in ids:
        kind, text = KINDS[vocabulary.kinds[i]], vocabulary.raw[i].decode("utf-8", "surrogateescape")
        if kind == "bytes":
            assert tokens.BYTES_SHOWN.search(vocabulary.texts[i])
        elif kind != "special":
            assert vocabulary.n_characters[i] == len(text)
            assert (kind in ("start", "inside")) == any(c.isalpha() for c in text)
            assert (kind == "number") == (text.strip().isdigit())
            assert (kind == "blank") == (not text.strip())


@pytest.mark.parametrize("family", FAMILIES)
@given(query=st.text("aehtin TH#Ġ␣é0[]-", max_size=4).filter(lambda q: not re.match(r"\s*#\d", q)))
def test_a_text_finds_all_tokens_that_hold_it(family: str, query: str) -> None:
    vocabulary = vocabulary_of(tiny(family))
    found = search(vocabulary, query)
    wanted = query.replace(" ", "␣").casefold()
    assert sorted(found.ids.tolist()) == [
        i for i, text in enumerate(vocabulary.texts) if vocabulary.there[i] and wanted in text.casefold()
    ]
    exact = [i for i in found.ids.tolist() if vocabulary.lower[i].lstrip("␣#") == wanted.lstrip("␣#")]
    assert not query or found.ids.tolist()[: len(exact)] == exact, "the token that is the query itself comes first"


@pytest.mark.parametrize("family", FAMILIES)
@given(query=st.text("aehtin*?␣0", min_size=2, max_size=5).filter(lambda q: {*q} & {*"*?"}))
def test_a_pattern_finds_what_is_like_it_with_or_without_its_blank(family: str, query: str) -> None:
    vocabulary = vocabulary_of(tiny(family))

    def bare(text: str) -> str:
        if query.startswith("␣"):
            return text
        return text[1:] if text.startswith("␣") else text.removeprefix("##")

    assert search(vocabulary, query).ids.tolist() == [
        i
        for i, text in enumerate(vocabulary.lower)
        if vocabulary.there[i] and fnmatch.fnmatchcase(bare(text), query.casefold())
    ]


def test_patterns_and_ids() -> None:
    vocabulary = vocabulary_of(tiny("gpt2"))
    assert search(vocabulary, "#42").ids.tolist() == [42] and search(vocabulary, " #40 - 43").ids.tolist() == [
        *range(40, 44)
    ]
    assert all(len(text.removeprefix("␣")) == 2 for text in texts(vocabulary, search(vocabulary, "??").ids))
    assert set(texts(vocabulary, search(vocabulary, "[0-3]").ids)) == set(), "without * or ? brackets are a text"
    assert set(texts(vocabulary, search(vocabulary, "[0-3]*").ids)) >= {"0", "1", "2", "3"}
    assert texts(vocabulary, search(vocabulary, "?").ids)[0] == "?" and search(vocabulary, "*").how == "text"
    for wrong in ("#999999", "#5-2"):
        with pytest.raises(PlaygroundError, match="ids of this vocabulary go from 0 to"):
            search(vocabulary, wrong)


def test_kinds_scripts_and_lengths_divide_the_vocabulary() -> None:
    for family in FAMILIES:
        vocabulary = vocabulary_of(tiny(family))
        everything = set(search(vocabulary).ids.tolist())
        for parts in (
            [search(vocabulary, kind=kind).ids for kind in KINDS],
            [search(vocabulary, script=script).ids for script in vocabulary.scripts],
        ):
            counted = Counter(i for part in parts for i in part.tolist())
            assert set(counted) == everything and set(counted.values()) == {1}
        for length in (1, 3, LONGEST):
            lengths = vocabulary.n_characters[search(vocabulary, length=length).ids]
            assert np.all(lengths >= LONGEST if length == LONGEST else lengths == length)
    assert not len(search(vocabulary, kind="no such").ids) and not len(search(vocabulary, script="Klingon").ids)


def test_longest_first() -> None:
    vocabulary = vocabulary_of(tiny("marian"))
    lengths = vocabulary.n_characters[search(vocabulary, order="longest").ids]
    assert (np.diff(lengths) <= 0).all() and lengths[0] == vocabulary.n_characters.max()


@pytest.mark.parametrize(
    ("text", "script"),
    [("cat", "Latin"), (" naïve", "Latin"), ("кот", "Cyrillic"), ("世界", "Chinese"), ("한국", "Korean"),
     ("ねこ", "Japanese"), ("שלום", "Hebrew"), ("مرحبا", "Arabic"), ("नमस्ते", "Devanagari"), ("γάτα", "Greek"),
     ("ｃａｔ", "Latin"), ("𝐜𝐚𝐭", "Latin"), ("12!", NO_SCRIPT), ("🧿", NO_SCRIPT), ("", NO_SCRIPT), ("aб", MIXED)],
)  # fmt: skip
def test_scripts(text: str, script: str) -> None:
    assert _script(text) == script


@pytest.mark.parametrize("family", FAMILIES)
def test_a_token_leads_to_a_text_in_which_it_stands(family: str) -> None:
    model = tiny(family)
    missing = []
    for token_id in range(len(vocabulary_of(model).texts)):
        found = text_with(model, token_id)
        if found is None:
            missing.append(token_id)
        else:
            assert tokens.encode(model.tokenizer, found[0])[found[1]] == token_id
    assert len(missing) < 0.08 * len(vocabulary_of(model)), "all but bytes that no text has, and the like"
