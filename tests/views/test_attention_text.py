"""Running text, and the sentences over it."""

from __future__ import annotations

import numpy as np
import pytest

from playground.trace import Token
from playground.views.attention.text import MEASURES, Looks, attention_text_view
from playground.views.pictures import AttentionText
from playground.views.running import PART, running
from tests.views.shown import shown


def token(text: str, span: tuple[int, int] | None = None, special: bool = False) -> Token:
    return Token(len(text), text, text, span, special)


def joined(tokens: list[Token], text: str | None = None) -> str:
    return "".join(piece.before + piece.text for piece in running(tokens, text))


def test_blanks_are_blanks_again() -> None:
    assert joined([token("The"), token("␣cat"), token("s"), token("␣"), token("."), token("↵")]) == "The cats␣.↵"
    wordpieces = [
        token("[CLS]", None, True), token("un", (0, 2)), token("##happy", (2, 7)), token("cat", (8, 11)),
        token(".", (11, 12)), token("[SEP]", None, True),
    ]  # fmt: skip
    assert joined(wordpieces, "unhappy cat.") == "[CLS] unhappy cat. [SEP]"


def test_a_character_of_several_tokens_is_shown_once() -> None:
    text = "a 👩!"
    parts = [token("a", (0, 1)), token("␣", (1, 2)), *(token(b, (2, 3)) for b in ("⟨F0⟩", "⟨9F⟩", "⟨91⟩", "⟨A9⟩")),
             token("!", (3, 4))]  # fmt: skip
    assert joined(parts, text) == f"a␣👩{PART * 3}!"
    assert joined(parts[2:4]) == "⟨F0⟩⟨9F⟩", "without the text the bytes are named"


def looks(measure: str, kind: str = "self", rows: tuple[str, ...] = ("a", "b", "c"), n_columns: int = 3) -> Looks:
    values = np.array([[1, 0, 0, 0], [0.25, 0.75, 0, 0], [0.5, 0.1, 0.4, 0]], np.float32)[: len(rows), :n_columns]
    tokens = tuple(token(text) for text in rows)
    columns = tuple(token(f"s{i}") for i in range(n_columns)) if kind == "cross" else tokens
    if MEASURES[measure].length:
        values = values * np.array([[2], [4], [10]], np.float32)[: len(rows)]
    return Looks(kind, measure, values, tokens, columns, None, None, len(rows) - 1, 1, 2, 4, 8, True, "pass\n")


@pytest.mark.parametrize(
    ("measure", "said"),
    [
        ("head", "In head 1.2, “c” looks most at “a” (50 %); no other word looks at “c”."),
        ("heads", "In the mean over the heads of layer 1, “c” looks most at “a” (50 %); no other"),
        ("layers", "In the mean over all layers, “c” looks most at “a” (50 %)"),
        ("rollout", "Through layers 0 to 1, 50 % of what stands at “c” comes from “a”."),
        ("moved", "In head 1.2, “c” fetches most from “a” (50 %); no other word fetches from “c”."),
        ("moved_layer", "In all heads of layer 1 together, “c” fetches most from “a” (50 %)"),
    ],
)
def test_the_sentence_names_the_measure_and_its_largest_share(measure: str, said: str) -> None:
    view = attention_text_view(looks(measure))
    assert view.reading.startswith(said)
    picture = view.picture
    assert isinstance(picture, AttentionText)
    assert (picture.unit == "length") == MEASURES[measure].length
    assert (picture.n_layers, picture.n_heads) == (
        4 if MEASURES[measure].by_layer else 0,
        8 if MEASURES[measure].by_head else 0,
    )
    rows = shown(view)["table"]["rows"]
    np.testing.assert_allclose([row[1:] for row in rows], looks(measure).values, rtol=1e-6)


def test_across_two_texts_the_columns_are_the_source() -> None:
    picture = attention_text_view(looks("head", "cross", n_columns=4)).picture
    assert isinstance(picture, AttentionText)
    assert picture.columns == ("s0", "s1", "s2", "s3") and len(picture.column_pieces) == 4
    assert picture.names == ("Target text", "Source text")


def test_one_token_looks_at_itself() -> None:
    assert "no other word looks at “a”" in attention_text_view(looks("head", rows=("a",), n_columns=1)).reading
