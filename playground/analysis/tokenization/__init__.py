"""What the tokenizer did to a text: counts, the way back, special tokens, the context window, other ways to see it."""

from .back import WayBack, way_back
from .chat import Chat, in_chat
from .facts import Tokenization, first_difference, joined, last_word, shared, tokenization
from .levels import LevelBlock, levels
from .special import SpecialToken, special_tokens
from .strip import Form, Origin, Strip, strip_of
from .window import Window, fitted, room, window

__all__ = [
    "Chat",
    "Form",
    "LevelBlock",
    "Origin",
    "SpecialToken",
    "Strip",
    "Tokenization",
    "WayBack",
    "Window",
    "first_difference",
    "fitted",
    "in_chat",
    "joined",
    "last_word",
    "levels",
    "room",
    "shared",
    "special_tokens",
    "strip_of",
    "tokenization",
    "way_back",
    "window",
]
