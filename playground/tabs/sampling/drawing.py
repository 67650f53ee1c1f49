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
DRAWN = frozenset({"drawn", "seed"})
"""What a view reads that shows draws."""
MILESTONES = (10, 20, 50, 100, 200, 500, 1000, 2000)
"""Numbers of draws that are shown on the way, so that one sees the counts settle."""
PAUSE_S = 0.12


def draws_of(asked: Asked, stages: Stages) -> Draws | None:
    """The draws that are to be shown; None for none."""
    n = asked.values["drawn"]
    return tally(stages.final, draw_ids(stages.final, n, asked.values["seed"])) if n else None


def drawing(
    show: Callable[[Asked], View], reads: frozenset[str], check: Callable[[Asked], None] = lambda asked: None
) -> Action:
    """The action of a view whose ``show`` draws as often as ``drawn`` says; ``check`` raises where it cannot."""

    def draw(asked: Asked, cancelled: Cancelled) -> Iterator[View | Chosen]:
        check(asked)
        wanted, done = asked.values["draws"], 0
        for n in (*(m for m in MILESTONES if m < wanted), wanted):
            if cancelled():
                break
            yield show(replace(asked, values={**asked.values, "drawn": n}))
            done = n
            if n < wanted:
                time.sleep(PAUSE_S)
        yield Chosen({"drawn": done})

    return Action("draw", "Draw", draw, reads=reads | DRAWING)
