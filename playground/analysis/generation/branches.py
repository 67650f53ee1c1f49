"""All texts that were written from one prompt: a tree whose branches share what the model has read."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from ...models import LoadedModel
from ...trace import Change
from ..sampling import SamplingSettings
from .draft import Draft

MOST_DRAFTS = 64


class Branches:
    """Gives a draft for any beginning, from the one that has most of it already. Safe for threads.

    Who asks names the tokens that are written so far, which is a plain value: it can stand in a link, and nothing is
    lost when a draft is forgotten; the model is then run over those tokens again.

    Args:
        model: a decoder or an encoder–decoder.
        text: the prompt (an encoder–decoder's source); token ids are taken as they are.
        changes: made in every forward pass.
        most_drafts: drafts that are kept, the least recently used forgotten first.
    """

    def __init__(
        self,
        model: LoadedModel,
        text: str | Sequence[int],
        *,
        changes: Sequence[Change] = (),
        most_drafts: int = MOST_DRAFTS,
    ) -> None:
        self._model, self._text, self._changes, self._most = model, text, tuple(changes), most_drafts
        self._drafts: list[Draft] = []
        self._lock = threading.Lock()

    def draft(self, written: Sequence[int], settings: SamplingSettings) -> Draft:
        """A draft whose first tokens are ``written``, and which goes on as a fresh run with that prefix would.

        Raises:
            PlaygroundError: as ``Draft`` and ``Draft.fork``.
        """
        with self._lock:
            drafts = list(self._drafts)
        shared = [_common(draft, written) for draft in drafts]
        # Of two that share as much, the one that the model has read: a draft is empty before its first token.
        best = max(range(len(drafts)), key=lambda i: (shared[i], drafts[i].n_cached), default=None)
        if best is None:
            parent, at = Draft(self._model, self._text, settings, changes=self._changes), 0
        else:
            parent, at = drafts[best], shared[best]
        child = parent.fork(at, list(written)[at:], settings)
        with self._lock:
            # The parent counts as used too, so that the trunk outlives its twigs.
            others = [draft for draft in self._drafts if draft is not parent]
            self._drafts = [*others[-(self._most - 2) :], parent, child]
        return child


def _common(draft: Draft, written: Sequence[int]) -> int:
    """Tokens at the beginning of ``written`` that a draft has, as far as a text can go on behind them."""
    count = 0
    for step, token_id in zip(list(draft.steps), written, strict=False):
        if step.token.token_id != token_id or step.ended_by in ("end token", "context window"):
            break
        count += 1
    return count
