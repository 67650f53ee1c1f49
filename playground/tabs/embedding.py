"""Embeddings: the text's vectors on a plane or in space."""

from __future__ import annotations

import gradio as gr

from .. import engine
from ..analysis.embedding import levels, pca, vectors_at
from ..analysis.tokenization import last_word
from ..engine import Prompt
from ..views import code
from ..views.embedding import embedding_view
from ..views.forward import stack_of
from ..views.view import View
from . import components
from .base import Built, Control, Look, Page, one_of, short, within
from .tokenization import SIDES

DIMENSIONS = {"2": "2-D", "3": "3-D"}
FIRST_LEVEL = "token rows"


def show_embedding(prompt: Prompt, look: Look, dimensions: str, level: str, side: str) -> tuple[View, object, object]:
    """The vectors at one level, projected on their principal components."""
    trace = engine.trace(prompt)
    stack = stack_of(trace, "encoder" if side == "source" else "decoder")
    there = levels(stack)
    level = level if level in there else there[0]
    chosen = within(look.pos, len(stack), last_word(stack.tokens))
    vectors = vectors_at(stack, level)
    view = embedding_view(
        stack.tokens,
        vectors,
        pca(vectors, int(dimensions)),
        level=level,
        chosen=chosen,
        code=_code(prompt, level, int(dimensions), encoder=stack is trace.encoder),
        neighbours=engine.nearest_tokens(prompt.model, stack.tokens[chosen].token_id, 3),
    )
    return view, gr.update(choices=there, value=level), gr.update(visible=trace.encoder is not None)


def _code(prompt: Prompt, level: str, dimensions: int, *, encoder: bool) -> str:
    stack = "trace.encoder" if encoder else "trace"
    vectors = {"token rows": f"{stack}.embeddings", "token + position": f"{stack}.embeddings + {stack}.positions"}.get(
        level, f"{stack}.layers[{level.rsplit(' ', 1)[1]}].resid_post"
    )
    return (
        code.captured(prompt.model, prompt.text, prompt.target)
        + "from playground.analysis.embedding import pca\n\n"
        + f"projection = pca({vectors}, {dimensions})\n"
        + "print(projection.points, projection.explained)\n"
    )


def build(page: Page) -> Built:
    """The plot; how many dimensions, and where the vectors are taken from."""
    with components.tab():
        with components.rail("embeddings"):
            dimensions = gr.Radio(
                [(title, key) for key, title in DIMENSIONS.items()],
                value="2",
                label="Plot",
                elem_id="embeddings-dimensions",
            )
            level = gr.Dropdown(
                [FIRST_LEVEL],
                value=FIRST_LEVEL,
                label="Vectors",
                elem_id="embeddings-level",
                allow_custom_value=True,  # a link may name a level of a model that is not loaded yet
            )
            side = gr.Radio(
                [(title, side) for side, title in SIDES.items()],
                value="source",
                label="Whose vectors",
                visible=False,
                elem_id="embeddings-side",
            )
            gr.Markdown(
                "Each token is looked up in a table and becomes a list of numbers, a **vector**: one point in many "
                "dimensions, seen here along the two or three in which this text's vectors differ most (**PCA**). "
                "**Token rows** are the table's own; **after layer n** they have taken in their neighbours.",
                elem_classes=["pg-help"],
            )
        with components.stage():
            panel = components.panel("embeddings-view", "Embeddings", min_height=480)
    return Built(
        panels=(panel,),
        controls=(
            Control("dimensions", dimensions, "2", one_of(*DIMENSIONS)),
            Control("level", level, FIRST_LEVEL, short),
            Control("vectors_of", side, "source", one_of(*SIDES)),
        ),
        show=show_embedding,
        adapted=(level, side),
    )
