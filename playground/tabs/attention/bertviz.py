"""The same weights as BertViz draws them."""

from __future__ import annotations

from ...views.bertviz import bertviz_view
from ...views.view import View
from ..contract import Asked, TabView
from .heads import chosen_heads

READS = frozenset({"pos", "layer", "head", "which"})


def show_head_view(asked: Asked) -> View:
    """BertViz's head view: lines from each token to those it looks at, one colour a head."""
    return bertviz_view(chosen_heads(asked), "head")


def show_model_view(asked: Asked) -> View:
    """BertViz's model view: all layers and heads as small drawings."""
    return bertviz_view(chosen_heads(asked), "model")


HEAD_VIEW = TabView(
    "bertviz-head",
    "BertViz: one layer",
    show_head_view,
    reads=READS,
    help="BertViz draws a line from each token to those it looks at; the stronger the line, the larger the weight. "
    "Each colour is a **head** of one **layer**: double-click a colour to see that head alone.",
)
MODEL_VIEW = TabView(
    "bertviz-model",
    "BertViz: all layers",
    show_model_view,
    reads=READS,
    help="Every **head** of every **layer** as BertViz draws it. Choose a drawing to see it large; it is then chosen "
    "in the other views too.",
)
