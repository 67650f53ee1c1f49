"""The three models by name: what is trained, and how the finished model generates."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import torch
from transformers import GenerationConfig, PreTrainedTokenizerFast

from . import cloze, storyteller, translator
from .loop import Task
from .sizes import Size


class MakesTask(Protocol):
    """What builds a task: corpora folder, seed, device; another size if wanted; the tokenizer of a run to resume."""

    def __call__(
        self,
        folder: Path,
        seed: int,
        device: torch.device,
        size: Size = ...,
        tokenizer: PreTrainedTokenizerFast | None = None,
    ) -> Task:
        """The task with a fresh model; reads all corpora, which takes some seconds."""


TASKS: dict[str, MakesTask] = {
    "storyteller": storyteller.Storyteller,
    "translator": translator.Translator,
    "cloze": cloze.Cloze,
}
GENERATION: dict[str, Callable[[PreTrainedTokenizerFast], GenerationConfig]] = {
    "storyteller": storyteller.generation_settings,
    "translator": translator.generation_settings,
}
DEFAULT_MINUTES = {"storyteller": 60.0, "translator": 60.0, "cloze": 30.0}
