"""Model work in turns: a prompt is run once, and what is computed from it is remembered."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from .. import models
from ..cache import Memory, n_bytes
from ..errors import PlaygroundError
from ..models import ModelInfo
from ..settings import settings
from ..tokens import clean
from ..trace import Trace
from ..turns import Line, Wait

Value = TypeVar("Value")
Progress = Callable[[float | None, str], None]
"""Called with how much is done (0–1, or None where that is unknown) and a sentence. May raise, to cancel."""


SLICE_S = 0.01
"""How long one turn of work that streams may last while others wait."""


@dataclass(frozen=True)
class Prompt:
    """What one forward pass is asked to do."""

    model: str
    """Bundled name, hub id or folder."""
    text: str
    target: str | None = None
    """For an encoder–decoder: None lets the model write it."""
    whole: str | None = None
    """The text as it was typed, where ``text`` is what is left of one that is too long; see ``fitted``."""

    @property
    def typed(self) -> str:
        """The text as it was typed."""
        return self.text if self.whole is None else self.whole


def new_memory() -> Memory[Any]:
    """An empty memory of results, as large as ``settings().result_bytes`` allows."""
    return Memory(lambda: settings().result_bytes, n_bytes)


_memory = new_memory()
_line: Line | None = None
_line_lock = threading.Lock()


def line() -> Line:
    """The line in which all model work stands: ``settings().workers`` turns at once."""
    global _line
    with _line_lock:
        if _line is None:
            _line = Line(settings().workers, settings().queue_size, _share_cores)
        return _line


def _share_cores(thread: int, under_way: int) -> None:
    """Each turn gets its share of the cores: torch's threads wait for one another at work, which wastes what others
    could use, so that two turns on two cores with two threads each take a quarter longer than with one each.

    Only the line's first thread ever takes them all: what it has of helpers stays alive, and more helpers than cores
    slow everybody down (``turns``)."""
    import torch

    sharing = max(1, under_way) if thread == 0 else settings().workers
    wanted = settings().threads or max(1, (os.cpu_count() or 1) // sharing)
    if torch.get_num_threads() != wanted:
        torch.set_num_threads(wanted)


def forget_results() -> None:
    """Drops every remembered result (not the models)."""
    _memory.clear()


def close(sentence: str) -> None:
    """Ends all model work after the step under way; everyone who waits or asks later is told ``sentence``."""
    line().close(sentence)


def crowd() -> int:
    """How many turns are under way or waiting: who streams results may send fewer of them while others wait."""
    return line().crowd


def _nobody(fraction: float | None, sentence: str) -> None:
    """The progress of those who did not ask."""


def load(model: str, progress: Progress | None = None) -> ModelInfo:
    """Makes sure that a model is in memory and says what it is.

    Raises:
        PlaygroundError: see ``models.load_model``.
    """
    return models.load_model(model, progress).info


def trace(prompt: Prompt, progress: Progress | None = None) -> Trace:
    """The forward pass of a prompt: captured now, or remembered.

    Raises:
        PlaygroundError: the model cannot be loaded, the text cannot be run, or too many wait already.
    """
    tell = progress or _nobody

    def capture_now() -> Trace:
        check_texts(prompt)
        model = models.load_model(prompt.model, progress)
        from ..hooks import capture

        return line().run(
            "forward pass", lambda: capture(model, prompt.text, prompt.target or None), _place_told(progress)
        )

    return _memory.get(("trace", prompt), capture_now, lambda: tell(None, "Another visitor runs the same text"))


def fitted(prompt: Prompt, cut: str) -> Prompt:
    """The prompt with as much of its text as fits into the context window.

    Args:
        prompt: its text may have been fitted before; the whole of it is taken again.
        cut: "start" or "end", the side on which tokens are left out; "refuse" leaves none out.

    Raises:
        PlaygroundError: the text is too long and none of it may be left out; see ``load``.
    """
    from ..analysis.tokenization import fitted as fitted_text

    whole = replace(prompt, text=prompt.typed, whole=None)
    check_texts(whole)
    text = fitted_text(models.load_model(prompt.model), whole.text, cut)
    return whole if text == whole.text else replace(whole, text=text, whole=whole.text)


def check_texts(prompt: Prompt) -> None:
    """Refuse what cannot be run before a tokenizer sees it: five million characters take one of them five seconds."""
    if not clean(prompt.text):
        raise PlaygroundError("There is no text yet, so there is nothing to run. Type a word or a sentence.")
    most = settings().max_characters
    for name, text in (("text", prompt.text), ("target", prompt.target or "")):
        if len(text) > most:
            raise PlaygroundError(
                f"The {name} has {len(text):,} characters; at most {most:,} are read here. Shorten it."
            )


def _place_told(progress: Progress | None) -> Callable[[Wait], None] | None:
    """Progress of a wait in the line, and of the work after it."""
    if progress is None:
        return None
    return lambda wait: progress(None, f"Waiting: {wait}" if wait.ahead else "Running the text")


def analysed(
    compute: Callable[..., Value], prompt: Prompt | str, *arguments: Hashable, progress: Progress | None = None
) -> Value:
    """``compute(model, trace, *arguments)`` on a prompt's trace: computed now, or remembered.

    Args:
        compute: a function of a module (it is remembered by its name) that takes a LoadedModel and a Trace.
        prompt: whose trace; the name of a model where no text is needed, then the trace is None.
        arguments: what else the result depends on; a ``Prompt`` among them arrives as its trace.
        progress: told of waiting and loading.

    Raises:
        PlaygroundError: see ``trace``; and what ``compute`` raises.
    """
    tell = progress or _nobody
    traces = _traces(prompt, arguments, progress)

    def compute_now() -> Value:
        model = models.load_model(_model_of(prompt), progress)
        return line().run(compute.__qualname__, lambda: compute(model, *traces), _place_told(progress))

    key = _key(compute, prompt, arguments)
    return _memory.get(key, compute_now, lambda: tell(None, "Another visitor asks for the same"))


def _traces(prompt: Prompt | str, arguments: tuple[Hashable, ...], progress: Progress | None = None) -> list[Any]:
    """What an analysis is given beside the model."""
    first = trace(prompt, progress) if isinstance(prompt, Prompt) else None
    return [first, *(trace(item, progress) if isinstance(item, Prompt) else item for item in arguments)]


def _model_of(prompt: Prompt | str) -> str:
    return prompt.model if isinstance(prompt, Prompt) else prompt


def remembered(compute: Callable[..., Value], prompt: Prompt | str, *arguments: Hashable) -> Value | None:
    """What ``analysed`` would give, if it is there already; None where it has to be computed."""
    key = _key(compute, prompt, arguments)
    return analysed(compute, prompt, *arguments) if key in _memory else None


def analysed_in_steps(
    compute: Callable[..., Iterator[Value]],
    prompt: Prompt | str,
    *arguments: Hashable,
    keep_as: Callable[..., Value] | None = None,
) -> Iterator[Value]:
    """``compute(model, trace, *arguments)``, which gives better and better results, one a turn.

    Args:
        compute: a generator function of a module.
        prompt: whose trace; or the name of a model, see ``analysed``.
        arguments: what else the result depends on; a ``Prompt`` among them arrives as its trace.
        keep_as: a function that computes the last of them at once: ``analysed`` and ``remembered`` then find it.

    Raises:
        PlaygroundError: see ``analysed``.
    """
    traces = _traces(prompt, arguments)
    model, given = models.load_model(_model_of(prompt)), []
    for value in streamed(compute(model, *traces), compute.__qualname__):
        given = [value]
        yield value
    if keep_as is not None and given:
        _memory.get(_key(keep_as, prompt, arguments), lambda: given[0])


def _key(compute: Callable[..., Any], prompt: Prompt | str, arguments: tuple[Hashable, ...]) -> tuple[Hashable, ...]:
    """What a result is remembered by."""
    return (compute.__module__, compute.__qualname__, prompt, *arguments)


def by_name(compute: Callable[[str], Value], model: str) -> Value:
    """``compute(model)`` on a model's name, where no text is run: computed now, or remembered. It does not stand in
    the line: it may have to ask the hub, and others would wait for the answer.

    Raises:
        PlaygroundError: what ``compute`` raises.
    """
    return _memory.get((compute.__module__, compute.__qualname__, model), lambda: compute(model), lambda: None)


def streamed(steps: Iterator[Value], kind: str) -> Iterator[Value]:
    """Work that goes on, step by step: a step is a turn, so that nobody waits for the whole of it. While others wait,
    a turn is as many steps as fit into ``SLICE_S``: to hand over takes time too.

    Args:
        steps: an iterator that computes when it is asked for its next value; plain values.
        kind: what the steps are, for the reckoning of waiting times.
    """

    def some() -> list[Value]:
        until = time.monotonic() + (SLICE_S if crowd() > 1 else 0.0)
        taken = []
        for step in steps:
            taken.append(step)
            if time.monotonic() >= until:
                break
        return taken

    while taken := line().run(kind, some):
        yield from taken
