"""The next-token distribution before and after the settings."""

from __future__ import annotations

from ... import engine
from ...analysis.prompting import Expectation, expectations
from ...analysis.sampling import stages_at
from ...analysis.sampling.figures import cut_curve, top_p_of
from ...engine import Prompt
from ...errors import PlaygroundError
from ...trace import Trace
from ...views import code
from ...views.sampling import Answer, distribution_view, shown_ids
from ...views.stages import ranked, stages_code, stages_view
from ...views.view import View, listed, quoted
from ..contract import Asked, TabView
from .drawing import DRAWN, drawing, draws_of
from .settings import RESHAPING, chosen_settings


def show(asked: Asked) -> View:
    """What is drawn from at the end of the text (an encoder's: at each of its masks)."""
    prompt, trace = asked.run, engine.trace(asked.run)
    chosen, mask = chosen_settings(asked), _mask_id(asked.run, trace)
    found = expectations(trace, mask)
    lines = _captured(prompt)
    if mask is not None:
        lines = lines + f"# masked tokens stand at {listed([str(expected.pos) for expected in found])}\n"
    if len(found) > 1:
        return distribution_view([_answer(asked, trace, e, mask is not None) for e in found], chosen, lines)
    (expected,) = found
    stages = engine.analysed(stages_at, prompt, expected.pos, chosen)
    pos = -1 if expected.pos == len(trace) - 1 else expected.pos
    cut = top_p_of(stages, chosen.top_p)
    return stages_view(
        stages,
        engine.names(prompt.model, ranked(stages).tolist()),
        chosen,
        place=_place(trace, expected, mask is not None, several=False),
        python=lines + stages_code(f"stages_at(model, trace, {pos}, settings)", chosen),
        curve=cut_curve(stages),
        cut=cut,
        boundary=engine.names(prompt.model, [cut.boundary])[0] if cut is not None else "",
        draws=draws_of(asked, stages),
    )


def _captured(prompt: Prompt) -> str:
    lines = code.captured(prompt.model, prompt.text, prompt.target, "SamplingSettings")
    return lines.replace("\n\n", "\nfrom playground.analysis.sampling import stages_at\n\n", 1)


def _answer(asked: Asked, trace: Trace, expected: Expectation, masked: bool) -> Answer:
    """One of several masks."""
    model = asked.run.model
    return Answer(
        place=_place(trace, expected, masked, several=True),
        pos=-1 if expected.pos == len(trace) - 1 else expected.pos,
        expected=expected,
        stages=engine.analysed(stages_at, asked.run, expected.pos, chosen_settings(asked)),
        names=engine.names(model, shown_ids(expected).tolist()),
    )


def _place(trace: Trace, expected: Expectation, masked: bool, several: bool) -> str:
    token = quoted(trace.tokens[expected.pos].text)
    if trace.encoder is not None and expected.pos == 0:
        return f"The first token of the answer, after the start token {token}"
    if not masked:
        return f"After {token}"
    return f"In the place of {token} ({expected.pos})" if several else f"In the place of {token}"


def _mask_id(prompt: Prompt, trace: Trace) -> int | None:
    if engine.load(prompt.model).kind != "encoder":
        return None
    mask = engine.mask_token(prompt.model)
    if mask is None:
        raise PlaygroundError("This encoder-only model has no mask token, so there is nothing for it to fill in.")
    if all(t.token_id != mask[1] for t in trace.tokens):
        raise PlaygroundError(
            f"This encoder-only model fills in masks, and the text has none. Put {mask[0]} where a word is missing."
        )
    return mask[1]


def _one_place(asked: Asked) -> None:
    """Draws are made at one place."""
    if len(expectations(engine.trace(asked.run), _mask_id(asked.run, engine.trace(asked.run)))) > 1:
        raise PlaygroundError("Draws are shown for one mask at a time. Leave one mask in the text, then press Draw.")


READS = RESHAPING | DRAWN

PIPELINE = TabView(
    "pipeline",
    "Pipeline",
    show,
    reads=READS,
    actions=(drawing(show, READS, _one_place),),
    help="Above: the distribution that is cut (of a text with several masks, the bars of each). Drag the lines of "
    "**top-k** and **top-p**. Below, from left to right: the model's own distribution and what each setting makes of "
    "it. **temperature**: below 1 surer, above 1 bolder. **top_k**: only the k most probable stay. **top_p**: only the "
    "fewest that together reach p. The last column is what the next token is drawn from: press **Draw** to draw from "
    "it many times.",
)
