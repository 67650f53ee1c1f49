"""The loop of ``model.generate``, opened up.

For the same seed and settings it draws the very tokens that ``model.generate`` draws after ``torch.manual_seed(seed)``,
but with a random generator of its own: two visitors who generate at once do not disturb each other's draws.

What it does not take from a model's generation config: beams, assisted decoding, several sequences at once, token
healing (transformers itself fails where a model's config asks for it), and settings of the cache, which change speed
and memory but not, up to rounding, the logits.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ... import tokens as tokens_of
from ...errors import PlaygroundError
from ...models import LoadedModel
from ...settings import settings as limits
from ...trace import Array, Token
from ..sampling import SamplingSettings, Stages
from ..sampling.processors import Rules, refused, rules_for
from ..sampling.processors import Step as Processing
from ..sampling.stages import apply
from .stepper import Stepper

ALTERNATIVES = 5
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
    _steps: tuple[Processing, ...] = field(repr=False)
    _kept_scores: Mapping[int, Array] = field(repr=False)
    """Index of a processor → (vocab_size,) what it gave; the loop drops those that can be run again."""

    @property
    def stages(self) -> Stages:
        """Every stage of the distribution this token was drawn from. At hand while this is the last token written;
        later the processors are run again."""
        ids = torch.from_numpy(self.before)[None]
        return apply(self._steps, ids, self.logits, self.settings.do_sample, self._kept_scores)


def generate(
    model: LoadedModel,
    text: str,
    settings: SamplingSettings,
    cancelled: Callable[[], bool] = lambda: False,
) -> Iterator[Step]:
    """Streams the continuation of a text, or an encoder–decoder's answer to it.

    Args:
        model: a decoder or an encoder–decoder.
        text: the prompt (an encoder–decoder's source).
        settings: how to draw.
        cancelled: asked before each token.

    Raises:
        PlaygroundError: an encoder cannot continue text; empty or too long text; settings that transformers refuses.
    """
    stepper = Stepper(model, prompt_ids(model, text))
    start = stepper.sequence.shape[1]
    return write(stepper, rules_of(stepper, settings, start), settings, start, cancelled)


def rules_of(stepper: Stepper, settings: SamplingSettings, start: int) -> Rules:
    """What ``generate`` would do to the logits for a sequence whose first ``start`` ids are the prompt."""
    cap = min(settings.max_new_tokens, limits().max_new_tokens)
    return rules_for(stepper.model, {**settings.given(), "max_new_tokens": cap}, stepper.source, start)


def prompt_ids(model: LoadedModel, text: str) -> list[int]:
    """The ids of a prompt for a model that writes.

    Raises:
        PlaygroundError: an encoder cannot continue text; empty or too long text.
    """
    if model.info.kind == "encoder":
        raise PlaygroundError(
            "An encoder-only model does not write text: it fills in masks. Choose a decoder or an encoder–decoder."
        )
    return tokens_of.encode(model.tokenizer, text, min(context_of(model), limits().max_tokens))


def context_of(model: LoadedModel) -> int:
    """Tokens that the written sequence may have."""
    return model.info.context or limits().max_tokens


def write(
    stepper: Stepper,
    rules: Rules,
    settings: SamplingSettings,
    start: int,
    cancelled: Callable[[], bool],
) -> Iterator[Step]:
    """Goes on from where a stepper stands until a rule, the context window or ``cancelled`` ends it.

    Args:
        stepper: holds the sequence.
        rules: what is done to the logits, and when to stop.
        settings: which the steps carry; its seed begins the draw.
        start: length of the prompt within the sequence: repeats are looked for in what follows.
        cancelled: asked before each token.
    """
    model = stepper.model
    describer = _Describer(model)
    generator = torch.Generator(device=model.module.device).manual_seed(settings.seed)
    while not cancelled():
        logits = stepper.logits()
        before = stepper.sequence
        scores, kept = _processed(rules, before, logits)
        chosen, probability = _chosen(scores, generator if settings.do_sample else None)
        stepper.append(chosen)
        ended = _ended(rules, stepper.sequence, context_of(model))
        yield Step(
            **describer.figures(logits[0], chosen),
            probability=probability,
            repeat=repeats(stepper.sequence[0, start:].tolist()),
            settings=settings,
            ended_by=ended,
            before=before[0].cpu().numpy(),
            _steps=rules.steps,
            _kept_scores=kept,
        )
        # Kept for all tokens, the scores after each processor would weigh hundreds of megabytes.
        for index in [i for i in kept if rules.steps[i].repeatable]:
            del kept[index]
        if ended:
            return


@torch.inference_mode()
def _processed(rules: Rules, ids: Tensor, logits: Tensor) -> tuple[Tensor, dict[int, Array]]:
    """The scores that are drawn from, and the scores (vocab_size,) after each processor, by its index."""
    scores, kept = logits.clone(), {}
    for index, step in enumerate(rules.steps):
        try:
            scores = step.processor(ids, scores)
        except (ValueError, IndexError, RuntimeError) as error:  # some look at their arguments only now
            raise refused(error) from error
        kept[index] = scores[0].cpu().numpy()
    return scores, kept


def _chosen(scores: Tensor, generator: torch.Generator | None) -> tuple[int, float]:
    """The id that is drawn from softmax(scores) and its probability; greedy where there is no generator."""
    if generator is None:
        return int(scores.argmax(dim=-1)), 1.0
    probs = torch.softmax(scores, dim=-1)
    try:
        chosen = int(torch.multinomial(probs, num_samples=1, generator=generator))
    except RuntimeError as error:  # softmax of nothing but −inf
        raise PlaygroundError(
            "Together these settings leave no token that could be drawn here. Loosen one: a smaller "
            "no_repeat_ngram_size, or fewer banned words."
        ) from error
    return chosen, float(probs[0, chosen])


def _ended(rules: Rules, sequence: Tensor, context: int) -> str | None:
    reasons = {
        ENDED_BY.get(type(criterion).__name__, type(criterion).__name__)
        for criterion in rules.criteria
        if bool(criterion(sequence, None))
    }
    if not reasons:
        return "context window" if sequence.shape[1] >= context else None
    return min(reasons, key=lambda reason: [*ENDED_BY.values(), reason].index(reason))


class _Describer:
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
