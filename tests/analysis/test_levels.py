"""One text at three levels: every character, token and word stands in one place, and above what it is made of."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground import tokens
from playground.analysis.tokenization import LevelBlock, levels
from playground.trace import Token
from tests.tiny import tiny_tokenizer

TEXTS = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40),
    st.text("ab 世🧿é e\u0301\u200dﬃ'.,[MASK]\n", min_size=1, max_size=40),
)


def cut(kind: str, text: str) -> tuple[Token, ...]:
    tokenizer = tiny_tokenizer(kind)
    return tokens.describe(tokenizer, tokens.encode(tokenizer, text), text)


def columns(block: LevelBlock) -> list[str]:
    """What stands in each column of the lowest level."""
    return [seen for seen, wide in zip(block.characters, block.wide, strict=True) for _ in range(wide)]


def read(block: LevelBlock, start: int, end: int) -> str:
    """The characters under some columns, each once."""
    at, found = 0, ""
    for seen, wide in zip(block.characters, block.wide, strict=True):
        found += seen.removeprefix("◌") if at < end and at + wide > start else ""
        at += wide
    return found


@pytest.mark.parametrize("kind", ["bpe", "bpe-masked", "wordpiece", "unigram"])
@given(text=TEXTS)
def test_blocks_hold_all_characters_words_and_tokens_in_their_order(kind: str, text: str) -> None:
    try:
        found = cut(kind, text)
    except tokens.PlaygroundError:  # a text of which nothing is left
        return
    blocks = levels(text, found)
    assert "".join(read(block, 0, len(columns(block))) for block in blocks) == "".join(map(tokens.visible, text))
    assert [i for block in blocks for i, _, _ in block.tokens] == [i for i, t in enumerate(found) if t.span is not None]
    for block in blocks:
        for _, start, end in block.tokens:
            assert 0 <= start < end <= len(columns(block))
        cells = sorted((start, end) for _, start, end in block.tokens)
        assert all(a[1] <= b[0] for a, b in itertools.pairwise(cells)), "two tokens over one column"
        assert all(a[1] <= b[0] for a, b in zip(block.words, block.words[1:], strict=False))


@given(text=TEXTS)
def test_a_token_stands_over_its_own_characters(text: str) -> None:
    found = cut("bpe", text)
    for block in levels(text, found):
        for i, start, end in block.tokens:
            span = found[i].span
            assert span is not None and read(block, start, end) == "".join(map(tokens.visible, text[slice(*span)]))


def test_three_levels_side_by_side() -> None:
    """CONCEPTS T1: "I love AI" → I / love / AI; "AI" → A / I."""
    text = "I love AI"
    blocks = levels(text, cut("bpe", text))
    assert [read(block, *block.words[0]) for block in blocks] == ["I", "love", "AI"]
    assert [c for c in columns(blocks[2]) if c != "␣"] == ["A", "I"]


def test_a_character_of_four_tokens_takes_four_columns() -> None:
    (block,) = levels("🧿", cut("bpe", "🧿"))
    assert (block.characters, block.wide, block.words) == (("🧿",), (4,), ((0, 4),))
    assert block.tokens == ((0, 0, 1), (1, 1, 2), (2, 2, 3), (3, 3, 4))


def test_typed_special_tokens_and_signs_are_words_of_their_own() -> None:
    text = "the [MASK], …?! e\u0301t"
    blocks = levels(text, cut("wordpiece", text))
    assert [read(b, *span) for b in blocks for span in b.words] == ["the", "[MASK]", ",", "…?!", "e\u0301t"]
    assert "◌\u0301" in blocks[-1].characters


def test_tokens_without_spans_stand_in_no_block() -> None:
    assert all(not block.tokens for block in levels("a b", (Token(1, "a", "a", None, False),)))
