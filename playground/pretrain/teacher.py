"""A second model beside the storyteller, read from text alone: the last stage learns from what both expect.

Two models of one text that began with other random numbers overfit it differently, so that the mean of their
probabilities guesses unseen text better than either, and a third that learns from that mean keeps most of the gain
(Hinton, Vinyals and Dean 2015, arXiv 1503.02531; for text that is read many times: Kim et al. 2025, arXiv 2509.14786).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType

from .optim import Rates
from .storyteller import CONTEXT, Stage, Storyteller

READING = Stage(0, math.inf, CONTEXT, {"stories": 0.87, "sentences": 0.06, "books": 0.05, "grammar": 0.02},
                dropout=0.25)  # fmt: skip


class Teacher(Storyteller):
    """A `Storyteller` without drills, episodes and guide, from other random numbers; it is not shipped."""

    rates = Rates(matrices=3e-3, others=2e-3, weight_decay=0.6)
    name_seed = 2
    guided: Mapping[tuple[int, int], str] = MappingProxyType({})

    def stage(self, step: int, progress: float) -> Stage:
        """The one mixture of the whole run."""
        return READING
