"""Attention: how strongly each token looks at the others."""

from ...analysis.attention import KINDS
from ..contract import Tab
from ..controls import choice
from .bertviz import BERTVIZ
from .by_hand import BY_HAND
from .heads import kinds_there
from .maps import MAPS
from .roles import WHAT_HEADS_DO
from .steps import STEP_BY_STEP
from .text import TEXT
from .writing import WHILE_WRITING

TAB = Tab(
    "attention",
    "Attention",
    (MAPS, STEP_BY_STEP, TEXT, WHAT_HEADS_DO, WHILE_WRITING, BERTVIZ, BY_HAND),
    controls=(
        choice(
            "which",
            "Which attention",
            {kind: title.capitalize() for kind, title in KINDS.items()},
            "self",
            adapt=kinds_there,
        ),
    ),
    about="How strongly each token looks at the others: all layers × heads at a glance, one head large, and what one "
    "token looks at; or BertViz's own drawings of the same weights.",
)
