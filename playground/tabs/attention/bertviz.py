"""The same weights, queries and keys as BertViz draws them."""

from __future__ import annotations

from ...views.bertviz import DRAWINGS, bertviz_view
from ...views.view import View
from ..contract import Asked, TabView
from ..controls import choice
from .heads import chosen_heads


def show(asked: Asked) -> View:
    """BertViz's head, model or neuron view."""
    return bertviz_view(chosen_heads(asked), asked.values["drawing"])


BERTVIZ = TabView(
    "bertviz",
    "BertViz",
    show,
    controls=(choice("drawing", "Drawing", {str(key): title for key, title in DRAWINGS.items()}, "head"),),
    reads=frozenset({"pos", "layer", "head", "which", "drawing"}),
    help="**BertViz** (Jesse Vig) draws a line from each token to those it looks at, one colour for each **head**. "
    "**Heads of one layer**: point at a token; a double click on a colour shows that head alone. **All layers and "
    "heads**: choose a drawing to see it large. **Neurons**: which numbers of the query and the key make the look.",
)
