"""A page with a panel for each view of ``pictures.VIEWS``: the components alone, without the app's tabs.

Each panel has buttons that fill it: ``start-NAME`` with a plain text, ``hostile-NAME`` with tokens that try to be
markup and code.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Any

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")

import gradio as gr

from playground import serving
from playground.tabs import components
from playground.views.view import View
from tests.browser.pictures import HOSTILE, TEXT, VIEWS, bars

TEXTS = {"start": TEXT, "hostile": HOSTILE}
PLOTS = ("size", "size-beside")
"""Views that Plotly draws: slow without a graphics card."""
CLICK: dict[str, Any] = {"api_visibility": "private", "queue": False}


def build(views: Mapping[str, Callable[[str], View]] = VIEWS, texts: Mapping[str, str] = TEXTS) -> gr.Blocks:
    """The page."""
    cache: dict[tuple[str, str], View] = {}

    def view(name: str, text: str) -> View:
        if (name, text) not in cache:
            cache[name, text] = views[name](text)
        return cache[name, text]

    with gr.Blocks() as demo:
        picked, missed = gr.Textbox(elem_id="picked"), gr.Textbox(elem_id="missed")
        gr.Button("Run", elem_id="page-run")  # pictures that write a text press it
        with components.tab():
            with components.rail("first"):
                gr.Slider(0, 1, label="A control")
            with components.stage():
                panels = {name: components.panel(f"{name}-view", name, 320, empty="Nothing yet.") for name in views}
                panels["empty"] = components.panel("empty-view", "empty", 240, empty="Nothing yet.")
        for panel in panels.values():
            panel.pick(_picked, outputs=picked, **CLICK)
            panel.offer(_picked, outputs=picked, **CLICK)
            panel.missing(lambda: "everything again", outputs=missed, **CLICK)
        for button, text in texts.items():
            for name in views:
                gr.Button(f"{button} {name}", elem_id=f"{button}-{name}").click(
                    lambda name=name, text=text: view(name, text).payload(), outputs=panels[name], **CLICK
                )
        _special(panels, view)
    return demo


def _picked(event: gr.EventData) -> str:
    return str(sorted(event._data.items()))


def _special(panels: dict[str, gr.HTML], view: Callable[[str, str], View]) -> None:
    """What one test each needs: a failure, an offer, a slider, kept parts, a panel in a tab that is not open."""
    error = {"message": "The text is too long. Shorten it.", "tone": "error"}
    gr.Button("error", elem_id="error").click(lambda: error, outputs=panels["bars"], **CLICK)
    reason = {"message": "Not for this model.", "tone": "reason", "offer": "storyteller"}
    gr.Button("reason", elem_id="reason").click(lambda: reason, outputs=panels["bars"], **CLICK)
    again = gr.Button("again", elem_id="again")  # everything that can be kept is left out
    again.click(
        lambda: view("heads", TEXT).payload(view("heads", TEXT).payload()["kept"]), outputs=panels["heads"], **CLICK
    )
    temperature = gr.Slider(0.1, 2, value=0.9, step=0.01, label="temperature", elem_id="temperature")
    temperature.input(lambda t: bars(TEXT, t).payload(), temperature, panels["bars"], **CLICK)
    bare, echo = gr.Slider(0, 2, step=0.01, label="bare", elem_id="bare"), gr.Textbox(elem_id="echo")
    bare.input(str, bare, echo, **CLICK)  # the least that a slider can do: benchmarks compare with it
    with gr.Tabs():
        gr.Tab("First")
        with gr.Tab("Second"):
            late = components.panel("late-view", "late {{x}} ${1+1}", 333)
    gr.Button("late", elem_id="late").click(lambda: view("bars", TEXT).payload(), outputs=late, **CLICK)


def launch(demo: gr.Blocks, port: int) -> str:
    """Serves the page on this machine and gives its address."""
    _, address, _ = demo.launch(
        server_name="127.0.0.1", server_port=port, prevent_thread_lock=True, quiet=True, run_history=False,
        ssr_mode=False, theme=components.page_theme(), head=components.head(),
        **serving.launch_options(),
    )  # fmt: skip
    return str(address)
