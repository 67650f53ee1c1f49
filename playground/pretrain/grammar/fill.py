"""Filling of templates: `{slot}` is replaced by a random choice from a table of words."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence

_SLOT = re.compile(r"\{(\w+)\}")


def fill(template: str, slots: Mapping[str, Sequence[str]], rng: random.Random) -> str:
    """Replace every `{slot}` by a choice from `slots[slot]`, again and again until none is left.

    Two occurrences of one slot are drawn apart; name them differently in the table to keep them together.
    Raises KeyError for a slot that the table lacks.
    """
    while _SLOT.search(template):
        template = _SLOT.sub(lambda match: rng.choice(slots[match.group(1)]), template, count=1)
    return template


def capitalised(text: str) -> str:
    """The text with its first letter in upper case, the rest untouched."""
    return text[:1].upper() + text[1:]
