"""Text, one token at a time: the loop of ``model.generate``, opened up.

For the same seed and settings it draws the very tokens that ``model.generate`` draws after ``torch.manual_seed(seed)``,
but with a random generator of its own: two visitors who generate at once do not disturb each other's draws.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor
from transformers import (
    EncoderNoRepeatNGramLogitsProcessor,
    EncoderRepetitionPenaltyLogitsProcessor,
    ForcedBOSTokenLogitsProcessor,
    ForcedEOSTokenLogitsProcessor,
    LogitsProcessorList,
    MinLengthLogitsProcessor,
    MinNewTokensLengthLogitsProcessor,
    NoBadWordsLogitsProcessor,
    NoRepeatNGramLogitsProcessor,
    RepetitionPenaltyLogitsProcessor,
    SuppressTokensAtBeginLogitsProcessor,
    SuppressTokensLogitsProcessor,
)

from .. import tokens as tokens_of
from ..errors import PlaygroundError
from ..hooks import decoder_start
from ..models import LoadedModel
from ..settings import settings as limits
from ..trace import Array, Token
from .sampling import SamplingSettings, Stages, entropy_bits, next_token, rank_of, ranking, warpers

ALTERNATIVES = 5


@dataclass(frozen=True, eq=False)
class Step:
    """One generated token."""

    token: Token
    probability: float
    """Under the distribution that was drawn from (after temperature, top-k, top-p)."""
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
    """None while it goes on; "end token", "max new tokens", "context window" or "cancelled"."""

    @property
    def stages(self) -> Stages:
        """Every stage of the distribution this token was drawn from."""
        return next_token(self.logits, self.settings)


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
        PlaygroundError: an encoder cannot continue text; empty or too long text.
    """
    if model.info.kind == "encoder":
        raise PlaygroundError(
            "An encoder-only model does not write text: it fills in masks. Choose a decoder or an encoder–decoder."
        )
    context = model.info.context or limits().max_tokens
    ids = tokens_of.encode(model.tokenizer, text, min(context, limits().max_tokens))
    cap = min(settings.max_new_tokens, limits().max_new_tokens)
    return _loop(model, ids, settings, cap, context, cancelled)


def _loop(
    model: LoadedModel,
    ids: list[int],
    settings: SamplingSettings,
    cap: int,
    context: int,
    cancelled: Callable[[], bool],
) -> Iterator[Step]:
    stepper = _Stepper(model, ids)
    start = stepper.sequence.shape[1]
    rules, steps = own_rules(model, stepper.source, start, cap), warpers(settings)
    generator = torch.Generator(device=model.module.device).manual_seed(settings.seed)
    ends = _end_ids(model)
    for n in range(1, cap + 1):
        if cancelled():
            return
        logits = stepper.logits()
        scores = rules(stepper.sequence, logits.clone())  # type: ignore[arg-type]
        for processors in steps.values():
            scores = processors(stepper.sequence, scores)  # type: ignore[arg-type]
        probs = torch.softmax(scores, dim=-1)
        if settings.do_sample:
            chosen = int(torch.multinomial(probs, num_samples=1, generator=generator))
        else:
            chosen = int(scores.argmax(dim=-1))
        stepper.append(chosen)
        ended = "end token" if chosen in ends else "max new tokens" if n == cap else None
        if ended is None and stepper.sequence.shape[1] >= context:
            ended = "context window"
        yield _step(model, stepper.sequence[0, start:].tolist(), logits[0], probs[0], settings, ended)
        if ended:
            return


class _Stepper:
    """The sequence so far and the model's cache of keys and values for it."""

    def __init__(self, model: LoadedModel, ids: list[int]) -> None:
        self.model = model
        self.source = torch.tensor([ids], device=model.module.device)
        self.cache: Any = None
        self.encoded: Any = None
        self.sequence = self.source
        if model.info.kind == "encoder-decoder":
            self.sequence = torch.tensor([[decoder_start(model)]], device=model.module.device)
            with torch.inference_mode():
                self.encoded = model.module.get_encoder()(self.source)

    @torch.inference_mode()
    def logits(self) -> Tensor:
        """(1, vocab_size) for the next position, float32. Only what the cache does not hold yet is run."""
        fresh = self.sequence if self.cache is None else self.sequence[:, -1:]
        if self.encoded is None:
            output = self.model.module(input_ids=fresh, past_key_values=self.cache, use_cache=True)
        else:
            output = self.model.module(
                encoder_outputs=self.encoded, decoder_input_ids=fresh, past_key_values=self.cache, use_cache=True
            )
        # A family without this kind of cache (Mamba, the first GPT) is run over the whole sequence each time.
        self.cache = getattr(output, "past_key_values", None)
        return output.logits[:, -1].float().clone()

    def append(self, token_id: int) -> None:
        """Feeds a token back."""
        self.sequence = torch.cat([self.sequence, self.sequence.new_tensor([[token_id]])], dim=-1)


def _end_ids(model: LoadedModel) -> set[int]:
    end = model.module.generation_config.eos_token_id
    return set() if end is None else {end} if isinstance(end, int) else {int(e) for e in end}


def own_rules(model: LoadedModel, source: Tensor, prompt_length: int, cap: int) -> LogitsProcessorList:
    """The rules of the model's own generation config, in ``generate``'s order (Marian bans its padding token).

    Args:
        model: whose rules.
        source: (1, n) ids of the prompt; an encoder–decoder's source.
        prompt_length: ids that stand in the written sequence before the first new one.
        cap: new tokens at most.
    """
    config, device = model.module.generation_config, str(model.module.device)
    ends = sorted(_end_ids(model)) or None
    first = prompt_length + (prompt_length == 1 and config.forced_bos_token_id is not None)
    rules = LogitsProcessorList()
    if config.encoder_repetition_penalty not in (None, 1.0):
        rules.append(EncoderRepetitionPenaltyLogitsProcessor(config.encoder_repetition_penalty, source))  # type: ignore[arg-type]
    if config.repetition_penalty not in (None, 1.0):
        rules.append(RepetitionPenaltyLogitsProcessor(config.repetition_penalty))
    if config.no_repeat_ngram_size:
        rules.append(NoRepeatNGramLogitsProcessor(config.no_repeat_ngram_size))
    if config.encoder_no_repeat_ngram_size:
        rules.append(EncoderNoRepeatNGramLogitsProcessor(config.encoder_no_repeat_ngram_size, source))  # type: ignore[arg-type]
    if config.bad_words_ids:
        rules.append(NoBadWordsLogitsProcessor(config.bad_words_ids, ends))
    if config.min_length and ends:
        rules.append(MinLengthLogitsProcessor(config.min_length, ends, device=device))
    if config.min_new_tokens and ends:
        rules.append(MinNewTokensLengthLogitsProcessor(prompt_length, config.min_new_tokens, ends, device=device))
    if config.forced_bos_token_id is not None:
        rules.append(ForcedBOSTokenLogitsProcessor(config.forced_bos_token_id))
    if config.forced_eos_token_id is not None:
        rules.append(ForcedEOSTokenLogitsProcessor(prompt_length + cap, config.forced_eos_token_id, device=device))
    if config.suppress_tokens:
        rules.append(SuppressTokensLogitsProcessor(config.suppress_tokens, device=device))
    if config.begin_suppress_tokens:
        rules.append(SuppressTokensAtBeginLogitsProcessor(config.begin_suppress_tokens, first, device=device))
    return rules


def _step(
    model: LoadedModel, written: list[int], logits: Tensor, probs: Tensor, settings: SamplingSettings, ended: str | None
) -> Step:
    chosen = written[-1]
    raw = torch.softmax(logits, dim=-1).cpu().numpy()
    top = ranking(raw, ALTERNATIVES)
    names = tokens_of.vocabulary(model.tokenizer, top.tolist())
    return Step(
        token=tokens_of.describe(model.tokenizer, [chosen])[0],
        probability=float(probs[chosen]),
        raw_probability=float(raw[chosen]),
        rank=rank_of(raw, chosen),
        entropy_bits=float(entropy_bits(raw)),
        alternatives=tuple((name, float(raw[i])) for name, i in zip(names, top.tolist(), strict=True)),
        repeat=repeats(written),
        logits=logits.cpu().numpy().astype(np.float32),
        settings=settings,
        ended_by=ended,
    )


def repeats(token_ids: list[int], n: int = 4) -> bool:
    """Whether the last n ids stood in the same order somewhere before."""
    last = token_ids[-n:]
    return len(last) == n and any(token_ids[i : i + n] == last for i in range(len(token_ids) - n))
