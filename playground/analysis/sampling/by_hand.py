"""A distribution typed by hand, for blackboard examples: words and weights, normalised in the open."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ...errors import PlaygroundError
from ...trace import Array

MOST_WORDS = 200
REST = ("…", "...")
"""What stands for all other words of the language."""
_LINE = re.compile(r"^(?P<word>.*?)[\s:=,;]+(?P<weight>\S+)$")


@dataclass(frozen=True, eq=False)
class ByHand:
    """Words with their probabilities; ``logits`` go through the same stages as a model's."""

    words: tuple[str, ...]
    """As typed; the rest, if there is one, follows as words "other 1", "other 2" …"""
    weights: Array
    """(n_words,) as typed; the rest's weight is spread evenly."""
    probs: Array
    """(n_words,): weights divided by their sum."""
    logits: Array
    """(n_words,): log of ``probs``; softmax gives them back."""
    notes: tuple[str, ...]
    """Sentences: what was done to the weights."""


def by_hand(words: Sequence[str], weights: Sequence[float], rest: float = 0.0) -> ByHand:
    """A distribution from words and weights.

    Args:
        words: at least one.
        weights: one for each word, none negative, not all 0; they need not sum to 1.
        rest: weight of all words that are not named; it is spread evenly over so many that each of them is less
            probable than half of the least probable named one.

    Raises:
        PlaygroundError: nothing typed, a word twice, weights that are no probabilities.
    """
    _check(words, weights, rest)
    named = np.array([*weights], np.float64)
    total, notes = float(named.sum()) + rest, []
    if abs(total - 1) > 1e-9:
        notes.append(f"The weights sum to {total:.6g}, not to 1: each is divided by {total:.6g}.")
    all_words, all_weights = list(words), named
    if rest > 0:
        n_rest = math.ceil(rest / (named[named > 0].min() / 2))
        if n_rest > 100_000:
            raise PlaygroundError("The rest is too large for these weights. Name words with larger weights.")
        all_words += [f"other {i + 1}" for i in range(n_rest)]
        all_weights = np.concatenate([named, np.full(n_rest, rest / n_rest)])
        notes.append(f"The rest, {rest:.6g}, is spread over {n_rest:,} other words of {rest / n_rest:.3g} each.")
    probs = all_weights / total
    with np.errstate(divide="ignore"):
        logits = np.log(probs)
    return ByHand(
        tuple(all_words),
        all_weights.astype(np.float32),
        probs.astype(np.float32),
        logits.astype(np.float32),
        tuple(notes),
    )


def _check(words: Sequence[str], weights: Sequence[float], rest: float) -> None:
    if not words:
        raise PlaygroundError("Type at least one word with a weight, such as: apple 0.5")
    if len(words) != len(weights):
        raise PlaygroundError(f"There are {len(words)} words and {len(weights)} weights: give each word one weight.")
    if len(words) > MOST_WORDS:
        raise PlaygroundError(f"These are {len(words)} words; at most {MOST_WORDS} can be typed by hand.")
    twice = next((word for word in words if list(words).count(word) > 1), None)
    if twice is not None:
        raise PlaygroundError(f"“{twice}” is there twice. Give each word one weight.")
    for word, weight in zip([*words, REST[0]], [*weights, rest], strict=True):
        if not math.isfinite(weight) or weight < 0:
            raise PlaygroundError(f"The weight of “{word}” is {weight:g}: weights must be numbers of 0 or more.")
    if not any(weights):
        raise PlaygroundError("All weights are 0, so nothing could be drawn. Give at least one word a weight above 0.")


def parse(text: str) -> ByHand:
    """Reads one word and its weight from each line ("apple 0.5", "ice cream: 30 %"); "…" names the rest.

    Raises:
        PlaygroundError: a line without a number, or whatever ``by_hand`` refuses.
    """
    words, weights, rest = [], [], 0.0
    for line in filter(None, (line.strip() for line in text.splitlines())):
        match = _LINE.match(re.sub(r"\s*%$", "%", line))
        if match is None or not match["word"]:
            raise PlaygroundError(f"The line “{line}” needs a word and a weight, such as: apple 0.5")
        weight = _number(match["weight"], line)
        if match["word"] in REST:
            rest += weight
        else:
            words.append(match["word"])
            weights.append(weight)
    return by_hand(words, weights, rest)


def _number(text: str, line: str) -> float:
    percent = text.endswith("%")
    try:
        value = float(text.rstrip("%").replace(",", "."))
    except ValueError as error:
        raise PlaygroundError(
            f"“{text}” in the line “{line}” is no number. Write the weight as 0.5 or 50 %."
        ) from error
    return value / 100 if percent else value
