"""From logits to the next token: temperature, top-k, top-p, the draw, by Hugging Face's own processors in their order.

``next_token`` keeps every stage over the whole vocabulary, so that a page can show what each setting did.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from numbers import Real
from typing import TYPE_CHECKING

import numpy as np

from ..errors import PlaygroundError
from ..trace import Array, BoolArray

if TYPE_CHECKING:
    from torch import Tensor
    from transformers import LogitsProcessorList

MAX_TOP_K = 1_000_000


@dataclass(frozen=True)
class SamplingSettings:
    """The generation settings, with the names that ``model.generate`` gives them.

    Raises:
        PlaygroundError: a value that the library would refuse or that means nothing.
    """

    max_new_tokens: int = 40
    """A cap, not a quota: generation stops earlier at the end token."""
    do_sample: bool = True
    """False: the most probable token always (greedy); temperature, top_k and top_p then do nothing."""
    temperature: float = 1.0
    """Divides the logits; below 1 sharper, above 1 flatter."""
    top_k: int = 0
    """Only the k most probable tokens stay; 0 keeps all."""
    top_p: float = 1.0
    """The smallest set of tokens whose probabilities sum to at least p stays; 1 keeps all."""
    seed: int = 0
    """Of the random numbers that draw the tokens."""

    def __post_init__(self) -> None:
        # JSON writes 2.0 as 2, and transformers refuses a temperature that is no float.
        for name in ("temperature", "top_p"):
            value = getattr(self, name)
            if isinstance(value, int) and not isinstance(value, bool):
                object.__setattr__(self, name, float(value))
        checks = (
            (self.max_new_tokens >= 1, "max_new_tokens must be at least 1."),
            (_is_number(self.temperature) and self.temperature > 0, "The temperature must be a number above 0."),
            (0 <= self.top_k <= MAX_TOP_K, "top_k must be 0 (keep all) or a positive whole number."),
            (_is_number(self.top_p) and 0 < self.top_p <= 1, "top_p must be a number above 0 and at most 1."),
            (0 <= self.seed < 2**63, "The seed must be a whole number, 0 or more."),
        )
        for fine, sentence in checks:
            if not fine:
                raise PlaygroundError(sentence)


def _is_number(value: object) -> bool:
    # An emptied field of the page sends None.
    return isinstance(value, Real) and math.isfinite(value)


@dataclass(frozen=True, eq=False)
class Stages:
    """The next-token distribution after each step. Arrays are (vocab_size,) and sum to 1 each."""

    raw: Array
    """softmax(logits)."""
    temperature: Array
    """softmax(logits / temperature)."""
    top_k: Array
    """After the less probable ones were removed and the rest renormalised."""
    top_p: Array
    """After the tail beyond p was removed and the rest renormalised."""
    kept: BoolArray
    """True for tokens that can be drawn."""
    cut_by: dict[str, BoolArray]
    """Processor ("top_k", "top_p") → the tokens that it removed."""

    @property
    def final(self) -> Array:
        """The distribution that the draw uses."""
        return self.top_p


def softmax(logits: Array) -> Array:
    """exp(x) / sum(exp(x)) along the last axis, shifted by the maximum so that nothing overflows."""
    exp = np.exp(logits - logits.max(-1, keepdims=True))
    return exp / exp.sum(-1, keepdims=True)


def entropy_bits(probs: Array) -> Array:
    """−Σ p·log2 p along the last axis, in bits (Shannon 1948); 0·log 0 counts as 0."""
    return -np.where(probs > 0, probs * np.log2(np.maximum(probs, np.finfo(np.float32).tiny)), 0).sum(-1)


def warpers(settings: SamplingSettings) -> dict[str, LogitsProcessorList]:
    """Hugging Face's processors for the settings, by step, in the order in which ``generate`` applies them.

    As in ``generate``: nothing is applied when ``do_sample`` is off, and values that change nothing add no processor.
    """
    from transformers import LogitsProcessorList, TemperatureLogitsWarper, TopKLogitsWarper, TopPLogitsWarper

    steps = {"temperature": LogitsProcessorList(), "top_k": LogitsProcessorList(), "top_p": LogitsProcessorList()}
    if settings.do_sample:
        if settings.temperature != 1.0:
            steps["temperature"].append(TemperatureLogitsWarper(settings.temperature))
        if settings.top_k != 0:
            steps["top_k"].append(TopKLogitsWarper(top_k=settings.top_k))
        if settings.top_p < 1.0:
            steps["top_p"].append(TopPLogitsWarper(top_p=settings.top_p))
    return steps


def next_token(logits: Array, settings: SamplingSettings) -> Stages:
    """Every stage from the logits (vocab_size,) of one position to the distribution that is drawn from."""
    import torch

    if logits.ndim != 1:
        raise PlaygroundError(f"next_token takes the logits of one position, not an array of shape {logits.shape}.")
    ids = torch.zeros((1, 0), dtype=torch.long)
    scores: Tensor = torch.from_numpy(np.array(logits, dtype=np.float32))[None]
    probs, cut_by = {}, {}
    for name, processors in warpers(settings).items():
        before = torch.isfinite(scores)
        scores = processors(ids, scores)  # type: ignore[arg-type]
        probs[name] = torch.softmax(scores, dim=-1)[0].numpy()
        cut_by[name] = (before & ~torch.isfinite(scores))[0].numpy()
    cut_by.pop("temperature")
    return Stages(softmax(np.asarray(logits, np.float32)), **probs, kept=probs["top_p"] > 0, cut_by=cut_by)


def ranking(probs: Array, count: int) -> np.ndarray:
    """Ids of the ``count`` most probable tokens, most probable first; equal ones in the order of their ids."""
    count = min(count, len(probs))
    candidates = np.argpartition(-probs, count - 1)[:count] if count < len(probs) else np.arange(len(probs))
    return candidates[np.lexsort((candidates, -probs[candidates]))]


def rank_of(probs: Array, token_id: int) -> int:
    """1 for the most probable token: one more than the number of strictly more probable ones."""
    return int((probs > probs[token_id]).sum()) + 1
