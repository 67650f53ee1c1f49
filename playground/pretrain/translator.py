"""`translator`: a Marian-shaped encoder-decoder with sinusoidal positions that puts French into English."""

from __future__ import annotations

import random
from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional
from transformers import GenerationConfig, MarianConfig, MarianMTModel, PreTrainedTokenizerFast

from . import corpora, grammar, probes, subwords
from .epochs import Epochs
from .optim import Rates
from .sizes import Size
from .speed import add_dropout, placed, use_fast_attention

CONTEXT = 256
VOCAB = 6000
DROPOUT = 0.1
LABEL_SMOOTHING = 0.1
SIZE = Size(n_layers=3, batch_tokens=4500)
GENERATED_PAIRS = 12_000  # drawn; about 3,000 of them differ
# Of all pairs in an epoch: how many lose their final full stop, and how many are read two at a time.
BARE, JOINED = 0.12, 0.03
_IGNORED = -100
_STOPS = (".", " .")

Pair = tuple[list[int], list[int]]


def training_pairs(folder: Path, seed: int) -> list[tuple[str, str]]:
    """(English, French) pairs to train on: the corpus without its held-out part, and the generated ones."""
    train, held = corpora.split_pairs(folder)
    reserved = {english for english, _ in held}
    made = [pair for pair in grammar.translations(GENERATED_PAIRS, seed) if pair[0] not in reserved]
    return [pair for pair in train + made if pair[0] not in probes.ENGLISH and pair[1] not in probes.FRENCH]


def without_stop(sentence: str) -> str:
    """The sentence without its final full stop, if it has one."""
    for stop in reversed(_STOPS):
        if sentence.endswith(stop) and not sentence.endswith(".."):
            return sentence[: -len(stop)]
    return sentence


def build_tokenizer(pairs: list[tuple[str, str]]) -> PreTrainedTokenizerFast:
    """One Unigram vocabulary over both languages; each different sentence counted once."""
    sentences = dict.fromkeys(text for pair in pairs for text in pair)
    return subwords.unigram(sentences, VOCAB, CONTEXT)


def build_model(tokenizer: PreTrainedTokenizerFast, size: Size = SIZE) -> MarianMTModel:
    """A fresh model for this tokenizer; random numbers come from torch's global generator.

    The initial deviation of 0.06 is near 1 / sqrt(width). With the usual 0.02 the decoder learns the language
    without ever looking at the source.
    """
    config = MarianConfig(
        vocab_size=len(tokenizer), d_model=size.d_model, encoder_layers=size.n_layers, decoder_layers=size.n_layers,
        encoder_attention_heads=size.n_heads, decoder_attention_heads=size.n_heads, encoder_ffn_dim=4 * size.d_model,
        decoder_ffn_dim=4 * size.d_model, max_position_embeddings=CONTEXT, activation_function="relu", dropout=0.0,
        attention_dropout=0.0, activation_dropout=0.0, init_std=0.06, scale_embedding=True,
        pad_token_id=tokenizer.pad_token_id, eos_token_id=tokenizer.eos_token_id,
        decoder_start_token_id=tokenizer.pad_token_id, forced_eos_token_id=None, tie_word_embeddings=True,
        share_encoder_decoder_embeddings=True,
    )  # fmt: skip
    return MarianMTModel(config)


def generation_settings(tokenizer: PreTrainedTokenizerFast) -> GenerationConfig:
    """Greedy, from `<pad>` to `</s>`; `<pad>` was never a target, so it needs no ban."""
    return GenerationConfig(
        max_new_tokens=128, do_sample=False, num_beams=1, pad_token_id=tokenizer.pad_token_id,
        eos_token_id=tokenizer.eos_token_id, decoder_start_token_id=tokenizer.pad_token_id,
    )  # fmt: skip


class Translator:
    """The task: batches of pairs of like length, label-smoothed cross-entropy, loss on held-out pairs."""

    name = "translator"
    rates = Rates(matrices=3e-3, others=1.5e-3, weight_decay=0.05)
    autocast = True
    guided: Mapping[tuple[int, int], str] = {}
    warm_up = 200

    def __init__(
        self,
        folder: Path,
        seed: int,
        device: torch.device,
        size: Size = SIZE,
        tokenizer: PreTrainedTokenizerFast | None = None,
    ) -> None:
        pairs = training_pairs(folder, seed)
        _, held = corpora.split_pairs(folder)
        self.tokenizer = build_tokenizer(pairs) if tokenizer is None else tokenizer
        torch.manual_seed(seed)
        self.model = placed(build_model(self.tokenizer, size), device)
        use_fast_attention(self.model, device)
        add_dropout(self.model, ("out_proj", "fc2", "shared"), DROPOUT, device)
        self.whole = self._encode(pairs)
        self.bare = self._encode([(without_stop(english), without_stop(french)) for english, french in pairs])
        self.held = self._encode(held[:: max(1, len(held) // 1000)])
        self.seed = seed
        self.epochs = Epochs(self._draw_epoch, lambda pair: (len(pair[1]), len(pair[0])), size.batch_tokens, seed)

    def _encode(self, pairs: list[tuple[str, str]]) -> list[Pair]:
        backend = self.tokenizer.backend_tokenizer
        source = backend.encode_batch([french for _, french in pairs])
        target = backend.encode_batch([english for english, _ in pairs])
        return [(s.ids, t.ids) for s, t in zip(source, target, strict=True)]

    def batch(self, step: int, progress: float = 0.0) -> dict[str, Tensor]:
        """Padded source ids, their mask, and target ids with -100 where padded; (pairs, seq) each."""
        return collate(self.epochs.batch(step), self.tokenizer.pad_token_id)

    def _draw_epoch(self, rng: random.Random) -> list[Pair]:
        """All pairs once, some without their full stop and some joined two by two."""
        items = [self.bare[i] if rng.random() < BARE else self.whole[i] for i in range(len(self.whole))]
        rng.shuffle(items)
        n_joined = 2 * int(len(items) * JOINED / 2)
        twos = zip(items[0:n_joined:2], items[1:n_joined:2], strict=True)
        joined = [(source[:-1] + source2, target[:-1] + target2) for (source, target), (source2, target2) in twos]
        return items[n_joined:] + joined

    def loss(self, batch: dict[str, Tensor]) -> Tensor:
        """Mean label-smoothed cross-entropy per target token, in nats."""
        return self._cross_entropy(batch, LABEL_SMOOTHING)

    def _cross_entropy(self, batch: dict[str, Tensor], smoothing: float) -> Tensor:
        logits = target_logits(self.model, batch)
        return functional.cross_entropy(
            logits.flatten(0, 1), batch["labels"].flatten(), ignore_index=_IGNORED, label_smoothing=smoothing
        )

    @torch.no_grad()
    def validate(self) -> dict[str, float]:
        """Cross-entropy per target token on held-out pairs, without smoothing."""
        device = next(self.model.parameters()).device
        order = sorted(range(len(self.held)), key=lambda i: len(self.held[i][0]))
        total = weight = 0.0
        for begin in range(0, len(order), 100):
            pairs = [self.held[i] for i in order[begin : begin + 100]]
            batch = {name: part.to(device) for name, part in collate(pairs, self.tokenizer.pad_token_id).items()}
            count = float((batch["labels"] != _IGNORED).sum())
            total += float(self._cross_entropy(batch, 0.0)) * count
            weight += count
        return {"nats_per_token": total / weight}


def target_logits(model: MarianMTModel, batch: dict[str, Tensor]) -> Tensor:
    """Logits of every target position, (pairs, target seq, vocab), fed with the target shifted right."""
    pad = int(model.config.pad_token_id or 0)
    labels = batch["labels"]
    shifted = functional.pad(labels[:, :-1], (1, 0), value=model.config.decoder_start_token_id)
    return model(
        input_ids=batch["input_ids"],
        attention_mask=batch["attention_mask"],
        decoder_input_ids=shifted.masked_fill(shifted == _IGNORED, pad),
        use_cache=False,
    ).logits


def collate(pairs: list[Pair], pad: int) -> dict[str, Tensor]:
    """Pad (source ids, target ids) pairs to one batch; no attention mask is needed behind the target's end."""
    n_source, n_target = max(len(s) for s, _ in pairs), max(len(t) for _, t in pairs)
    source = torch.tensor([s + [pad] * (n_source - len(s)) for s, _ in pairs])
    labels = torch.tensor([t + [_IGNORED] * (n_target - len(t)) for _, t in pairs])
    return {"input_ids": source, "attention_mask": (source != pad).long(), "labels": labels}
