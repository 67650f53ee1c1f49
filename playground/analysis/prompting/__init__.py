"""What a prompt makes a model expect.

``expectation`` looks at the places where the model has to say something, ``compare`` at two of them; ``labels`` scores
given answers, ``shots`` asks one task with examples, in several orders, with flipped labels; ``surprisal`` looks at
every token of a text.
"""

from .compare import Comparison, compare, divergence_bits
from .expectation import Expectation, answer_positions, expectation, expectations
from .labels import LabelScores, label_scores
from .surprisal import Surprisal, chat_ids, surprisal

__all__ = [
    "Comparison",
    "Expectation",
    "LabelScores",
    "Surprisal",
    "answer_positions",
    "chat_ids",
    "compare",
    "divergence_bits",
    "expectation",
    "expectations",
    "label_scores",
    "surprisal",
]
