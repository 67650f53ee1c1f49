"""All heads at a glance, one head large."""

from __future__ import annotations

from ...views.attention import attention_view
from ...views.view import View
from ..contract import Asked, TabView
from .heads import chosen_heads


def show(asked: Asked) -> View:
    """The grid of heads and the chosen one."""
    return attention_view(chosen_heads(asked))


MAPS = TabView(
    "maps",
    "Maps",
    show,
    reads=frozenset({"pos", "layer", "head", "which"}),
    help="How strongly each token looks at the others: one small map for each **head** of each **layer**. Choose a map "
    "to see it large; choose a row, or a word of the sentence, to see what it looks at.",
)
