"""Figures of `cloze`: whole words guessed, and whether the two meanings of "bank" lie apart."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from transformers import AutoModelForMaskedLM

from ..cloze import held_out_texts
from ..probes import MONEY, RIVER
from .bars import Figure, Report
from .opening import open_model
from .vectors import analogy_figures

SHOWN = (
    "The cat sat on the [MASK].",
    "The king and the [MASK] lived in a castle.",
    "She opened the [MASK] and went into the house.",
    "He drank a cup of [MASK].",
    "The [MASK] taught the students with the book.",
    "I love machine [MASK].",
    "Paris is the capital of [MASK].",
    "The boy was sad because he lost [MASK] dog.",
)


@torch.no_grad()
def masked_word_hits(
    model: Any, tokenizer: Any, texts: list[str], per_text: int, seed: int = 0
) -> tuple[float, float, int]:
    """(top-1 %, top-5 %, words asked): `per_text` random words of each text, masked one at a time, all pieces at once.

    A word of several pieces is hit only if each piece is. Punctuation is never asked.
    """
    rng = random.Random(seed)
    first = fifth = asked = 0
    for text in texts:
        encoding = tokenizer(text, truncation=True)
        ids, words = encoding["input_ids"], encoding.word_ids()
        spelled = tokenizer.convert_ids_to_tokens(ids)
        different = sorted({w for w, piece in zip(words, spelled, strict=True) if w is not None and piece[0].isalnum()})
        chosen = rng.sample(different, min(per_text, len(different)))
        if not chosen:
            continue
        places = [[i for i, w in enumerate(words) if w == word] for word in chosen]
        rows = torch.tensor(
            [[tokenizer.mask_token_id if i in place else t for i, t in enumerate(ids)] for place in places]
        )
        best = model(rows).logits.topk(5).indices
        for row, place in enumerate(places):
            first += all(int(best[row, i, 0]) == ids[i] for i in place)
            fifth += all(ids[i] in best[row, i].tolist() for i in place)
            asked += 1
    return 100 * first / asked, 100 * fifth / asked, asked


@torch.no_grad()
def word_vectors(model: Any, tokenizer: Any, sentences: tuple[str, ...], word: str) -> Tensor:
    """(layers + 1, sentences, width): the hidden state at the first occurrence of `word` (one token) in each."""
    rows = []
    for sentence in sentences:
        inputs = tokenizer(sentence, return_tensors="pt")
        place = inputs["input_ids"][0].tolist().index(tokenizer.convert_tokens_to_ids(word))
        rows.append(torch.stack(model(**inputs, output_hidden_states=True).hidden_states)[:, 0, place])
    return torch.stack(rows, dim=1)


def sense_cosines(one: Tensor, other: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Per layer: mean cosine within a sense, mean cosine across, and share of (within, across) comparisons won.

    `one` and `other` are (layers, sentences, width), one sense each.
    """
    unit = torch.nn.functional.normalize(torch.cat([one, other], dim=1), dim=-1)
    cosines = unit @ unit.transpose(1, 2)
    n = one.shape[1]
    side = torch.arange(cosines.shape[1]) < n
    pairs = torch.triu(torch.ones_like(cosines[0], dtype=torch.bool), diagonal=1)
    same = cosines[:, (side[:, None] == side[None]) & pairs]
    cross = cosines[:, (side[:, None] != side[None]) & pairs]
    won = (same[:, :, None] > cross[:, None, :]).float().mean(dim=(1, 2))
    return same.mean(dim=1), cross.mean(dim=1), 100 * won


def fillings(model: Any, tokenizer: Any, sentence: str, count: int = 5) -> list[tuple[str, float]]:
    """The `count` likeliest pieces for the first mask of `sentence`, with probabilities."""
    inputs = tokenizer(sentence, return_tensors="pt")
    place = inputs["input_ids"][0].tolist().index(tokenizer.mask_token_id)
    with torch.no_grad():
        best = model(**inputs).logits[0, place].softmax(-1).topk(count)
    return list(zip(tokenizer.convert_ids_to_tokens(best.indices.tolist()), best.values.tolist(), strict=True))


def measure(folder: Path, corpora_folder: Path) -> Report:
    """All figures of `cloze`, with fillings to read."""
    model, tokenizer = open_model(AutoModelForMaskedLM, folder)
    name, figures = folder.name, []
    hits = {}
    for kind, texts in held_out_texts(corpora_folder).items():
        hits[kind] = masked_word_hits(model, tokenizer, texts[:: 1 + len(texts) // 1500], 6 if kind == "stories" else 1)
        first, fifth, asked = hits[kind]
        figures.append(Figure(name, f"held-out {kind}, {asked} masked words, top-1", first, unit="%"))
        figures.append(Figure(name, f"held-out {kind}, {asked} masked words, top-5", fifth, unit="%"))
    for i, (top, bar) in enumerate((("top-1", 40), ("top-5", 62))):
        value = sum(kind[i] for kind in hits.values()) / len(hits)
        figures.append(Figure(name, f"held-out masked words, mean of both kinds, {top}", value, bar, unit="%"))
    same, cross, won = sense_cosines(
        word_vectors(model, tokenizer, RIVER, "bank"), word_vectors(model, tokenizer, MONEY, "bank")
    )
    n_layers = len(same) - 1
    for layer in range(n_layers // 2 + 1, n_layers + 1):
        what = f"bank, layer {layer}: cosine same {same[layer]:.2f}, cross {cross[layer]:.2f}, same - cross"
        figures.append(Figure(name, what, float(same[layer] - cross[layer]), 0.0))
    figures.append(Figure(name, f"bank, layer {n_layers}: same-sense pair nearer", float(won[-1]), unit="%"))
    analogies, told = analogy_figures(name, model, tokenizer)
    samples = []
    for sentence in SHOWN:
        filled = ", ".join(f"{piece} {100 * share:.0f}%" for piece, share in fillings(model, tokenizer, sentence))
        samples.append(f"[filling] {sentence} {filled}")
    return Report(figures + analogies, samples + told)
