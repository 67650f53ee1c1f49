"""The settings of generation as controls, named as in Hugging Face; and the presets that set several at once."""

from __future__ import annotations

from typing import Any

from ...analysis.sampling import SamplingSettings
from ...settings import settings
from ..contract import Asked, Control
from ..controls import slider, switch, whole_number, words
from .drawing import read_drawn

DEFAULTS = SamplingSettings(max_new_tokens=40, do_sample=True, temperature=0.8, top_k=50, top_p=0.9, seed=7)
MORE_DEFAULTS: dict[str, Any] = {
    "min_p": 0.0, "typical_p": 1.0, "epsilon_cutoff": 0.0, "repetition_penalty": 1.0, "no_repeat_ngram_size": 0,
    "stop_strings": "",
}  # fmt: skip
"""Where these stand, the model's own generation config decides."""
CUTS = frozenset({"do_sample", "temperature", "top_k", "top_p", "min_p", "typical_p", "epsilon_cutoff"})
"""What reshapes one distribution by itself."""
RESHAPING = CUTS | {"repetition_penalty", "no_repeat_ngram_size"}
"""What changes the distribution of the next token behind a text."""
WRITING = RESHAPING | {"max_new_tokens", "seed", "stop_strings"}

_cap = settings().max_new_tokens
CONTROLS = (
    switch("do_sample", "do_sample: draw at random", DEFAULTS.do_sample),
    slider("temperature", "temperature", 0.1, 2.0, 0.05, DEFAULTS.temperature, acts_if="do_sample"),
    slider("top_k", "top_k (0 keeps all)", 0, 200, 1, DEFAULTS.top_k, acts_if="do_sample"),
    slider("top_p", "top_p (1 keeps all)", 0.05, 1.0, 0.01, DEFAULTS.top_p, acts_if="do_sample"),
    slider("max_new_tokens", "max new tokens", 1, _cap, 1, min(DEFAULTS.max_new_tokens, _cap)),
    whole_number("seed", "seed", 0, 2**53, DEFAULTS.seed, acts_if="do_sample"),
    slider("min_p", "min_p (0 removes none)", 0.0, 1.0, 0.01, 0.0, acts_if="do_sample", more=True),
    slider("typical_p", "typical_p (1 keeps all)", 0.05, 1.0, 0.01, 1.0, acts_if="do_sample", more=True),
    slider("epsilon_cutoff", "epsilon_cutoff (0 removes none)", 0.0, 0.1, 0.001, 0.0, acts_if="do_sample", more=True),
    slider("repetition_penalty", "repetition_penalty (1: none)", 0.5, 2.0, 0.05, 1.0, more=True),
    slider("no_repeat_ngram_size", "no_repeat_ngram_size (0 allows all)", 0, 8, 1, 0, more=True),
    words("stop_strings", "stop strings, separated by |", "", limit=200, more=True),
    slider("draws", "draws", 10, 2000, 10, 200),
    Control("drawn", "draws that are shown, of how many, and their seed, such as 200.200.7", "", str, read_drawn, None),
)
PRESETS: dict[str, dict[str, Any]] = {
    "greedy": {"do_sample": False},
    "precise": {"do_sample": True, "temperature": 0.3, "top_k": 20, "top_p": 0.8},
    "balanced": {"do_sample": True, "temperature": 0.8, "top_k": 50, "top_p": 0.9},
    "creative": {"do_sample": True, "temperature": 1.1, "top_k": 100, "top_p": 0.95},
    "wild": {"do_sample": True, "temperature": 1.7, "top_k": 0, "top_p": 1.0},
}
"""Values of controls by name. All but the first set the same ones; greedy needs no more than that nothing is drawn."""


def chosen_settings(asked: Asked) -> SamplingSettings:
    """The settings as they stand; those that the view does not read have their defaults."""
    return settings_of(asked.values)


def settings_of(values: Any) -> SamplingSettings:
    """Settings from the values of controls by key; what is not there has its default."""
    plain = {key: values.get(key, getattr(DEFAULTS, key)) for key in WRITING - set(MORE_DEFAULTS)}
    more = {key: values[key] for key, default in MORE_DEFAULTS.items() if values.get(key, default) != default}
    if "stop_strings" in more:
        more["stop_strings"] = tuple(part for part in more["stop_strings"].split("|") if part)
    return SamplingSettings(**plain, **more)
