"""Counts and sentences about one tokenized text."""

from __future__ import annotations

import pytest

from playground import tokens
from playground.analysis.tokenization import Tokenization, first_difference, tokenization
from tests.tiny import tiny_tokenizer


def facts(kind: str, text: str) -> Tokenization:
    tokenizer = tiny_tokenizer(kind)
    found = tokens.describe(tokenizer, tokens.encode(tokenizer, text), text)
    ids = [t.token_id for t in found]
    return tokenization(text, found, str(tokenizer.decode(ids, skip_special_tokens=True)))


def test_counts() -> None:
    found = facts("bpe", "The café isn't open, is it?")
    assert (found.n_words, found.n_characters, found.n_bytes) == (6, 27, 28)
    assert found.n_special == found.n_added == 0
    assert found.exact and found.round_trip == "The café isn't open, is it?"


def test_typed_special_tokens_are_not_added_ones() -> None:
    """[MASK] was typed, and [UNK] stands for a word: the tokenizer added [CLS] and [SEP] only."""
    found = facts("wordpiece", "The [MASK] sat on 猫")
    assert found.n_added == 2
    assert found.n_special == 4


def test_words_of_several_tokens() -> None:
    found = facts("wordpiece", "the thecapital")
    word, pieces = found.split_words[-1]
    assert word == "thecapital" and len(pieces) > 1
    assert "".join(p.removeprefix("##") for p in pieces) == "thecapital"
    assert all(word != "the" for word, _ in found.split_words)


@pytest.mark.parametrize(("kind", "text", "exact"), [("bpe", "A  b\n世", True), ("wordpiece", "The CAT", False)])
def test_the_way_back(kind: str, text: str, exact: bool) -> None:
    assert facts(kind, text).exact == exact


@pytest.mark.parametrize(
    ("one", "other", "at"), [("abc", "abd", 2), ("abc", "abc", 3), ("ab", "abc", 2), ("", "x", 0), ("x", "", 0)]
)
def test_first_difference(one: str, other: str, at: int) -> None:
    assert first_difference(one, other) == at
