"""The views of the tab Tokens: the strip, and the vocabulary."""

from .strip import tokens_view

__all__ = ["tokens_view"]
