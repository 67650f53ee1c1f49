"""Vectors of tokens: where they lie, how they lie to each other, and what can be reckoned with them."""

from .projection import Projection, pca
from .vectors import Nearness, cosines, levels, nearest, nearness, vectors_at

__all__ = ["Nearness", "Projection", "cosines", "levels", "nearest", "nearness", "pca", "vectors_at"]
