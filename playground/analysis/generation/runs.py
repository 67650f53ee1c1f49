"""Texts compared: figures of one text, where two part, and many runs of one prompt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ...errors import PlaygroundError
from .step import Step


@dataclass(frozen=True)
class TextFigures:
    """One written text in numbers."""

    n_tokens: int
    perplexity: float
    """2 to the mean surprisal in bits of its tokens under the model's own distribution."""
    mean_entropy_bits: float
    """Of the model's own distributions on the way."""
    first_choices: float
    """Share of tokens that the model held for the most probable."""
    repeat_rate: float
    """Share of tokens that end four tokens which stood in this order before."""
    distinct: tuple[float, float, float]
    """Different 1-, 2- and 3-grams over all of them (Li et al. 2016, distinct-n); 1 where there are none."""
    ended_by: str | None


def text_figures(steps: Sequence[Step]) -> TextFigures:
    """The figures of a text of at least one token.

    Raises:
        PlaygroundError: nothing is written.
    """
    if not steps:
        raise PlaygroundError("Nothing is written yet, so there is nothing to measure. Write some text first.")
    ids = [step.token.token_id for step in steps]
    surprisal = -np.log2([max(step.raw_probability, float(np.finfo(np.float32).tiny)) for step in steps])
    return TextFigures(
        n_tokens=len(steps),
        perplexity=float(2 ** surprisal.mean()),
        mean_entropy_bits=float(np.mean([step.entropy_bits for step in steps])),
        first_choices=float(np.mean([step.rank == 1 for step in steps])),
        repeat_rate=float(np.mean([step.repeat for step in steps])),
        distinct=(distinct_share(ids, 1), distinct_share(ids, 2), distinct_share(ids, 3)),
        ended_by=steps[-1].ended_by,
    )


@dataclass(frozen=True)
class Spread:
    """A figure over many texts."""

    mean: float
    low: float
    """The smallest one."""
    high: float


@dataclass(frozen=True)
class RunsFigures:
    """The figures of many texts from one prompt."""

    n_runs: int
    n_different: int
    """Different texts among them."""
    n_tokens: Spread
    perplexity: Spread
    repeat_rate: Spread
    distinct: Spread
    """Different 2-grams over all of them, within each text."""


def runs_figures(texts: Sequence[Sequence[Step]]) -> RunsFigures:
    """The figures of at least one text.

    Raises:
        PlaygroundError: there is none, or one of them is empty.
    """
    if not texts:
        raise PlaygroundError("Nothing is written yet, so there is nothing to measure. Write some text first.")
    each = [text_figures(steps) for steps in texts]

    def spread(values: Sequence[float]) -> Spread:
        return Spread(float(np.mean(values)), float(min(values)), float(max(values)))

    return RunsFigures(
        n_runs=len(texts),
        n_different=len({tuple(step.token.token_id for step in steps) for steps in texts}),
        n_tokens=spread([f.n_tokens for f in each]),
        perplexity=spread([f.perplexity for f in each]),
        repeat_rate=spread([f.repeat_rate for f in each]),
        distinct=spread([f.distinct[1] for f in each]),
    )


def distinct_share(token_ids: Sequence[int], n: int) -> float:
    """Different n-grams over all n-grams; 1 where the text is shorter than n."""
    grams = [tuple(token_ids[i : i + n]) for i in range(len(token_ids) - n + 1)]
    return len(set(grams)) / len(grams) if grams else 1.0


def first_difference(one: Sequence[Step], other: Sequence[Step]) -> int | None:
    """Index of the first token in which two texts differ; the shorter one's length if it is the beginning of the other;
    None for equal texts."""
    for i, (a, b) in enumerate(zip(one, other, strict=False)):
        if a.token.token_id != b.token.token_id:
            return i
    return None if len(one) == len(other) else min(len(one), len(other))
