"""The Run button: loads the model, runs the text once, and says what went wrong; a wait can be cancelled."""

from __future__ import annotations

import json
import threading
from dataclasses import asdict
from typing import Any

import gradio as gr

from .. import engine
from ..catalog import catalog
from ..engine import Prompt
from ..lessons import lessons
from ..views.facts import facts
from .base import sentence


class CancelledError(Exception):
    """The visitor does not want to wait any longer.

    No PlaygroundError: ``models`` hands those on to all who wait for the same load, but this is one visitor's wish.
    """


_stops: dict[str, threading.Event] = {}
"""Visitors whose model is being loaded, by session: set the event, and the load ends at its next step."""


def cancel(request: gr.Request) -> None:
    """Ends the visitor's own loading; whoever else waits for the same model goes on."""
    if stop := _stops.get(str(request.session_hash)):
        stop.set()


def run(
    model: str | None,
    text: str,
    target: str,
    last: Prompt | None,
    request: gr.Request | None = None,
    progress: gr.Progress = gr.Progress(),  # noqa: B008 - Gradio finds it by its default value
) -> tuple[Any, ...]:
    """Loads the model if need be and runs the text once.

    Returns:
        prompt, facts, notice, what ran (JSON), the target box, the chosen position. On failure only the notice changes:
        what was typed stays, and the pictures stay with what they show.
    """

    session = str(request.session_hash) if request is not None else ""
    stop = _stops[session] = threading.Event()

    def tell(fraction: float | None, doing: str) -> None:
        if stop.is_set():
            raise CancelledError
        progress(fraction, desc=doing)

    try:
        info = engine.load(model or "", tell)
        two_texts = info.kind == "encoder-decoder"
        prompt = Prompt(info.id, text or "", (target or None) if two_texts else None)
        trace = engine.trace(prompt)
    except CancelledError:
        return _only_notice("Loading was cancelled. The page still shows the last run.")
    except Exception as error:
        return _only_notice(sentence(error, f"running {text!r} on {model!r}"))
    finally:
        _stops.pop(session, None)
    box = gr.update(visible=two_texts, placeholder=f"Written by the model: {trace.target}" if two_texts else "")
    moved = last is not None and (last.text, last.target) != (prompt.text, prompt.target)
    return prompt, facts(info, trace), "", json.dumps(asdict(prompt)), box, (None if moved else gr.skip())


def _only_notice(line: str) -> tuple[Any, ...]:
    return gr.skip(), gr.skip(), line, gr.skip(), gr.skip(), gr.skip()


def sample_for(model: str, text: str) -> Any:
    """The text for another model: what was typed stays, a ready-made text gives way to one made for the model."""
    entries = {entry.id: entry for entry in catalog()}
    ready_made = {"", *(entry.sample for entry in entries.values()), *(lesson.state["text"] for lesson in lessons())}
    return entries[model].sample if model in entries and text in ready_made else gr.skip()
