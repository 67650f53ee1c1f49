"""The next-token distribution before and after the settings."""

from __future__ import annotations

from ... import engine
from ...analysis.prompting import Expectation, expectations
from ...analysis.sampling import next_token
from ...analysis.sampling.figures import top_p_of
from ...engine import Prompt
from ...errors import PlaygroundError
from ...trace import Trace
from ...views import code
from ...views.sampling import Answer, distribution_view, shown_ids
from ...views.stages import stages_code, stages_view
from ...views.view import View, listed, quoted
from ..contract import Asked, TabView
from .settings import RESHAPING, chosen_settings


def show(asked: Asked) -> View:
    """What is drawn from at the end of the text (an encoder's: at each of its masks)."""
    prompt, trace = asked.run, engine.trace(asked.run)
    chosen, mask = chosen_settings(asked), _mask_id(asked.run, trace)
    found = expectations(trace, mask)
    lines = code.captured(prompt.model, prompt.text, prompt.target, "SamplingSettings, next_token")
    if mask is not None:
        lines = lines + f"# masked tokens stand at {listed([str(expected.pos) for expected in found])}\n"
    answers = [
        Answer(
            place=_place(trace, expected, mask is not None, len(found) > 1),
            pos=-1 if expected.pos == len(trace) - 1 else expected.pos,
            expected=expected,
            stages=next_token(expected.logits, chosen),
            names=engine.names(prompt.model, shown_ids(expected).tolist()),
        )
        for expected in found
    ]
    if len(answers) > 1:
        return distribution_view(answers, chosen, lines)
    (answer,) = answers
    return stages_view(
        answer.stages,
        answer.names,
        chosen,
        place=answer.place,
        python=lines + stages_code(f"next_token(trace.logits[{answer.pos}], settings)", chosen),
        cut=top_p_of(answer.stages, chosen.top_p),
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


PIPELINE = TabView(
    "pipeline",
    "Next token",
    show,
    reads=RESHAPING,
    help="From left to right: the model's own distribution, and what each setting makes of it. **temperature**: below "
    "1 surer, above 1 bolder. **top_k**: only the k most probable stay. **top_p**: only the fewest that together reach "
    "p. The last column is what the next token is drawn from.",
)
