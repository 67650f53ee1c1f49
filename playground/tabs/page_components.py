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
    """Numbered lessons by tab; value as ``page.path_value`` gives it.

    Event ``lesson`` of ``events``: ``{"number": n}``.
    """
    return _part("lessons", "page-lessons", '<nav class="pg-lessons" aria-label="Lessons"></nav>', value)


def view_row(tab_id: str, value: Any) -> gr.HTML:
    """The names of a tab's views; value ``{"views": [{"id", "title", "why"}], "open": id}``; ``why`` greys a name.

    Event ``choose_TAB`` of ``events``: ``{"view": id}``.
    """
    return _part("views", f"{tab_id}-views", '<div class="pg-views"></div>', value)


def model_line(value: Any = None) -> gr.HTML:
    """One line on the model, which unfolds to all facts; value as ``views.header.model_line`` gives it."""
    return _part("modelLine", "page-facts", '<div class="pg-model-line"></div>', value)


def notice() -> gr.HTML:
    """What went wrong with a run, or ``{"note": sentence}`` for what is only to be known of it; not there while it is
    empty."""
    return _part("notice", "page-notice", '<p class="pg-notice" role="alert" hidden></p>', "")


def address() -> gr.HTML:
    """The address bar; value ``{"query": "?…", "push": bool, "press": element id or None, "gone": int or None}``;
    ``gone`` is how often the reader had gone back or forward when it was written.

    Event ``back`` of ``events``: ``{"query": "?…", "gone": n}``, after the reader went back or forward.
    """
    return _part("address", "page-address", "<span></span>")


def typing() -> gr.HTML:
    """Watches the text boxes; value ``{"model", "text", "target", "quick"}`` as they ran last.

    Event ``run``, when the text has changed and rests; ``settle`` of ``events`` (``{"tab": id}``), when a tab's own
    text has.
    """
    return _part("typing", "page-typing", "<span></span>", None, ("run",))


def events(tab_ids: list[str]) -> gr.HTML:
    """What the reader does in our own parts; value ``{event: its data}``, which a handler takes as an input.

    Events: ``back``, ``lesson``, ``settle``; of each tab ``choose_TAB`` and ``pick_TAB``, ``offer_TAB``.
    """
    of_tabs = [event_of(kind, tab_id) for tab_id in tab_ids for kind in ("choose", "pick", "offer")]
    return _part("events", "page-events", "<span></span>", {}, ("back", "lesson", "settle", *of_tabs))


def event_of(kind: str, tab_id: str) -> str:
    """The name of a tab's event: ``pick_attention``."""
    return f"{kind}_{tab_id.replace('-', '_')}"


def more(tab_id: str, own: list[str]) -> gr.HTML:
    """The fold of a rail's controls that few need; value: how many of them differ from what they are at first."""
    made = _part("more", f"{tab_id}-more", '<div class="pg-more-fold"></div>', 0)
    made.elem_classes = [*(made.elem_classes or []), *own]
    return made


def page_switches() -> gr.HTML:
    """Light or dark, and large type for a projector; the browser remembers both."""
    return _part("switches", "page-switches", '<div class="pg-switches"></div>')
