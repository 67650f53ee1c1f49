"""One bar for one token of a distribution that settings have reshaped."""

from __future__ import annotations

from ..analysis.sampling import Stage, Stages
from .pictures import Bar


def bar_of(token_id: int, name: str, stages: Stages, *, chosen: bool = False) -> Bar:
    """The bar is what the token is drawn with, the outline the model's own probability."""
    why = why_cut(stages.removed_by(token_id))
    state = "chosen" if chosen else "cut" if why else "kept"
    final, before = float(stages.final[token_id]), float(stages.raw[token_id])
    return Bar(name, final, before, state=state, token_id=token_id, note=why)  # type: ignore[arg-type]


def why_cut(stage: Stage | None) -> str:
    """Which stage ruled a token out, in words; empty if it can be drawn."""
    if stage is None:
        return ""
    return "greedy takes only the most probable token" if stage.name == "greedy" else f"cut by {stage.title}"
