"""The loop of ``model.generate``, opened up.

For the same seed and settings it draws the very tokens that ``model.generate`` draws after ``torch.manual_seed(seed)``,
but with a random generator of its own: two visitors who generate at once do not disturb each other's draws.

What it does not take from a model's generation config: beams, assisted decoding, several sequences at once, token
healing (transformers itself fails where a model's config asks for it), and settings of the cache, which change speed
and memory but not, up to rounding, the logits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import torch
from torch import Tensor

from ... import tokens as tokens_of
from ...errors import PlaygroundError
from ...models import LoadedModel
from ...settings import settings as limits
from ...trace import Array, Change
from ..sampling import SamplingSettings, Stages
from ..sampling.processors import Rules, refused, rules_for
from ..sampling.stages import run_processors
from .step import ENDED_BY, Describer, Step, repeats
from .stepper import Stepper


def generate(
    model: LoadedModel,
    text: str | Sequence[int],
    settings: SamplingSettings,
    cancelled: Callable[[], bool] = lambda: False,
    *,
    changes: Sequence[Change] = (),
) -> Iterator[Step]:
    """Streams the continuation of a text, or an encoder–decoder's answer to it.

    Args:
        model: a decoder or an encoder–decoder.
        text: the prompt (an encoder–decoder's source); token ids are taken as they are.
        settings: how to draw.
        cancelled: asked before each token.
        changes: made in every forward pass, the encoder's too.

    Raises:
        PlaygroundError: an encoder cannot continue text; empty or too long text; settings that transformers refuses;
            changes that the family does not allow.
    """
    stepper = Stepper(model, prompt_ids(model, text), changes=changes)
    writer = Writer(stepper, settings, stepper.sequence.shape[1])
    return writer.write(cancelled)


class Writer:
    """Goes on from where a stepper stands.

    Args:
        stepper: the sequence; what it holds now counts as the prompt of this run.
        settings: how to draw; the seed begins a generator of this writer's own.
        start: length of the prompt of the first run: repeats are looked for in what follows it.
        begun: length of the sequence where this run began, if that is earlier: it goes on draw for draw, and its cap
            counts from there.

    Raises:
        PlaygroundError: settings that transformers refuses.
    """

    def __init__(self, stepper: Stepper, settings: SamplingSettings, start: int, begun: int | None = None) -> None:
        self._stepper, self._settings, self._start = stepper, settings, start
        length = stepper.sequence.shape[1]
        self._n_drawn = 0 if begun is None else length - begun
        self._rules = rules_of(stepper, settings, length - self._n_drawn)
        # Steps are plain values that can travel: what holds a model stays here.
        self._shown = tuple(step if step.repeatable else replace(step, processor=None) for step in self._rules.steps)
        self._describer = Describer(stepper.model)
        self._generator = torch.Generator(device=stepper.model.module.device).manual_seed(settings.seed)
        self._context = context_of(stepper.model)

    def write(self, cancelled: Callable[[], bool] = lambda: False) -> Iterator[Step]:
        """Steps until a rule, the context window or ``cancelled`` ends the text."""
        while not cancelled():
            step, kept_scores = self._step(None)
            yield step
            # Kept for all tokens, the scores after each processor would weigh hundreds of megabytes.
            for index in [i for i in kept_scores if self._rules.steps[i].repeatable]:
                del kept_scores[index]
            if step.ended_by:
                return

    def _skip_draws(self, vocab_size: int) -> None:
        """Brings the generator to where the run stands: a draw uses up one random number for each token there is."""
        if self._n_drawn and self._settings.do_sample:
            equal = torch.ones(1, vocab_size, device=self._generator.device)
            for _ in range(self._n_drawn):
                torch.multinomial(equal, 1, generator=self._generator)
        self._n_drawn = 0

    def ahead(self) -> Stages:
        """Every stage of the distribution that the next token would be drawn from; nothing is drawn."""
        stepper = self._stepper
        logits, before = stepper.logits(), stepper.sequence
        steps = [step for step in self._rules.steps if step.repeatable]
        return run_processors(steps, before, logits[0].cpu().numpy(), self._settings.do_sample)

    def take(self, token_id: int) -> Step:
        """The next step with a token that is given, not drawn. The generator is left as it is, and the cap on new
        tokens does not end the text."""
        step = self._step(token_id)[0]
        return replace(step, ended_by=None) if step.ended_by in ("max new tokens", "max time") else step

    def _step(self, taken: int | None) -> tuple[Step, dict[int, Array]]:
        stepper, settings = self._stepper, self._settings
        logits, before = stepper.logits(), stepper.sequence
        if taken is None:
            self._skip_draws(logits.shape[-1])
        scores, kept_scores = _processed(self._rules, before, logits)
        chosen, probability = _chosen(scores, taken, self._generator if settings.do_sample else None)
        stepper.append(chosen)
        step = Step(
            **self._describer.figures(logits[0], chosen),
            probability=probability,
            repeat=repeats(stepper.sequence[0, self._start :].tolist()),
            settings=settings,
            ended_by=_ended(self._rules, stepper.sequence, self._context),
            before=before[0].cpu().numpy(),
            _steps=self._shown,
            _kept_scores=kept_scores,
        )
        return step, kept_scores


def rules_of(stepper: Stepper, settings: SamplingSettings, length: int) -> Rules:
    """What ``generate`` would do to the logits if the first ``length`` ids of the sequence were its prompt."""
    cap = min(settings.max_new_tokens, limits().max_new_tokens)
    given = {**settings.given(), "max_new_tokens": cap}
    return rules_for(stepper.model, given, stepper.source, length)


def prompt_ids(model: LoadedModel, text: str | Sequence[int]) -> list[int]:
    """The ids of a prompt for a model that writes.

    Raises:
        PlaygroundError: an encoder cannot continue text; empty or too long text; ids outside the vocabulary.
    """
    if model.info.kind == "encoder":
        raise PlaygroundError(
            "An encoder-only model does not write text: it fills in masks. Choose a decoder or an encoder–decoder."
        )
    limit = min(context_of(model), limits().max_tokens)
    if isinstance(text, str):
        return tokens_of.encode(model.tokenizer, text, limit)
    ids = [int(i) for i in text]
    if not ids or len(ids) > limit or min(ids) < 0 or max(ids) >= model.info.vocab_size:
        raise PlaygroundError(f"Token ids must be 1 to {limit:,} numbers between 0 and {model.info.vocab_size - 1:,}.")
    return ids


def context_of(model: LoadedModel) -> int:
    """Tokens that the written sequence may have."""
    return model.info.context or limits().max_tokens


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


def _chosen(scores: Tensor, taken: int | None, generator: torch.Generator | None) -> tuple[int, float]:
    """An id and its probability: the given one, or drawn from softmax(scores), or greedy without a generator."""
    if generator is None:
        best = int(scores.argmax(dim=-1))
        return (best, 1.0) if taken is None else (taken, float(taken == best))
    probs = torch.softmax(scores, dim=-1)
    try:
        chosen = int(torch.multinomial(probs, num_samples=1, generator=generator)) if taken is None else taken
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
