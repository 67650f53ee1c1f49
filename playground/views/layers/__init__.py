"""Vectors on their way through the layers: the tokens of a text, or one word in several sentences."""

from .shown import Shown
from .text import FEW, text_view
from .word import word_view

__all__ = ["FEW", "Shown", "text_view", "word_view"]
