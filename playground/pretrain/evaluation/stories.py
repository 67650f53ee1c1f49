"""Figures of `storyteller`: bits per byte, repetition of greedy against sampled text, and two kinds of heads."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from transformers import AutoModelForCausalLM

from .. import corpora
from ..storyteller import bits_per_byte
from .bars import Figure, Report
from .opening import open_model
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
NEW_TOKENS = 120


def repetition(ids: list[int], n: int = 4) -> float:
    """Share of the n-grams in `ids` that occurred before in it (0: none; near 1: a loop)."""
    grams = [tuple(ids[i : i + n]) for i in range(len(ids) - n + 1)]
    return 1.0 - len(set(grams)) / len(grams) if grams else 0.0


@torch.no_grad()
def continuations(model: Any, tokenizer: Any, sample: bool, seed: int = 0) -> list[list[int]]:
    """New token ids after each of `OPENINGS`, greedy, or sampled at temperature 0.8, top-k 50 and top-p 0.95."""
    torch.manual_seed(seed)
    how = {"do_sample": True, "temperature": 0.8, "top_k": 50, "top_p": 0.95} if sample else {"do_sample": False}
    made = []
    for opening in OPENINGS:
        inputs = tokenizer(opening, return_tensors="pt")
        out = model.generate(**inputs, max_new_tokens=NEW_TOKENS, pad_token_id=tokenizer.eos_token_id, **how)
        made.append(out[0, inputs["input_ids"].shape[1] :].tolist())
    return made


@torch.no_grad()
def attention_weights(model: Any, ids: Tensor) -> Tensor:
    """(layer, batch, head, query, key) weights for `ids` of shape (batch, seq)."""
    return torch.stack(model(ids, output_attentions=True, use_cache=False).attentions)


def previous_token_heads(model: Any, ids: Tensor) -> Tensor:
    """(layer, head) mean weight of each token, but the first, on the token before it."""
    return attention_weights(model, ids).diagonal(-1, dim1=-2, dim2=-1).mean(dim=(1, -1))


def induction_heads(model: Any, vocab_size: int, length: int = 50, count: int = 8, seed: int = 1) -> Tensor:
    """(layer, head) mean weight, in the second half of a random run said twice, on what followed the token before."""
    generator = torch.Generator().manual_seed(seed)
    run = torch.randint(1, vocab_size, (count, length), generator=generator)
    weights = attention_weights(model, torch.cat([run, run], dim=1))
    # Query length + i has met its token at i; the answer stands at i + 1, which is length - 1 back.
    return weights.diagonal(1 - length, dim1=-2, dim2=-1)[..., 1:].mean(dim=(1, -1))


def best_head(weights: Tensor) -> tuple[str, float]:
    """Name "layer.head" and value of the largest entry."""
    place = int(weights.argmax())
    return f"{place // weights.shape[1]}.{place % weights.shape[1]}", float(weights.flatten()[place])


def measure(folder: Path, corpora_folder: Path) -> Report:
    """All figures of `storyteller`, with its continuations to read."""
    model, tokenizer = open_model(AutoModelForCausalLM, folder)
    _, held = corpora.split(corpora.stories(corpora_folder), corpora.STORIES_HELD_OUT)
    name = folder.name
    figures = [Figure(name, "held-out TinyStories", bits_per_byte(model, tokenizer, held), 1.25, True, "bits/byte")]
    samples = []
    for kind, sampled in (("greedy", False), ("sampled", True)):
        made = continuations(model, tokenizer, sampled)
        rate = 100 * sum(map(repetition, made)) / len(made)
        figures.append(Figure(name, f"repeated 4-grams, {kind}", rate, unit="%"))
        texts = [opening + tokenizer.decode(ids) for opening, ids in zip(OPENINGS, made, strict=True)]
        samples += [f"[{kind}] {text}" for text in texts]
    joined = [tokenizer(story)["input_ids"][:128] for story in held]
    ids = torch.tensor([row for row in joined if len(row) == 128][:8])
    head, weight = best_head(previous_token_heads(model, ids))
    figures.append(Figure(name, f"previous-token head {head}, mean weight", weight, 0.6))
    head, weight = best_head(induction_heads(model, len(tokenizer)))
    figures.append(Figure(name, f"induction head {head}, mean weight", weight, 0.4))
    figures.append(Figure(name, "context", float(model.config.n_positions), 256, unit="tokens"))
    analogies, told = analogy_figures(name, model, tokenizer, prefix="Ġ")
    return Report(figures + analogies, samples + told)
