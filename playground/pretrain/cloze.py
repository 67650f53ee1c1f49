"""`cloze`: a BERT-shaped encoder that fills in masked words of English sentences."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional
from transformers import BertConfig, BertForMaskedLM, PreTrainedTokenizerFast

from . import corpora, grammar, probes, subwords
from .epochs import Epochs
from .optim import Rates
from .sizes import Size
from .speed import placed, use_fast_attention

CONTEXT = 128
VOCAB = 7000
SIZE = Size(n_layers=4, batch_tokens=5000)
MASKED_SHARE = 0.2
WORDS_PER_PASSAGE = 32
COPIES = {"stories": 3}  # how often the texts of a kind are read in an epoch (default: once)
GRAMMAR = {"people": 6000, "people_story": 1500, "senses": 3000, "scenes": 2000, "explain": 100}
_IGNORED = -100
Item = tuple[list[int], list["int | None"]]
_SENTENCE_END = re.compile(r"(?<=[.!?\"'])\s+(?=[A-Z\"'])")


def passages(text: str, limit: int = WORDS_PER_PASSAGE) -> list[str]:
    """Runs of whole sentences of `text`, each of at most about `limit` words."""
    found: list[str] = []
    words = limit + 1
    for sentence in _SENTENCE_END.split(text.replace("\n", " ")):
        count = len(sentence.split())
        if words + count > limit:
            found.append(sentence)
            words = count
        else:
            found[-1] += " " + sentence
            words += count
    return found


def training_texts(folder: Path, seed: int) -> dict[str, list[str]]:
    """Texts by kind; the held-out stories and sentences are not among them."""
    stories, _ = corpora.split(corpora.stories(folder), corpora.STORIES_HELD_OUT)
    sentences, _ = corpora.split(corpora.english_sentences(folder), corpora.SENTENCES_HELD_OUT)
    books = [text for book in corpora.BOOKS for text in corpora.passages(folder, book)]
    return {
        "stories": [part for story in stories for part in passages(story)],
        "books": [part for book in books for part in passages(book)],
        "sentences": [sentence for sentence in sentences if sentence not in probes.ENGLISH],
        "grammar": grammar.documents(GRAMMAR, seed),
    }


def held_out_texts(folder: Path) -> dict[str, list[str]]:
    """The held-out stories, in passages, and the held-out sentences."""
    _, stories = corpora.split(corpora.stories(folder), corpora.STORIES_HELD_OUT)
    _, sentences = corpora.split(corpora.english_sentences(folder), corpora.SENTENCES_HELD_OUT)
    return {"stories": [part for story in stories for part in passages(story)], "sentences": sentences}


def build_tokenizer(texts: dict[str, list[str]]) -> PreTrainedTokenizerFast:
    """The WordPiece vocabulary, trained on all kinds of text."""
    return subwords.wordpiece([text for part in texts.values() for text in part], VOCAB, CONTEXT)


def build_model(tokenizer: PreTrainedTokenizerFast, size: Size = SIZE) -> BertForMaskedLM:
    """A fresh model for this tokenizer; random numbers come from torch's global generator."""
    config = BertConfig(
        vocab_size=len(tokenizer), hidden_size=size.d_model, num_hidden_layers=size.n_layers,
        num_attention_heads=size.n_heads, intermediate_size=4 * size.d_model, max_position_embeddings=CONTEXT,
        hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0, initializer_range=0.04,
        pad_token_id=tokenizer.pad_token_id,
    )  # fmt: skip
    return BertForMaskedLM(config)


class Cloze:
    """The task: batches of sentences of like length, whole words masked, cross-entropy where masked.

    No dropout: every epoch masks other words, and a run of an hour sees few epochs.
    """

    name = "cloze"
    rates = Rates(matrices=3e-3, others=1.5e-3, weight_decay=0.05)
    autocast = True
    guided: Mapping[tuple[int, int], str] = {}
    warm_up = 100

    def __init__(
        self,
        folder: Path,
        seed: int,
        device: torch.device,
        size: Size = SIZE,
        tokenizer: PreTrainedTokenizerFast | None = None,
    ) -> None:
        texts = training_texts(folder, seed)
        self.tokenizer = build_tokenizer(texts) if tokenizer is None else tokenizer
        torch.manual_seed(seed)
        self.model = placed(build_model(self.tokenizer, size), device)
        use_fast_attention(self.model, device)
        self.items = [item for kind, part in texts.items() for item in self._encode(part) * COPIES.get(kind, 1)]
        held = held_out_texts(folder)
        self.held = {kind: self._encode(part[:600]) for kind, part in held.items()}
        self.seed = seed
        self.epochs = Epochs(lambda rng: self.items, lambda item: (len(item[0]),), size.batch_tokens, seed)

    def _encode(self, texts: list[str]) -> list[Item]:
        """(ids, word index of each id) of every text; the rare text beyond the context is left out."""
        encodings = self.tokenizer.backend_tokenizer.encode_batch(texts)
        return [(encoding.ids, encoding.word_ids) for encoding in encodings if len(encoding.ids) <= CONTEXT]

    def batch(self, step: int, progress: float = 0.0) -> dict[str, Tensor]:
        """Masked ids, attention mask, and labels with -100 where nothing was masked; (texts, seq) each."""
        return self._masked(self.epochs.batch(step), random.Random(self.seed * 1_000_003 + step))

    def _masked(self, items: list[Item], rng: random.Random) -> dict[str, Tensor]:
        longest = max(len(ids) for ids, _ in items)
        pad, mask = self.tokenizer.pad_token_id, self.tokenizer.mask_token_id
        shown = torch.full((len(items), longest), pad)
        labels = torch.full((len(items), longest), _IGNORED)
        for row, (ids, words) in enumerate(items):
            shown[row, : len(ids)] = torch.tensor(ids)
            for place in masked_places(words, rng):
                labels[row, place] = ids[place]
                draw = rng.random()
                if draw < 0.9:
                    shown[row, place] = mask if draw < 0.85 else rng.randrange(5, len(self.tokenizer))
        return {"input_ids": shown, "attention_mask": (shown != pad).long(), "labels": labels}

    def loss(self, batch: dict[str, Tensor]) -> Tensor:
        """Mean cross-entropy of the masked pieces, in nats; the head runs on those places alone."""
        hidden = self.model.bert(batch["input_ids"], attention_mask=batch["attention_mask"]).last_hidden_state
        places = batch["labels"] != _IGNORED
        return functional.cross_entropy(self.model.cls(hidden[places]), batch["labels"][places])

    @torch.no_grad()
    def validate(self) -> dict[str, float]:
        """Cross-entropy of masked pieces on held-out texts, in nats, by kind."""
        device = next(self.model.parameters()).device
        figures = {}
        for kind, items in self.held.items():
            rng = random.Random(0)
            losses = []
            for begin in range(0, len(items), 60):
                batch = self._masked(items[begin : begin + 60], rng)
                losses.append(float(self.loss({name: part.to(device) for name, part in batch.items()})))
            figures[f"{kind}_nats"] = sum(losses) / len(losses)
        return figures


def masked_places(words: list[int | None], rng: random.Random) -> list[int]:
    """Places of the pieces of a random share of the whole words, at least one word."""
    different = sorted({word for word in words if word is not None})
    if not different:
        return []
    count = max(1, round(len(different) * MASKED_SHARE + rng.random() - 0.5))
    chosen = set(rng.sample(different, min(count, len(different))))
    return [place for place, word in enumerate(words) if word in chosen]
