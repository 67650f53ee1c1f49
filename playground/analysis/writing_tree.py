"""A tree of texts by its tokens alone: what a link can hold, and what a model's figures are asked for by.

Node 0 is the prompt; every other node is one token, numbered in the order in which the runs and their tokens stand.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

from ..errors import PlaygroundError
from .sampling.settings import SamplingSettings

ENDINGS = {
    "": None, "e": "end token", "m": "max new tokens", "s": "stop string", "c": "context window", "t": "max time",
    "f": "all filled", "x": "stopped",
}  # fmt: skip
"""Letter in a link → why a run ended; None: it can go on."""
LETTERS = {why: letter for letter, why in ENDINGS.items()}
FINAL = ("end token", "context window", "all filled")
"""Nothing can be written behind these."""
BY_HAND, GREEDY = "hand", "greedy"
_DRAWN = re.compile(r"t[\d.e+-]{1,12}k\d{1,7}p[\d.e+-]{1,12}s\d{1,19}\+?")
MOST_NODES = 4000
_REST = "The tree of texts in this link cannot be read. Start anew with Write."


@dataclass(frozen=True)
class Run:
    """Tokens that were written in one go, or taken by hand."""

    parent: int
    """Node that it goes on from."""
    token_ids: tuple[int, ...]
    """At least one."""
    ended: str | None
    """One of ``ENDINGS``."""
    how: str
    """``BY_HAND``, ``GREEDY``, or the settings as ``how_drawn`` writes them."""


def how_drawn(settings: SamplingSettings) -> str:
    """What a run was written with, in a word for links: ``t0.8k50p0.9s7``; a plus stands for further settings."""
    if not settings.do_sample:
        return GREEDY
    plain = SamplingSettings(
        settings.max_new_tokens, True, settings.temperature, settings.top_k, settings.top_p, settings.seed
    )
    more = "" if plain == settings else "+"
    return f"t{settings.temperature:g}k{settings.top_k}p{settings.top_p:g}s{settings.seed}{more}"


def how_said(how: str) -> str:
    """``how_drawn`` in words."""
    if how in (BY_HAND, GREEDY):
        return "chosen by hand" if how == BY_HAND else "greedy"
    found = re.fullmatch(r"t(.+)k(\d+)p(.+)s(\d+)(\+?)", how)
    if found is None:
        return how
    temperature, k, p, seed, more = found.groups()
    return f"temperature {temperature}, top-k {k}, top-p {p}{', and more' if more else ''}, seed {seed}"


@dataclass(frozen=True)
class WritingTree:
    """Texts that go on from one prompt and share their beginnings."""

    runs: tuple[Run, ...] = ()
    tip: int = 0
    """The last node of the text that is shown; 0: the prompt."""
    at: int = 0
    """The node that is looked at, one of that text; 0: what comes behind its end."""

    def __post_init__(self) -> None:
        starts = self._starts()
        for run, start in zip(self.runs, starts, strict=True):
            if not run.token_ids or not 0 <= run.parent < start:
                raise PlaygroundError(_REST)
        if not 0 <= self.tip <= self.n_nodes or self.n_nodes > MOST_NODES:
            raise PlaygroundError(_REST)
        if self.at and self.at not in self.path(self.tip):
            raise PlaygroundError(_REST)

    def _starts(self) -> list[int]:
        """Number of the first node of each run."""
        return list(accumulate((len(run.token_ids) for run in self.runs), initial=1))[:-1]

    @property
    def n_nodes(self) -> int:
        """Tokens in all texts; the last node's number."""
        return sum(len(run.token_ids) for run in self.runs)

    def parents(self) -> list[int]:
        """For node 1, 2, …: the node that it goes on from."""
        found = []
        for run, start in zip(self.runs, self._starts(), strict=True):
            found += [run.parent, *range(start, start + len(run.token_ids) - 1)]
        return found

    def token_ids(self) -> list[int]:
        """For node 1, 2, …: its token."""
        return [token_id for run in self.runs for token_id in run.token_ids]

    def run_of(self, node: int) -> int:
        """Index of the run that holds a node."""
        return next(i for i, s in reversed(list(enumerate(self._starts()))) if s <= node)

    def path(self, node: int) -> list[int]:
        """The nodes from the prompt (left out) to a node."""
        parents, found = self.parents(), []
        while node:
            found.append(node)
            node = parents[node - 1]
        return found[::-1]

    def ids(self, node: int) -> tuple[int, ...]:
        """The tokens from the prompt to a node."""
        every = self.token_ids()
        return tuple(every[n - 1] for n in self.path(node))

    def leaves(self) -> list[int]:
        """Nodes that nothing goes on from, in their order: one for each text."""
        inner = set(self.parents())
        return [n for n in range(1, self.n_nodes + 1) if n not in inner]

    def ended(self, node: int) -> str | None:
        """Why the text that ends with a node ended; None where it can go on."""
        if not node:
            return None
        run = self.run_of(node)
        last = self._starts()[run] + len(self.runs[run].token_ids) - 1
        return self.runs[run].ended if node == last else None

    def begun(self, node: int, how: str) -> int:
        """Tokens before the run that goes on at ``node`` if it is written with ``how``.

        Tokens that are written one by one belong to one run as long as nothing else changes: then they are those of
        a single run of ``generate``, draw for draw, and the cap counts from its beginning.
        """
        length = len(self.path(node))
        while node:
            index = self.run_of(node)
            run = self.runs[index]
            n_here = node - self._starts()[index] + 1
            if run.how != how or n_here < len(run.token_ids) or run.ended not in (None, "stopped"):
                break
            length, node = length - n_here, run.parent
        return length

    def grown(self, token_ids: Sequence[int], ended: str | None, how: str) -> WritingTree:
        """With more tokens behind the tip, which moves to the last of them."""
        if not token_ids:
            return self
        last = self.runs[-1] if self.runs else None
        joins = last is not None and self.tip == self.n_nodes and last.how == how and last.ended in (None, "stopped")
        if last is not None and joins:
            run = replace(last, token_ids=(*last.token_ids, *token_ids), ended=ended)
            return WritingTree((*self.runs[:-1], run), self.n_nodes + len(token_ids))
        run = Run(self.tip, tuple(token_ids), ended, how)
        return WritingTree((*self.runs, run), self.n_nodes + len(token_ids))

    def text(self, mark: str) -> str:
        """As a link holds it; ``mark`` names the prompt that it belongs to. Its signs need no escaping."""
        runs = (f"{run.parent}-{'.'.join(map(str, run.token_ids))}-{LETTERS[run.ended]}-{run.how}" for run in self.runs)
        return "~".join((mark, f"{self.tip}.{self.at}", *runs)) if self.runs else ""


def read_tree(text: str, mark: str) -> WritingTree:
    """``WritingTree.text`` backwards; the empty tree for a text that belongs to another prompt.

    Raises:
        PlaygroundError: it is no tree.
    """
    found, *parts = text.split("~")
    if not text or found != mark:
        return WritingTree()
    try:
        tip, at = parts[0].split(".")
        return WritingTree(tuple(_run(part) for part in parts[1:]), int(tip), int(at))
    except (ValueError, KeyError, IndexError) as error:
        raise PlaygroundError(_REST) from error


def _run(text: str) -> Run:
    parent, ids, ended, how = text.split("-", 3)
    if how not in (BY_HAND, GREEDY) and not _DRAWN.fullmatch(how):
        raise ValueError(how)
    return Run(int(parent), tuple(int(i) for i in ids.split(".")), ENDINGS[ended], how)
