"""A step of a walk as a picture and as a table."""

from __future__ import annotations

from ...analysis.walk import SOURCE, Onward, Step, Strip
from ..pictures import walk as drawn
from ..tables import Table
from ..view import power
from .ends import label
from .told import Told

SEEN_IN_ATTENTION = ("scores", "scale", "softmax", "mix")
"""Steps that the tab Attention shows for all tokens at once."""


def step_picture(step: Step, words: Told) -> drawn.WalkStep:
    """A step with its words."""
    cells, curves, ranking = step.cells, step.curves, step.ranking
    inside = step.name.removeprefix(SOURCE).partition("-")[2]
    return drawn.WalkStep(
        step.name, words.title, words.sentence, words.formula, words.numbers, check(step), step.exact,
        tuple(_strip(strip) for strip in step.incoming), tuple(_strip(strip) for strip in step.outgoing),
        None if cells is None else drawn.WalkCells(
            cells.rows, tuple(token.text for token in cells.tokens), cells.values, _shares(step)),
        None if curves is None else drawn.WalkCurves(curves.x, curves.names, curves.y, curves.own),
        None if ranking is None else drawn.WalkRanking(
            ranking.texts, ranking.logits, ranking.probs, ranking.ranks, ranking.curve, ranking.total),
        tuple(drawn.WalkChip(chip.text, chip.token_id, chip.role, chip.span) for chip in step.chips),
        None if step.onward is None else _onward(step.onward),
        "steps" if inside in SEEN_IN_ATTENTION else "",
    )  # fmt: skip


def _strip(strip: Strip) -> drawn.WalkStrip:
    return drawn.WalkStrip(strip.name, strip.role, strip.values, strip.groups, strip.chosen)


def _shares(step: Step) -> tuple[int, ...]:
    assert step.cells is not None
    rows = step.cells.rows
    return tuple(range(len(rows))) if step.onward is not None else tuple(n for n, r in enumerate(rows) if r == "weight")


def _onward(onward: Onward) -> drawn.WalkOnward:
    mask = onward.mask if onward.source else ""
    return drawn.WalkOnward(label(onward), onward.pos, onward.text, onward.target, onward.written, mask, onward.source)


def check(step: Step) -> str:
    """How exactly the step recomputes, or what is not known of it."""
    if step.difference is None:
        return step.note
    found = f"recomputed from what comes in: max |difference| {power(step.difference)}"
    return f"{found}. {step.note}" if step.note else found


def step_table(step: Step) -> Table:
    """Every number of the step."""
    if step.ranking is not None:
        rows = enumerate(zip(step.ranking.texts, step.ranking.token_ids, step.ranking.logits.tolist(),
                             step.ranking.probs.tolist(), strict=True))  # fmt: skip
        return Table(("rank", "token", "token id", "logit", "probability"), tuple((n + 1, *row) for n, row in rows))
    if step.cells is not None:
        names = [f"{i} {token.text}" for i, token in enumerate(step.cells.tokens)]
        columns = zip(names, *step.cells.values.tolist(), strict=True)
        return Table(("token", *step.cells.rows), tuple(columns))
    if step.chips:
        listed = tuple((n, chip.text, chip.token_id, chip.role) for n, chip in enumerate(step.chips))
        return Table(("position", "token", "token id", "what it is"), listed)
    strips = [*step.incoming, *step.outgoing]
    longest = max((len(strip.values) for strip in strips), default=0)
    lists = [[*strip.values.tolist(), *[""] * (longest - len(strip.values))] for strip in strips]
    return Table(("index", *(strip.name for strip in strips)), tuple(zip(range(longest), *lists, strict=True)))
