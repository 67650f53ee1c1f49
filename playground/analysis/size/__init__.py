"""How large a model is: its records (no torch), and the counting of them (``counting``)."""

from .records import BYTES, PARTS, Costs, Growth, ModelSize, growth

__all__ = ["BYTES", "PARTS", "Costs", "Growth", "ModelSize", "growth"]
