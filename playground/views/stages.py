"""The next-token distribution stage by stage, from a model's logits or from words typed by hand."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..analysis.sampling import SamplingSettings, entropy_bits, ranking
from ..analysis.sampling.figures import EXACT, StageFigures, TopPCut, stage_figures
from ..analysis.sampling.stages import Stages
from . import pictures
from .prompting import full_scale
from .tables import Table
from .view import View, count, number, percent, quoted

MOST_ROWS = 40
"""Tokens that have a row of their own."""
IN_TABLE = 200


def ranked(stages: Stages) -> np.ndarray:
    """Ids of the tokens that picture and table name, most probable first before any setting."""
    return ranking(stages.raw, IN_TABLE)


def stages_view(
    stages: Stages,
    names: Sequence[str],
    settings: SamplingSettings,
    *,
    place: str,
    python: str,
    cut: TopPCut | None = None,
    notes: tuple[str, ...] = (),
    name: str = "next-token",
) -> View:
    """Every stage from the raw distribution to the one that is drawn from.

    Args:
        stages: the distribution after each step.
        names: texts of ``ranked(stages)``.
        settings: what the stages were made with.
        place: where the distribution stands, in words.
        python: lines that give the numbers again.
        cut: top-p's two readings on the distribution that it is given; None where top-p does nothing.
        notes: where the distribution comes from.
        name: stem of the names of downloads.
    """
    ids = ranked(stages)
    return View(
        picture=_picture(stages, ids, names, place),
        reading=_reading(stages, ids, names, settings, cut),
        table=Table(
            ("rank", "id", "token", *(stage.title for stage in stages), "drawn from"),
            tuple(
                (n + 1, int(i), word, *(float(stage.probs[i]) for stage in stages), float(stages.final[i]))
                for n, (i, word) in enumerate(zip(ids, names, strict=True))
            ),
        ),
        python=python,
        notes=(
            *notes,
            "Order, as in Hugging Face's generate: each stage is renormalised, so that what is left sums to 1. "
            "Hatched: removed by this stage.",
            f"Percentages are of all {count(len(stages.raw), 'token')}; the table names the first {len(ids)}.",
        ),
        name=name,
    )


def _picture(stages: Stages, ids: np.ndarray, names: Sequence[str], place: str) -> pictures.Stages:
    figures, rows = stage_figures(stages), ids[:MOST_ROWS]
    probs = np.stack([stage.probs[rows] for stage in stages]).astype(np.float32)
    removed = np.stack([stage.removed[rows] for stage in stages])
    return pictures.Stages(
        place=place,
        words=tuple(names[: len(rows)]),
        columns=tuple(_column(f, stage.probs, rows) for f, stage in zip(figures, stages, strict=True)),
        probs=probs,
        removed_by=np.where(removed.any(0), removed.argmax(0), -1).astype(np.int32),
        n_rest=len(stages.raw) - len(rows),
        full=full_scale(float(probs.max())),
    )


def _column(figures: StageFigures, probs: np.ndarray, rows: np.ndarray) -> pictures.Column:
    return pictures.Column(
        title=figures.title,
        n_left=figures.n_left,
        n_removed=figures.n_removed,
        removed_mass=figures.removed_mass,
        entropy_bits=figures.entropy_bits,
        rest=max(0.0, float(probs.sum() - probs[rows].sum())),
    )


def _reading(
    stages: Stages, ids: np.ndarray, names: Sequence[str], settings: SamplingSettings, cut: TopPCut | None
) -> str:
    best, final = int(ids[0]), stages.final
    said = f"The first choice is {quoted(names[0])} with {percent(stages.raw[best])}"
    if not settings.do_sample:
        return f"{said}; sampling is off, so the most probable token is taken every time (greedy)."
    left = int((final > 0).sum())
    said += f"; after the settings it is {percent(final[best])}"
    if left < len(final):
        said += f", and {count(left, 'token')} of {len(final):,} can still be drawn"
    said += f". Uncertainty: {number(float(entropy_bits(stages.raw)))} bits before, "
    said += f"{number(float(entropy_bits(final)))} bits after."
    return said + _boundary(cut, ids, names)


def _boundary(cut: TopPCut | None, ids: np.ndarray, names: Sequence[str]) -> str:
    """Which token top-p's two wordings disagree about: the rule that runs keeps it."""
    if cut is None or not cut.differ or cut.boundary not in ids:
        return ""
    word = names[int(np.flatnonzero(ids == cut.boundary)[0])]
    reached = float(cut.cumulative[cut.n_reaching - 1])
    if reached > 1 - EXACT and cut.n_reaching == len(cut.order):
        return ""
    otherwise = "it would be left out" if cut.n_not_exceeding else "nothing at all would be left"
    return (
        f" {quoted(word)} is top-p's boundary: with it the sum reaches {percent(reached)}, so the rule that runs (the "
        f"fewest that reach p) keeps it; read as “not more than p”, {otherwise}."
    )


def stages_code(call: str, settings: SamplingSettings) -> str:
    """Lines that compute the stages by ``call`` and print what became of the most probable token."""
    return (
        f"settings = {settings!r}\n"
        f"stages = {call}\n"
        "print(stages.raw.max(), stages.final.max(), stages.kept.sum())\n"
    )
