"""A corpora folder of about 50 kB, made up on the spot, in the form that `playground.pretrain.corpora` reads."""

from __future__ import annotations

import gzip
import random
from pathlib import Path

from playground.pretrain import corpora, grammar


def write_corpora(folder: Path, seed: int = 3) -> Path:
    """Fill `folder` with stories, sentence pairs and books that nobody wrote; returns it."""
    rng = random.Random(seed)
    people = grammar.documents({"people_story": 160, "people": 60}, seed)
    stories = ["\n\n".join(rng.sample(people, 2)) for _ in range(90)]
    (folder / "tinystories.txt.gz").write_bytes(gzip.compress("\n".join(stories).encode()))
    pairs = ["\t".join(pair) for pair in grammar.translations(400, seed)]
    (folder / "fra-eng.tsv").write_text("\n".join(pairs), encoding="utf-8")
    for book in corpora.BOOKS:
        paragraphs = [rng.choice(people).replace(". ", ".\n") for _ in range(30)]
        (folder / f"{book}.txt").write_text("\n\n".join(paragraphs), encoding="utf-8")
    return folder
