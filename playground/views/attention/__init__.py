"""Pictures of attention: all heads at a glance, and one head step by step."""

from .maps import CORNER, Heads, attention_view

__all__ = ["CORNER", "Heads", "attention_view"]
