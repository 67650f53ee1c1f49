"""`storyteller`: a GPT-2-shaped decoder that continues simple stories and sentences."""

from __future__ import annotations

import math
import random
import re
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional
from transformers import GenerationConfig, GPT2Config, GPT2LMHeadModel, PreTrainedTokenizerFast

from . import corpora, drills, grammar, subwords
from .drills import Head, said_again
from .optim import Rates
from .sizes import Size
from .speed import add_dropout, placed, use_fast_attention
from .streams import Stream

CONTEXT = 256
VOCAB = 4096
DROPOUT = 0.1
SIZE = Size(n_layers=6, batch_tokens=4096)
GRAMMAR = {"people": 4000, "people_story": 2500, "senses": 1500, "scenes": 2500, "reviews": 2500, "patterns": 1500,
           "explain": 200}  # fmt: skip
INITIAL_DEVIATION = 0.06  # at the library's 0.02 all attention starts flat, and little draws it together


PREVIOUS, INDUCTION = Head(0, 0), Head(2, 0)
GUIDE = 0.3  # weight of the guide beside the cross-entropy


class Stage(NamedTuple):
    """A part of the training: until which step, how long its windows are, and which share of them holds what.

    "pairs" and "runs" are drills (`drills`), "echoes" runs of the stories said again and again, the rest is text.
    """

    until: float
    window: int
    shares: dict[str, float]
    guided: bool = False
    """Whether the heads `PREVIOUS` and `INDUCTION` are told where to look."""
    table_factor: float = 1.0
    """On the rate of the embeddings: they must hold still while heads learn to compare tokens."""


STAGES = (
    Stage(100, 64, {"pairs": 0.25, "runs": 0.75}, guided=True),
    Stage(220, 128, {"pairs": 0.25, "runs": 0.75}, guided=True),
    Stage(350, 128, {"pairs": 0.15, "runs": 0.60, "stories": 0.15, "grammar": 0.10}),
    Stage(3200, CONTEXT, {"stories": 0.48, "books": 0.10, "sentences": 0.15, "grammar": 0.12, "echoes": 0.04,
                          "pairs": 0.01, "runs": 0.10}),
    Stage(math.inf, CONTEXT, {"stories": 0.50, "books": 0.10, "sentences": 0.15, "grammar": 0.18, "echoes": 0.02,
                              "runs": 0.05}, table_factor=4.0),
)  # fmt: skip

NAME_VERSIONS = 8
BOYS = ("Tom", "Ben", "Tim", "Max", "Jack", "Sam", "Bob", "John", "Billy", "Joe", "Mark", "Leo")
GIRLS = ("Lily", "Sara", "Mia", "Anna", "Sue", "Lucy", "Jane", "Mary", "Emma", "Amy", "Daisy", "Molly")
_NAME = re.compile(r"\b(" + "|".join(BOYS + GIRLS) + r")\b")


def _stage(step: int) -> Stage:
    return next(stage for stage in STAGES if step < stage.until)


def exchange_names(story: str, rng: random.Random) -> str:
    """The story with its common first names permuted, girls among girls and boys among boys."""
    new = dict(zip(BOYS, rng.sample(BOYS, len(BOYS)), strict=True))
    new |= dict(zip(GIRLS, rng.sample(GIRLS, len(GIRLS)), strict=True))
    return _NAME.sub(lambda match: new[match.group(1)], story)


def training_texts(folder: Path, seed: int) -> dict[str, list[str]]:
    """Texts by kind, as in `STAGES`; the held-out stories and sentences are not among them."""
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
        bos_token_id=end, eos_token_id=end, pad_token_id=end, initializer_range=INITIAL_DEVIATION,
    )  # fmt: skip
    model = GPT2LMHeadModel(config)
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if name.endswith("mlp.c_proj.weight"):  # feed-forward layers say nothing at first, and drown nothing out
                weight.zero_()
        # Amplitude: as long as the vectors of the tokens.
        model.transformer.wpe.weight.copy_(drills.positions(CONTEXT, size.d_model, math.sqrt(2) * INITIAL_DEVIATION))
    return model


def generation_settings(tokenizer: PreTrainedTokenizerFast) -> GenerationConfig:
    """Greedy unless asked otherwise; a text ends with the end-of-text token."""
    end = tokenizer.eos_token_id
    return GenerationConfig(bos_token_id=end, eos_token_id=end, pad_token_id=end, max_new_tokens=60, do_sample=False)


class Storyteller:
    """The task: windows of drills and of text in stages, next-token cross-entropy, bits per byte on held-out text."""

    name = "storyteller"
    rates = Rates(matrices=None, others=2e-3, tables=5e-4, weight_decay=0.01, table_decay=1.0)
    warm_up = 30

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
        self.dropout = add_dropout(self.model, ("c_proj", "transformer.drop"), DROPOUT, device)
        rng = random.Random(seed)
        texts["stories"] = [exchange_names(story, rng) for _ in range(NAME_VERSIONS) for story in texts["stories"]]
        self.streams = {kind: Stream(part, self.tokenizer, CONTEXT) for kind, part in texts.items()}
        _, self.held = corpora.split(corpora.stories(folder), corpora.STORIES_HELD_OUT)
        self.seed = seed
        self.batch_tokens = size.batch_tokens

    def batch(self, step: int) -> dict[str, Tensor]:
        """(windows, window) ids, each window from a kind drawn by the shares of the step's stage.

        Where the stage is guided there are also the `periods` of the windows, 0 where nothing is said again.
        """
        stage = _stage(step)
        generator = torch.Generator().manual_seed(self.seed * 1_000_003 + step)
        shares = torch.tensor(list(stage.shares.values()))
        n_windows = max(1, self.batch_tokens // stage.window)
        kinds = torch.multinomial(shares, n_windows, replacement=True, generator=generator)
        counts = torch.bincount(kinds, minlength=len(shares)).tolist()
        drawn = [self._draw(kind, n, stage.window, generator) for kind, n in zip(stage.shares, counts, strict=True)]
        ids, periods = (torch.cat(parts) for parts in zip(*drawn, strict=True))
        return {"input_ids": ids, "periods": periods} if stage.guided else {"input_ids": ids}

    def _draw(self, kind: str, count: int, window: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        none = torch.zeros(count, dtype=torch.long)
        if kind == "pairs":
            return drills.pairs(count, window, len(self.tokenizer), generator), none
        if kind == "runs":
            return drills.runs(count, window, len(self.tokenizer), generator)
        if kind == "echoes":
            told = self.streams["stories"].draw(count, generator)[:, :window]
            return said_again(told, torch.randint(8, window // 2 + 1, (count,), generator=generator)), none
        return self.streams[kind].draw(count, generator)[:, :window], none

    def loss(self, batch: dict[str, Tensor]) -> Tensor:
        """Mean cross-entropy of each token but the first, in nats, and while training on a guided stage the guide.

        Dropout rests in drills, whose windows are short.
        """
        ids = batch["input_ids"]
        periods = batch.get("periods") if self.model.training else None
        self.dropout.rests = ids.shape[1] < CONTEXT
        self._look_at_weights(periods is not None)
        out = self.model(ids[:, :-1], use_cache=False, output_attentions=periods is not None)
        loss = functional.cross_entropy(out.logits.flatten(0, 1), ids[:, 1:].flatten())
        if periods is None:
            return loss
        induction = INDUCTION._replace(layer=min(INDUCTION.layer, self.model.config.n_layer - 1))
        return loss + GUIDE * drills.guide_loss(out.attentions, periods, PREVIOUS, induction)

    def _look_at_weights(self, wanted: bool) -> None:
        """Only the library's eager attention hands its weights out; it is slower, so it is used where they count."""
        if wanted and self.model.config._attn_implementation != "eager":
            self.model.set_attn_implementation("eager")
        elif not wanted and self.model.config._attn_implementation == "eager":
            use_fast_attention(self.model, self.model.device)

    def table_factor(self, step: int) -> float:
        """As the step's stage says."""
        return _stage(step).table_factor

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
