"""Prompting: two prompts, one model, what each makes it expect."""

from __future__ import annotations

import gradio as gr

from .. import engine
from ..analysis.prompting import Expectation, expectation
from ..engine import Prompt
from ..errors import PlaygroundError
from ..views.prompting import comparison_view, union_ids
from ..views.view import View
from . import components
from .base import Built, Control, Look, Page, short

TASK = "The cake was wonderful. Sentiment:"
EXAMPLES = f"I loved this movie! Sentiment: Positive\nI don't like this chair. Sentiment: Negative\n{TASK}"
TITLES = ("Prompt A", "Prompt B")


def show_prompts(prompt: Prompt, look: Look, first: str, second: str) -> tuple[View]:
    """The next-token distributions of two prompts on the chosen model."""
    a, b = _expected(prompt.model, first, TITLES[0]), _expected(prompt.model, second, TITLES[1])
    ids = union_ids(a, b)
    return (
        comparison_view(
            a, b, ids, engine.names(prompt.model, ids), TITLES, _code(prompt.model, first, second, (a.pos, b.pos))
        ),
    )


def _expected(model: str, text: str, title: str) -> Expectation:
    if not text:
        raise PlaygroundError(f"{title} is empty. Type something, or put one of the examples back.")
    mask = engine.mask_token(model) if engine.load(model).kind == "encoder" else None
    if mask is not None and mask[0] not in text:
        raise PlaygroundError(
            f"{title}: this encoder-only model fills in masks. Put {mask[0]} where a word is missing."
        )
    try:
        return expectation(engine.trace(Prompt(model, text)), None if mask is None else mask[1])
    except PlaygroundError as error:
        raise PlaygroundError(f"{title}: {error}") from error


def _code(model: str, first: str, second: str, places: tuple[int, int]) -> str:
    return (
        "from playground import SamplingSettings, capture, load_model, next_token\n\n"
        f"model = load_model({model!r})\n"
        f"for prompt, pos in (({first!r}, {places[0]}),\n                    ({second!r}, {places[1]})):\n"
        "    probs = next_token(capture(model, prompt).logits[pos], SamplingSettings()).raw\n"
        "    print(model.tokenizer.decode([int(probs.argmax())]), probs.max())\n"
    )


def build(page: Page) -> Built:
    """Two boxes and the comparison under them."""
    with components.tab():
        with components.rail("prompting"):
            first = gr.Textbox(TASK, label="Prompt A: no example", lines=3, max_lines=8, elem_id="prompting-a")
            second = gr.Textbox(EXAMPLES, label="Prompt B: with examples", lines=6, max_lines=14, elem_id="prompting-b")
            gr.Markdown(
                "Two prompts of their own, apart from the text above, on the same model: does it help to show examples "
                "first (**few-shot**) instead of none (**zero-shot**)? Small models learn little from a prompt.",
                elem_classes=["pg-help"],
            )
        with components.stage():
            panel = components.panel("prompting-view", "Two prompts", min_height=420)
    return Built(
        panels=(panel,),
        controls=(Control("prompt_a", first, TASK, short), Control("prompt_b", second, EXAMPLES, short)),
        show=show_prompts,
    )
