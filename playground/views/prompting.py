"""Two prompts side by side: what each makes the model expect."""

from __future__ import annotations

from collections.abc import Sequence

from ..analysis.prompting import Comparison
from ..trace import Array
from .pictures import Bar, BarGroup, Bars
from .tables import Table
from .view import View, number, percent, quoted


def full_scale(*largest: float) -> float:
    """Value of a full bar: everything, or half of it where no share is larger, so that small ones can be told apart."""
    return 1.0 if max(largest) > 0.5 else 0.5


def comparison_view(compared: Comparison, names: Sequence[str], titles: tuple[str, str], code: str) -> View:
    """The next-token distributions of two prompts; the outline in each group is the other prompt's probability.

    Args:
        compared: the two.
        names: texts of ``compared.ids``.
        titles: what the prompts are called.
        code: lines that give both distributions.
    """
    first, second = compared.first.probs, compared.second.probs
    name_of = dict(zip(compared.ids, names, strict=True))
    groups = (
        _group(titles[0], first, second, compared.tops[0], name_of),
        _group(titles[1], second, first, compared.tops[1], name_of),
    )
    return View(
        picture=Bars(groups, full_scale(first.max(), second.max())),
        reading=_reading(compared, name_of[compared.moved_most], titles),
        table=Table(
            ("id", "token", titles[0], titles[1], "difference"),
            tuple((i, name_of[i], float(first[i]), float(second[i]), float(compared.gain[i])) for i in compared.ids),
        ),
        python=code,
        notes=(
            "softmax of the model's own logits at the end of each prompt (an encoder's: at its first mask); the "
            "outline is the same token after the other prompt.",
        ),
        name="two-prompts",
    )


def _group(title: str, mine: Array, other: Array, top: tuple[int, ...], name_of: dict[int, str]) -> BarGroup:
    bars = [Bar(name_of[i], float(mine[i]), float(other[i]), token_id=i) for i in top]
    rest = Bar(f"{len(mine) - len(top):,} other tokens", max(0.0, float(1 - mine[list(top)].sum())), state="rest")
    return BarGroup(title, (*bars, rest))


def _reading(compared: Comparison, name: str, titles: tuple[str, str]) -> str:
    first, second, most = compared.first, compared.second, compared.moved_most
    if compared.divergence_bits < 1e-6:
        return "Both prompts make the model expect the same."
    return (
        f"{quoted(name)} moves most: {percent(first.probs[most])} after {titles[0]}, "
        f"{percent(second.probs[most])} after {titles[1]}. The two expectations are "
        f"{number(compared.divergence_bits)} bits apart (0 the same, 1 nothing in common); uncertainty "
        f"{number(first.entropy_bits)} against {number(second.entropy_bits)} bits."
    )
