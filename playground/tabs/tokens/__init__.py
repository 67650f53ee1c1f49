"""Tokens: the text as the model reads it."""

from ..contract import Tab
from .tokens import TOKENS

TAB = Tab(
    "tokens",
    "Tokens",
    (TOKENS,),
    about="The text cut into the pieces that the model reads, with their ids, and whether the way back is exact.",
)
