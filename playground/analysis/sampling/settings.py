"""What a person chooses for sampling, with the names of Hugging Face's ``generate``."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields
from numbers import Real
from typing import Any

from ...errors import PlaygroundError

MAX_TOP_K = 1_000_000
ONLY_WHEN_SAMPLING = ("temperature", "top_k", "top_p", "min_p", "typical_p", "epsilon_cutoff")
"""Settings that ``generate`` does not apply to greedy decoding."""


@dataclass(frozen=True, repr=False)
class SamplingSettings:
    """The generation settings, with the names that ``model.generate`` gives them.

    None leaves a setting to the model's own generation config; every setting that has no field here is always the
    model's own.

    Raises:
        PlaygroundError: a value that the library would refuse or that means nothing.
    """

    max_new_tokens: int = 40
    """A cap, not a quota: generation stops earlier at the end token."""
    do_sample: bool = True
    """False: the most probable token always (greedy); the settings of ``ONLY_WHEN_SAMPLING`` then do nothing."""
    temperature: float = 1.0
    """Divides the logits; below 1 sharper, above 1 flatter."""
    top_k: int = 0
    """Only the k most probable tokens stay; 0 keeps all."""
    top_p: float = 1.0
    """The smallest set of tokens whose probabilities sum to at least p stays; 1 keeps all."""
    seed: int = 0
    """Of the random numbers that draw the tokens."""
    min_p: float | None = None
    """Tokens with less than min_p times the largest probability are removed; 0 removes none."""
    typical_p: float | None = None
    """Locally typical sampling (Meister et al. 2022): the tokens whose surprisal is nearest to the entropy stay, until
    they hold this mass; 1 keeps all."""
    epsilon_cutoff: float | None = None
    """Tokens with a smaller probability are removed; 0 removes none."""
    repetition_penalty: float | None = None
    """Logits of tokens that occurred before are divided by it where positive, multiplied where negative (Keskar et al.
    2019); 1 changes nothing."""
    no_repeat_ngram_size: int | None = None
    """No n-gram of this size may occur twice; 0 allows all."""
    stop_strings: tuple[str, ...] | None = None
    """Texts that end the generation as soon as one of them has been written."""

    def __post_init__(self) -> None:
        # JSON writes 2.0 as 2, and transformers refuses a temperature that is no float.
        for name in ("temperature", "top_p", "min_p", "typical_p", "epsilon_cutoff", "repetition_penalty"):
            value = getattr(self, name)
            if isinstance(value, int) and not isinstance(value, bool):
                object.__setattr__(self, name, float(value))
        if self.stop_strings is not None:
            object.__setattr__(self, "stop_strings", _texts(self.stop_strings))
        for fine, sentence in self._checks():
            if not fine:
                raise PlaygroundError(sentence)

    def _checks(self) -> tuple[tuple[bool, str], ...]:
        return (
            (self.max_new_tokens >= 1, "max_new_tokens must be at least 1."),
            (_is_number(self.temperature) and self.temperature > 0, "The temperature must be a number above 0."),
            (0 <= self.top_k <= MAX_TOP_K, "top_k must be 0 (keep all) or a positive whole number."),
            (_is_number(self.top_p) and 0 < self.top_p <= 1, "top_p must be a number above 0 and at most 1."),
            (0 <= self.seed < 2**63, "The seed must be a whole number, 0 or more."),
            (_within(self.min_p, 0, 1), "min_p must be a number from 0 (removes none) to 1."),
            (
                _within(self.typical_p, 0, 1) and self.typical_p != 0,
                "typical_p must be a number above 0 and at most 1 (keeps all).",
            ),
            (
                _within(self.epsilon_cutoff, 0, 1) and self.epsilon_cutoff != 1,
                "epsilon_cutoff must be a number from 0 (removes none) to below 1.",
            ),
            (
                _within(self.repetition_penalty, 0, 100) and self.repetition_penalty != 0,
                "The repetition_penalty must be a number above 0 and at most 100; 1 changes nothing.",
            ),
            (
                self.no_repeat_ngram_size is None or 0 <= self.no_repeat_ngram_size <= MAX_TOP_K,
                "no_repeat_ngram_size must be 0 (allow all) or a positive whole number.",
            ),
        )

    def __repr__(self) -> str:
        """As Python would be written: settings that are left to the model are left out."""
        given = [(f.name, getattr(self, f.name)) for f in fields(self)]
        return f"SamplingSettings({', '.join(f'{name}={value!r}' for name, value in given if value is not None)})"

    def given(self) -> dict[str, Any]:
        """The keyword arguments that ask ``model.generate`` for the same (the seed apart, which is torch's)."""
        left_out = {"seed", *(() if self.do_sample else ONLY_WHEN_SAMPLING)}
        values = {f.name: getattr(self, f.name) for f in fields(self) if f.name not in left_out}
        chosen = {name: value for name, value in values.items() if value is not None}
        return {**chosen, "stop_strings": list(chosen["stop_strings"])} if "stop_strings" in chosen else chosen


def _texts(given: str | Sequence[str]) -> tuple[str, ...] | None:
    """Stop strings as a tuple; empty ones would end every text at once and are left out."""
    texts = tuple(text for text in ([given] if isinstance(given, str) else given) if text)
    return texts or None


def _within(value: float | None, low: float, high: float) -> bool:
    return value is None or (_is_number(value) and low <= value <= high)


def _is_number(value: object) -> bool:
    # An emptied field of the page sends None.
    return isinstance(value, Real) and math.isfinite(value)
