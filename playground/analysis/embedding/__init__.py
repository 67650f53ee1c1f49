"""Vectors of tokens: where they lie, how they lie to each other, and what can be reckoned with them."""

from .projection import Projection, pca
from .vectors import cosines, levels, nearest, vectors_at

__all__ = ["Projection", "cosines", "levels", "nearest", "pca", "vectors_at"]
