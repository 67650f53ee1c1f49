"""Two prompts side by side: what each makes the model expect."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..analysis.prompting import Expectation, divergence_bits
from ..analysis.sampling import ranking
from ..trace import Array
from .pictures import Bar, BarGroup, Bars
from .tables import Table
from .view import View, number, percent, quoted

SHOWN = 10


def full_scale(*largest: float) -> float:
    """Value of a full bar: everything, or half of it where no share is larger, so that small ones can be told apart."""
    return 1.0 if max(largest) > 0.5 else 0.5


def union_ids(first: Expectation, second: Expectation, count: int = SHOWN) -> list[int]:
    """The tokens that either prompt holds for the most probable, by the larger of their two probabilities."""
    both = np.maximum(first.probs, second.probs)
    wanted = {int(i) for e in (first, second) for i in ranking(e.probs, count)}
    return sorted(wanted, key=lambda i: (-both[i], i))


def comparison_view(
    first: Expectation,
    second: Expectation,
    ids: Sequence[int],
    names: Sequence[str],
    titles: tuple[str, str],
    code: str,
) -> View:
    """The next-token distributions of two prompts; the outline in each group is the other prompt's probability."""
    name_of = dict(zip(ids, names, strict=True))
    groups = tuple(
        _group(title, mine.probs, other.probs, name_of)
        for title, mine, other in ((titles[0], first, second), (titles[1], second, first))
    )
    return View(
        picture=Bars(groups, full_scale(first.probs.max(), second.probs.max())),
        reading=_reading(first, second, name_of, titles),
        table=Table(
            ("id", "token", titles[0], titles[1], "difference"),
            tuple(
                (i, name_of[i], float(first.probs[i]), float(second.probs[i]), float(second.probs[i] - first.probs[i]))
                for i in ids
            ),
        ),
        python=code,
        notes=(
            "softmax of the model's own logits at the end of each prompt (an encoder's: at its first mask); the "
            "outline is the same token after the other prompt.",
        ),
        name="two-prompts",
    )


def _group(title: str, mine: Array, other: Array, name_of: dict[int, str]) -> BarGroup:
    top = [int(i) for i in ranking(mine, SHOWN)]
    bars = [Bar(name_of[i], float(mine[i]), float(other[i]), token_id=i) for i in top]
    rest = Bar(f"{len(mine) - len(top):,} other tokens", float(1 - mine[top].sum()), state="rest")
    return BarGroup(title, (*bars, rest))


def _reading(first: Expectation, second: Expectation, name_of: dict[int, str], titles: tuple[str, str]) -> str:
    gain = second.probs - first.probs
    most = int(np.abs(gain).argmax())
    name = name_of.get(most, f"token {most}")
    apart = divergence_bits(first.probs, second.probs)
    if apart < 1e-6:
        return "Both prompts make the model expect the same."
    return (
        f"{quoted(name)} moves most: {percent(first.probs[most])} after {titles[0]}, "
        f"{percent(second.probs[most])} after {titles[1]}. The two expectations are {number(apart)} bits apart "
        f"(0 the same, 1 nothing in common); uncertainty {number(first.entropy_bits)} against "
        f"{number(second.entropy_bits)} bits."
    )
