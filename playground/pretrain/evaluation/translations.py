"""Figures of `translator`: BLEU, whether it ends by itself, and whether cross-attention finds the translated word."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from transformers import AutoModelForSeq2SeqLM

from .. import corpora
from ..probes import SIMPLE
from .bars import Figure, Report
from .opening import open_model

SHOWN = (
    "J'aime l'apprentissage automatique",
    "J'aime l'apprentissage automatique.",
    "Le chat noir dort sur la chaise.",
    "Où est la gare ?",
    "Je ne sais pas ce que tu veux dire.",
    "Elle porte une robe rouge.",
)


@torch.no_grad()
def translate(model: Any, tokenizer: Any, sources: list[str], batch: int = 48) -> tuple[list[str], list[bool]]:
    """Greedy translations in the order of `sources`, and whether each ended by the end token (not by the cap)."""
    order = sorted(range(len(sources)), key=lambda i: len(sources[i]))
    texts, ended = [""] * len(sources), [False] * len(sources)
    for begin in range(0, len(order), batch):
        chosen = order[begin : begin + batch]
        inputs = tokenizer([sources[i] for i in chosen], return_tensors="pt", padding=True)
        out = model.generate(**inputs, do_sample=False, num_beams=1, max_new_tokens=100)
        for i, ids in zip(chosen, out, strict=True):
            texts[i] = tokenizer.decode(ids, skip_special_tokens=True)
            ended[i] = tokenizer.eos_token_id in ids[1:].tolist()
    return texts, ended


def bleu(hypotheses: list[str], references: list[str]) -> float:
    """Corpus BLEU by sacrebleu with its defaults; ImportError with advice where that package is absent."""
    try:
        import sacrebleu
    except ImportError as error:
        raise ImportError("BLEU is measured with the package sacrebleu, which is not installed.") from error
    return sacrebleu.corpus_bleu(hypotheses, [references]).score


def pieces_of(tokenizer: Any, text: str, word: str) -> set[int]:
    """Places of the tokens of `text` that overlap the first occurrence of `word`; ValueError if it is not there."""
    begin = text.index(word)
    offsets = tokenizer(text, return_offsets_mapping=True)["offset_mapping"]
    return {place for place, (start, end) in enumerate(offsets) if start < begin + len(word) and end > begin}


@torch.no_grad()
def aligned_share(model: Any, tokenizer: Any) -> tuple[list[list[float]], list[float]]:
    """Share of content words whose attended source word is the translated one: by layer and head, and by layer.

    The weights are those of the step that guesses the first piece of the English word, summed over the pieces of
    each French word; the winner is the source word with most weight. "By layer" averages the heads first.
    """
    n_layers, n_heads = model.config.decoder_layers, model.config.decoder_attention_heads
    hits = torch.zeros(n_layers, n_heads + 1)
    total = 0
    for french, english, links in SIMPLE:
        source, labels = tokenizer(french, return_tensors="pt"), tokenizer(english, return_tensors="pt")["input_ids"]
        decoder = torch.cat([torch.full((1, 1), model.config.decoder_start_token_id), labels[:, :-1]], dim=1)
        out = model(**source, decoder_input_ids=decoder, output_attentions=True, use_cache=False)
        weights = torch.stack(out.cross_attentions)[:, 0]
        weights = torch.cat([weights, weights.mean(dim=1, keepdim=True)], dim=1)
        for link in links.split():
            target_word, source_word = link.split(":")
            row = weights[:, :, min(pieces_of(tokenizer, english, target_word))]
            right = row[..., sorted(pieces_of(tokenizer, french, source_word))].sum(-1)
            hits += right >= best_word_weight(tokenizer, french, row) - 1e-6
            total += 1
    shares = (100 * hits / total).tolist()
    return [row[:-1] for row in shares], [row[-1] for row in shares]


def best_word_weight(tokenizer: Any, text: str, row: torch.Tensor) -> torch.Tensor:
    """Largest weight that one whole word of `text` (or its end mark) gets; `row` is (layer, head, source seq)."""
    sums = []
    for group in word_groups(tokenizer, text):
        sums.append(row[..., group].sum(-1))
    return torch.stack(sums).amax(dim=0)


def word_groups(tokenizer: Any, text: str) -> list[list[int]]:
    """Places of the tokens of `text`, grouped to words: a new word begins at ▁, after an apostrophe, at punctuation."""
    pieces = tokenizer.convert_ids_to_tokens(tokenizer(text)["input_ids"])
    groups: list[list[int]] = []
    for place, piece in enumerate(pieces):
        new = not groups or piece.startswith("▁") or not piece[0].isalpha() or pieces[place - 1].endswith("'")
        if new:
            groups.append([])
        groups[-1].append(place)
    return groups


def measure(folder: Path, corpora_folder: Path) -> Report:
    """All figures of `translator`, with translations to read."""
    model, tokenizer = open_model(AutoModelForSeq2SeqLM, folder)
    _, held = corpora.split_pairs(corpora_folder)
    held = list({english: (english, french) for english, french in held}.values())
    texts, ended = translate(model, tokenizer, [french for _, french in held])
    by_head, by_layer = aligned_share(model, tokenizer)
    best = max(range(len(by_layer)), key=lambda layer: by_layer[layer])
    heads = [(share, f"{layer}.{head}") for layer, row in enumerate(by_head) for head, share in enumerate(row)]
    name = folder.name
    figures = [
        Figure(name, f"BLEU, greedy, {len(held)} held-out sentences", bleu(texts, [e for e, _ in held]), 48),
        Figure(name, "ended by the end token", 100 * sum(ended) / len(ended), 99, unit="%"),
        Figure(name, f"content words aligned, layer {best} (mean of heads)", by_layer[best], 50, unit="%"),
        Figure(name, f"content words aligned, head {max(heads)[1]}", max(heads)[0], unit="%"),
    ]
    sources = [french for french, _, _ in SIMPLE] + list(SHOWN)
    made, _ = translate(model, tokenizer, sources)
    samples = [f"[simple] {french} → {english}" for french, english in zip(sources, made, strict=True)]
    some = range(0, len(held), max(1, len(held) // 20))
    samples += [f"[held out] {held[i][1]} → {texts[i]}  (reference: {held[i][0]})" for i in some]
    return Report(figures, samples)
