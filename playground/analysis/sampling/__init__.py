"""From logits to the next token, by Hugging Face's own processors in their order.

``settings`` holds what a person chooses; ``processors`` builds from it, and from a model's generation config, what
``model.generate`` would apply; ``stages`` keeps the distribution after each of them; ``distributions`` has the figures
of one distribution. Nothing here imports torch before it is needed: the page opens without it.
"""

from .distributions import entropy_bits, log_softmax, rank_of, ranking, softmax
from .settings import SamplingSettings
from .stages import Stage, Stages, next_token, stages_at

__all__ = [
    "SamplingSettings",
    "Stage",
    "Stages",
    "entropy_bits",
    "log_softmax",
    "next_token",
    "rank_of",
    "ranking",
    "softmax",
    "stages_at",
]
