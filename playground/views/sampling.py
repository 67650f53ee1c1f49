"""The next-token distribution before and after the settings, and text as it is written."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ..analysis.prompting import Expectation
from ..analysis.sampling import SamplingSettings, Stage, Stages, entropy_bits, ranking
from ..trace import Token
from .view import Table, View, count, number, percent, quoted

if TYPE_CHECKING:
    from ..analysis.generation import Step

SHOWN = 14
IN_TABLE = 200


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
    others = len(final) - len(top)
    return View(
        picture={
            "kind": "bars",
            "groups": [
                {
                    "title": place,
                    "bars": [_bar(int(i), name, expected, stages) for i, name in zip(top, names, strict=False)],
                    "rest": {
                        "label": f"{others:,} other tokens",
                        "value": max(0.0, float(final.sum() - final[top].sum())),
                        "before": max(0.0, float(expected.probs.sum() - expected.probs[top].sum())),
                    },
                }
            ],
            "unit": "%",
            "max": 1.0 if float(max(final[top].max(), expected.probs.max())) > 0.5 else 0.5,
        },
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


def _bar(token_id: int, name: str, expected: Expectation, stages: Stages) -> dict[str, object]:
    why = _why_cut(stages.removed_by(token_id))
    return {
        "label": name,
        "value": float(stages.final[token_id]),
        "before": float(expected.probs[token_id]),
        "state": "kept" if why is None else "cut",
        "id": token_id,
        **({"note": why} if why else {}),
    }


def _why_cut(stage: Stage | None) -> str | None:
    if stage is None:
        return None
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
    ended = steps[-1].ended_by if steps else None
    return View(
        picture={
            "kind": "generation",
            "prompt": [{"text": t.text, "special": t.special} for t in prompt if not t.special],
            "steps": [
                {
                    "text": s.token.text,
                    "id": s.token.token_id,
                    "special": s.token.special,
                    "p": s.raw_probability,
                    "rank": s.rank,
                    "entropy_bits": s.entropy_bits,
                    "repeat": s.repeat,
                }
                for s in steps
            ],
            "alternatives": [[{"label": name, "value": p} for name, p in s.alternatives] for s in steps],
            "running": running,
            "ended_by": ended if ended else (None if running else "cancelled"),
        },
        reading=_story(steps, settings, running),
        table=Table(
            ("step", "id", "token", "probability drawn with", "model's own probability", "rank", "bits", "repeat"),
            tuple(
                (
                    n + 1,
                    s.token.token_id,
                    s.token.text,
                    s.probability,
                    s.raw_probability,
                    s.rank,
                    s.entropy_bits,
                    "yes" if s.repeat else "",
                )
                for n, s in enumerate(steps)
            ),
        ),
        python=code,
        notes=(
            "The tint and the number are the model's own probability of each token before the settings; underlined: "
            "the last four tokens stood in this order before.",
        ),
        name="generation",
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
