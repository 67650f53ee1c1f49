"""What a prompt makes a model expect.

``answers`` looks at the places where the model has to say something, ``comparison`` at two of them; ``labels`` scores
given answers, ``shots`` asks one task with examples, in several orders, with flipped labels; ``surprise`` looks at
every token of a text.
"""

from .answers import Expectation, answer_positions, expectation, expectations
from .comparison import Comparison, by_words, compare, differing, divergence_bits
from .labels import LabelScores, label_scores
from .surprise import Surprisal, chat_ids, surprisal

__all__ = [
    "Comparison",
    "Expectation",
    "LabelScores",
    "Surprisal",
    "answer_positions",
    "by_words",
    "chat_ids",
    "compare",
    "differing",
    "divergence_bits",
    "expectation",
    "expectations",
    "label_scores",
    "surprisal",
]
