"""Tokens: the text as the model reads it."""

from ..contract import Tab
from .compare import COMPARE
from .split import SPLIT
from .tokens import TOKENS
from .vocabulary import VOCABULARY

TAB = Tab(
    "tokens",
    "Tokens",
    (TOKENS, SPLIT, COMPARE, VOCABULARY),
    about="The text cut into the pieces that the model reads, with their ids, and whether the way back is exact.",
)
