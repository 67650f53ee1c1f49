"""The three models by name: what is trained, and how the finished model generates."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import torch
from transformers import GenerationConfig, PreTrainedTokenizerFast

from . import cloze, storyteller, translator
from .loop import Task

TASKS: dict[str, Callable[[Path, int, torch.device], Task]] = {
    "storyteller": storyteller.Storyteller,
    "translator": translator.Translator,
    "cloze": cloze.Cloze,
}
GENERATION: dict[str, Callable[[PreTrainedTokenizerFast], GenerationConfig]] = {
    "storyteller": storyteller.generation_settings,
    "translator": translator.generation_settings,
}
DEFAULT_MINUTES = {"storyteller": 40.0, "translator": 60.0, "cloze": 30.0}
