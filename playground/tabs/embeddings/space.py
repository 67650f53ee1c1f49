"""The text's vectors on a plane or in space."""

from __future__ import annotations

from typing import Any

from ... import engine
from ...analysis.embedding import levels, nearness, pca, vectors_at
from ...engine import Prompt
from ...views import code
from ...views.embedding import embedding_view
from ...views.view import View
from ..contract import Adaptation, Asked, TabView
from ..controls import choice, offer
from ..places import SIDES, position, stack_of, two_texts

FIRST_LEVEL = "token rows"


def show(asked: Asked) -> View:
    """The vectors at one level, projected on their principal components."""
    prompt, trace = asked.run, engine.trace(asked.run)
    dimensions, stack = int(asked.values["dimensions"]), stack_of(trace, asked.values["side"])
    there = levels(stack)
    level = asked.values["level"] if asked.values["level"] in there else there[0]
    chosen = position(prompt, stack.tokens, asked.look.pos)
    vectors = vectors_at(stack, level)
    return embedding_view(
        stack.tokens,
        pca(vectors, dimensions),
        nearness(stack.tokens, vectors, chosen),
        level=level,
        code=_code(prompt, level, dimensions, encoder=stack is trace.encoder),
        neighbours=engine.nearest_tokens(prompt.model, stack.tokens[chosen].token_id, 3),
    )


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


def _levels(prompt: Prompt, value: Any) -> Adaptation:
    """The levels that this model has; one that it lacks gives way to its first."""
    trace = engine.trace(prompt)
    there = levels(trace.encoder or trace)
    return Adaptation(choices=tuple(there), value=None if value in there else there[0])


SPACE = TabView(
    "space",
    "Space",
    show,
    controls=(
        choice("dimensions", "Plot", {"2": "2-D", "3": "3-D"}, "2"),
        offer("level", "Vectors", FIRST_LEVEL, adapt=_levels),
        choice("side", "Whose vectors", SIDES, "source", adapt=two_texts),
    ),
    reads=frozenset({"pos", "dimensions", "level", "side"}),
    help="Each token is looked up in a table and becomes a list of numbers, a **vector**: one point in many "
    "dimensions, seen here along the two or three in which this text's vectors differ most (**PCA**). "
    "**Token rows** are the table's own; **after layer n** they have taken in their neighbours.",
)
