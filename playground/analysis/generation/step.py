"""One written token and everything that is known about it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ... import tokens as tokens_of
from ...models import LoadedModel
from ...trace import Array, Token
from ..sampling import SamplingSettings, Stages
from ..sampling.processors import NamedProcessor
from ..sampling.stages import run_processors

ALTERNATIVES = 5
SMALLEST = float(np.finfo(np.float32).tiny)
"""Stands for a probability of 0 in a logarithm."""
ENDED_BY = {
    "EosTokenCriteria": "end token",
    "StopStringCriteria": "stop string",
    "MaxTimeCriteria": "max time",
    "MaxLengthCriteria": "max new tokens",
}
"""transformers' stopping criterion → why the text ended, the most telling one first."""


@dataclass(frozen=True, eq=False)
class Step:
    """One generated token."""

    token: Token
    probability: float
    """Under the distribution that was drawn from; greedy draws nothing, and its choice is certain: 1."""
    raw_probability: float
    """Under the model's own distribution."""
    rank: int
    """1 when the model held it for the most probable."""
    entropy_bits: float
    """Of the model's own distribution."""
    alternatives: tuple[tuple[str, float], ...]
    """The most probable tokens at this step, under the model's own distribution."""
    repeat: bool
    """True when this token ends four tokens that stood in this order before."""
    logits: Array
    """(vocab_size,): what the model said, untouched."""
    settings: SamplingSettings
    ended_by: str | None
    """None while it goes on; else one of ``ENDED_BY``'s values or "context window"."""
    before: np.ndarray = field(repr=False)
    """(n,) ids of the sequence that this token was added to."""
    _steps: tuple[NamedProcessor, ...] = field(repr=False)
    _kept_scores: Mapping[int, Array] = field(repr=False)
    """Index of a processor → (vocab_size,) what it gave; the loop drops those that can be run again."""

    @property
    def stages(self) -> Stages:
        """Every stage of the distribution this token was drawn from. At hand while this is the last token written;
        later the processors are run again."""
        ids = torch.from_numpy(self.before)[None]
        return run_processors(self._steps, ids, self.logits, self.settings.do_sample, self._kept_scores)

    @property
    def kept(self) -> WrittenToken:
        """Its figures without its distribution."""
        return WrittenToken(
            self.token, self.raw_probability, self.rank, self.entropy_bits, self.alternatives, self.repeat
        )


@dataclass(frozen=True)
class WrittenToken:
    """What stays of a step when its distribution is forgotten: the figures that no setting changes."""

    token: Token
    raw_probability: float
    """Under the model's own distribution."""
    rank: int
    entropy_bits: float
    alternatives: tuple[tuple[str, float], ...]
    repeat: bool
    pos: int | None = None
    """The place of the mask that an encoder has filled with it; None for a text that goes on."""

    @property
    def surprisal_bits(self) -> float:
        """−log2 of its probability: how much of a surprise it was."""
        return -math.log2(max(self.raw_probability, SMALLEST))


class Describer:
    """Names tokens and gives their figures; within one text the same tokens come back, so names are kept."""

    def __init__(self, model: LoadedModel) -> None:
        self._tokenizer = model.tokenizer
        self._tokens: dict[int, Token] = {}

    def _token(self, token_id: int) -> Token:
        if token_id not in self._tokens:
            self._tokens[token_id] = tokens_of.describe(self._tokenizer, [token_id])[0]
        return self._tokens[token_id]

    @torch.inference_mode()
    def figures(self, logits: Tensor, chosen: int) -> dict[str, Any]:
        """The fields of a step that follow from the logits (vocab_size,) and the chosen id."""
        probs = torch.softmax(logits, dim=-1)
        top = probs.topk(min(ALTERNATIVES, len(probs)))
        raw = float(probs[chosen])
        return {
            "token": self._token(chosen),
            "raw_probability": raw,
            "rank": int((probs > probs[chosen]).sum()) + 1,
            "entropy_bits": float(torch.special.entr(probs).sum()) / math.log(2.0),
            "alternatives": tuple(
                (self._token(i).text, p) for i, p in zip(top.indices.tolist(), top.values.tolist(), strict=True)
            ),
            "logits": logits.cpu().numpy(),
        }


def repeats(token_ids: list[int], n: int = 4) -> bool:
    """Whether the last n ids stood in the same order somewhere before."""
    last = token_ids[-n:]
    return len(last) == n and any(token_ids[i : i + n] == last for i in range(len(token_ids) - n))
