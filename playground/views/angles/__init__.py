"""Two words and their angle; three words and their sum."""

from .pair import Near, TwoWords, pair_view
from .word_sum import FEW_SOLVED, ThreeWords, word_sum_view

__all__ = ["FEW_SOLVED", "Near", "ThreeWords", "TwoWords", "pair_view", "word_sum_view"]
