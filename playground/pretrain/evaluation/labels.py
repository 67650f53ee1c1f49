"""How often a decoder names the right label of two after examples, on words, forms and labels kept out of training."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

import torch

from ..episodes import Episode, Labels, Source

POLARITY = ("Positive", "Negative")


@torch.no_grad()
def accuracy(model: Any, tokenizer: Any, episodes: Sequence[Episode], batch: int = 32) -> float:
    """Share of `episodes` where the first token of the right label is likelier than that of every other label.

    Too long a prompt loses its beginning.
    """
    hits = 0
    for begin in range(0, len(episodes), batch):
        asked = episodes[begin : begin + batch]
        rows = [tokenizer(episode.prompt())["input_ids"][-model.config.n_positions :] for episode in asked]
        ids = torch.full((len(rows), max(map(len, rows))), tokenizer.eos_token_id)
        for row, its_ids in zip(ids, rows, strict=True):
            row[: len(its_ids)] = torch.tensor(its_ids)  # what is padded stands behind the question: it is not seen
        logits = model(ids, attention_mask=torch.ones_like(ids), use_cache=False).logits
        for episode, scores, row in zip(asked, logits, rows, strict=True):
            first = [tokenizer(" " + label)["input_ids"][0] for label in episode.labels]
            right = first.pop(episode.examples[-1].side)
            hits += all(bool(scores[len(row) - 1, right] > scores[len(row) - 1, other]) for other in first)
    return hits / len(episodes)


def review_accuracy(model: Any, tokenizer: Any, kind: Labels, shots: int, count: int = 200, seed: int = 5) -> float:
    """`accuracy` on `count` reviews after `shots` examples; Positive and Negative unless the labels are arbitrary."""
    source, rng = Source(held_out=True), random.Random(seed)
    return accuracy(model, tokenizer, [source.reviews_episode(rng, kind, shots, POLARITY) for _ in range(count)])


def word_accuracy(
    model: Any, tokenizer: Any, kind: Labels, shots: int, count: int = 200, seed: int = 5, form: str | None = None
) -> float:
    """`accuracy` on `count` words of two classes after `shots` examples, written in `form` or in those kept back."""
    source, rng = Source(held_out=True), random.Random(seed)
    if form is not None:
        source.word_forms = [form]
    return accuracy(model, tokenizer, [source.words_episode(rng, kind, shots, n_classes=2) for _ in range(count)])
