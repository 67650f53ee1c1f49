"""The page's own parts as Gradio components: the path of lessons, the row of view names, the address bar.

Each is a ``gr.HTML`` that a function of the same name in ``assets/js`` draws: templates are constant and hold no data,
for Gradio evaluates them as code; values travel as JSON. Event names that stand in quotes in ``js_on_load`` become
listeners: ``row.choose(handler, …)``.
"""

from __future__ import annotations

from typing import Any

import gradio as gr

_START = """
const events = {events};
const start = () => Playground.{factory}(element, props, trigger, watch);
if (window.Playground && window.Playground.ready) start();
else window.addEventListener('playground-ready', start, {{ once: true }});
"""


def _part(factory: str, elem_id: str, template: str, value: Any = None, events: tuple[str, ...] = ()) -> gr.HTML:
    return gr.HTML(
        value=value,
        elem_id=elem_id,
        elem_classes=[f"pg-{factory}-host"],
        html_template=template,
        js_on_load=_START.format(factory=factory, events=list(events)),
        apply_default_css=False,
    )


def lesson_path(value: Any) -> gr.HTML:
    """Numbered lessons; value ``{"lessons": [{"title", "number", "tab"}], "open": number or None, "look": sentence}``.

    Event ``open``: ``{"number": n}``.
    """
    return _part("lessons", "page-lessons", '<nav class="pg-lessons" aria-label="Lessons"></nav>', value, ("open",))


def view_row(tab_id: str, value: Any) -> gr.HTML:
    """The names of a tab's views; value ``{"views": [{"id", "title", "why"}], "open": id}``; ``why`` greys a name.

    Event ``choose``: ``{"view": id}``.
    """
    return _part("views", f"{tab_id}-views", '<div class="pg-views"></div>', value, ("choose",))


def model_line(value: Any = None) -> gr.HTML:
    """One line on the model, which unfolds to all facts; value as ``views.header.model_line`` gives it."""
    return _part("modelLine", "page-facts", '<div class="pg-model-line"></div>', value)


def notice() -> gr.HTML:
    """What went wrong with a run; not there while it is empty."""
    return _part("notice", "page-notice", '<p class="pg-notice" role="alert" hidden></p>', "")


def address() -> gr.HTML:
    """The address bar; value ``{"query": "?…", "push": bool, "press": element id or None}``.

    Event ``back``: ``{"query": "?…"}``, after the reader went back or forward.
    """
    return _part("address", "page-address", "<span></span>", None, ("back",))


def typing() -> gr.HTML:
    """Watches the text boxes; value ``{"model", "text", "target", "quick"}`` as they ran last.

    Events: ``run``, when the text has changed and rests; ``settle`` (``{"tab": id}``), when a tab's own text has.
    """
    return _part("typing", "page-typing", "<span></span>", None, ("run", "settle"))


def page_switches() -> gr.HTML:
    """Light or dark, and large type for a projector; the browser remembers both."""
    return _part("switches", "page-switches", '<div class="pg-switches"></div>')
