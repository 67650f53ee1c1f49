"""What a tab is: controls declared once, panels, and one function from prompt and controls to what the panels show.

A tab's file has three paragraphs: ``show_…`` (a plain function, testable without a page), ``build`` (widgets and their
declaration), and nothing else: the wiring is the same for all tabs and lives in ``ui``.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr

from ..engine import Prompt
from ..errors import PlaygroundError
from ..views.view import View, message

logger = logging.getLogger(__name__)

PRIVATE: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
"""For events of the page itself: no endpoint for programs, and no veil over what is about to change."""
CROSSED = "Something went wrong here. The other tabs still work; try another text or model."


@dataclass(frozen=True)
class Control:
    """One control of the page, declared once: links, lessons, restore and handlers all read this."""

    key: str
    """Its name in the address bar."""
    component: gr.components.Component
    default: Any
    read: Callable[[str], Any]
    """From the address bar's text; raises ValueError for what the control cannot be."""


@dataclass(frozen=True)
class Look:
    """What is chosen on every tab at once. None: the tab chooses."""

    pos: int | None = None
    layer: int | None = None
    """−1 is the embedding, below the first layer."""
    head: int | None = None


Show = Callable[..., Sequence[Any]]
"""(prompt, look, *own control values) → one value for each panel, then one for each adapted component."""


@dataclass(frozen=True)
class Built:
    """A tab whose widgets are on the page."""

    panels: tuple[gr.HTML, ...]
    controls: tuple[Control, ...]
    show: Show
    adapted: tuple[gr.components.Component, ...] = ()
    """Controls whose choices depend on the model; ``show`` gives their updates after the panels' values."""
    picked: Callable[[dict[str, Any], Look], Look] | None = None
    """What a click in the first panel chooses; None for the usual: its pos, layer and head."""
    fresh: tuple[tuple[gr.components.Component, Any], ...] = ()
    """Components that hold results of the last prompt, and what they are reset to when another prompt arrives."""

    @property
    def outputs(self) -> list[gr.components.Component]:
        """Where the results of ``show`` go."""
        return [*self.panels, *self.adapted]


@dataclass(frozen=True)
class Page:
    """What ``build`` may connect to."""

    prompt: gr.State


@dataclass(frozen=True)
class Tab:
    """One tab: its id (in links and element ids), its title, its widgets."""

    id: str
    title: str
    build: Callable[[Page], Built]


def sentence(error: Exception, doing: str) -> str:
    """What a visitor is told of ``error``: its own words if they were written for visitors, else that something broke.

    The latter is a mistake of ours: the log gets the traceback, with what was being done. For use in an ``except``.
    """
    if isinstance(error, PlaygroundError):
        return str(error)
    logger.error("%s failed", doing, exc_info=error)
    return CROSSED


def attempt(show: Show, n_panels: int, n_adapted: int, prompt: Prompt, look: Look, *values: Any) -> list[Any]:
    """Calls ``show``; a failure becomes a sentence in every panel, never a traceback or a blank."""
    try:
        shown = list(show(prompt, look, *values))
    except Exception as error:
        said = message(sentence(error, f"a tab on {prompt!r} {look!r} {values!r}"), "error")
        return [said] * n_panels + [gr.skip()] * n_adapted
    return [value.payload() if isinstance(value, View) else value for value in shown]


def usual_pick(data: dict[str, Any], look: Look) -> Look:
    """A click names what it chose: pos, layer, head; a point of a plot carries its position as customdata."""
    pos = data.get("pos", data.get("customdata"))
    return Look(
        pos=_index(pos, look.pos), layer=_index(data.get("layer"), look.layer), head=_index(data.get("head"), look.head)
    )


def _index(value: Any, otherwise: int | None) -> int | None:
    # What the browser sends is anyone's guess: only whole numbers choose something.
    return value if isinstance(value, int) and not isinstance(value, bool) else otherwise


def within(value: int | None, length: int, otherwise: int) -> int:
    """An index that exists: ``value`` if it does, else ``otherwise``."""
    return value if value is not None and 0 <= value < length else max(0, min(otherwise, length - 1))


def whole(low: int, high: int) -> Callable[[str], int]:
    """Reads a whole number between two bounds."""

    def read(text: str) -> int:
        value = int(text)
        if not low <= value <= high:
            raise ValueError(text)
        return value

    return read


def real(low: float, high: float) -> Callable[[str], float]:
    """Reads a number between two bounds."""

    def read(text: str) -> float:
        value = float(text)
        if not low <= value <= high:
            raise ValueError(text)
        return value

    return read


def flag(text: str) -> bool:
    """Reads "true" or "false"."""
    return {"true": True, "false": False}[text.lower()] if text.lower() in {"true", "false"} else _refuse(text)


def one_of(*choices: str) -> Callable[[str], str]:
    """Reads one of some words."""
    return lambda text: text if text in choices else _refuse(text)


def short(text: str) -> str:
    """Reads any text that an address bar can hold."""
    return text if len(text) <= 4000 else _refuse(text)


def _refuse(text: str) -> Any:
    raise ValueError(text)
