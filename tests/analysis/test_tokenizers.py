"""Several tokenizers on one text: aligned by characters, counted, and misread by a model that learned another's ids."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground import capture
from playground.analysis.tokenizers import SENTENCES, Comparison, compare_tokenizers, fed, fed_ids, language_tax
from playground.errors import PlaygroundError
from playground.models import load_tokenizer
from playground.tokens import words
from tests.tiny import tiny, tiny_tokenizer

KINDS = ("bpe", "wordpiece", "unigram")
TEXT = "The café isn't open, 猫 世界!"
texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30).filter(lambda text: text.strip())


def comparison(text: str) -> Comparison:
    return compare_tokenizers({kind: tiny_tokenizer(kind) for kind in KINDS}, text)


@given(texts)
def test_the_stretches_tile_the_text_and_hold_every_token(text: str) -> None:
    found = comparison(text)
    assert "".join(found.text[s.start : s.end] for s in found.stretches) == found.text
    for e, entry in enumerate(found.entries):
        over: dict[int, list[tuple[int, int]]] = {}
        for stretch in found.stretches:
            assert stretch.start < stretch.end
            if stretch.tokens[e] is not None:
                first, count = stretch.tokens[e]  # type: ignore[misc]
                for i in range(first, first + count):
                    over.setdefault(i, []).append((stretch.start, stretch.end))
        placed = {i: t.span for i, t in enumerate(entry.tokens) if t.span is not None and t.span[0] < t.span[1]}
        assert {i: (own[0][0], own[-1][1]) for i, own in over.items()} == placed


def test_the_figures_are_those_of_the_tokenizers() -> None:
    found = comparison(TEXT)
    assert (found.n_words, found.n_characters, found.n_bytes) == (len(words(TEXT)), len(TEXT), len(TEXT.encode()))
    for entry in found.entries:
        tokenizer = tiny_tokenizer(entry.name)
        ids = tokenizer(TEXT, add_special_tokens=False)["input_ids"]
        assert entry.n_text == len(ids) and entry.n_vocabulary == len(tokenizer)
        assert entry.tokens_per_word(found) == len(ids) / found.n_words
        assert entry.bytes_per_token(found) == found.n_bytes / len(ids)
        assert entry.exact == (tokenizer.decode(ids) == TEXT)
        assert [t.token_id for t in entry.tokens] == tokenizer(TEXT)["input_ids"]
        unknown = 0 if entry.name == "bpe" else ids.count(tokenizer.unk_token_id)
        assert entry.n_unknown == unknown and (unknown > 0) == (entry.name != "bpe")
    assert [entry.algorithm for entry in found.entries] == ["BPE", "WordPiece", "Unigram"]


def test_a_typed_name_of_the_unknown_token_is_not_lost() -> None:
    assert [entry.n_unknown for entry in comparison("the [UNK] sat").entries][1] == 0
    assert [entry.n_unknown for entry in comparison("the 猫 sat").entries][1] == 1


def test_one_character_of_several_tokens() -> None:
    (stretch,) = comparison("世").stretches
    assert stretch.tokens[0] == (0, 3), "three bytes, each a token"


def test_the_languages_are_counted() -> None:
    tax = language_tax("bpe", tiny_tokenizer("bpe"))
    assert len(tax.counts) == len(SENTENCES) >= 12 and len({s.script for s in SENTENCES}) >= 8
    assert list(tax.counts) == [len(tiny_tokenizer("bpe")(s.text)["input_ids"]) for s in SENTENCES]
    assert not any(tax.unknown)
    lost = language_tax("wordpiece", tiny_tokenizer("wordpiece"))
    thai = [s.language for s in SENTENCES].index("Thai")
    assert (lost.counts[thai], lost.unknown[thai]) == (1, 1), "one token for the whole sentence, and nothing in it"


def test_another_tokenizers_ids_are_read_as_other_pieces() -> None:
    model = tiny("gpt2")
    trace = capture(model, "The cat sat on the mat.")
    writer = tiny_tokenizer("wordpiece")
    found = fed_ids(model, trace, "The cat sat on the mat.", "w", writer)
    assert [t.token_id for t in found.tokens] == writer("The cat sat on the mat.")["input_ids"]
    assert [t.written for t in found.tokens][:3] == ["[CLS]", "the", "cat"]
    own = model.tokenizer.convert_ids_to_tokens([t.token_id for t in found.tokens])
    assert [t.read.replace("␣", "Ġ") for t in found.tokens if t.read and "⟨" not in t.read] == [
        piece for piece, t in zip(own, found.tokens, strict=True) if t.read and "⟨" not in t.read
    ]
    wrong = capture(model, [t.token_id for t in found.tokens]).logits.astype(np.float64)
    ids = [t.token_id for t in found.tokens]
    logs = wrong - np.log(np.exp(wrong).sum(-1, keepdims=True))
    assert found.fed_bits == pytest.approx(
        -np.mean([logs[i, ids[i + 1]] for i in range(len(ids) - 1)]) / np.log(2), rel=1e-4
    )
    assert found.own_bits is not None


def test_ids_past_the_table_are_named_and_not_run() -> None:
    model = tiny("gpt2")
    found = fed(model, capture(model, "The cat"), "The unbelievable teacher", "storyteller")
    assert found.fed_bits is None and any(t.read is None for t in found.tokens)
    assert all((t.read is None) == (t.token_id >= model.info.vocab_size) for t in found.tokens)
    other = fed_ids(tiny("bert"), capture(tiny("bert"), "the cat"), "the cat", "w", tiny_tokenizer("wordpiece"))
    assert other.own_bits is other.fed_bits is None, "surprise is measured for decoders"


def test_only_tokenizers_that_are_here_are_read() -> None:
    assert load_tokenizer("cloze") is load_tokenizer("cloze")
    with pytest.raises(PlaygroundError, match="only tokenizers that are here"):
        load_tokenizer("openai-community/gpt2")
    with pytest.raises(PlaygroundError):
        load_tokenizer("../../etc")
