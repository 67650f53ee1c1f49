"""The next-token distribution before and after the settings, at several places of a text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..analysis.prompting import Expectation
from ..analysis.sampling import SamplingSettings, Stages, entropy_bits, ranking
from .bars import bar_of
from .pictures import Bar, BarGroup, Bars
from .prompting import full_scale
from .tables import Table
from .view import View, count, number, percent, quoted

SHOWN = 14
MOST_GROUPS = 4
"""Masks whose answers are drawn side by side."""
IN_TABLE = 200


def shown_ids(expected: Expectation) -> np.ndarray:
    """The tokens that picture and table name: the most probable ones before any setting."""
    return ranking(expected.probs, IN_TABLE)


@dataclass(frozen=True, eq=False)
class Answer:
    """What a model says at one place of a text."""

    place: str
    """Where, in words."""
    pos: int
    """Index of the logits' row in the trace."""
    expected: Expectation
    """The model's own distribution."""
    stages: Stages
    """After each setting."""
    names: Sequence[str]
    """Texts of ``shown_ids(expected)``."""


def distribution_view(answers: Sequence[Answer], settings: SamplingSettings, code: str) -> View:
    """Bars for the most probable tokens: the outline is the model's own distribution, the bar what is drawn from.

    Args:
        answers: at least one; several where an encoder's text has several masks.
        settings: the settings.
        code: lines that make ``trace``.
    """
    drawn = answers[:MOST_GROUPS]
    largest = [float(max(a.stages.final.max(), a.expected.probs.max())) for a in drawn]
    n_tokens = len(answers[0].expected.probs)
    return View(
        picture=Bars(tuple(_group(answer, SHOWN // len(drawn)) for answer in drawn), full_scale(*largest)),
        reading=" ".join(_reading(answer, settings, several=len(answers) > 1) for answer in drawn),
        table=_stages_table(answers),
        python=code + _code(settings, [answer.pos for answer in answers]),
        notes=(
            "Order, as in Hugging Face's generate: logits → temperature → top-k → top-p → renormalised → the draw. "
            "Outline: before the settings. Bar: what is drawn from.",
            f"Percentages are of the whole vocabulary of {n_tokens:,}; the table names the first {IN_TABLE}.",
            *(("Each mask is answered while the others are still hidden.",) if len(answers) > 1 else ()),
            *(
                (f"The first {MOST_GROUPS} of {len(answers)} masks are drawn; the table has them all.",)
                if len(answers) > MOST_GROUPS
                else ()
            ),
        ),
        name="next-token",
    )


def _group(answer: Answer, count: int) -> BarGroup:
    expected, final = answer.expected, answer.stages.final
    top = shown_ids(expected)[:count]
    others, others_raw = (float(np.delete(probs, top).sum()) for probs in (final, expected.probs))
    rest = Bar(f"{len(final) - len(top):,} other tokens", others, others_raw, state="rest")
    bars = [bar_of(int(i), name, answer.stages) for i, name in zip(top, answer.names, strict=False)]
    return BarGroup(answer.place, (*bars, rest))


def _stages_table(answers: Sequence[Answer]) -> Table:
    several = len(answers) > 1
    stages = answers[0].stages
    columns = ("rank", "id", "token", "model's own", *(stage.title for stage in stages[1:]), "drawn from")
    rows = [
        ((answer.pos,) if several else ())
        + (n + 1, int(i), name, *(float(s.probs[i]) for s in answer.stages), float(answer.stages.final[i]))
        for answer in answers
        for n, (i, name) in enumerate(zip(shown_ids(answer.expected), answer.names, strict=False))
    ]
    return Table((("position", *columns) if several else columns), tuple(rows))


def _code(settings: SamplingSettings, places: Sequence[int]) -> str:
    each = f"for pos in {list(places)}:\n    " if len(places) > 1 else ""
    pos = "pos" if len(places) > 1 else places[0]
    indent = "    " if each else ""
    return (
        f"settings = {settings!r}\n"
        f"{each}stages = stages_at(model, trace, {pos}, settings)\n"
        f"{indent}print(stages.raw.max(), stages.final.max(), stages.kept.sum())\n"
    )


def _reading(answer: Answer, settings: SamplingSettings, *, several: bool) -> str:
    expected, stages, final = answer.expected, answer.stages, answer.stages.final
    best = f"The model's first choice is {quoted(answer.names[0])} with {percent(expected.probs.max())}"
    if several:
        share = percent(final[int(expected.probs.argmax())])
        first = f"{quoted(answer.names[0])} with {percent(expected.probs.max())}"
        return f"{answer.place}: {first}, {share} after the settings."
    if not settings.do_sample:
        return f"{best}; sampling is off, so it is taken every time (greedy)."
    kept = int(stages.kept.sum())
    change = f"{best}; after the settings it is {percent(final[int(expected.probs.argmax())])}"
    if kept < len(final):
        change += f", {count(kept, 'token')} of {len(final):,} can still be drawn"
    before, after = expected.entropy_bits, float(entropy_bits(final))
    return f"{change}. Uncertainty: {number(before)} bits before, {number(after)} bits after."
