"""A text in the making: written one token at a time, and forked at any of its tokens."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import numpy as np

from ...errors import PlaygroundError
from ...models import LoadedModel
from ...trace import Change
from ..sampling import SamplingSettings, Stages
from .loop import Writer, prompt_ids
from .step import Step
from .stepper import Stepper

NO_LOGITS = np.zeros(0, np.float32)


class Draft:
    """A text that can be continued and forked. It keeps the model's cache, so that a fork does not run the text again.

    Args:
        model: a decoder or an encoder–decoder.
        text: the prompt (an encoder–decoder's source); token ids are taken as they are.
        settings: how to draw.
        changes: made in every forward pass; forks keep them.

    Raises:
        PlaygroundError: as ``generate``.
    """

    def __init__(
        self,
        model: LoadedModel,
        text: str | Sequence[int],
        settings: SamplingSettings,
        *,
        changes: Sequence[Change] = (),
    ) -> None:
        stepper = Stepper(model, prompt_ids(model, text), changes=changes)
        self._begin(stepper, settings, stepper.sequence.shape[1], [])

    def _begin(
        self, stepper: Stepper, settings: SamplingSettings, start: int, steps: list[Step], begun: int | None = None
    ) -> None:
        self._stepper, self._start = stepper, start
        self.settings = settings
        self.steps = steps
        """The tokens written so far, those that were taken over at a fork included."""
        self._writer = Writer(stepper, settings, start, begun)
        self._writing = self._writer.write()

    @property
    def n_run(self) -> int:
        """Positions that the model has been run over for this draft; a fork begins at 0 and shares its parent's
        cache."""
        return self._stepper.n_run

    @property
    def n_cached(self) -> int:
        """Positions that the model has read and need not be run again."""
        return self._stepper.n_cached

    def reusable(self, at: int) -> int:
        """Positions that a fork after ``at`` written tokens need not run again."""
        return min(self.n_cached, self._start + at)

    def cache_parts(self) -> list[tuple[int, int]]:
        """(address, bytes) of each tensor of keys and values that it holds on to; forks share some of them."""
        return self._stepper.cache_parts()

    @property
    def ended_by(self) -> str | None:
        """Why the text ended, or None while it can go on."""
        return self.steps[-1].ended_by if self.steps else None

    @property
    def stepper(self) -> Stepper:
        """The sequence and what the model has read of it."""
        return self._stepper

    def next(self) -> Step | None:
        """Writes one token; None when the text has ended. Written one by one, the tokens are those of one run."""
        step = next(self._writing, None) if self.ended_by is None else None
        if step is not None:
            self.steps.append(step)
        return step

    def write(self, cancelled: Callable[[], bool] = lambda: False) -> Iterator[Step]:
        """Goes on until the text ends or ``cancelled``, which is asked before each token; what was written stays."""
        while not cancelled():
            step = self.next()
            if step is None:
                return
            yield step

    def ahead(self) -> Stages:
        """Every stage of the distribution that the next token would be drawn from; nothing is drawn."""
        return self._writer.ahead()

    def forget_logits(self) -> None:
        """Drops what only the stages of its written tokens need: a vocabulary of numbers for each of them."""
        for index, step in enumerate(self.steps):
            if len(step.logits):
                self.steps[index] = replace(step, logits=NO_LOGITS, _kept_scores={})

    def fork(
        self,
        at: int,
        taken: Sequence[int] = (),
        settings: SamplingSettings | None = None,
        begun: int | None = None,
    ) -> Draft:
        """A second draft that shares the first ``at`` written tokens and goes its own way from there.

        What it writes is what a fresh run writes whose prompt is this prompt and the shared tokens: its seed begins
        anew, and its new tokens are counted from the fork.

        Args:
            at: written tokens that both share, 0 to all of them.
            taken: ids of the tokens that stand next, given and not drawn.
            settings: of the new draft; those of this one unless given.
            begun: written tokens before the run that is gone on with; then it goes on draw for draw, and its new tokens
                are counted from there.

        Raises:
            PlaygroundError: no such place, no such token, or an end before the last of them.
        """
        if not 0 <= at <= len(self.steps):
            raise PlaygroundError(f"A fork can be made after 0 to {len(self.steps)} written tokens, not {at}.")
        vocab_size = self._stepper.model.info.vocab_size
        if any(not 0 <= token_id < vocab_size for token_id in taken):
            raise PlaygroundError(f"Tokens must be numbers between 0 and {vocab_size - 1:,}.")
        if at and self.steps[at - 1].ended_by in ("end token", "context window"):
            raise PlaygroundError("The text ends with this token: fork before it.")
        chosen = settings or self.settings
        steps = [replace(step, ended_by=None) for step in self.steps[:at]]  # the fork goes on where this one stopped
        stepper = self._stepper.fork(self._start + at)
        if taken:
            _take(Writer(stepper, chosen, self._start), taken, steps)
        child = Draft.__new__(Draft)
        child._begin(stepper, chosen, self._start, steps, None if begun is None else self._start + begun)
        return child


def _take(writer: Writer, taken: Sequence[int], steps: list[Step]) -> None:
    for token_id in taken:
        if steps and steps[-1].ended_by is not None:
            raise PlaygroundError("The text ends before the last of these tokens: take fewer.")
        steps.append(writer.take(token_id))
