"""The settings of generation as controls, named as in Hugging Face."""

from __future__ import annotations

from ...analysis.sampling import SamplingSettings
from ...settings import settings
from ..contract import Asked
from ..controls import slider, switch, whole_number

DEFAULTS = SamplingSettings(max_new_tokens=40, do_sample=True, temperature=0.8, top_k=50, top_p=0.9, seed=7)
RESHAPING = frozenset({"do_sample", "temperature", "top_k", "top_p"})
"""What changes the distribution of the next token."""
WRITING = RESHAPING | {"max_new_tokens", "seed"}

_cap = settings().max_new_tokens
CONTROLS = (
    switch("do_sample", "do_sample: draw at random", DEFAULTS.do_sample),
    slider("temperature", "temperature", 0.1, 2.0, 0.05, DEFAULTS.temperature, acts_if="do_sample"),
    slider("top_k", "top_k (0 keeps all)", 0, 200, 1, DEFAULTS.top_k, acts_if="do_sample"),
    slider("top_p", "top_p (1 keeps all)", 0.05, 1.0, 0.01, DEFAULTS.top_p, acts_if="do_sample"),
    slider("max_new_tokens", "max new tokens", 1, _cap, 1, min(DEFAULTS.max_new_tokens, _cap)),
    whole_number("seed", "seed", 0, 2**53, DEFAULTS.seed, acts_if="do_sample"),
)


def chosen_settings(asked: Asked) -> SamplingSettings:
    """The settings as they stand; those that the view does not read have their defaults."""
    return SamplingSettings(**{key: asked.values.get(key, getattr(DEFAULTS, key)) for key in WRITING})
