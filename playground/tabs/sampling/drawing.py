"""Drawing many times from the distribution that a view shows: the action, and what its result is."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace

from ...analysis.sampling import Stages
from ...analysis.sampling.draws import Draws, draw_ids, tally
from ...views.view import View
from ..contract import Action, Asked, Cancelled, Chosen

DRAWING = frozenset({"draws", "seed"})
DRAWN = frozenset({"drawn"})
"""What a view reads that shows draws."""
MOST = 2000
MILESTONES = (10, 20, 50, 100, 200, 500, 1000, 2000)
"""Numbers of draws that are shown on the way, so that one sees the counts settle."""
PAUSE_S = 0.12


def draws_of(asked: Asked, stages: Stages) -> Draws | None:
    """The draws that are to be shown; None for none."""
    if not asked.values["drawn"]:
        return None
    n, total, seed = map(int, asked.values["drawn"].split("."))
    # All are drawn, and the first of them counted: so each number of draws on the way holds those before it.
    return tally(stages.final, draw_ids(stages.final, total, seed)[:n])


def read_drawn(text: str) -> str:
    """``n.total.seed``: so many of so many draws with a seed are shown; empty for none."""
    if text:
        n, total, seed = (int(part) for part in text.split("."))
        if not (1 <= n <= total <= MOST and 0 <= seed <= 2**53):
            raise ValueError("how many draws, of how many, with which seed, such as 200.200.7")
    return text


def drawing(
    show: Callable[[Asked], View], reads: frozenset[str], check: Callable[[Asked], None] = lambda asked: None
) -> Action:
    """The action of a view whose ``show`` draws as often as ``drawn`` says; ``check`` raises where it cannot."""

    def draw(asked: Asked, cancelled: Cancelled) -> Iterator[View | Chosen]:
        check(asked)
        wanted, seed, drawn = asked.values["draws"], asked.values["seed"], ""
        for n in (*(m for m in MILESTONES if m < wanted), wanted):
            if cancelled():
                break
            drawn = f"{n}.{wanted}.{seed}"
            yield show(replace(asked, values={**asked.values, "drawn": drawn}))
            if n < wanted:
                time.sleep(PAUSE_S)
        yield Chosen({"drawn": drawn})

    return Action("draw", "Draw", draw, reads=reads | DRAWING)
