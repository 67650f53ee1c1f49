"""What a prompt makes a model expect: ``expectation`` at the places where it has to say something, ``compare`` two."""

from .compare import Comparison, compare, divergence_bits
from .expectation import Expectation, answer_positions, expectation, expectations

__all__ = [
    "Comparison",
    "Expectation",
    "answer_positions",
    "compare",
    "divergence_bits",
    "expectation",
    "expectations",
]
