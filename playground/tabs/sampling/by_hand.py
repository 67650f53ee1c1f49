"""Words and weights typed by hand, through the same stages as a model's."""

from __future__ import annotations

from ...analysis.sampling import next_token
from ...analysis.sampling.by_hand import parse
from ...analysis.sampling.figures import cut_curve, top_p_of
from ...views.stages import ranked, stages_code, stages_view
from ...views.view import View
from ..contract import Asked, TabView
from ..controls import words
from .drawing import DRAWN, drawing, draws_of
from .settings import CUTS, chosen_settings

FRUITS = "apple 0.5\nbanana 0.3\ncherry 0.1\ndate 0.05\nelderberry 0.05"


def show(asked: Asked) -> View:
    """The typed distribution, stage by stage."""
    typed, chosen = parse(asked.values["words"]), chosen_settings(asked)
    stages = next_token(typed.logits, chosen)
    lines = (
        "from playground import SamplingSettings, next_token\n"
        "from playground.analysis.sampling.by_hand import parse\n\n"
        f"typed = parse({asked.values['words']!r})\n"
    )
    cut = top_p_of(stages, chosen.top_p)
    return stages_view(
        stages,
        [typed.words[i] for i in ranked(stages)],
        chosen,
        place="Typed by hand",
        python=lines + stages_code("next_token(typed.logits, settings)", chosen),
        curve=cut_curve(stages),
        cut=cut,
        boundary=typed.words[cut.boundary] if cut is not None else "",
        draws=draws_of(asked, stages),
        notes=typed.notes,
        name="by-hand",
    )


READS = CUTS | DRAWN | {"words"}

BY_HAND = TabView(
    "by-hand",
    "By hand",
    show,
    controls=(words("words", "A word and its weight on each line", FRUITS, lines=7),),
    reads=READS,
    reads_text=False,
    needs_prompt=False,
    actions=(drawing(show, READS),),
    help="No model here: type words with their weights and see what the settings make of them. Weights that do not sum "
    "to 1 are divided by their sum; “…” stands for all other words. **Draw** draws from the last column.",
)
