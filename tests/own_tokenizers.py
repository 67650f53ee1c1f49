"""Tokenizers that spell as none of the bundled models does: byte fallback, fused unknowns, Unigram of bytes."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import tokenizers
from tokenizers import AddedToken, models, normalizers, pre_tokenizers, processors, trainers
from transformers import PreTrainedTokenizerFast

from tests.tiny import CORPUS

SPECIAL = ["<unk>", "<s>", "</s>"]


@cache
def byte_fallback(*, fuse: bool = True, first_only: bool = False) -> PreTrainedTokenizerFast:
    """BPE as Llama 2 has it: what is no piece is written in bytes. The alphabet is small, so that much of a text is.

    Args:
        fuse: ``fuse_unk`` of the model.
        first_only: a space is put before the first word only, by a pre-tokenizer; else before every part of the text,
            by the normaliser.
    """
    spec = _small_bpe()
    vocab = spec["model"]["vocab"]
    vocab |= {f"<0x{byte:02X}>": len(vocab) + byte for byte in range(256)}
    spec["model"] |= {"byte_fallback": True, "fuse_unk": fuse}
    return _finished(spec, first_only)


@cache
def unknowns(*, fuse: bool) -> PreTrainedTokenizerFast:
    """BPE without bytes: what is no piece is an unknown token."""
    spec = _small_bpe()
    spec["model"] |= {"fuse_unk": fuse}
    return _finished(spec, first_only=not fuse)


@cache
def whole_words() -> PreTrainedTokenizerFast:
    """BPE as Llama 3 has it: a word of the vocabulary is taken as a whole, also one that no merges lead to."""
    made = tokenizers.Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    trainer = trainers.BpeTrainer(vocab_size=320, initial_alphabet=alphabet, show_progress=False)
    made.train_from_iterator(CORPUS, trainer)
    spec = json.loads(made.to_str())
    vocab = spec["model"]["vocab"]
    vocab |= {word: len(vocab) + n for n, word in enumerate(("Ġcapital", "xyz"))}
    spec["model"]["ignore_merges"] = True
    return PreTrainedTokenizerFast(tokenizer_object=tokenizers.Tokenizer.from_str(json.dumps(spec)))


@cache
def unigram_of_bytes() -> PreTrainedTokenizerFast:
    """Unigram with byte fallback, without a normaliser; its pieces may hold spaces."""
    made = tokenizers.Tokenizer(models.Unigram())
    made.pre_tokenizer = pre_tokenizers.Metaspace(split=False)
    trainer = trainers.UnigramTrainer(vocab_size=150, special_tokens=SPECIAL, unk_token="<unk>", show_progress=False)
    made.train_from_iterator(CORPUS, trainer)
    spec = json.loads(made.to_str())
    spec["model"]["vocab"] += [[f"<0x{byte:02X}>", -12.0] for byte in range(256)]
    spec["model"]["byte_fallback"] = True
    return PreTrainedTokenizerFast(tokenizer_object=tokenizers.Tokenizer.from_str(json.dumps(spec)), unk_token="<unk>")


def _small_bpe() -> dict[str, Any]:
    made = tokenizers.Tokenizer(models.BPE(unk_token="<unk>"))
    made.normalizer = _spaces()
    trainer = trainers.BpeTrainer(vocab_size=200, special_tokens=SPECIAL, limit_alphabet=30, show_progress=False)
    made.train_from_iterator(CORPUS, trainer)
    spec: dict[str, Any] = json.loads(made.to_str())
    return spec


def _spaces() -> Any:
    return normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])


def _finished(spec: dict[str, Any], first_only: bool) -> PreTrainedTokenizerFast:
    """With start and end tokens, and words that were added in every way there is."""
    made = tokenizers.Tokenizer.from_str(json.dumps(spec))
    if first_only:
        made.normalizer = None
        made.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="first", split=False)
    made.add_special_tokens([
        AddedToken("<s>", lstrip=True, normalized=False, special=True),
        AddedToken("</s>", rstrip=True, normalized=False, special=True),
    ])  # fmt: skip
    made.add_tokens([
        AddedToken("cat", single_word=True, normalized=True), AddedToken("Le ", normalized=True),
        AddedToken("é", normalized=False),
    ])  # fmt: skip
    made.post_processor = processors.TemplateProcessing(single="<s> $A", special_tokens=[("<s>", 1)])
    return PreTrainedTokenizerFast(tokenizer_object=made, bos_token="<s>", eos_token="</s>", unk_token="<unk>")
