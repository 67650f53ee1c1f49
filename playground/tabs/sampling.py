"""Sampling: the next-token distribution under the generation settings, and text written with them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import gradio as gr

from .. import engine
from ..analysis.prompting import expectation
from ..analysis.sampling import SamplingSettings, next_token
from ..engine import Prompt
from ..errors import PlaygroundError
from ..settings import settings
from ..trace import Trace
from ..views import code
from ..views.sampling import distribution_view, generation_view, shown_ids
from ..views.view import Payload, View, message, quoted
from . import components
from .base import PRIVATE, Built, Control, Look, Page, flag, real, sentence, whole

if TYPE_CHECKING:
    from ..analysis.generation import Step

EVERY_S = 0.08
"""Seconds between two updates of the page while text is written: each carries the whole text so far."""
NOTHING_WRITTEN = "Press Write to let the model go on from the text, one token at a time, with these settings."
DEFAULTS = SamplingSettings(max_new_tokens=40, do_sample=True, temperature=0.8, top_k=50, top_p=0.9, seed=7)


def show_distribution(
    prompt: Prompt, look: Look, do_sample: bool, temperature: float, top_k: float, top_p: float, new: float, seed: float
) -> tuple[View]:
    """What is drawn from at the end of the text (an encoder's: at its mask)."""
    trace = engine.trace(prompt)
    chosen = _settings(do_sample, temperature, top_k, top_p, new, seed)
    mask = _mask_id(prompt, trace)
    expected = expectation(trace, mask)
    stages = next_token(expected.logits, chosen)
    names = engine.names(prompt.model, shown_ids(expected).tolist())
    token = quoted(trace.tokens[expected.pos].text)
    lines = code.captured(prompt.model, prompt.text, prompt.target, "SamplingSettings, next_token")
    if mask is not None:
        lines = lines + f"# the masked token stands at position {expected.pos}\n"
    view = distribution_view(
        expected,
        stages,
        chosen,
        names,
        place=f"In the place of {token}" if mask is not None else f"After {token}",
        code=lines,
        pos=-1 if expected.pos == len(trace) - 1 else expected.pos,
    )
    return (view,)


def _mask_id(prompt: Prompt, trace: Trace) -> int | None:
    if engine.load(prompt.model).kind != "encoder":
        return None
    mask = engine.mask_token(prompt.model)
    if mask is None:
        raise PlaygroundError("This encoder-only model has no mask token, so there is nothing for it to fill in.")
    if all(t.token_id != mask[1] for t in trace.tokens):
        raise PlaygroundError(
            f"This encoder-only model fills in masks, and the text has none. Put {mask[0]} where a word is missing, "
            "then press Run."
        )
    return mask[1]


def _settings(
    do_sample: bool, temperature: float, top_k: float, top_p: float, new: float, seed: float
) -> SamplingSettings:
    try:
        whole_numbers = int(top_k), int(new), int(seed)
    except (TypeError, ValueError) as error:
        raise PlaygroundError("Fill in every setting with a number.") from error
    k, cap, start = whole_numbers
    return SamplingSettings(
        max_new_tokens=cap, do_sample=do_sample, temperature=temperature, top_k=k, top_p=top_p, seed=start
    )


def write(
    prompt: Prompt | None, do_sample: bool, temperature: float, top_k: float, top_p: float, new: float, seed: float
) -> Iterator[Payload]:
    """Streams the continuation as payloads for the lower panel."""
    if prompt is None:
        yield message("Run a text first.", "empty")
        return
    try:
        chosen = _settings(do_sample, temperature, top_k, top_p, new, seed)
        yield from _written(prompt, chosen)
    except Exception as error:
        yield message(sentence(error, f"writing on from {prompt!r}"), "error")


def _written(prompt: Prompt, chosen: SamplingSettings) -> Iterator[Payload]:
    trace = engine.trace(prompt)
    tokens = trace.tokens if trace.encoder is None else ()
    lines = (
        "from playground import SamplingSettings, generate, load_model\n\n"
        f"model = load_model({prompt.model!r})\n"
        f"for step in generate(model, {prompt.text!r}, {chosen!r}):\n"
        "    print(step.token.text, step.raw_probability, step.ended_by)\n"
    )
    steps: list[Step] = []
    yield generation_view(tokens, steps, chosen, lines, running=True).payload()
    shown = time.monotonic()
    for step in engine.generate(prompt, chosen):
        steps.append(step)
        if step.ended_by is None and time.monotonic() - shown > EVERY_S:
            shown = time.monotonic()
            yield generation_view(tokens, steps, chosen, lines, running=True).payload()
    yield generation_view(tokens, steps, chosen, lines, running=False).payload()


def stopped(payload: Payload | None) -> Any:
    """The text as it stands when the reader stops it."""
    if not payload or payload.get("picture", {}).get("ended_by") or "picture" not in payload:
        return gr.skip()
    picture = {**payload["picture"], "running": False, "ended_by": "cancelled"}
    return {**payload, "picture": picture, "reading": f"Stopped by hand after {len(picture['steps'])} tokens."}


def greedy_ignores(do_sample: bool) -> list[Any]:
    """Greedy takes the first choice whatever temperature, top-k and top-p say: then they rest."""
    return [gr.update(interactive=do_sample)] * 3


def _controls(cap: int) -> tuple[Control, ...]:
    """The settings as widgets, in the order in which `_settings` takes them; `cap` bounds the new tokens."""
    new_tokens = min(DEFAULTS.max_new_tokens, cap)
    do_sample = gr.Checkbox(DEFAULTS.do_sample, label="do_sample: draw at random", elem_id="sampling-do-sample")
    temperature = gr.Slider(
        0.1, 2.0, DEFAULTS.temperature, step=0.05, label="temperature", elem_id="sampling-temperature"
    )
    top_k = gr.Slider(0, 200, DEFAULTS.top_k, step=1, label="top_k (0 keeps all)", elem_id="sampling-top-k")
    top_p = gr.Slider(0.05, 1.0, DEFAULTS.top_p, step=0.01, label="top_p (1 keeps all)", elem_id="sampling-top-p")
    new = gr.Slider(1, cap, new_tokens, step=1, label="max new tokens", elem_id="sampling-max-new-tokens")
    seed = gr.Number(DEFAULTS.seed, label="seed", precision=0, minimum=0, elem_id="sampling-seed")
    return (
        Control("do_sample", do_sample, DEFAULTS.do_sample, flag),
        Control("temperature", temperature, DEFAULTS.temperature, real(0.1, 2.0)),
        Control("top_k", top_k, DEFAULTS.top_k, whole(0, 200)),
        Control("top_p", top_p, DEFAULTS.top_p, real(0.05, 1.0)),
        Control("max_new_tokens", new, new_tokens, whole(1, cap)),
        Control("seed", seed, DEFAULTS.seed, whole(0, 2**53)),
    )


def _help() -> None:
    gr.Markdown(
        "The outline is the model's own guess for the next token, the bar what it is drawn from. "
        "**temperature**: below 1 surer, above 1 bolder. **top_k**: only the k most probable stay. "
        "**top_p**: only the fewest that together reach p.",
        elem_classes=["pg-help"],
    )
    gr.Markdown(
        "**seed**: the same seed draws the same tokens. **Write** goes on from the text.",
        elem_classes=["pg-help"],
        elem_id="sampling-write-help",
    )


def build(page: Page) -> Built:
    """The settings, the distribution above, the text below."""
    limits = settings()
    with components.tab():
        with components.rail("sampling"):
            controls = _controls(limits.max_new_tokens)
            with gr.Row(elem_classes=["pg-buttons"], elem_id="sampling-buttons"):
                go = gr.Button("Write", variant="primary", elem_id="sampling-write")
                stop = gr.Button("Stop", elem_id="sampling-stop")
            _help()
        with components.stage():
            panel = components.panel("sampling-view", "Next token", min_height=420)
            text = components.panel("sampling-text", "Generated text", min_height=150, value=message(NOTHING_WRITTEN))
    values = [control.component for control in controls]
    do_sample, *reshaping = values[:4]
    do_sample.change(greedy_ignores, do_sample, reshaping, queue=False, **PRIVATE)  # type: ignore[attr-defined]
    writing = go.click(
        write, [page.prompt, *values], text, concurrency_limit=limits.workers, trigger_mode="once", **PRIVATE
    )
    halted = stop.click(None, None, None, cancels=[writing], **PRIVATE)
    halted.then(stopped, text, text, **PRIVATE)
    return Built(
        panels=(panel,), controls=controls, show=show_distribution, fresh=((text, message(NOTHING_WRITTEN)),)
    )
