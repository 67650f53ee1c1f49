"""Two prompts side by side: what each makes the model expect."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..analysis.prompting import Expectation, divergence_bits
from ..analysis.sampling import ranking
from .view import Table, View, number, percent, quoted

SHOWN = 10


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
    groups = []
    for title, mine, other in ((titles[0], first, second), (titles[1], second, first)):
        top = [int(i) for i in ranking(mine.probs, SHOWN)]
        groups.append(
            {
                "title": title,
                "bars": [
                    {
                        "label": name_of[i],
                        "value": float(mine.probs[i]),
                        "before": float(other.probs[i]),
                        "id": i,
                        "state": "kept",
                    }
                    for i in top
                ],
                "rest": {
                    "label": f"{len(mine.probs) - len(top):,} other tokens",
                    "value": float(1 - mine.probs[top].sum()),
                },
            }
        )
    return View(
        picture={
            "kind": "bars",
            "groups": groups,
            "unit": "%",
            "max": 1.0 if max(float(first.probs.max()), float(second.probs.max())) > 0.5 else 0.5,
        },
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
