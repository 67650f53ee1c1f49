"""BertViz's three drawings (Vig 2019), fed with what was captured: weights, and queries and keys.

Only BertViz's scripts are used. Its Python writes megabytes of decimal text with links to foreign servers, and its
neuron view takes no model of today; here the numbers travel as float32, the browser's scripts come from this machine,
and q and k are those of any family that hands them over.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from ..analysis.attention import KINDS
from ..errors import PlaygroundError
from ..trace import Array, Attention, Token
from . import pictures
from .attention import CORNER, Heads
from .pictures.bertviz import Drawing
from .tables import MatrixTable
from .view import View, number

MOST_MARKS = 600_000
"""Lines and cells in one drawing: BertViz makes an SVG element of each, and browsers give up beyond."""
SLOW_MARKS = 60_000
"""From here on a drawing takes a second and more, and the page says so before."""
DRAWINGS: dict[Drawing, str] = {
    "head": "Heads of one layer",
    "model": "All layers and heads",
    "neuron": "Neurons: q · k",
}
NO_NUMBERS: Array = np.zeros((0, 0), np.float32)


def scripts() -> dict[str, Path]:
    """BertViz's own drawings, as they lie in its package: name → script.

    Raises:
        PlaygroundError: bertviz is not installed.
    """
    spec = find_spec("bertviz")
    if spec is None or spec.origin is None:
        raise PlaygroundError("BertViz is not installed: pip install -r requirements.txt brings it.")
    folder = Path(spec.origin).parent
    return {drawing: folder / f"{drawing}_view.js" for drawing in DRAWINGS}


def bertviz_view(heads: Heads, drawing: Drawing) -> View:
    """One kind of attention in one of BertViz's drawings.

    Raises:
        PlaygroundError: too much for a browser; or no queries and keys for the neuron view.
    """
    layers = [heads.layer] if drawing == "neuron" else _shown_layers(heads, drawing)
    own, n_layers = heads.maps.layers[heads.layer], len(heads.maps.layers)
    shown = [heads.head] if drawing == "neuron" else list(range(own.n_heads))
    weights = np.stack([heads.maps.layers[i].weights[shown] for i in layers])
    queries, keys = _neurons(heads) if drawing == "neuron" else (NO_NUMBERS, NO_NUMBERS)
    rows, columns = heads.texts
    picture = pictures.Bertviz(
        view=drawing,
        layers=tuple(layers),
        heads=tuple(shown),
        n_layers=n_layers,
        n_heads=own.n_heads,
        layer=heads.layer,
        head=heads.head,
        pos=heads.pos,
        weights=weights,
        queries=queries,
        keys=keys,
        rows=rows,
        columns=columns,
        second=None if heads.kind == "cross" or heads.maps.causal else second_sentence(heads.maps.rows),
        causal=heads.maps.causal,
        n_marks=marks(drawing, weights.shape, queries.shape[-1]),
    )
    return View(
        picture=picture,
        reading=_reading(heads, drawing),
        table=MatrixTable(
            picture, CORNER, "weights", "rows", "columns", (layers.index(heads.layer), shown.index(heads.head))
        ),
        python=heads.code + _code(heads, drawing),
        notes=_notes(heads, picture),
        name=f"bertviz-{drawing}-{heads.kind}",
    )


def marks(drawing: str, shape: tuple[int, ...], head_dim: int) -> int:
    """Elements of a drawing on the page: lines; in the neuron view also the cells of three vectors for each token."""
    n_layers, n_heads, rows, columns = shape
    if drawing == "head":
        return n_heads * rows * columns
    if drawing == "model":
        return n_layers * n_heads * rows * columns
    return 7 * rows * columns + (rows + 2 * columns) * head_dim


def second_sentence(tokens: Sequence[Token]) -> int | None:
    """Where the second of two sentences begins: behind the first separator, if it is not the last token."""
    if not tokens or not tokens[-1].special:
        return None
    places = [i for i, token in enumerate(tokens[:-1]) if token.token_id == tokens[-1].token_id]
    return places[0] + 1 if places and places[0] > 0 else None


def _shown_layers(heads: Heads, drawing: Drawing) -> list[int]:
    """As many layers around the chosen one as a browser can hold."""
    n, per_layer = len(heads.maps.layers), heads.maps.layers[0].weights.size
    _check(drawing, per_layer * (n if drawing == "model" else 1))
    fits = min(n, MOST_MARKS // per_layer)
    first = min(max(0, heads.layer - fits // 2), n - fits)
    return list(range(first, first + fits))


def _check(drawing: Drawing, n_marks: int) -> None:
    if n_marks > MOST_MARKS:
        raise PlaygroundError(
            f"BertViz would draw {n_marks:,} lines and cells for “{DRAWINGS[drawing]}”, and browsers give up at "
            f"{MOST_MARKS:,}. Take a shorter text, or the view “Maps”, which draws any length."
        )


def _neurons(heads: Heads) -> tuple[Array, Array]:
    """Queries and keys of the chosen head, as they meet."""
    attention = heads.maps.layers[heads.layer]
    if attention.q is None or attention.k is None:
        raise PlaygroundError(
            "This family hands over its attention weights, and not the queries and keys that they come from. The other "
            "two drawings need only the weights."
        )
    queries, keys = attention.q[heads.head], attention.per_head(attention.k)[heads.head]
    _check("neuron", marks("neuron", (1, 1, len(queries), len(keys)), queries.shape[-1]))
    return queries, keys


def _reading(heads: Heads, drawing: Drawing) -> str:
    said = "the stronger the colour of a line, the larger the weight"
    if drawing == "neuron":
        width = heads.maps.layers[heads.layer].q
        n = 0 if width is None else width.shape[-1]
        said = f"its query has {n} numbers; each is multiplied by the key’s, and the sum q · k decides the weight"
    return f"{heads.looks()}; {said}.{heads.guidance}"


def _notes(heads: Heads, picture: pictures.Bertviz) -> tuple[str, ...]:
    source = "the queries, keys and weights" if picture.view == "neuron" else "the weights"
    notes = [f"{KINDS[heads.kind].capitalize()}: {source} that the model used, unrounded, drawn by BertViz."]
    if len(picture.layers) < picture.n_layers and picture.view == "head":
        notes.append(f"Layers {picture.layers[0]} to {picture.layers[-1]} of {picture.n_layers} are in the drawing.")
    if picture.view == "neuron":
        notes += _left_out(heads.maps.layers[heads.layer])
    if picture.second is not None:
        notes.append(f"Sentence B begins at token {picture.second}, behind the first separator.")
    if picture.n_marks > SLOW_MARKS:
        notes.append(
            f"{picture.n_marks:,} lines and cells: drawing them takes a while; at {MOST_MARKS:,} it is refused."
        )
    return tuple(notes)


def _left_out(attention: Attention) -> list[str]:
    """What stands between q · k and the weights, and BertViz does not draw."""
    assert attention.q is not None
    width, scaling = attention.q.shape[-1], attention.scaling
    notes = ["Where a model turns positions into q and k (rotary), they are in them here."]
    if scaling is not None and not np.isclose(scaling, width**-0.5):
        notes.append(f"BertViz colours q · k divided by √{width}; this model multiplies by {number(scaling)}.")
    if attention.bias is not None:
        notes.append("This model adds a bias by distance to q · k, which BertViz does not draw; the weights have it.")
    if attention.softcap is not None:
        notes.append("This model caps its scores before the softmax, which BertViz does not draw; the weights have it.")
    return notes


def _code(heads: Heads, drawing: Drawing) -> str:
    if drawing == "neuron":
        return (
            f"attention = {heads.stack}.layers[{heads.layer}].{heads.field}\n"
            f"print(attention.weights[{heads.head}])\n"
            f"q, k = attention.q[{heads.head}], attention.per_head(attention.k)[{heads.head}]\n"
            f"print(q[{heads.pos}] * k)  # what the neuron view multiplies; the sum of a row is q · k\n"
        )
    texts = "[token.text for token in {}.tokens]"
    call = (
        f"cross_attention=weights, encoder_tokens={texts.format('trace.encoder')}, "
        f"decoder_tokens={texts.format('trace')}"
        if heads.kind == "cross"
        else f"weights, {texts.format(heads.stack)}"
    )
    return (
        f"import torch\nfrom bertviz import {drawing}_view\n\n"
        f"weights = [torch.tensor(layer.{heads.field}.weights)[None] for layer in {heads.stack}.layers]\n"
        f"print(weights[{heads.layer}][0, {heads.head}])\n"
        f"{drawing}_view({call})  # in a notebook; its scripts come from the net\n"
    )
