"""The next-token distribution before and after the settings, and text as it is written."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

import numpy as np

from ..analysis.prompting import Expectation
from ..analysis.sampling import SamplingSettings, Stage, Stages, entropy_bits, ranking
from ..trace import Token
from .pictures import Bar, BarGroup, Bars, Ending, Generation, Written
from .prompting import full_scale
from .tables import RecordsTable, Table
from .view import View, count, number, percent, quoted

if TYPE_CHECKING:
    from ..analysis.generation import Step

SHOWN = 14
IN_TABLE = 200
WRITTEN_COLUMNS = (
    ("step", "#"), ("id", "token_id"), ("token", "text"), ("probability drawn with", "p_drawn"),
    ("model's own probability", "p"), ("rank", "rank"), ("bits", "entropy_bits"), ("repeat", "repeat"),
)  # fmt: skip


def shown_ids(expected: Expectation) -> np.ndarray:
    """The tokens that picture and table name: the most probable ones before any setting."""
    return ranking(expected.probs, IN_TABLE)


def distribution_view(
    expected: Expectation,
    stages: Stages,
    settings: SamplingSettings,
    names: Sequence[str],
    *,
    place: str,
    code: str,
    pos: int,
) -> View:
    """Bars for the most probable tokens: the outline is the model's own distribution, the bar what is drawn from.

    Args:
        expected: the model's own distribution.
        stages: after each setting.
        settings: the settings.
        names: texts of ``shown_ids(expected)``.
        place: where the distribution stands, in words.
        code: lines that make ``trace``.
        pos: index of the logits' row in the trace.
    """
    ids, final = shown_ids(expected), stages.final
    top = ids[:SHOWN]
    rest = Bar(
        f"{len(final) - len(top):,} other tokens",
        max(0.0, float(final.sum() - final[top].sum())),
        max(0.0, float(expected.probs.sum() - expected.probs[top].sum())),
        state="rest",
    )
    bars = [_bar(int(i), name, expected, stages) for i, name in zip(top, names, strict=False)]
    return View(
        picture=Bars((BarGroup(place, (*bars, rest)),), full_scale(final[top].max(), expected.probs.max())),
        reading=_reading(expected, stages, settings, names, final),
        table=_stages_table(ids, names, stages),
        python=code + _code(settings, pos),
        notes=(
            "Order, as in Hugging Face's generate: logits → temperature → top-k → top-p → renormalised → the draw. "
            "Outline: before the settings. Bar: what is drawn from.",
            f"Percentages are of the whole vocabulary of {len(final):,}; the table names the first {len(ids)}.",
        ),
        name="next-token",
    )


def _stages_table(ids: np.ndarray, names: Sequence[str], stages: Stages) -> Table:
    return Table(
        ("rank", "id", "token", "model's own", *(stage.title for stage in stages[1:]), "drawn from"),
        tuple(
            (n + 1, int(i), name, *(float(stage.probs[i]) for stage in stages), float(stages.final[i]))
            for n, (i, name) in enumerate(zip(ids, names, strict=False))
        ),
    )


def _bar(token_id: int, name: str, expected: Expectation, stages: Stages) -> Bar:
    why = _why_cut(stages.removed_by(token_id))
    final, before = float(stages.final[token_id]), float(expected.probs[token_id])
    return Bar(name, final, before, state="cut" if why else "kept", token_id=token_id, note=why)


def _why_cut(stage: Stage | None) -> str:
    if stage is None:
        return ""
    return "greedy takes only the most probable token" if stage.name == "greedy" else f"cut by {stage.title}"


def _code(settings: SamplingSettings, pos: int) -> str:
    return (
        f"settings = {settings!r}\n"
        f"stages = next_token(trace.logits[{pos}], settings)\n"
        "print(stages.raw.max(), stages.final.max(), stages.kept.sum())\n"
    )


def _reading(
    expected: Expectation, stages: Stages, settings: SamplingSettings, names: Sequence[str], final: np.ndarray
) -> str:
    best = f"The model's first choice is {quoted(names[0])} with {percent(expected.probs.max())}"
    if not settings.do_sample:
        return f"{best}; sampling is off, so it is taken every time (greedy)."
    kept = int(stages.kept.sum())
    change = f"{best}; after the settings it is {percent(final[int(expected.probs.argmax())])}"
    if kept < len(final):
        change += f", {count(kept, 'token')} of {len(final):,} can still be drawn"
    before, after = expected.entropy_bits, float(entropy_bits(final))
    return f"{change}. Uncertainty: {number(before)} bits before, {number(after)} bits after."


def generation_view(
    prompt: tuple[Token, ...], steps: Sequence[Step], settings: SamplingSettings, code: str, *, running: bool
) -> View:
    """The text written so far, each token tinted by its probability."""
    picture = Generation(
        prompt=tuple(t.text for t in prompt if not t.special),
        steps=tuple(_written(step) for step in steps),
        running=running,
        ended_by=_ended(steps, running),
    )
    return View(
        picture=picture,
        reading=_story(steps, settings, running),
        table=RecordsTable(picture, "steps", WRITTEN_COLUMNS),
        python=code,
        notes=(
            "The tint and the number are the model's own probability of each token before the settings; underlined: "
            "the last four tokens stood in this order before.",
        ),
        name="generation",
    )


def _ended(steps: Sequence[Step], running: bool) -> Ending | None:
    if running or not steps:
        return None
    return cast(Ending, steps[-1].ended_by or "cancelled")


def _written(step: Step) -> Written:
    return Written(
        text=step.token.text,
        token_id=step.token.token_id,
        special=step.token.special,
        p=step.raw_probability,
        p_drawn=step.probability,
        rank=step.rank,
        entropy_bits=step.entropy_bits,
        repeat=step.repeat,
        alternatives=tuple(step.alternatives),
    )


def _story(steps: Sequence[Step], settings: SamplingSettings, running: bool) -> str:
    if not steps:
        return "Nothing is written yet."
    first = sum(s.rank == 1 for s in steps)
    how = "greedy" if not settings.do_sample else f"sampled with seed {settings.seed}"
    sentence = (
        f"{count(len(steps), 'token')}, {how}: {first} of them the model's first choice, "
        f"{sum(s.repeat for s in steps)} repeat four tokens seen before"
    )
    ended = steps[-1].ended_by
    if ended == "end token":
        sentence += "; the model ended by itself with its end token"
    elif ended == "max new tokens":
        sentence += f"; stopped by the cap of {settings.max_new_tokens} new tokens, not by the model"
    elif ended == "stop string":
        sentence += "; stopped because a stop string was written"
    elif ended == "max time":
        sentence += "; stopped by the model's own limit of time"
    elif ended == "context window":
        sentence += "; stopped because the context window is full"
    elif not running:
        sentence += "; stopped by hand"
    return sentence + "."
