"""All texts that were written from one prompt: a tree whose branches share what the model has read."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from ...models import LoadedModel
from ...trace import Change
from ..sampling import SamplingSettings, Stages
from .draft import Draft
from .step import Step, WrittenToken

Item = TypeVar("Item")
MOST_DRAFTS = 64
MOST_BYTES = 64_000_000
"""Of keys and values that all drafts of one prompt keep together."""
MOST_TOKENS = 50_000
"""Written tokens whose figures are remembered."""


class Continuation(Iterator[Item]):
    """What is made of a draft one by one: tokens that are written, or a look at what comes next.

    Args:
        begin: gives the draft; asked once, with the first step or at ``prepare``.
        steps: what is made of it.
    """

    def __init__(self, begin: Callable[[], Draft], steps: Callable[[Draft], Iterator[Item]]) -> None:
        self._begin, self._make = begin, steps
        self._draft: Draft | None = None
        self._steps: Iterator[Item] | None = None

    def prepare(self) -> Draft:
        """The draft; made now where it is not there yet."""
        if self._draft is None:
            self._draft = self._begin()
        return self._draft

    def __next__(self) -> Item:
        if self._steps is None:
            self._steps = self._make(self.prepare())
        return next(self._steps)


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
        self._figures: dict[tuple[int, ...], WrittenToken] = {}
        """Ids from the first written token to one → what is known of it."""
        self._lock = threading.Lock()

    def draft(self, written: Sequence[int], settings: SamplingSettings, begun: int | None = None) -> Draft:
        """A draft whose first tokens are ``written``, and which goes on as a fresh run with that prefix would.

        With ``begun`` it goes on with the run that began after so many of them, draw for draw.

        Raises:
            PlaygroundError: as ``Draft`` and ``Draft.fork``.
        """
        with self._lock:
            drafts = list(self._drafts)
        shared = [_common(draft, written) for draft in drafts]
        # Of two that share as much, the one that the model has read (a draft is empty before its first token), and
        # of those the one that ends there: it still has the logits of the next place.
        best = max(
            range(len(drafts)),
            key=lambda i: (shared[i], drafts[i].reusable(shared[i]), len(drafts[i].steps) == shared[i]),
            default=None,
        )
        if best is None:
            parent, at = Draft(self._model, self._text, settings, changes=self._changes), 0
        else:
            parent, at = drafts[best], shared[best]
        child = parent.fork(at, list(written)[at:], settings, begun)
        with self._lock:
            # The parent counts as used too, so that the trunk outlives its twigs.
            others = [draft for draft in self._drafts if draft is not parent]
            self._drafts = _within_bytes([*others[-(self._most - 2) :], parent, child])
        return child

    def write(
        self,
        written: Sequence[int],
        settings: SamplingSettings,
        begun: int | None = None,
    ) -> Continuation[Step]:
        """Goes on behind ``written`` until the text ends; of what it gives only figures are kept."""
        return Continuation(lambda: self.draft(written, settings, begun), lambda draft: self._write(draft, written))

    def _write(self, draft: Draft, written: Sequence[int]) -> Iterator[Step]:
        self._remember(draft.steps)
        path = list(written)
        for step in draft.write():
            path.append(step.token.token_id)
            self._figures[tuple(path)] = step.kept
            yield step
            draft.forget_logits()

    def known(self, written: Sequence[int]) -> tuple[WrittenToken, ...] | None:
        """What is known of each of the tokens ``written``; None where nobody has written one of them yet."""
        found = [self._figures.get(tuple(written[: n + 1])) for n in range(len(written))]
        return None if None in found else tuple(token for token in found if token is not None)

    def tokens(self, written: Sequence[int]) -> tuple[WrittenToken, ...]:
        """The same; the model is run over those that nobody has written yet."""
        found = self.known(written)
        if found is None:
            draft = self.draft(written, SamplingSettings(do_sample=False))
            self._remember(draft.steps)
            draft.forget_logits()
            found = tuple(step.kept for step in draft.steps)
        return found

    def ahead(self, written: Sequence[int], settings: SamplingSettings, begun: int | None = None) -> Stages:
        """Every stage of the distribution of the token behind ``written``."""
        return next(self.looking(written, settings, begun))

    def looking(
        self, written: Sequence[int], settings: SamplingSettings, begun: int | None = None
    ) -> Continuation[Stages]:
        """``ahead`` as the only step of a continuation, which can be run in one pass with others."""
        return Continuation(lambda: self.draft(written, settings, begun), self._look)

    def _look(self, draft: Draft) -> Iterator[Stages]:
        found = draft.ahead()
        self._remember(draft.steps)
        draft.forget_logits()
        yield found

    @property
    def n_bytes(self) -> int:
        """Of the keys and values that its drafts keep; what several of them share counts once."""
        with self._lock:
            return sum({address: size for draft in self._drafts for address, size in draft.cache_parts()}.values())

    def _remember(self, steps: Sequence[Step]) -> None:
        if len(self._figures) > MOST_TOKENS:
            self._figures.clear()
        path: tuple[int, ...] = ()
        for step in steps:
            path = (*path, step.token.token_id)
            if path not in self._figures:
                self._figures[path] = step.kept


def _within_bytes(drafts: list[Draft]) -> list[Draft]:
    """The last drafts whose keys and values fit together; the last two stay in any case."""
    seen: set[int] = set()
    total, kept_from = 0, len(drafts)
    for index in range(len(drafts) - 1, -1, -1):
        for address, size in drafts[index].cache_parts():
            if address not in seen:
                seen.add(address)
                total += size
        if total > MOST_BYTES and len(drafts) - index > 2:
            break
        kept_from = index
    return drafts[kept_from:]


def _common(draft: Draft, written: Sequence[int]) -> int:
    """Tokens at the beginning of ``written`` that a draft has, as far as a text can go on behind them."""
    count = 0
    for step, token_id in zip(list(draft.steps), written, strict=False):
        if step.token.token_id != token_id or step.ended_by in ("end token", "context window"):
            break
        count += 1
    return count
