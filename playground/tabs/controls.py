"""The kinds of control that a view can declare, each with its widget and with how its value is read from a link."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal

import gradio as gr

from .contract import Control


def switch(key: str, label: str, default: bool, **more: Any) -> Control:
    """On or off."""

    def read(text: str) -> bool:
        if text.lower() not in {"true", "false"}:
            raise ValueError("true or false")
        return text.lower() == "true"

    return Control(key, label, default, bool, read, lambda id: gr.Checkbox(default, label=label, elem_id=id), **more)


def choice(key: str, label: str, options: Mapping[str, str], default: str, **more: Any) -> Control:
    """One of a few words: ``options`` maps each value to what people read."""

    def read(text: str) -> str:
        if text not in options:
            raise ValueError(f"one of {', '.join(options)}")
        return text

    def widget(id: str) -> gr.Radio:
        return gr.Radio([(title, value) for value, title in options.items()], value=default, label=label, elem_id=id)

    return Control(key, label, default, Literal[tuple(options)], read, widget, **more)


def offer(key: str, label: str, default: str, **more: Any) -> Control:
    """One of a list that depends on the model (``adapt`` gives the choices); any text is taken, for a link may name a
    choice of a model that is not loaded yet."""

    def widget(id: str) -> gr.Dropdown:
        return gr.Dropdown([default], value=default, label=label, elem_id=id, allow_custom_value=True)

    return Control(key, label, default, str, _text(200), widget, **more)


def slider(key: str, label: str, low: float, high: float, step: float, default: float, **more: Any) -> Control:
    """A number between two bounds; whole where the step is."""
    whole = float(step).is_integer() and float(low).is_integer()

    def widget(id: str) -> gr.Slider:
        return gr.Slider(low, high, default, step=step, label=label, elem_id=id)

    kind: type = int if whole else float
    return Control(key, label, default, kind, _number(low, high, whole), widget, **more)


def whole_number(key: str, label: str, low: int, high: int, default: int, **more: Any) -> Control:
    """A whole number without a slider."""

    def widget(id: str) -> gr.Number:
        return gr.Number(default, label=label, precision=0, minimum=low, maximum=high, elem_id=id)

    return Control(key, label, default, int, _number(low, high, True), widget, **more)


def words(key: str, label: str, default: str, *, lines: int = 1, limit: int = 4000, **more: Any) -> Control:
    """A text; ``limit`` in characters, as much as a link can hold. ``wide=True`` sets it above the picture."""

    def widget(id: str) -> gr.Textbox:
        return gr.Textbox(default, label=label, lines=lines, max_lines=max(lines, 14), elem_id=id)

    return Control(key, label, default, str, _text(limit), widget, typed=True, large=lines > 1, **more)


def chosen(key: str, label: str, low: int, high: int, default: int) -> Control:
    """A whole number that is chosen by a click in the picture and has no widget."""
    return Control(key, label, default, int, _number(low, high, True), None)


def _number(low: float, high: float, whole: bool) -> Callable[[str], Any]:
    wanted = f"{'a whole number' if whole else 'a number'} from {low:,} to {high:,}"

    def read(text: str) -> Any:
        try:
            value = _whole(text) if whole else float(text)
        except ValueError as error:
            raise ValueError(wanted) from error
        if not low <= value <= high:
            raise ValueError(wanted)
        return value

    return read


def _whole(text: str) -> int:
    try:
        return int(text)  # not through float: a seed may have more digits than a float holds
    except ValueError:
        value = float(text)  # a slider may say 50.0
    if not value.is_integer():
        raise ValueError(text)
    return int(value)


def _text(limit: int) -> Callable[[str], str]:
    def read(text: str) -> str:
        if len(text) > limit:
            raise ValueError(f"at most {limit:,} characters")
        return text

    return read
