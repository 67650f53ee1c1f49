"""Ids become what people see: pieces, visible texts, bytes and spans, for every way of spelling pieces."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest
import tokenizers
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import decoders, models, normalizers
from transformers import AutoTokenizer, PreTrainedTokenizerFast

from playground import tokens
from playground.errors import PlaygroundError
from playground.trace import Token
from tests.tiny import tiny_tokenizer

GPT2 = Path(__file__).parents[2] / "shared" / "gpt2-tokenizer"
BYTE_LEVEL = ("bpe", "bpe-masked")
HOSTILE = [
    "<script>alert(1)</script>",
    "${1+1}",
    "{{x}}",
    "a\0b",
    "   ",
    "\n\t\r",
    "👩‍👩‍👧‍👦🇩🇪",
    "e\u0301e\u0300 \u202etxet",
    "世界 — “naïve”",
]
texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40)


def described(kind: str, text: str) -> tuple[Token, ...]:
    tokenizer = tiny_tokenizer(kind)
    text = tokens.clean(text)
    return tokens.describe(tokenizer, tokens.encode(tokenizer, text), text)


def spelling(kind: str, found: tuple[Token, ...]) -> bytes:
    way = tokens.kind_of_pieces(tiny_tokenizer(kind))
    return b"".join(tokens.piece_bytes(t.piece, way) for t in found if not t.special)


def test_gpt2_says_hello() -> None:
    """CONCEPTS T2."""
    if not GPT2.is_dir():
        pytest.skip(f"GPT-2's own tokenizer is not at {GPT2}")
    tokenizer = AutoTokenizer.from_pretrained(GPT2)
    text = "Hello, how are you?"
    ids = tokens.encode(tokenizer, text)
    assert ids == [15496, 11, 703, 389, 345, 30]
    found = tokens.describe(tokenizer, ids, text)
    assert [t.piece for t in found] == ["Hello", ",", "Ġhow", "Ġare", "Ġyou", "?"]
    assert [t.text for t in found] == ["Hello", ",", "␣how", "␣are", "␣you", "?"]
    assert [t.span for t in found] == [(0, 5), (5, 6), (6, 10), (10, 14), (14, 18), (18, 19)]
    assert [t.n_bytes for t in found] == [5, 1, 4, 4, 4, 1]


@pytest.mark.parametrize(
    ("kind", "way"), [("bpe", "bytes"), ("bpe-masked", "bytes"), ("wordpiece", "wordpiece"), ("unigram", "metaspace")]
)
def test_the_way_of_spelling_is_recognised(kind: str, way: str) -> None:
    assert tokens.kind_of_pieces(tiny_tokenizer(kind)) == way


@pytest.mark.parametrize("kind", BYTE_LEVEL)
@given(text=texts)
def test_byte_level_pieces_spell_the_text(kind: str, text: str) -> None:
    found = described(kind, text)
    assert spelling(kind, found) == text.encode()
    assert sum(t.n_bytes for t in found) == len(text.encode())


@pytest.mark.parametrize("kind", BYTE_LEVEL)
@given(text=texts)
def test_byte_level_spans_tile_the_text(kind: str, text: str) -> None:
    """Without gaps; a character that several tokens share belongs to each of them."""
    spans = [t.span for t in described(kind, text) if not t.special]
    assert None not in spans
    at = 0
    for start, end in spans:  # type: ignore[misc]
        assert start in {at, at - 1} and start < end >= at
        assert start == at or len(text[start].encode()) > 1
        at = end
    assert at == len(text)


@pytest.mark.parametrize("kind", ["wordpiece", "unigram"])
@given(text=texts)
def test_other_spans_stand_in_order_inside_the_text(kind: str, text: str) -> None:
    spans = [t.span for t in described(kind, text) if t.span is not None]
    assert all(0 <= start <= end <= len(text) for start, end in spans)
    assert spans == sorted(spans)


@pytest.mark.parametrize("kind", [*BYTE_LEVEL, "wordpiece", "unigram"])
@given(text=st.one_of(texts, st.sampled_from(HOSTILE)))
def test_nothing_that_people_see_is_a_control_character(kind: str, text: str) -> None:
    for token in described(kind, text):
        assert not any(unicodedata.category(c) in {"Cc", "Cs", "Zl", "Zp", "Zs"} for c in token.text), repr(token.text)
    assert all(unicodedata.category(c) != "Cf" or c == "\u200d" for c in tokens.visible(text))


def test_white_space_becomes_signs() -> None:
    assert tokens.visible(" \n\t\r\u00a0") == "␣↵⇥␍⍽"
    assert tokens.visible("a\0\x1b") == "a␀␛"
    assert tokens.visible("\x7f\u202e\u200b\u2003\u2028") == "⟨U+007F⟩⟨U+202E⟩⟨U+200B⟩⟨U+2003⟩⟨U+2028⟩"


@pytest.mark.parametrize("emoji", ["👩‍👩‍👧‍👦", "❤️", "🇩🇪", "e\u0301"])
def test_what_belongs_together_stays_together(emoji: str) -> None:
    assert tokens.visible(emoji) == emoji


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("kind", BYTE_LEVEL)
def test_hostile_texts_arrive_unchanged(kind: str, text: str) -> None:
    """Nothing is escaped, evaluated or lost here: escaping is the business of who builds HTML."""
    assert spelling(kind, described(kind, text)).decode() == text


def test_bytes_that_are_no_character_are_written_out() -> None:
    """A character of several bytes that no merge joins: each token shows its bytes."""
    found = described("bpe", "\U0001f9ff")
    assert len(found) == 4
    assert [t.text for t in found] == ["⟨F0⟩", "⟨9F⟩", "⟨A7⟩", "⟨BF⟩"]
    assert {t.span for t in found} == {(0, 1)}
    assert [t.n_bytes for t in found] == [1, 1, 1, 1]


@pytest.mark.parametrize(
    ("piece", "way", "bytes_", "text"),
    [
        ("Ġcat", "bytes", b" cat", "␣cat"),
        ("Ċ", "bytes", b"\n", "↵"),
        ("Ã©", "bytes", "é".encode(), "é"),
        ("Ã", "bytes", b"\xc3", "⟨C3⟩"),
        ("Ġä¸", "bytes", b" \xe4\xb8", "␣⟨E4·B8⟩"),
        ("ĸçķ", "bytes", b"\x96\xe7\x95", "⟨96·E7·95⟩"),
        ("ï¿½", "bytes", "\ufffd".encode(), "⟨U+FFFD⟩"),
        ("世", "bytes", "世".encode(), "世"),  # an added token, spelled as it is
        ("▁cat", "metaspace", b" cat", "␣cat"),
        ("<0x0A>", "metaspace", b"\n", "↵"),
        ("<0xE4>", "metaspace", b"\xe4", "⟨E4⟩"),
        ("<0x0A>", "plain", b"<0x0A>", "<0x0A>"),
        ("##ing", "wordpiece", b"ing", "##ing"),
        ("cat", "wordpiece", b"cat", "cat"),
    ],
)
def test_pieces(piece: str, way: str, bytes_: bytes, text: str) -> None:
    assert tokens.piece_bytes(piece, way) == bytes_
    assert tokens.piece_text(piece, way) == text


def test_words_keep_their_marks_and_apostrophes() -> None:
    text = "It isn't नमस्ते, שָׁלוֹם e\u0301t\u00e9 it's' _x 12"
    assert [text[slice(*span)] for span in tokens.words(text)] == [
        "It", "isn't", "नमस्ते", "שָׁלוֹם", "e\u0301t\u00e9", "it's", "_x", "12",
    ]  # fmt: skip
    assert tokens.words("") == [] and tokens.words("… —") == []


def test_wordpiece_spans_lead_back_to_the_text() -> None:
    """Lower-cased pieces, spans of the text as it was typed."""
    text = "The CAT sat"
    for token in described("wordpiece", text):
        if token.special:
            assert token.span is None and token.n_bytes == 0
        else:
            assert token.span is not None
            assert text[slice(*token.span)].lower() == token.piece.removeprefix("##")


def test_byte_fallback() -> None:
    """Llama 2's way: unknown characters become bytes, and only the decoder tells that ▁ is a space."""
    vocabulary = {"<unk>": 0, "▁a": 1, **{f"<0x{b:02X}>": b + 2 for b in range(256)}}
    made = tokenizers.Tokenizer(models.BPE(vocab={**vocabulary, "▁": 258, "a": 259}, merges=[("▁", "a")],
                                           unk_token="<unk>", byte_fallback=True))  # fmt: skip
    made.normalizer = normalizers.Replace(" ", "▁")
    made.decoder = decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()])
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=made, unk_token="<unk>")
    text = "a a世"
    found = tokens.describe(tokenizer, tokens.encode(tokenizer, text), text)
    assert [t.text for t in found] == ["a", "␣a", "⟨E4⟩", "⟨B8⟩", "⟨96⟩"]
    assert [t.span for t in found] == [(0, 1), (1, 3), (3, 4), (3, 4), (3, 4)]


def test_the_decoder_alone_tells_a_metaspace() -> None:
    assert tokens._kind_from({"decoder": {"type": "Replace", "pattern": {"String": "▁"}}}) == "metaspace"


def test_special_tokens_have_no_place_in_the_text_unless_typed() -> None:
    found = described("wordpiece", "the [MASK] cat")
    assert [(t.piece, t.special, t.span) for t in found if t.special] == [
        ("[CLS]", True, None),
        ("[MASK]", True, (4, 10)),
        ("[SEP]", True, None),
    ]
    assert [t.span for t in described("bpe", "a<|endoftext|>b")] == [(0, 1), (1, 14), (14, 15)]


@given(text=st.text(st.characters(), max_size=20))
def test_cleaning_touches_lone_surrogates_only(text: str) -> None:
    cleaned = tokens.clean(text)
    cleaned.encode()
    assert len(cleaned) == len(text)
    assert all(a == b or (0xD800 <= ord(a) <= 0xDFFF and b == "\ufffd") for a, b in zip(text, cleaned, strict=True))


@pytest.mark.parametrize("kind", [*BYTE_LEVEL, "wordpiece", "unigram"])
def test_lone_surrogates_can_be_tokenized(kind: str) -> None:
    assert described(kind, "a \ud83d b")


def test_names_of_any_ids() -> None:
    tokenizer = tiny_tokenizer("bpe")
    end = tokenizer.eos_token_id
    cat = tokens.encode(tokenizer, " the")
    assert tokens.vocabulary(tokenizer, [*cat, end, 10**6]) == ["␣the", "<|endoftext|>", "⟨1000000⟩"]
    assert [t.piece for t in tokens.describe(tokenizer, [10**6])] == ["⟨1000000⟩"]


def test_empty_and_long_texts_are_refused() -> None:
    tokenizer = tiny_tokenizer("bpe")
    with pytest.raises(PlaygroundError, match="no text"):
        tokens.encode(tokenizer, "")
    with pytest.raises(PlaygroundError, match=r"100,000 tokens long.*take 64"):
        tokens.encode(tokenizer, "\x01" * 100_000, 64)


def test_without_the_text_there_are_no_spans() -> None:
    tokenizer = tiny_tokenizer("bpe")
    assert {t.span for t in tokens.describe(tokenizer, tokens.encode(tokenizer, "The cat"))} == {None}
