"""The page's layout: header, path of lessons, text line, tabs. What happens on it is ``tabs.wiring``'s."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import gradio as gr

from . import lessons, serving
from .catalog import catalog
from .hub import cached_folder
from .settings import settings
from .tabs import TABS, components, page_components
from .tabs.contract import Control, Tab
from .tabs.drawing import preset_of
from .tabs.links import defaults, owned
from .tabs.page import Page, TabComponents, path_value, row_value
from .tabs.visits import Visit
from .tabs.wiring import wire
from .views.header import KIND_NAMES

TITLE = "Transformer Playground"
PROMISE = (
    "Type a sentence and see what a language model makes of it"
    '<span class="pg-promise-more">, step by step: every number is the model\'s own</span>.'
)


def choices() -> list[tuple[str, str]]:
    """The model picker: title, kind, and whether it must be fetched first; bundled models first.

    Offline, models that would have to be fetched are left out.
    """
    found = []
    for entry in catalog():
        here = entry.source == "bundled" or cached_folder(entry.id) is not None
        if here or not settings().offline:
            found.append((f"{entry.title} · {KIND_NAMES[entry.kind]}{'' if here else ' · to download'}", entry.id))
    return found + _allowed_besides()


def _allowed_besides() -> list[tuple[str, str]]:
    """Models that ``PLAYGROUND_MODELS`` allows and the catalog does not know: of the hub, or folders."""
    known = {entry.id for entry in catalog()}
    found = []
    for name in settings().models:
        here = Path(name).is_dir() or cached_folder(name) is not None
        if name not in known and (here or not settings().offline):
            found.append((name if here else f"{name} · to download", name))
    return found


def first_state(model: str | None = None) -> dict[str, str]:
    """What the page opens with: the first lesson, on a model that is there."""
    first = lessons.lessons()[0]
    state = dict(first.state)
    entries = {entry.id: entry for entry in catalog()}
    if model:
        state["model"] = model
    elif state["model"] not in entries:
        # Offline nothing may be there to offer; what is allowed then says itself that it must be fetched.
        offered = [name for _, name in choices()] or [*entries, *settings().models]
        state["model"] = offered[0] if offered else state["model"]
    if state["model"] in entries and state["model"] != first.state["model"]:
        state["text"] = entries[state["model"]].sample
    return state


def _header(first: dict[str, str]) -> dict[str, Any]:
    """Title and promise; the line about the model; the page's own switches; the path of lessons."""
    with gr.Row(elem_classes=["pg-header"], elem_id="page-header"):
        gr.HTML(f"<h1>{TITLE}</h1><p>{PROMISE}</p>", elem_classes=["pg-title"], apply_default_css=False)
        page_components.page_switches()
    return {"lessons": page_components.lesson_path(path_value(TABS, None, first["tab"]))}


def _text_line(first: dict[str, str]) -> dict[str, Any]:
    """Model, text, target, Run; what went wrong."""
    with gr.Row(elem_classes=["pg-textline"]):
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
        cancel = gr.Button("Cancel", elem_id="page-cancel", elem_classes=["pg-cancel"], scale=0)
    boxes = {"model": model, "text": text, "target": target, "go": go, "cancel": cancel}
    return {**boxes, "model_line": page_components.model_line(), "notice": page_components.notice()}


def _plumbing(first: dict[str, str]) -> dict[str, Any]:
    """The page's ends of the address bar and of typing: mounted, or their events would never fire, but hidden by the
    style sheet (``visible="hidden"`` keeps their room on the page)."""
    with gr.Column(elem_classes=["pg-hidden"]):
        return {
            "query": gr.Textbox("", elem_id="page-query"),
            "open_tab": gr.Textbox(first["tab"], elem_id="page-open-tab"),
            "address": page_components.address(),
            "typing": page_components.typing(),
            "events": page_components.events([tab.id for tab in TABS]),
            "state": gr.Textbox("", elem_id="page-state"),
        }


def _tab(tab: Tab) -> TabComponents:
    """The widgets of one tab: the names of its views, the controls beside the stage, one panel."""
    with gr.Tab(tab.title, id=tab.id, elem_id=f"{tab.id}-tab") as shell:
        row = page_components.view_row(tab.id, row_value(tab, Visit()))
        with components.tab():
            made = TabComponents(shell, row, panel=None)  # type: ignore[arg-type]
            with components.rail(tab.id):
                _rail(tab, made)
            with components.stage():
                if any(control.wide for _, control in owned(tab)):
                    with gr.Row(elem_classes=["pg-wide"]):
                        _controls(tab, made, lambda control: control.wide)
                _buttons(tab, made)
                made.panel = components.panel(f"{tab.id}-view", tab.title)
    return made


def _rail(tab: Tab, made: TabComponents) -> None:
    """The controls beside the stage, those that few need behind a fold, and what the open view says of itself."""
    if tab.presets:
        keys = {key for preset in tab.presets.values() for key in preset}
        made.presets = gr.Radio(
            list(tab.presets), value=preset_of(tab, defaults(tab)), label="presets", elem_id=f"{tab.id}-presets",
            elem_classes=["pg-presets", *_own(*(view.id for view in tab.views if keys & view.used))],
        )  # fmt: skip
    _controls(tab, made, lambda control: not (control.wide or control.more))
    folded = [view.id for view in tab.views if any(control.more for control in tab.controls_of(view))]
    if folded:
        made.more = page_components.more(tab.id, _own(*folded))
        _controls(tab, made, lambda control: control.more)
    for view in tab.views:
        gr.Markdown(view.help, elem_classes=["pg-help", *_own(view.id)])


def _controls(tab: Tab, made: TabComponents, wanted: Callable[[Control], bool]) -> None:
    for owner, control in owned(tab):
        if control.widget is None or not wanted(control):
            continue
        readers = [view.id for view in tab.views if control in tab.controls_of(view)]
        widget = control.widget(tab.widget_id(tab.by_id.get(owner), control.key))
        kinds = {"pg-typed": control.typed, "pg-large-text": control.large, "pg-more": control.more}
        widget.elem_classes = [*_own(*readers), *(name for name, is_so in kinds.items() if is_so)]
        made.widgets[owner, control.key] = widget


def _buttons(tab: Tab, made: TabComponents) -> None:
    actions = [(view, action) for view in tab.views for action in view.actions]
    if not actions:
        return
    with gr.Row(elem_classes=["pg-go", *_own(*{view.id for view, _ in actions})], elem_id=f"{tab.id}-go"):
        for view, action in actions:
            made.buttons[view.id, action.id] = gr.Button(
                action.label, variant="primary", elem_id=f"{tab.id}-{view.id}-{action.id}-go",
                elem_classes=["pg-start", *_own(view.id)], scale=0,
            )  # fmt: skip
        made.stop = gr.Button("Stop", elem_id=f"{tab.id}-stop", elem_classes=["pg-stop"], scale=0)


def _own(*views: str) -> list[str]:
    """Classes of what stands beside some views only; the style sheet hides it beside the others."""
    return ["pg-own", *(f"pg-for-{view}" for view in sorted(views))]


def build(model: str | None = None) -> gr.Blocks:
    """The whole page, not launched yet; ``model`` is what it opens with instead of the first lesson's."""
    first = first_state(model)
    with gr.Blocks(title=TITLE, analytics_enabled=False, fill_width=True) as demo:
        components_by_name = {**_header(first), **_text_line(first), **_plumbing(first)}
        with gr.Tabs(  # on a phone in two rows: nobody looks for a tab behind a menu
            selected=first["tab"], overflow_behavior="wrap", elem_id="page-tabs", elem_classes=["pg-tabs"]
        ) as row:
            page = Page(first=first, all_tabs=TABS, tabs=row, **components_by_name)
            for tab in TABS:
                page.by_tab[tab.id] = _tab(tab)
        wire(page, demo)
    demo.queue(**serving.queue_options())
    serving.attach(demo)
    return demo


def launch_options() -> dict[str, Any]:
    """What ``launch`` must be told for this page: theme, scripts, and that nothing of a visitor is kept or sent."""
    return {
        "theme": components.page_theme(),
        "head": components.head() + _view_styles(),
        "css_paths": [components.ASSETS / "css" / "page.css"],
        "run_history": False,
        "ssr_mode": False,
        "footer_links": ["api", "settings"],
        **serving.launch_options(),
    }


def _view_styles() -> str:
    """Beside an open view only what belongs to it: the row of view names writes the open one on the tab."""
    views = sorted({view.id for tab in TABS for view in tab.views})
    rules = (f'.pg-tab[data-view="{v}"] .pg-own:not(.pg-for-{v}) {{ display: none !important; }}' for v in views)
    return f"<style>{' '.join(rules)}</style>"
