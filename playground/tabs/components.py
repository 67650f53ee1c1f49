"""The browser's side of the page as Gradio components: a panel for any View, the facts, the rail, the stage.

A tab is composed of one row, with a narrow rail of controls and a wide stage::

    with gr.Tab("Attention", id="attention"), components.tab():
        with components.rail("attention"):
            layer = gr.Slider(...)
        with components.stage():
            view = components.panel("attention-view", "Attention", min_height=520)
    view.pick(show_pick, inputs=[...], outputs=[...])

A panel's value is a View's payload, a plain dict (:mod:`playground.views`), or None. A click in the picture arrives
in ``def show_pick(event: gr.EventData, …)`` as the dict ``event._data``: keys in the model's own coordinates, such as
``{"pos": 3}``, ``{"layer": 2, "head": 5}``, ``{"layer": -1, "pos": 4}`` (−1 is the embedding), ``{"step": 17}``.

``view.missing(…)`` asks for the whole payload again: the browser no longer has parts that ``payload(known)`` left out.
``view.offer(…)``: the reader takes the model that a message offers (``{"message", "tone", "offer"}``).

The page is launched with ``launch(head=head(), theme=page_theme(), **serving.launch_options())``. The templates
here are constant and hold no data: Gradio evaluates templates as code, so text from users travels as JSON only and is
set with ``textContent`` by the scripts in ``assets/js``.
"""

from __future__ import annotations

import html
import json
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import gradio as gr

from playground.serving.files import address, joined
from playground.views import bertviz, theme
from playground.views.pictures import KINDS

ASSETS = Path(__file__).resolve().parents[2] / "assets"
SCRIPTS = [
    "core", "parts", "table", "kinds", "state", "downloads", "glossary", "panel", "header", "lessons", "page",
]  # fmt: skip
STYLES = ["playground", "header", "lessons", "panel", "pictures", "glossary"]

# Gradio turns each event name that stands in quotes in js_on_load into a listener method: `panel.pick(handler, …)`.
# The scripts load with `defer` and the component may mount first, so it waits for them.
_START = """
const events = ['pick', 'missing', 'offer'];
const start = () => Playground.{factory}(element, props, trigger, watch);
if (window.Playground && window.Playground.ready) start();
else window.addEventListener('playground-ready', start, {{ once: true }});
"""


def panel(elem_id: str, label: str, min_height: int = 420, empty: str = "", **kwargs: Any) -> gr.HTML:
    """A panel that shows any View: picture, reading, table, code, notes, downloads.

    Events: ``pick``, ``missing``, ``offer``.
    ``min_height`` is the least height of the stage in pixels, kept from the start so that nothing jumps.
    """
    return gr.HTML(
        value=kwargs.pop("value", None),
        elem_id=elem_id,
        elem_classes=["pg-panel-host", *kwargs.pop("elem_classes", [])],
        html_template=_root("pg-panel", id=elem_id, label=label, height=min_height, empty=empty),
        js_on_load=_START.format(factory="panel"),
        apply_default_css=False,
        **kwargs,
    )


def _root(css_class: str, **settings: Any) -> str:
    """The element that a component draws in, with its settings as data attributes.

    Not as ``**props`` of gr.HTML: Gradio 6.31 loses those of a component in an unopened tab as soon as a value is sent
    to it. Templates are code twice over, Handlebars and JavaScript, so what either would read is written as entities.
    """
    inert = str.maketrans({sign: f"&#{ord(sign)};" for sign in "{}`$\\"})
    data = "".join(f' data-{key}="{html.escape(str(value)).translate(inert)}"' for key, value in settings.items())
    return f'<div class="{css_class}"{data}></div>'


@contextmanager
def tab() -> Iterator[gr.Row]:
    """The row of one tab: a rail and a stage side by side, one under the other on a phone."""
    with gr.Row(elem_classes=["pg-tab"]) as row:
        yield row


@contextmanager
def rail(name: str) -> Iterator[gr.Column]:
    """The narrow column of controls; on a phone it folds behind one button."""
    with gr.Column(elem_classes=["pg-rail"], elem_id=f"{name}-rail", scale=0, min_width=0) as column:
        gr.HTML(
            elem_id=f"{name}-rail-toggle",
            elem_classes=["pg-rail-toggle"],
            html_template='<button type="button" aria-expanded="false">Controls</button>',
            js_on_load=_START.format(factory="rail"),
            apply_default_css=False,
        )
        yield column


@contextmanager
def stage() -> Iterator[gr.Column]:
    """The wide column where the pictures stand."""
    with gr.Column(elem_classes=["pg-stage"], scale=1, min_width=0) as column:
        yield column


def page_theme() -> gr.themes.Base:
    """Gradio's own widgets in the palette and type of :mod:`playground.views.theme`.

    Weights 400 and 700 only: the "SemiBold" and "Medium" files of IBM Plex that Gradio 6.31 carries hold nothing but
    extended Cyrillic, so weight 600 would fall back to another font.
    """
    return gr.themes.Base(
        font=[gr.themes.LocalFont(theme.FONT, weights=(400, 700)), "ui-sans-serif", "system-ui", "sans-serif"],
        font_mono=[gr.themes.LocalFont(theme.FONT_MONO, weights=(400, 700)), "ui-monospace", "Consolas", "monospace"],
        spacing_size=gr.themes.sizes.spacing_sm,
        radius_size=gr.themes.sizes.radius_sm,
        text_size=gr.themes.sizes.text_md,
    ).set(**theme.gradio_settings())


def plotly_script() -> Path:
    """plotly.js as it ships inside the plotly package; the browser loads it with the first figure."""
    spec = find_spec("plotly")
    if spec is None or spec.origin is None:
        raise RuntimeError("plotly is not installed: pip install -r requirements.txt")
    return Path(spec.origin).parent / "package_data" / "plotly.min.js"


def picture_files() -> dict[str, dict[str, list[str]]]:
    """Scripts and styles of each kind of picture, in the order of loading: KIND-PART.js stand before KIND.js."""
    found = {}
    for kind in KINDS:
        folder = ASSETS / "pictures"
        scripts = [*sorted(folder.glob(f"{kind}-*.js")), folder / f"{kind}.js"]
        files = {"js": scripts, "css": [folder / f"{kind}.css"]}
        # A kind whose script is still to be written fails alone, in its panel.
        found[kind] = {name: [address(path) for path in paths if path.exists()] for name, paths in files.items()}
    return found


def head() -> str:
    """The tags for ``launch(head=…)``: palette, styles, scripts; all from this server, relative to the page."""
    style = joined("playground.css", [(ASSETS / "css" / f"{name}.css").read_bytes() for name in STYLES])
    terms = json.dumps(json.loads((ASSETS / "glossary.json").read_text(encoding="utf-8")))
    scripts = [(ASSETS / "js" / f"{name}.js").read_bytes() for name in SCRIPTS]
    script = joined("playground.js", [f"'use strict';\nwindow.playgroundGlossary = {terms};".encode(), *scripts])
    # "</" inside a script would end it; JSON may write it with a backslash.
    vendor = ASSETS / "js" / "vendor"
    bertviz_files = {"jquery": vendor / "jquery.slim.min.js", "d3": vendor / "d3.min.js", **bertviz.scripts()}
    addresses = {
        "plotly": address(plotly_script()),
        "bertviz": {name: address(path) for name, path in bertviz_files.items()},
        "pictures": picture_files(),
    }
    settings = json.dumps(addresses).replace("</", "<\\/")
    return "\n".join(
        [
            f"<style>{theme.css_variables()}</style>",
            f'<link rel="stylesheet" href="{html.escape(style)}">',
            f"<script>window.playgroundSettings = {settings};</script>",
            f'<script defer src="{html.escape(script)}"></script>',
        ]
    )
