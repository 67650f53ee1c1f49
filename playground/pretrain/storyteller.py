"""`storyteller`: a GPT-2-shaped decoder that continues simple stories and sentences."""

from __future__ import annotations

import math
import random
import re
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor
from transformers import GenerationConfig, GPT2Config, GPT2LMHeadModel, PreTrainedTokenizerFast

from . import corpora, drills, grammar, subwords
from .decoder import DropoutPool, Guide, parameters_of, training_loss
from .drills import Head
from .episodes import SORTS, Source, windows
from .evaluation.text import bits_per_byte
from .optim import Rates
from .sizes import Size
from .speed import placed
from .streams import Stream

CONTEXT = 256
VOCAB = 4096
SIZE = Size(n_layers=6, batch_tokens=6144)
GRAMMAR = {"people": 4000, "people_story": 3000, "senses": 1000, "scenes": 2000, "patterns": 1000, "explain": 200}
INITIAL_DEVIATION = 0.03

PREVIOUS, INDUCTION, MOVER, READER = Head(0, 0), Head(2, 0), Head(3, 0), Head(4, 0)
GUIDE = 0.3  # weight of the guide beside the cross-entropy


class Stage(NamedTuple):
    """A part of the training: how long it lasts, how long its windows are, and which share of them holds what.

    It lasts until `steps` steps are done and `until`, a share of the whole run, is over: heads form in a number of
    steps, however long the run is; all else goes in proportion.
    "pairs", "runs" and "rows" are drills (`drills`), "episodes" are labelled examples (`episodes`), the rest is text.
    """

    steps: int
    until: float
    window: int
    shares: dict[str, float]
    guided: bool = False
    """Whether the heads `PREVIOUS`, `INDUCTION` and `READER` are told where to look."""
    sorted: bool = False
    """Whether `MOVER` is told too, and the stream that it is to tell the classes of items."""
    dropout: float = 0.0
    """Share of what is added to the residual stream that is dropped."""


STAGES = (
    Stage(110, 0.0, 64, {"pairs": 0.20, "runs": 0.60, "rows": 0.20}, guided=True),
    Stage(250, 0.0, CONTEXT, {"runs": 0.20, "rows": 0.10, "stories": 0.45, "episodes": 0.25}, guided=True, sorted=True,
          dropout=0.1),
    Stage(0, 0.20, CONTEXT, {"stories": 0.60, "sentences": 0.05, "books": 0.04, "grammar": 0.03, "episodes": 0.25,
                             "runs": 0.03}, guided=True, sorted=True, dropout=0.1),
    Stage(0, 0.40, CONTEXT, {"stories": 0.68, "sentences": 0.06, "books": 0.05, "grammar": 0.03, "episodes": 0.16,
                             "runs": 0.02}, guided=True, sorted=True, dropout=0.15),
    Stage(0, math.inf, CONTEXT, {"stories": 0.70, "sentences": 0.07, "books": 0.05, "grammar": 0.03, "episodes": 0.14,
                                 "runs": 0.01}, dropout=0.25),
)  # fmt: skip

NAME_VERSIONS = 4  # beside the stories as they are
BOYS = ("Timmy", "Tom", "Ben", "Jack", "Tim", "Max", "Sam", "John", "Bob", "Joe", "Tommy", "Jimmy", "Billy", "Benny",
        "Jake", "Jim", "Peter", "Andy", "James", "Mark", "Leo")  # fmt: skip
GIRLS = ("Lily", "Lucy", "Jane", "Anna", "Sarah", "Sue", "Mia", "Sally", "Daisy", "Molly", "Jill", "Sara", "Amy",
         "Mary", "Emma", "Lila", "Emily", "Alice", "Jenny", "Susie")  # fmt: skip
_NAME = re.compile(r"\b(" + "|".join(BOYS + GIRLS) + r")\b")


def stage_at(step: int, progress: float) -> Stage:
    """The stage of this step, where a share of `progress` of the run is over."""
    return next(stage for stage in STAGES if step < stage.steps or progress < stage.until)


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
    """The byte-level BPE, trained on all kinds of text, the stories counted three times, with some episodes."""
    rng, source = random.Random(0), Source()
    episodes = [source.draw(rng).text() for _ in range(1500)]  # or "Sentiment" would be five tokens
    everything = texts["stories"] * 3 + texts["books"] + texts["sentences"] + texts["grammar"] + episodes
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
        # Amplitude: as long as the vectors of the tokens.
        model.transformer.wpe.weight.copy_(drills.positions(CONTEXT, size.d_model, math.sqrt(2) * INITIAL_DEVIATION))
    return model


def generation_settings(tokenizer: PreTrainedTokenizerFast) -> GenerationConfig:
    """Greedy unless asked otherwise; a text ends with the end-of-text token."""
    end = tokenizer.eos_token_id
    return GenerationConfig(bos_token_id=end, eos_token_id=end, pad_token_id=end, max_new_tokens=60, do_sample=False)


class Storyteller:
    """The task: windows of drills, text and episodes in stages, next-token cross-entropy, bits per byte held out."""

    name = "storyteller"
    rates = Rates(matrices=3e-3, others=2e-3, weight_decay=0.2)
    warm_up = 60
    autocast = False
    name_seed = 0
    """Added to the seed where first names are exchanged: a later stage reads the stories with other names."""
    guided: Mapping[tuple[int, int], str] = {
        PREVIOUS: "the token before",
        INDUCTION: "what followed the same token before",
        MOVER: "from a label, the token before",
        READER: "labels of examples that are like the question",
    }

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
        self.training_loss = training_loss
        self.n_story_tokens = len(Stream(texts["stories"], self.tokenizer, CONTEXT + 1).ids)
        rng = random.Random(seed + self.name_seed)
        texts["stories"] += [exchange_names(story, rng) for _ in range(NAME_VERSIONS) for story in texts["stories"]]
        self.streams = {kind: Stream(part, self.tokenizer, CONTEXT + 1) for kind, part in texts.items()}
        self.episodes = Source()
        drawn = torch.randn(2, len(SORTS), size.d_model, generator=torch.Generator().manual_seed(seed)).to(device)
        self.directions = (drawn[0], drawn[1])
        self.dropout = DropoutPool(device)
        self.seen, self.held = corpora.split(corpora.stories(folder), corpora.STORIES_HELD_OUT)
        self.seed = seed
        self.batch_tokens = size.batch_tokens

    def compile(self) -> None:
        """Let `torch.compile` fuse the training step: minutes to begin with, then faster on a CPU."""
        self.training_loss = torch.compile(training_loss, dynamic=False)

    def stage(self, step: int, progress: float) -> Stage:
        """What the batch of this step is drawn from, where a share of `progress` of the run is over."""
        return stage_at(step, progress)

    def batch(self, step: int, progress: float) -> dict[str, Tensor]:
        """(windows, window + 1) ids, each window from a kind drawn by the shares of the step's stage.

        With them go their `weights` as something to guess, a number for each window to draw its `dropout` with and the
        share of it, and where the stage is guided the `periods` of the windows, 0 where nothing is said again, and
        which class of examples is `asked` and `told` at each token (`episodes.Rows`).
        """
        stage = self.stage(step, progress)
        generator = torch.Generator().manual_seed(self.seed * 1_000_003 + step)
        shares = torch.tensor(list(stage.shares.values()))
        n_windows = max(1, self.batch_tokens // stage.window)
        kinds = torch.multinomial(shares, n_windows, replacement=True, generator=generator)
        counts = torch.bincount(kinds, minlength=len(shares)).tolist()
        drawn = [self._draw(kind, n, stage.window + 1, generator) for kind, n in zip(stage.shares, counts, strict=True)]
        order = torch.randperm(n_windows, generator=generator)  # so that every part of the batch holds every kind
        batch = {name: torch.cat([part[name] for part in drawn])[order] for name in drawn[0]}
        batch["dropout"] = torch.randint(1 << 30, (n_windows,), generator=generator)
        batch["dropout_share"] = torch.full((n_windows,), stage.dropout)
        if not stage.guided:
            return {name: batch[name] for name in ("input_ids", "weights", "dropout", "dropout_share")}
        return batch if stage.sorted else {name: part for name, part in batch.items() if name != "sorts"}

    def _draw(self, kind: str, count: int, length: int, generator: torch.Generator) -> dict[str, Tensor]:
        """Windows of one kind: what `batch` gives, less the dropout."""
        n_ids = len(self.tokenizer)
        weights, nothing = torch.ones(count, length), torch.full((count, length), -1)
        periods = torch.zeros(count, dtype=torch.long)
        asked = told = sorts = nothing
        if count == 0:
            ids = torch.zeros(0, length, dtype=torch.long)
        elif kind == "pairs":
            ids = drills.pairs(count, length, n_ids, generator)
        elif kind == "runs":
            ids, periods = drills.runs(count, length, n_ids, generator)
        elif kind == "rows":
            ids, weights = drills.class_rows(count, length, n_ids, generator)
        elif kind == "episodes":
            rng = random.Random(int(torch.randint(1 << 62, (1,), generator=generator)))
            ids, weights, asked, told, sorts = windows(self.episodes, self.tokenizer, count, length, rng)
        else:
            ids = self.streams[kind].draw(count, generator)[:, :length]
        return {"input_ids": ids, "weights": weights, "periods": periods, "asked": asked, "told": told, "sorts": sorts}

    def loss(self, batch: dict[str, Tensor]) -> Tensor:
        """Mean weighed cross-entropy of each token but the first, in nats, and on a guided stage the guide."""
        ids, config = batch["input_ids"], self.model.config
        guide = dropout = None
        if "periods" in batch:
            previous, induction, mover, reader = (
                Head(min(layer, config.n_layer - 1), head) for layer, head in self.guided
            )
            asked, told = batch["asked"][:, :-1], batch["told"][:, :-1]
            sorts = batch.get("sorts", batch["asked"])[:, :-1]
            guide = Guide(
                batch["periods"],
                asked,
                told,
                sorts,
                self.directions,
                previous,
                induction,
                mover,
                reader,
                GUIDE,
                "sorts" in batch,
            )
        share = round(float(batch["dropout_share"][0]), 4)  # shared among processes as 32 bits
        if share > 0:
            shape = (2 * config.n_layer + 1, ids.shape[0] * (ids.shape[1] - 1), config.n_embd)
            dropout = self.dropout.draw(shape, share, torch.Generator().manual_seed(int(batch["dropout"][0])))
        return self.training_loss(parameters_of(self.model), config, ids, batch["weights"], dropout, guide)

    def validate(self) -> dict[str, float]:
        """Bits per byte on held-out stories, and on as many of those trained on."""
        parts = {"held_out": self.held, "trained_on": self.seen}
        chosen = {name: stories[:: max(1, len(stories) // 60)][:60] for name, stories in parts.items()}
        return {
            f"bits_per_byte_{name}": bits_per_byte(self.model, self.tokenizer, stories)
            for name, stories in chosen.items()
        }
