"""`storyteller`: a GPT-2-shaped decoder that continues simple stories and sentences."""

from __future__ import annotations

import math
import random
import re
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional
from transformers import GenerationConfig, GPT2Config, GPT2LMHeadModel, PreTrainedTokenizerFast

from . import corpora, grammar, subwords
from .optim import Rates
from .sizes import Size
from .speed import add_dropout, placed, use_fast_attention
from .streams import Stream, repeated

CONTEXT = 256
VOCAB = 4096
DROPOUT = 0.1
SIZE = Size(n_layers=6, batch_tokens=4096)
GRAMMAR = {"people": 4000, "people_story": 2500, "senses": 1500, "scenes": 2500, "reviews": 2500, "patterns": 1500,
           "explain": 200}  # fmt: skip
# Shares of the windows. "echoes" are runs of the stories said again and again; "repeats" are runs of random token ids,
# no text at all. Both are there for induction heads, which a few megabytes of stories alone are too little for.
SHARES = {"stories": 0.50, "books": 0.10, "sentences": 0.16, "grammar": 0.12, "echoes": 0.06, "repeats": 0.06}
NAME_VERSIONS = 8
BOYS = ("Tom", "Ben", "Tim", "Max", "Jack", "Sam", "Bob", "John", "Billy", "Joe", "Mark", "Leo")
GIRLS = ("Lily", "Sara", "Mia", "Anna", "Sue", "Lucy", "Jane", "Mary", "Emma", "Amy", "Daisy", "Molly")
_NAME = re.compile(r"\b(" + "|".join(BOYS + GIRLS) + r")\b")


def exchange_names(story: str, rng: random.Random) -> str:
    """The story with its common first names permuted, girls among girls and boys among boys."""
    new = dict(zip(BOYS, rng.sample(BOYS, len(BOYS)), strict=True))
    new |= dict(zip(GIRLS, rng.sample(GIRLS, len(GIRLS)), strict=True))
    return _NAME.sub(lambda match: new[match.group(1)], story)


def training_texts(folder: Path, seed: int) -> dict[str, list[str]]:
    """Texts by kind, as in `SHARES`; the held-out stories and sentences are not among them."""
    stories, _ = corpora.split(corpora.stories(folder), corpora.STORIES_HELD_OUT)
    sentences, _ = corpora.split(corpora.english_sentences(folder), corpora.SENTENCES_HELD_OUT)
    rng = random.Random(seed)
    rng.shuffle(sentences)
    return {
        "stories": stories,
        "books": [text for book in corpora.BOOKS for text in corpora.passages(folder, book)],
        "sentences": ["\n".join(sentences[start : start + 6]) for start in range(0, len(sentences), 6)],
        "grammar": grammar.documents(GRAMMAR, seed),
    }


def build_tokenizer(texts: dict[str, list[str]]) -> PreTrainedTokenizerFast:
    """The byte-level BPE, trained on all kinds of text, the stories counted three times."""
    everything = texts["stories"] * 3 + texts["books"] + texts["sentences"] + texts["grammar"]
    return subwords.byte_level_bpe(everything, VOCAB, CONTEXT)


def build_model(tokenizer: PreTrainedTokenizerFast, size: Size = SIZE) -> GPT2LMHeadModel:
    """A fresh model for this tokenizer; random numbers come from torch's global generator."""
    end = tokenizer.eos_token_id
    config = GPT2Config(
        vocab_size=len(tokenizer), n_positions=CONTEXT, n_embd=size.d_model, n_layer=size.n_layers, n_head=size.n_heads,
        resid_pdrop=0.0, embd_pdrop=0.0, attn_pdrop=0.0, activation_function="gelu_pytorch_tanh",
        bos_token_id=end, eos_token_id=end, pad_token_id=end,
    )  # fmt: skip
    return GPT2LMHeadModel(config)


def generation_settings(tokenizer: PreTrainedTokenizerFast) -> GenerationConfig:
    """Greedy unless asked otherwise; a text ends with the end-of-text token."""
    end = tokenizer.eos_token_id
    return GenerationConfig(bos_token_id=end, eos_token_id=end, pad_token_id=end, max_new_tokens=60, do_sample=False)


class Storyteller:
    """The task: windows from five kinds of text, next-token cross-entropy, bits per byte on held-out stories."""

    name = "storyteller"
    rates = Rates(matrices=3e-3, others=1.5e-3, weight_decay=0.1)
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
        add_dropout(self.model, ("c_proj", "transformer.drop"), DROPOUT, device)
        rng = random.Random(seed)
        texts["stories"] = [exchange_names(story, rng) for _ in range(NAME_VERSIONS) for story in texts["stories"]]
        self.streams = {kind: Stream(part, self.tokenizer, CONTEXT) for kind, part in texts.items()}
        _, self.held = corpora.split(corpora.stories(folder), corpora.STORIES_HELD_OUT)
        self.seed = seed
        self.windows = max(1, size.batch_tokens // CONTEXT)

    def batch(self, step: int) -> dict[str, Tensor]:
        """(windows, context) ids, each window from a kind drawn by `SHARES`."""
        generator = torch.Generator().manual_seed(self.seed * 1_000_003 + step)
        shares = torch.tensor(list(SHARES.values()))
        kinds = torch.multinomial(shares, self.windows, replacement=True, generator=generator)
        counts = dict(zip(SHARES, torch.bincount(kinds, minlength=len(SHARES)).tolist(), strict=True))
        parts = [stream.draw(counts[kind], generator) for kind, stream in self.streams.items()]
        runs = torch.randint(1, len(self.tokenizer), (counts["repeats"], CONTEXT), generator=generator)
        echoes = self.streams["stories"].draw(counts["echoes"], generator)
        parts.append(repeated(torch.cat([runs, echoes]), generator))
        return {"input_ids": torch.cat(parts)}

    def loss(self, batch: dict[str, Tensor]) -> Tensor:
        """Mean cross-entropy of each token but the first, in nats."""
        ids = batch["input_ids"]
        logits = self.model(ids[:, :-1], use_cache=False).logits
        return functional.cross_entropy(logits.flatten(0, 1), ids[:, 1:].flatten())

    def validate(self) -> dict[str, float]:
        """Bits per byte on the held-out stories."""
        return {"bits_per_byte": bits_per_byte(self.model, self.tokenizer, self.held)}


@torch.no_grad()
def bits_per_byte(model: GPT2LMHeadModel, tokenizer: PreTrainedTokenizerFast, texts: list[str]) -> float:
    """Bits that the model needs per UTF-8 byte of `texts`, each text read after an end-of-text token.

    Long texts go through in windows of the context that overlap by half, so no token is guessed from little context
    merely because a window begins there. The final end-of-text is not counted.
    """
    device = next(model.parameters()).device
    nats, n_bytes, context = 0.0, 0, model.config.n_positions
    for text in texts:
        ids = torch.tensor([[tokenizer.eos_token_id, *tokenizer(text)["input_ids"]]], device=device)
        n_bytes += len(text.encode("utf-8"))
        for begin in range(0, max(1, ids.shape[1] - context // 2), context // 2):
            window = ids[:, begin : begin + context]
            fresh = 1 if begin == 0 else context // 2
            logits = model(window[:, :-1], use_cache=False).logits.float()
            losses = functional.cross_entropy(logits[0], window[0, 1:], reduction="none")
            nats += float(losses[fresh - 1 :].sum())
    return nats / math.log(2) / n_bytes
