"""Figures of `storyteller`: how well it guesses, how much it repeats, what its heads do, whether it reads labels."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from transformers import AutoModelForCausalLM

from .. import corpora
from ..classes import WITHOUT_SPACE
from ..episodes import Labels
from .bars import Figure, Report
from .heads import best_head, induction_heads, previous_token_heads, rows_of
from .labels import review_accuracy, word_accuracy
from .opening import open_model
from .text import bits_per_byte, continued, repetition
from .vectors import analogy_figures

OPENINGS = (
    "Once upon a time",
    "One day, a little girl named Lily",
    "The king and the queen",
    "Tom and his dog went to the park.",
    "It was raining, so",
    "The old man looked at the sea and",
    '"I am hungry," said the bear.',
    "My mother told me that",
    "In the middle of the forest there was",
    "Sara was sad because",
)
GREEDY_TOKENS, SAMPLED_TOKENS = 100, 120
SEEDS = (0, 1, 2)


def measure(folder: Path, corpora_folder: Path) -> Report:
    """All figures of `storyteller`, with its continuations to read."""
    model, tokenizer = open_model(AutoModelForCausalLM, folder)
    train, held = corpora.split(corpora.stories(corpora_folder), corpora.STORIES_HELD_OUT)
    name = folder.name
    told, repeats = _continuations(model, tokenizer)
    analogies, their_samples = analogy_figures(name, model, tokenizer, prefix="Ġ")
    figures = [
        *_bits(name, model, tokenizer, train, held),
        Figure(name, "repeated 4-grams, greedy, 100 tokens", repeats[0], 25, True, "%"),
        Figure(name, "repeated 4-grams, sampled", repeats[1], unit="%"),
        *_heads(name, model, tokenizer, held),
        Figure(name, "context", float(model.config.n_positions), 256, unit="tokens"),
        *_labels(name, model, tokenizer),
        *analogies,
    ]
    return Report(figures, told + their_samples)


def _bits(name: str, model: Any, tokenizer: Any, train: list[str], held: list[str]) -> list[Figure]:
    unseen = bits_per_byte(model, tokenizer, held)
    seen = bits_per_byte(model, tokenizer, train[:: max(1, len(train) // len(held))][: len(held)])
    return [
        Figure(name, "held-out TinyStories", unseen, 0.94, True, "bits/byte"),
        Figure(name, "held-out less training stories", unseen - seen, 0.12, True, "bits/byte"),
    ]


def _continuations(model: Any, tokenizer: Any) -> tuple[list[str], tuple[float, float]]:
    """Texts to read, and the share of repeated 4-grams in them, in %: (greedy, sampled)."""
    greedy = [continued(model, tokenizer, opening, GREEDY_TOKENS) for opening in OPENINGS]
    sampled = [
        (opening, seed, continued(model, tokenizer, opening, SAMPLED_TOKENS, seed))
        for opening in OPENINGS
        for seed in SEEDS
    ]
    told = [f"[greedy] {opening}{text}" for opening, text in zip(OPENINGS, greedy, strict=True)]
    told += [f"[sampled, seed {seed}] {opening}{text}" for opening, seed, text in sampled]
    rates = [
        100 * sum(repetition(tokenizer(text)["input_ids"]) for text in texts) / len(texts)
        for texts in (greedy, [text for _, _, text in sampled])
    ]
    return told, (rates[0], rates[1])


def _heads(name: str, model: Any, tokenizer: Any, held: list[str]) -> list[Figure]:
    previous, its_weight = best_head(previous_token_heads(model, rows_of(tokenizer, held)))
    induction, their_weight = best_head(induction_heads(model, len(tokenizer)))
    return [
        Figure(name, f"previous-token head {previous}, mean weight", its_weight, 0.6),
        Figure(name, f"induction head {induction}, mean weight", their_weight, 0.4),
    ]


def _labels(name: str, model: Any, tokenizer: Any) -> list[Figure]:
    """Chance is 50 % in each; words, reviews, forms and arbitrary labels are those kept out of training."""

    def reviews(kind: Labels, shots: int) -> float:
        return 100 * review_accuracy(model, tokenizer, kind, shots)

    return [
        Figure(name, "arbitrary labels of word classes, 8 shots", 100 * word_accuracy(model, tokenizer, "arbitrary", 8),
               80, unit="%"),
        Figure(name, "the same, no space before a word",
               100 * word_accuracy(model, tokenizer, "arbitrary", 8, form=WITHOUT_SPACE), unit="%"),
        Figure(name, "arbitrary labels of reviews, 8 shots", reviews("arbitrary", 8), 80, unit="%"),
        Figure(name, "flipped labels of reviews, 8 shots", reviews("flipped", 8), 75, unit="%"),
        Figure(name, "natural labels of reviews, no shots", reviews("natural", 0), 70, unit="%"),
        Figure(name, "natural labels of reviews, 8 shots", reviews("natural", 8), 85, unit="%"),
    ]  # fmt: skip
