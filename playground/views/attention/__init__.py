"""Pictures of attention: all heads at a glance, and one head step by step."""

from .maps import Heads, attention_view

__all__ = ["Heads", "attention_view"]
