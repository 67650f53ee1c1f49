"""The page's layout: header, text line, tabs. What happens on it is ``wiring``'s."""

from __future__ import annotations

from typing import Any

import gradio as gr

from .catalog import catalog
from .hub import cached_folder
from .lessons import lessons
from .settings import settings
from .tabs import TABS, components, links
from .tabs import base as tab_base
from .tabs.base import PRIVATE, Control
from .tabs.wiring import Wiring
from .views.facts import KINDS

TITLE = "Transformer Playground"
_DARK = "() => { document.body.classList.toggle('dark') }"
_NOTICE = """
const line = element.querySelector('p');
const draw = () => { line.textContent = props.value || ''; line.hidden = !props.value; };
watch('value', draw); draw();
"""


def choices() -> list[tuple[str, str]]:
    """The model picker: title, kind, and whether it must be fetched first; bundled models first.

    Offline, models that would have to be fetched are left out.
    """
    found = []
    for entry in catalog():
        here = entry.source == "bundled" or cached_folder(entry.id) is not None
        if here or not settings().offline:
            found.append((f"{entry.title} · {KINDS[entry.kind]}{'' if here else ' · to download'}", entry.id))
    return found


def lesson_choices() -> list[tuple[str, str]]:
    """The lessons whose model is there, as title and index."""
    there = {entry.id for entry in catalog()}
    found = [(lesson.title, str(i)) for i, lesson in enumerate(lessons()) if lesson.state["model"] in there]
    return [("Choose …", ""), *found]


def first_state(model: str | None = None) -> dict[str, str]:
    """What the page opens with: the first lesson, on a model that is there."""
    state = dict(lessons()[0].state)
    entries = {entry.id: entry for entry in catalog()}
    if model:
        state["model"] = model
    elif state["model"] not in entries and entries:
        state["model"] = next(iter(entries))
    if state["model"] in entries and state["model"] != lessons()[0].state["model"]:
        state["text"] = entries[state["model"]].sample
    return state


def _optional_index(text: str) -> int | None:
    value = int(text)
    if not -1 <= value < 10**6:
        raise ValueError(text)
    return value


def _header(first: dict[str, str]) -> dict[str, Any]:
    """Title and facts; model, text, target, lessons; what went wrong."""
    with gr.Row(elem_classes=["pg-header"], elem_id="page-header"):
        gr.HTML(f"<h1>{TITLE}</h1>", elem_classes=["pg-title"], apply_default_css=False)
        facts = components.facts("page-facts")
        dark = gr.Button("Light / dark", elem_id="page-theme", elem_classes=["pg-theme"], size="sm", scale=0)
        dark.click(None, None, None, js=_DARK, **PRIVATE)
    with gr.Row(elem_classes=["pg-textline"]):
        boxes = _text_line(first)
    hint = _line("page-hint", '<p class="pg-hint" role="status" hidden></p>')
    notice = _line("page-notice", '<p class="pg-notice" role="alert" hidden></p>')
    return {"facts": facts, "notice": notice, "hint": hint, **boxes}


def _line(elem_id: str, template: str) -> gr.HTML:
    """A line of text that is not there while it is empty."""
    return gr.HTML("", html_template=template, js_on_load=_NOTICE, elem_id=elem_id, apply_default_css=False)


def _text_line(first: dict[str, str]) -> dict[str, Any]:
    model = gr.Dropdown(
        choices(), value=first["model"], label="Model (or type a hub id or a folder)", allow_custom_value=True,
        elem_id="page-model", elem_classes=["pg-model"], scale=0, min_width=230,
    )  # fmt: skip
    text = gr.Textbox(
        first["text"], label="Text", lines=1, max_lines=4, elem_id="page-text", elem_classes=["pg-text"], scale=6,
        placeholder="Type a sentence",
    )  # fmt: skip
    target = gr.Textbox(
        first.get("target", ""), label="Target (empty: the model writes it)", lines=1, max_lines=4, visible=False,
        elem_id="page-target", elem_classes=["pg-text"], scale=4,
    )  # fmt: skip
    go = gr.Button("Run", variant="primary", elem_id="page-run", elem_classes=["pg-run"], scale=0)
    stop = gr.Button("Cancel", elem_id="page-cancel", elem_classes=["pg-cancel"], scale=0)
    lesson = gr.Dropdown(
        lesson_choices(), value="", label="Lessons", filterable=False, elem_id="page-lessons",
        elem_classes=["pg-lessons"], scale=0, min_width=200,
    )  # fmt: skip
    return {"model": model, "text": text, "target": target, "go": go, "stop": stop, "lesson": lesson}


def _plumbing(first: dict[str, str]) -> dict[str, Any]:
    """What is chosen on all tabs, and the page's ends of the address bar: mounted, or their events would never fire,
    but hidden by the style sheet (``visible="hidden"`` keeps their room on the page)."""
    with gr.Column(elem_classes=["pg-hidden"]):
        look = tuple(
            Control(key, gr.Number(None, precision=0, elem_id=f"page-{key}"), None, _optional_index)
            for key in ("pos", "layer", "head")
        )
        active = gr.Textbox(first["tab"], elem_id="page-active")
        query = gr.Textbox("", elem_id="page-query")
        ran = gr.Textbox("", elem_id="page-ran")
        history = gr.HTML(None, html_template="<span></span>", js_on_load=links.BACK, elem_id="page-history")
    return {"active": active, "look": look, "query": query, "ran": ran, "history": history}


def build(model: str | None = None) -> gr.Blocks:
    """The whole page, not launched yet; ``model`` is what it opens with instead of the first lesson's."""
    first = first_state(model)
    with gr.Blocks(title=TITLE, analytics_enabled=False, fill_width=True) as demo:
        parts = {"prompt": gr.State(None), **_header(first), **_plumbing(first)}
        with gr.Tabs(  # on a phone in two rows: nobody looks for a tab behind a menu
            selected=first["tab"], overflow_behavior="wrap", elem_id="page-tabs", elem_classes=["pg-tabs"]
        ) as row:
            page = Wiring(first=first, row=row, **parts)
            for tab in TABS:
                with gr.Tab(tab.title, id=tab.id, elem_id=f"{tab.id}-tab") as page.tabs[tab.id]:
                    page.built[tab.id] = tab.build(tab_base.Page(page.prompt))
                    page.drawn[tab.id] = gr.State(None)
        page.wire(demo)
    demo.queue(default_concurrency_limit=None, max_size=settings().queue_size)
    return demo


def launch_options() -> dict[str, Any]:
    """What ``launch`` must be told for this page: theme, scripts, and that nothing of a visitor is kept or sent."""
    return {
        "theme": components.page_theme(),
        "head": components.head(),
        "css_paths": [components.ASSETS / "css" / "page.css"],
        "allowed_paths": components.allowed_paths(),
        "run_history": False,
        "ssr_mode": False,
        "footer_links": ["api", "settings"],
        "show_error": False,
    }
