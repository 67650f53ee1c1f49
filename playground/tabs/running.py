"""The Run button: loads the model, runs the text once, and says what went wrong; a wait can be cancelled."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .. import engine
from ..catalog import catalog
from ..engine import Prompt
from ..lessons import lessons
from .drawing import sentence
from .visits import Visit

if TYPE_CHECKING:
    from ..facts import ModelInfo
    from ..trace import Trace

Tell = Callable[..., object]
"""Shows progress: (fraction from 0 to 1 or None, desc=sentence)."""

QUICK_MS = 300.0
"""Milliseconds of a forward pass up to which the page runs a changed text by itself."""


class CancelledError(Exception):
    """The visitor does not want to wait any longer.

    No PlaygroundError: ``models`` hands those on to all who wait for the same load, but this is one visitor's wish.
    """


@dataclass(frozen=True)
class Ran:
    """A run that went well."""

    prompt: Prompt
    info: ModelInfo
    trace: Trace
    moved: bool
    """Whether the text is another one than before."""

    @property
    def quick(self) -> bool:
        """Whether the page may run the next text of this model by itself."""
        return self.trace.forward_ms < QUICK_MS


def run(model: str | None, text: str, target: str, visit: Visit, progress: Tell, *, cut: str = "refuse") -> Ran | str:
    """Loads the model if need be and runs the text once.

    Args:
        model: a name, a hub id or a folder.
        text: as it was typed.
        target: of an encoder–decoder.
        visit: whose run it is.
        progress: told of waiting and loading; ends the run where its visitor has cancelled it.
        cut: what happens to a text that is too long, see ``engine.fitted``.

    Returns:
        what ran, or a sentence that says why nothing did: then nothing has changed in ``visit``.
    """
    stop = visit.stops[""] = threading.Event()

    def tell(fraction: float | None, doing: str) -> None:
        if stop.is_set():
            raise CancelledError
        progress(fraction, desc=doing)

    try:
        info = engine.load(model or "", tell)
        prompt = Prompt(info.id, text or "", (target or None) if info.kind == "encoder-decoder" else None)
        prompt = engine.fitted(prompt, cut)
        trace = engine.trace(prompt, tell)
    except CancelledError:
        return "Loading was cancelled. The page still shows the last run."
    except Exception as error:
        return sentence(error, f"a run on {model!r}")
    finally:
        if visit.stops.get("") is stop:  # a second run may have begun meanwhile: its Cancel must not be lost
            del visit.stops[""]
    last = visit.prompt
    moved = last is not None and (last.text, last.target) != (prompt.text, prompt.target)
    return Ran(prompt, info, trace, moved)


def left_out(prompt: Prompt) -> str:
    """What a visitor is told on every tab where a part of the text is not read; "" where all of it is."""
    if prompt.whole is None:
        return ""
    end = prompt.whole.startswith(prompt.text)
    return (
        f"The text is too long for the context window: its {'end' if end else 'start'} is left out, "
        f"{len(prompt.whole) - len(prompt.text):,} of {len(prompt.whole):,} characters, as chosen on the tab Tokens."
    )


def sample_for(model: str, text: str) -> str | None:
    """The text for another model: what was typed stays (None), a ready-made text gives way to one made for it."""
    samples = {entry.id: entry.sample for entry in catalog()}
    ready_made = {"", *samples.values(), *(lesson.state["text"] for lesson in lessons())}
    return samples[model] if model in samples and text in ready_made else None
