"""Attention: all heads at a glance, one head large."""

from __future__ import annotations

import gradio as gr

from .. import engine
from ..analysis.attention import KINDS, attentions, kinds_of, patterns, sides
from ..engine import Prompt
from ..errors import PlaygroundError
from ..trace import Attention, Token
from ..views import code
from ..views.attention import attention_view
from ..views.view import View
from . import components
from .base import Built, Control, Look, Page, one_of, within


def show_attention(prompt: Prompt, look: Look, kind: str) -> tuple[View, object]:
    """The grid of heads and the chosen one."""
    trace = engine.trace(prompt)
    there = kinds_of(trace)
    if not there:
        raise PlaygroundError(" ".join(trace.missing) or "This model does not hand over its attention.")
    kind = kind if kind in there else there[0]
    layers = attentions(trace, kind)
    rows, columns = sides(trace, kind)
    layer, head = telling_head(layers, rows)
    layer = within(look.layer, len(layers), layer)
    view = attention_view(
        layers,
        rows,
        columns,
        kind=kind,
        layer=layer,
        head=within(look.head, layers[layer].n_heads, head),
        pos=within(look.pos, len(rows), _last_word(rows)),
        code=code.captured(prompt.model, prompt.text, prompt.target),
    )
    return view, gr.update(choices=[(KINDS[k].capitalize(), k) for k in there], value=kind, visible=len(there) > 1)


def telling_head(layers: list[Attention], tokens: tuple[Token, ...]) -> tuple[int, int]:
    """A head to begin with: the one that follows a simple pattern most, "the first token" left out (most heads rest
    there); across two texts, the one whose rows are surest."""
    best, where = -1.0, (0, 0)
    for index, attention in enumerate(layers):
        found = patterns(attention, tokens)
        for head in range(attention.n_heads):
            shares = [
                p.share for p in found[head] if p.name in {"the previous token", "what followed the same token before"}
            ]
            share = max(shares) if shares else float(attention.weights[head].max(-1).mean())
            if share > best:
                best, where = share, (index, head)
    return where


def _last_word(tokens: tuple[Token, ...]) -> int:
    words = [i for i, t in enumerate(tokens) if not t.special and any(c.isalpha() for c in t.text)]
    return words[-1] if words else len(tokens) - 1


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
            gr.Markdown(
                "How strongly each token looks at the others: one small map for each **head** of each **layer**. "
                "Choose a map to see it large; choose a row, or a word of the sentence, to see what it looks at.",
                elem_classes=["pg-help"],
            )
        with components.stage():
            panel = components.panel("attention-view", "Attention", min_height=560)
    return Built(
        panels=(panel,),
        controls=(Control("attention", kind, "self", one_of(*KINDS)),),
        show=show_attention,
        adapted=(kind,),
    )
