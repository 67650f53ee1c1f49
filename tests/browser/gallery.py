"""A page with a panel for each view of ``pictures.VIEWS``: the components alone, without the app's tabs.

Buttons fill the panels: ``start`` with a plain text, ``hostile`` with tokens that try to be markup and code. The panels
of Plotly have buttons of their own, ``start-plots`` and ``hostile-plots``: WebGL is slow without a graphics card.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Any

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")

import gradio as gr

from playground.tabs import components
from playground.views.view import View
from tests.browser.pictures import TEXT, VIEWS, bars

HOSTILE = (
    "<script>window.hacked=1</script> <img src=x onerror='window.hacked=2'> ${window.hacked=3} "
    "{{constructor.constructor('window.hacked=4')()}} <b>bold</b> &lt; @query שלום"
)
TEXTS = {"start": TEXT, "hostile": HOSTILE}
PLOTS = ("flat", "solid", "norms")
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
        with components.tab():
            with components.rail("first"):
                gr.Slider(0, 1, label="A control")
            with components.stage():
                panels = {name: components.panel(f"{name}-view", name, 320, empty="Nothing yet.") for name in views}
                panels["empty"] = components.panel("empty-view", "empty", 240, empty="Nothing yet.")
        for panel in panels.values():
            panel.pick(_picked, outputs=picked, **CLICK)
            panel.missing(lambda: "everything again", outputs=missed, **CLICK)
        for button, text in texts.items():
            for plots in (False, True):
                names = [name for name in views if (name in PLOTS) == plots]
                gr.Button(button, elem_id=f"{button}-plots" if plots else button).click(
                    lambda names=names, text=text: [view(name, text).payload() for name in names],
                    outputs=[panels[name] for name in names], **CLICK,
                )  # fmt: skip
        _special(panels, view)
    return demo


def _picked(event: gr.EventData) -> str:
    return str(sorted(event._data.items()))


def _special(panels: dict[str, gr.HTML], view: Callable[[str, str], View]) -> None:
    """What one test each needs: a failure, a slider, kept parts, a panel in a tab that is not open."""
    error = {"message": "The text is too long. Shorten it.", "tone": "error"}
    gr.Button("error", elem_id="error").click(lambda: error, outputs=panels["bars"], **CLICK)
    again = gr.Button("again", elem_id="again")  # everything that can be kept is left out
    again.click(
        lambda: view("heads", TEXT).payload(view("heads", TEXT).payload()["kept"]), outputs=panels["heads"], **CLICK
    )
    temperature = gr.Slider(0.1, 2, value=0.9, step=0.01, label="temperature", elem_id="temperature")
    temperature.input(lambda t: bars(TEXT, t).payload(), temperature, panels["bars"], **CLICK)
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
        allowed_paths=components.allowed_paths(),
    )  # fmt: skip
    return str(address)
