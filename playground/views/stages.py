"""The next-token distribution stage by stage, from a model's logits or from words typed by hand."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..analysis.sampling import SamplingSettings, entropy_bits, ranking
from ..analysis.sampling.draws import Draws
from ..analysis.sampling.figures import EXACT, CutCurve, StageFigures, TopPCut, stage_figures
from ..analysis.sampling.stages import Stages
from . import pictures
from .prompting import full_scale
from .tables import Table
from .view import View, count, number, percent, quoted

MOST_ROWS = 40
"""Tokens that have a row of their own."""
IN_TABLE = 200
CURVE_WORDS = 16
"""Ranks that are wide enough for a name."""


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
    curve: CutCurve,
    cut: TopPCut | None = None,
    boundary: str = "",
    draws: Draws | None = None,
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
        curve: the distribution that the cuts are made in.
        cut: top-p's two readings on the distribution that it is given; None where top-p does nothing.
        boundary: text of its boundary token.
        draws: many draws from the last stage.
        notes: where the distribution comes from.
        name: stem of the names of downloads.
    """
    ids = ranked(stages)
    by_id = dict(zip(ids.tolist(), names, strict=True))
    return View(
        picture=_picture(stages, ids, by_id, settings, place, curve, _top_p(cut, boundary), draws),
        reading=_reading(stages, ids, names, settings, cut) + _drawn_said(draws, ids, names, stages),
        table=_table(stages, ids, names, draws),
        python=python,
        notes=(
            *notes,
            "Order, as in Hugging Face's generate: each stage is renormalised, so that what is left sums to 1. "
            "Hatched: what this stage removed. The curve: the distribution that is cut, by rank, on a scale that grows "
            "tenfold from step to step; the line above it is its sum, in which top-p cuts.",
            f"Percentages are of all {count(len(stages.raw), 'token')}; the table names the first {len(ids)}.",
            *((_BANDS,) if draws is not None else ()),
        ),
        name=name,
    )


_BANDS = (
    "The pale band: counts between which 95 of 100 such experiments lie. χ² is the sum of (count − expected)² / "
    "expected over tokens that are expected at least 5 times, and one cell for all others."
)


def _table(stages: Stages, ids: np.ndarray, names: Sequence[str], draws: Draws | None) -> Table:
    columns = ("rank", "id", "token", *(stage.title for stage in stages), "drawn from")
    if draws is not None:
        columns = (*columns, "draws", "expected", "band from", "band to")

    def drawn(i: int) -> tuple[float, ...]:
        if draws is None:
            return ()
        return int(draws.counts[i]), float(draws.expected[i]), int(draws.low[i]), int(draws.high[i])

    return Table(
        columns,
        tuple(
            (n + 1, int(i), word, *(float(stage.probs[i]) for stage in stages), float(stages.final[i]), *drawn(int(i)))
            for n, (i, word) in enumerate(zip(ids, names, strict=True))
        ),
    )


def _picture(
    stages: Stages,
    ids: np.ndarray,
    by_id: dict[int, str],
    settings: SamplingSettings,
    place: str,
    curve: CutCurve,
    cut: pictures.TopP | None,
    draws: Draws | None,
) -> pictures.Stages:
    figures, rows = stage_figures(stages), ids[:MOST_ROWS]
    probs = np.stack([stage.probs[rows] for stage in stages]).astype(np.float32)
    removed = np.stack([stage.removed[rows] for stage in stages])
    return pictures.Stages(
        place=place,
        words=tuple(by_id[int(i)] for i in rows),
        columns=tuple(_column(f, stage.probs, rows) for f, stage in zip(figures, stages, strict=True)),
        probs=probs,
        removed_by=np.where(removed.any(0), removed.argmax(0), -1).astype(np.int32),
        n_rest=len(stages.raw) - len(rows),
        full=full_scale(float(probs.max())),
        ranks=curve.ranks,
        curve=curve.probs,
        cumulative=curve.cumulative,
        curve_kept=curve.kept.astype(np.uint8),
        curve_words=tuple(by_id.get(int(i), "") for i in curve.token_ids[:CURVE_WORDS]),
        top_k=settings.top_k,
        top_p=settings.top_p,
        cut=cut,
        draggable=settings.do_sample,
        drawn=_drawn(draws, rows),
    )


def _top_p(cut: TopPCut | None, boundary: str) -> pictures.TopP | None:
    if cut is None:
        return None
    within = float(cut.cumulative[cut.n_not_exceeding - 1]) if cut.n_not_exceeding else 0.0
    reached = float(cut.cumulative[cut.n_reaching - 1])
    return pictures.TopP(cut.n_reaching, min(1.0, reached), cut.n_not_exceeding, min(1.0, within), boundary)


def _drawn(draws: Draws | None, rows: np.ndarray) -> pictures.DrawnColumn | None:
    if draws is None:
        return None

    def with_rest(values: np.ndarray, rest: float) -> tuple[float, ...]:
        return (*values[rows].tolist(), rest)

    n = draws.n_draws
    return pictures.DrawnColumn(
        n_draws=n,
        counts=with_rest(draws.counts, int(n - draws.counts[rows].sum())),  # type: ignore[arg-type]
        expected=with_rest(draws.expected, max(0.0, float(n - draws.expected[rows].sum()))),
        low=with_rest(draws.low, 0),  # type: ignore[arg-type]
        high=with_rest(draws.high, n),  # type: ignore[arg-type]
        chi_square=draws.chi_square,
        p_value=draws.p_value,
        n_cells=draws.n_cells,
    )


def _drawn_said(draws: Draws | None, ids: np.ndarray, names: Sequence[str], stages: Stages) -> str:
    """What the draws gave, and whether chance explains it."""
    if draws is None:
        return ""
    best = int(stages.final[ids].argmax())
    i, n = int(ids[best]), draws.n_draws
    said = (
        f" Of {count(n, 'draw')}, {int(draws.counts[i])} gave {quoted(names[best])} (expected "
        f"{number(float(draws.expected[i]))}); greedy would have taken it {n} times."
    )
    if not draws.degrees_of_freedom:
        return said
    fits = "as chance would have it" if draws.p_value > 0.05 else "so far off in less than 1 of 20 such experiments"
    return f"{said} χ² = {number(draws.chi_square)} over {draws.n_cells} cells, p = {number(draws.p_value)}: {fits}."


def _column(figures: StageFigures, probs: np.ndarray, rows: np.ndarray) -> pictures.Column:
    return pictures.Column(
        title=figures.title,
        n_left=figures.n_left,
        n_removed=figures.n_removed,
        removed_mass=figures.removed_mass,
        entropy_bits=figures.entropy_bits,
        rest=float(np.delete(probs, rows).sum()),  # exactly nought where all of them are removed
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
    return f"settings = {settings!r}\nstages = {call}\nprint(stages.raw.max(), stages.final.max(), stages.kept.sum())\n"
