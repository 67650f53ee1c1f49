"""Ready-made examples: each is a link into the page, so a lesson can set anything that a link can."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

LESSONS = Path(__file__).resolve().parent.parent / "assets" / "lessons.json"


@dataclass(frozen=True)
class Lesson:
    """One example."""

    title: str
    state: dict[str, str]
    """Keys and values as in the address bar."""
    look: str
    """What to do, and what to look at."""


def hint(state: Mapping[str, Any]) -> str:
    """What to look at where the page shows a lesson; empty where it shows something else."""
    fitting = (le.look for le in lessons() if all(str(state.get(key)) == value for key, value in le.state.items()))
    return next(fitting, "")


@lru_cache(maxsize=1)
def lessons() -> tuple[Lesson, ...]:
    """All lessons, the one that the page opens with first."""
    entries = json.loads(LESSONS.read_text(encoding="utf-8"))
    return tuple(
        Lesson(entry["title"], {k: str(v) for k, v in entry["state"].items()}, entry["look"]) for entry in entries
    )
