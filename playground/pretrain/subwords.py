"""Training the three tokenizers: byte-level BPE, WordPiece and Unigram, in plain `tokenizer.json` form.

Every one is a fast tokenizer that `AutoTokenizer` opens without the sentencepiece package.
"""

from __future__ import annotations

from collections.abc import Iterable

from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import PreTrainedTokenizerFast

from .unigram import train_unigram

END_OF_TEXT = "<|endoftext|>"
_PUNCTUATION = r"▁?[.,!?;:…«»\"()]"
_ELISION = r"▁(?:[cdjlmnstCDJLMNST]|[Qq]u|[Jj]usqu|[Ll]orsqu|[Pp]uisqu)'"


def byte_level_bpe(texts: Iterable[str], vocab_size: int, context: int) -> PreTrainedTokenizerFast:
    """GPT-2's kind: 256 bytes and merges of them, one special token that both starts and ends a text (id 0)."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.post_processor = processors.ByteLevel(trim_offsets=False)
    trainer = trainers.BpeTrainer(
        vocab_size=vocab_size,
        special_tokens=[END_OF_TEXT],
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        bos_token=END_OF_TEXT,
        eos_token=END_OF_TEXT,
        unk_token=END_OF_TEXT,
        model_max_length=context,
        clean_up_tokenization_spaces=False,
    )


def wordpiece(texts: Iterable[str], vocab_size: int, context: int) -> PreTrainedTokenizerFast:
    """BERT's kind, uncased: longest match first, `##` before pieces inside a word, [CLS] … [SEP] around a text."""
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece(prefix="##")
    trainer = trainers.WordPieceTrainer(
        vocab_size=vocab_size,
        special_tokens=["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"],
        continuing_subword_prefix="##",
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[("[CLS]", tokenizer.token_to_id("[CLS]")), ("[SEP]", tokenizer.token_to_id("[SEP]"))],
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token="[PAD]",
        unk_token="[UNK]",
        cls_token="[CLS]",
        sep_token="[SEP]",
        mask_token="[MASK]",
        model_max_length=context,
        model_input_names=["input_ids", "token_type_ids", "attention_mask"],
    )


def unigram(texts: Iterable[str], vocab_size: int, context: int) -> PreTrainedTokenizerFast:
    """Marian's kind: one Unigram vocabulary for both languages, `▁` for a space, `</s>` after each text.

    `<pad>` doubles as the token that starts the decoder, as in Marian models.
    """
    shape = Tokenizer(models.Unigram())
    shape.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Replace("\u2019", "'")])
    shape.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always"),
            pre_tokenizers.Split(Regex(_PUNCTUATION), behavior="isolated"),
            pre_tokenizers.Split(Regex(_ELISION), behavior="isolated"),
        ]
    )
    vocab = train_unigram(texts, shape, vocab_size, ("</s>", "<unk>", "<pad>"))
    tokenizer = Tokenizer(models.Unigram(vocab, unk_id=1))
    tokenizer.normalizer, tokenizer.pre_tokenizer = shape.normalizer, shape.pre_tokenizer
    tokenizer.decoder = decoders.Metaspace(replacement="▁", prepend_scheme="always")
    tokenizer.add_special_tokens(["</s>", "<unk>", "<pad>"])
    tokenizer.post_processor = processors.TemplateProcessing(
        single="$A </s>", pair="$A $B </s>", special_tokens=[("</s>", tokenizer.token_to_id("</s>"))]
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        eos_token="</s>",
        unk_token="<unk>",
        pad_token="<pad>",
        model_max_length=context,
        model_input_names=["input_ids", "attention_mask"],
        clean_up_tokenization_spaces=False,
    )
