"""The models to offer: those that lie in `assets/models`, then well-known ones of the hub. Loads none of them."""

from __future__ import annotations

import os
import re
from collections.abc import Hashable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from .errors import PlaygroundError
from .facts import kind_by_architecture, title_of
from .files import CONFIG, count_parameters, read_json
from .settings import settings

BUNDLED = Path(__file__).parents[1] / "assets" / "models"


@dataclass(frozen=True)
class CatalogEntry:
    """One line of the model picker."""

    id: str
    title: str
    kind: str
    """`decoder`, `encoder` or `encoder-decoder`."""
    source: str
    """`bundled` or `hub`."""
    n_parameters: int | None
    """About; None where unknown."""
    about: str
    """One sentence."""
    sample: str
    """A text that the model was made for."""


SAMPLES = {
    "decoder": "The teacher taught the students with the book.",
    "encoder": "The cat sat on the [MASK].",
    "encoder-decoder": "J'aime l'apprentissage automatique.",
}
"""Kind → a text that shows what models of that kind are for."""


def _on_the_hub(id: str, kind: str, millions: int, about: str, sample: str | None = None) -> CatalogEntry:
    return CatalogEntry(id, title_of(id), kind, "hub", millions * 10**6, about, sample or SAMPLES[kind])


HUB_ENTRIES = (
    _on_the_hub("openai-community/gpt2", "decoder", 124, "GPT-2 small, the classic: twelve layers of twelve heads."),
    _on_the_hub("distilbert/distilgpt2", "decoder", 82, "GPT-2 small distilled to six layers."),
    _on_the_hub("HuggingFaceTB/SmolLM2-135M", "decoder", 135, "A small modern model of the Llama kind."),
    _on_the_hub("Qwen/Qwen3-0.6B", "decoder", 596, "A recent multilingual model that can follow instructions."),
    _on_the_hub("EleutherAI/pythia-70m", "decoder", 70, "The smallest Pythia: attention and MLP work side by side."),
    _on_the_hub("google-bert/bert-base-uncased", "encoder", 110, "BERT: looks both ways and fills in masked words."),
    _on_the_hub("distilbert/distilbert-base-uncased", "encoder", 66, "BERT distilled to six layers."),
    _on_the_hub(
        "google-t5/t5-small", "encoder-decoder", 61, "T5: every task is text in, text out.",
        "translate English to German: The house is wonderful.",
    ),
    _on_the_hub("Helsinki-NLP/opus-mt-fr-en", "encoder-decoder", 75, "Translates French into English."),
    _on_the_hub(
        "facebook/bart-base", "encoder-decoder", 139, "BART: mends text that was damaged on purpose.",
        "The cat sat on the <mask>.",
    ),
)  # fmt: skip
# The hub knows its oldest models by short names too; without a network nobody would resolve them.
EXAMPLE = "openai-community/gpt2"
SHORT_NAMES = {entry.title: entry.id for entry in HUB_ENTRIES}


def catalog() -> tuple[CatalogEntry, ...]:
    """What the model picker offers, bundled first; only what may be loaded where `settings().models` is set."""
    bundled = [_bundled(folder, _stamp(folder)) for folder in _bundled_folders()]
    allowed = settings().models
    return tuple(entry for entry in (*bundled, *HUB_ENTRIES) if not allowed or entry.id in allowed)


def bundled_folder(name: str) -> Path | None:
    """Where the bundled model `name` lies; None if there is none of that name."""
    # compared with what is there rather than joined to the path: `../..` leads nowhere
    if not BUNDLED.is_dir() or name not in os.listdir(BUNDLED):
        return None
    folder = BUNDLED / name
    return folder if (folder / CONFIG).is_file() else None


def _bundled_folders() -> list[Path]:
    folders = sorted(BUNDLED.iterdir()) if BUNDLED.is_dir() else []
    return [folder for folder in folders if (folder / CONFIG).is_file()]


def _stamp(folder: Path) -> tuple[tuple[str, int, int], ...]:
    """What changes where a file of a folder does."""
    with os.scandir(folder) as files:
        found = [(file.name, file.stat(follow_symlinks=False)) for file in files]
    return tuple(sorted((name, at.st_mtime_ns, at.st_size) for name, at in found))


@lru_cache(maxsize=32)  # every opening of the page asks, and to read all headers took a sixth of what it costs
def _bundled(folder: Path, stamp: Hashable) -> CatalogEntry:
    """A bundled model. Where its files are damaged the page must open all the same: whoever chooses the model is told
    what is wrong with it."""
    try:
        config, count = read_json(folder / CONFIG), count_parameters(folder) or None
    except PlaygroundError:
        config, count = None, None
    config = config if isinstance(config, dict) else {}
    by_name = kind_by_architecture(config.get("architectures")) or "decoder"
    kind = "encoder-decoder" if config.get("is_encoder_decoder") else by_name
    return CatalogEntry(folder.name, title_of(folder.name), kind, "bundled", count, _about(folder), SAMPLES[kind])


def _about(folder: Path) -> str:
    """The first sentence of prose in the model card, without its markup."""
    card = folder / "README.md"
    text = card.read_text("utf-8") if card.is_file() else ""
    text = re.sub(r"\A---\n.*?\n---\n", "", text, flags=re.DOTALL)
    prose = [part.strip() for part in re.split(r"\n\s*\n", text) if part.strip() and part.strip()[0] not in "#|<>`!-*"]
    if not prose:
        return "Comes with the playground."
    sentence = re.split(r"(?<=[.!?])\s", " ".join(prose[0].split()))[0]
    return re.sub(r"[*`]", "", re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", sentence))
