"""Attention: all heads at a glance, one head large."""

from __future__ import annotations

import gradio as gr

from .. import engine
from ..analysis.attention import KINDS, attentions, kinds_of, sides, telling_head
from ..analysis.tokenization import last_word
from ..engine import Prompt
from ..errors import PlaygroundError
from ..views import code
from ..views.attention import Heads, attention_view
from ..views.bertviz import VIEWS, bertviz_view
from ..views.view import View
from . import components
from .base import Built, Control, Look, Page, one_of, within

DRAWINGS = {"maps": "Maps of all heads", **VIEWS}


def show_attention(prompt: Prompt, look: Look, kind: str, drawing: str) -> tuple[View, object]:
    """The grid of heads and the chosen one; or the same weights as BertViz draws them."""
    trace = engine.trace(prompt)
    there = kinds_of(trace)
    if not there:
        raise PlaygroundError(" ".join(trace.missing) or "This model does not hand over its attention.")
    kind = kind if kind in there else there[0]
    layers = attentions(trace, kind)
    rows, columns = sides(trace, kind)
    layer, head = telling_head(layers, rows)
    layer = within(look.layer, len(layers), layer)
    heads = Heads(
        layers,
        rows,
        columns,
        kind,
        layer,
        head=within(look.head, layers[layer].n_heads, head),
        pos=within(look.pos, len(rows), last_word(rows)),
        code=code.captured(prompt.model, prompt.text, prompt.target),
    )
    view = attention_view(heads) if drawing == "maps" else bertviz_view(heads, drawing)
    # The choices stay as they are: Gradio refuses a restored value that is not among those of the last model.
    return view, gr.update(value=kind, visible=len(there) > 1)


def build(page: Page) -> Built:
    """The heads; for two texts also which attention."""
    with components.tab():
        with components.rail("attention"):
            kind = gr.Radio(
                [(title.capitalize(), kind) for kind, title in KINDS.items()],
                value="self",
                label="Which attention",
                visible=False,
                elem_id="attention-kind",
            )
            drawing = gr.Radio(
                [(title, key) for key, title in DRAWINGS.items()],
                value="maps",
                label="Drawing",
                elem_id="attention-drawing",
            )
            gr.Markdown(
                "How strongly each token looks at the others: one small map for each **head** of each **layer**. "
                "Choose a map to see it large; choose a row, or a word of the sentence, to see what it looks at.",
                elem_classes=["pg-help"],
            )
        with components.stage():
            panel = components.panel("attention-view", "Attention", min_height=560)
    return Built(
        panels=(panel,),
        controls=(
            Control("attention", kind, "self", one_of(*KINDS)),
            Control("drawing", drawing, "maps", one_of(*DRAWINGS)),
        ),
        show=show_attention,
        adapted=(kind,),
    )
