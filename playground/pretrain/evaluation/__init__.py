"""Measuring the bundled models against their bars, on text they were not trained on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from . import masks, stories, translations
from .bars import Figure, Report, table

MEASURES: dict[str, Callable[[Path, Path], Report]] = {
    "storyteller": stories.measure,
    "translator": translations.measure,
    "cloze": masks.measure,
}

__all__ = ["MEASURES", "Figure", "Report", "table"]
