"""Prompting: what a prompt makes a model expect, with examples and without, and what surprises it."""

from ..contract import Tab
from .compare import COMPARE
from .shots import SHOTS
from .surprise import SURPRISE

TAB = Tab(
    "prompting",
    "Prompting",
    (SHOTS, COMPARE, SURPRISE),
    about="What a prompt makes the model expect: with no, one or more examples, beside another prompt, token by token.",
)
