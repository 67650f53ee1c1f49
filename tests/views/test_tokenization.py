"""The token strip: one chip for each token, with its true place, word and colour."""

from __future__ import annotations

import random
from typing import Any

import pytest

from playground.analysis.tokenization import joined, strip_of
from playground.trace import Token
from playground.views import theme
from playground.views.pictures import Tokens
from playground.views.tints import tints
from playground.views.tokenization import tokens_view
from playground.views.view import View
from tests.tiny import tiny
from tests.views.shown import HOSTILE, TEXT, shown, trace_of


def tokens_of(name: str, text: str, **kwargs: Any) -> tuple[View, tuple[Token, ...]]:
    strip = strip_of(tiny(name), trace_of(name, text), None, "source", "tokens", "refuse")
    given = {"chosen": None, "show_special": True, "kind": tiny(name).info.kind, **kwargs}
    return tokens_view(strip, "pass\n", **given), strip.tokens


def picture_of(view: View) -> Tokens:
    assert isinstance(view.picture, Tokens)
    return view.picture


def test_one_chip_for_each_token() -> None:
    view, tokens = tokens_of("gpt2", HOSTILE, chosen=2)
    payload = shown(view)
    chips = payload["picture"]["tokens"]
    assert [c["token_id"] for c in chips] == [t.token_id for t in tokens] == [r[1] for r in payload["table"]["rows"]]
    assert "".join(c["text"] for c in chips).replace("␣", " ") == HOSTILE, "escaping is the browser's business"
    assert payload["picture"]["pos"] == 2
    assert [tuple(row[5:7]) for row in payload["table"]["rows"]] == [t.span for t in tokens]


def test_hidden_special_tokens_keep_positions_true() -> None:
    everything, tokens = tokens_of("bert", "The [MASK] sat", chosen=3)
    hidden, _ = tokens_of("bert", "The [MASK] sat", chosen=3, show_special=False)
    assert len(everything.table.rows) == len(tokens) > len(hidden.table.rows)
    picture = picture_of(hidden)
    assert [chip.pos for chip in picture.tokens] == [i for i, t in enumerate(tokens) if not t.special]
    assert picture.pos == 3
    assert picture_of(tokens_of("bert", "The cat", chosen=0, show_special=False)[0]).pos is None
    assert any("hidden" in note for note in hidden.notes) and not any("hidden" in note for note in everything.notes)


@pytest.mark.parametrize("name", ["gpt2", "bert", "marian"])
def test_whole_words_stand_apart_and_pieces_of_one_together(name: str) -> None:
    """WordPiece has no sign for a space in front of a word: only the places in the text tell."""
    text = "The dog understands the capital"
    _, tokens = tokens_of(name, text)
    tokens = trace_of(name, text).encoder.tokens if name == "marian" else tokens  # type: ignore[union-attr]
    goes_on = joined(text, tokens)
    words = [token for token, on in zip(tokens, goes_on, strict=True) if not token.special and not on]
    assert len(words) == len(text.split())
    assert any(goes_on), "some word takes several tokens"


def test_equal_tokens_match_and_neighbours_differ() -> None:
    rng = random.Random(0)
    for size in (1, 3, 12, 200):
        ids = [rng.randrange(size) for _ in range(300)]
        found = tints(ids)
        assert len({(i, tint) for i, tint in zip(ids, found, strict=True)}) == len(set(ids))
        assert set(found) <= set(range(theme.N_TINTS))
        if size in (3, 200):  # 12 tokens in random order have each other as neighbours: six tints cannot do
            wrong = sum(a != b and x == y for a, b, x, y in zip(ids, ids[1:], found, found[1:], strict=False))
            assert wrong <= (0 if size == 3 else 6)
    words = [t.token_id for t in trace_of("gpt2", TEXT).tokens]
    found = tints(words)
    assert all(a == b or x != y for a, b, x, y in zip(words, words[1:], found, found[1:], strict=False))
    assert tints([]) == []


def test_the_reading_counts_what_was_typed_and_what_was_added() -> None:
    reading = tokens_of("bert", "The cat sat")[0].reading
    assert reading.startswith("11 characters with 3 words became 3 tokens, and the tokenizer added 2 special tokens")
    assert "2 special tokens" in tokens_of("bert", "The [MASK] sat")[0].reading
    assert "special" not in tokens_of("gpt2", "The cat sat")[0].reading


def test_whether_the_way_back_is_exact_is_said() -> None:
    exact, other = picture_of(tokens_of("gpt2", TEXT)[0]), picture_of(tokens_of("bert", "The CAT sat")[0])
    assert "very text that was typed" in exact.back_says and not exact.back
    assert "differs from what was typed from character 0 on: the tokenizer changes the text" in other.back_says
    assert [(part.text, part.same) for part in other.back] == [
        ("the", False), ("␣", True), ("cat", False), ("␣sat", True)
    ]  # fmt: skip
