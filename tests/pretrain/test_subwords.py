"""The tokenizers: frequent words stay whole, round trips hold, special tokens stand where models expect them."""

from __future__ import annotations

from pathlib import Path

import pytest
from transformers import AutoTokenizer

from playground.pretrain import grammar, subwords
from playground.pretrain.export import save_tokenizer

TEXTS = grammar.documents({"people": 300, "scenes": 300}, seed=2)


def test_unigram_keeps_frequent_words_whole() -> None:
    """The trainer of `tokenizers` left words like "taught" in letters; ours must not."""
    pairs = grammar.translations(3000, seed=2)
    tokenizer = subwords.unigram([text for pair in pairs for text in pair], 600, 64)
    assert tokenizer.tokenize("J'aime la voiture rouge.") == ["▁J'", "aime", "▁la", "▁voiture", "▁rouge", "."]
    assert tokenizer("The king sees")["input_ids"][-1] == tokenizer.eos_token_id


@pytest.mark.parametrize("kind", ["byte_level_bpe", "unigram"])
def test_round_trip_and_saved_tokenizer_gives_the_same_ids(kind: str, tmp_path: Path) -> None:
    tokenizer = getattr(subwords, kind)(TEXTS, 700, 64)
    save_tokenizer(tokenizer, tmp_path)
    reopened = AutoTokenizer.from_pretrained(tmp_path, local_files_only=True)
    for text in ["The king wore the royal crown.", *TEXTS[:20]]:
        ids = tokenizer(text)["input_ids"]
        assert reopened(text)["input_ids"] == ids
        assert reopened.decode(ids, skip_special_tokens=True) == text


def test_wordpiece_frames_a_text_and_lowers_it() -> None:
    tokenizer = subwords.wordpiece(TEXTS, 900, 64)
    ids = tokenizer("The King")["input_ids"]
    assert tokenizer.convert_ids_to_tokens(ids) == ["[CLS]", "the", "king", "[SEP]"]
    assert tokenizer.convert_tokens_to_ids(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]) == [0, 1, 2, 3, 4]


def test_bytes_make_any_text_tokens() -> None:
    tokenizer = subwords.byte_level_bpe(TEXTS, 600, 64)
    text = "naïve 漢字 🙂 \x00\t</s>"
    assert tokenizer.decode(tokenizer(text)["input_ids"]) == text
