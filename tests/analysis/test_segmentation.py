"""Every step from a text to its ids: the same ids as the tokenizer's own, and the steps obey the rule of their kind."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from hypothesis import strategies as st
from transformers import AutoTokenizer

from playground import PlaygroundError, segmentation
from playground.analysis.segmentation import Lattice, Matching, Merging
from playground.analysis.segmentation.recipe import recipe_of
from playground.analysis.segmentation.words import UNKNOWN_PENALTY, spelled
from playground.catalog import BUNDLED
from tests import own_tokenizers as own
from tests.tiny import CORPUS, tiny_tokenizer

GPT2 = Path(__file__).parents[3] / "shared" / "gpt2-tokenizer"
MADE: dict[str, Callable[[], Any]] = {
    "storyteller": lambda: AutoTokenizer.from_pretrained(BUNDLED / "storyteller"),
    "byte fallback": own.byte_fallback,
    "cloze": lambda: AutoTokenizer.from_pretrained(BUNDLED / "cloze"),
    "translator": lambda: AutoTokenizer.from_pretrained(BUNDLED / "translator"),
    "bpe": lambda: tiny_tokenizer("bpe"),
    "bpe-masked": lambda: tiny_tokenizer("bpe-masked"),
    "wordpiece": lambda: tiny_tokenizer("wordpiece"),
    "unigram": lambda: tiny_tokenizer("unigram"),
    "byte fallback, first word": lambda: own.byte_fallback(fuse=False, first_only=True),
    "unknown": lambda: own.unknowns(fuse=False),
    "unknown, fused": lambda: own.unknowns(fuse=True),
    "whole words": own.whole_words,
    "unigram of bytes": own.unigram_of_bytes,
}
FOUR = tuple(MADE)[:4]
"""Byte-level BPE, BPE with byte fallback, WordPiece, Unigram."""
SCRIPTS = (
    "abcdefghij klmnop ", "éàüß ñ", "世界你好 ", "привет мир ", "שלום עולם", "مرحبا ", "हिन्दी ", "ไทย", "한국어 ",
    "0123456789", "👩\u200d👧🇩🇪😀❤\ufe0f", "\x00\x07\t\n\r\x7f\u200b\u2028\u00a0\x1c", "½ﬁ²Ⅷ", "e\u0301\u0302",
    ".,!?'’\"-_()", "▁Ġ##",
)  # fmt: skip
CHUNKS = [
    *(character for script in SCRIPTS for character in script),
    *" ".join(CORPUS).split(), *(f" {word}" for word in ["capital", "unbelievable", "tokenization", "sea"]),
    "[MASK]", "<s>", " </s> ", " cat", "cat", "Le ", "<|endoftext|>", "[UNK]", "<unk>", "[CLS] ", "<mask>", "<0x41>",
    "mississippi" * 9, "hippopotomonstro" * 7, "猫" * 105,
]  # fmt: skip
"""Drawn and joined: several times quicker than texts drawn character by character from several alphabets."""
texts = st.lists(st.sampled_from(CHUNKS), max_size=24).map("".join)
any_text = st.text(max_size=12)
thorough = hypothesis.settings(max_examples=2000, suppress_health_check=list(hypothesis.HealthCheck))


@cache
def made(name: str) -> Any:
    return MADE[name]()


def check(tokenizer: Any, text: str, name: str) -> None:
    found = segmentation(tokenizer, text)
    assert list(found.ids) == tokenizer(found.text, verbose=False)["input_ids"], (name, text)


@cache
def gpt2() -> Any:
    if not GPT2.is_dir():
        pytest.skip(f"GPT-2's own tokenizer is not at {GPT2}")
    return AutoTokenizer.from_pretrained(GPT2)


@thorough
@hypothesis.given(texts)
def test_the_ids_are_the_tokenizers_own(text: str) -> None:
    for name in FOUR:
        check(made(name), text, name)
    if GPT2.is_dir():
        check(gpt2(), text, "gpt2")


@hypothesis.settings(max_examples=200)
@hypothesis.given(st.one_of(texts, any_text))
def test_the_ids_are_every_tokenizers_own(text: str) -> None:
    for name in MADE:
        check(made(name), text, name)


def test_gpt2_says_hello_merge_by_merge() -> None:
    """CONCEPTS T2 and T3."""
    found = segmentation(gpt2(), "Hello, how are you?")
    assert found.ids == (15496, 11, 703, 389, 345, 30)
    assert [word.pieces for word in found.words] == [("Hello",), (",",), ("Ġhow",), ("Ġare",), ("Ġyou",), ("?",)]
    assert [word.span for word in found.words] == [(0, 5), (5, 6), (6, 10), (10, 14), (14, 18), (18, 19)]
    how = found.words[2].how
    assert isinstance(how, Merging) and [merge.piece for merge in how.merges] == ["Ġh", "ow", "Ġhow"]


@pytest.mark.parametrize("word", ["Ġthere", "Ġnumbers", "mississippi", "aaaaaaaa", "ĠcatĠcatcat", "é", "x"])
@pytest.mark.parametrize("name", ["bpe", "byte fallback", "unknown", "storyteller"])
def test_each_merge_is_the_leftmost_of_the_lowest_rank(name: str, word: str) -> None:
    """By the rule itself, looked at pair by pair; what stands is what the merges leave."""
    recipe = recipe_of(made(name))
    how, (pieces, _) = spelled(recipe, word)
    assert isinstance(how, Merging)
    standing = list(how.start)
    for n, merge in enumerate(how.merges):
        pairs = [recipe.merges.get(pair, (None, ""))[0] for pair in pairwise(standing)]
        assert [piece for *_, piece in how.pieces(n)] == standing
        assert [rank for _, rank in how.pairs(n)] == pairs
        at = pairs.index(min(rank for rank in pairs if rank is not None))
        assert (merge.rank, merge.left, merge.right) == (pairs[at], standing[at], standing[at + 1])
        standing[at : at + 2] = [merge.piece]
    assert all(pair not in recipe.merges for pair in pairwise(standing))
    assert tuple(standing) == pieces


@pytest.mark.parametrize("word", ["capital", "unhappiness", "cat", "thethethe", "q猫", "x" * 101])
@pytest.mark.parametrize("name", ["wordpiece", "cloze"])
def test_each_match_is_the_longest(name: str, word: str) -> None:
    recipe = recipe_of(made(name))
    how, (pieces, _) = spelled(recipe, word)
    assert isinstance(how, Matching)
    for match in how.matches:
        *longer, (end, last) = how.tried(match)
        assert all(piece not in recipe.vocab for _, piece in longer)
        assert (last in recipe.vocab) == (match.piece is not None)
        assert (end == match.end and last == match.piece) or match.piece is None
    assert how.known == ("[UNK]" not in pieces) and how.too_long == (len(word) > 100)
    assert not how.known or tuple(match.piece for match in how.matches) == pieces


@pytest.mark.parametrize("word", ["▁capital", "▁they", "sea", "▁猫cat", "▁aaaa", "x"])
@pytest.mark.parametrize("name", ["unigram", "translator", "unigram of bytes"])
def test_no_way_through_the_lattice_scores_higher(name: str, word: str) -> None:
    """All ways to cut a short word, by brute force."""
    recipe = recipe_of(made(name))
    how, _ = spelled(recipe, word)
    assert isinstance(how, Lattice)

    def total(cuts: tuple[int, ...]) -> float:
        pieces = [word[a:b] for a, b in zip((0, *cuts), (*cuts, len(word)), strict=True)]
        unknown = recipe.least_score - UNKNOWN_PENALTY
        return sum(recipe.scores.get(p, unknown if len(p) == 1 else -1e9) for p in pieces)

    ways = [total(cuts) for n in range(len(word)) for cuts in combinations(range(1, len(word)), n)]
    path = [how.edges[i] for i in how.path]
    assert sum(edge.score for edge in path) == pytest.approx(max(ways)) == pytest.approx(how.best[-1])
    assert "".join(edge.piece for edge in path) == word and all(edge.wins for edge in path)
    for edge in how.edges:
        assert edge.total == pytest.approx(how.best[edge.start] + edge.score) and edge.total <= how.best[edge.end]
        assert word[edge.start : edge.end] == edge.piece


def test_normaliser_and_pre_tokenizer_are_steps_of_their_own() -> None:
    found = segmentation(made("cloze"), "The CAFÉ [MASK] naïve")
    assert [part.normalized for part in found.parts] == ["the cafe ", "[MASK]", " naive"]
    assert [part.token_id is None for part in found.parts] == [True, False, True]
    assert [(word.text, word.span) for word in found.words] == [
        ("the", (0, 3)), ("cafe", (4, 8)), ("[MASK]", (9, 15)), ("naive", (16, 21)),
    ]  # fmt: skip
    assert [stage.name for stage in found.normalizers] == ["BertNormalizer"]
    assert (found.added_before, found.added_after) == ((2,), (3,))
    assert found.word_at(0) is None and found.word_at(1) == 0 and found.word_at(len(found.ids) - 1) is None
    assert all(found.word_at(found.first_pos(i)) == i for i in range(len(found.words)))


def test_what_cannot_be_replayed_is_said() -> None:
    class Slow:
        def __len__(self) -> int:
            return 1

    with pytest.raises(PlaygroundError, match="Python code of its own"):
        segmentation(Slow(), CORPUS[0])
    import tokenizers
    from transformers import PreTrainedTokenizerFast

    words = tokenizers.Tokenizer(tokenizers.models.WordLevel({"a": 0, "?": 1}, unk_token="?"))
    with pytest.raises(PlaygroundError, match="by WordLevel"):
        segmentation(PreTrainedTokenizerFast(tokenizer_object=words), "a")
    random = tokenizers.Tokenizer(tokenizers.models.BPE({"a": 0}, [], dropout=0.5))
    with pytest.raises(PlaygroundError, match="at random"):
        segmentation(PreTrainedTokenizerFast(tokenizer_object=random), "a")


def test_tokens_that_are_added_later_are_found() -> None:
    tokenizer = own.byte_fallback.__wrapped__(fuse=True)
    check(tokenizer, "a zebra", "before")
    tokenizer.add_tokens(["zebra"])
    check(tokenizer, "a zebra", "after")
    assert segmentation(tokenizer, "a zebra").words[-1].how is None
