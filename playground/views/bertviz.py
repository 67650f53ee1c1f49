"""BertViz's head view and model view (Vig 2019), fed with the captured weights.

Only BertViz's drawings are used. Its Python writes megabytes of decimal text with links to foreign servers; here the
weights travel as float32, and the browser's scripts come from this machine.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Literal

import numpy as np

from ..analysis.attention import KINDS
from ..errors import PlaygroundError
from . import pictures
from .attention import CORNER, Heads
from .tables import MatrixTable
from .view import View

MOST_NUMBERS = 600_000
"""Weights in one drawing: BertViz makes an SVG element of each, and browsers give up beyond."""
VIEWS = {"head": "BertViz: heads over the sentence", "model": "BertViz: the whole model"}


def scripts() -> dict[str, Path]:
    """BertViz's own drawings, as they lie in its package: view → script.

    Raises:
        PlaygroundError: bertviz is not installed.
    """
    spec = find_spec("bertviz")
    if spec is None or spec.origin is None:
        raise PlaygroundError("BertViz is not installed: pip install -r requirements.txt brings it.")
    folder = Path(spec.origin).parent
    return {view: folder / f"{view}_view.js" for view in VIEWS}


def bertviz_view(heads: Heads, view: Literal["head", "model"]) -> View:
    """The weights of one kind of attention in one of BertViz's views, "head" or "model".

    Raises:
        PlaygroundError: too many weights for a browser.
    """
    shown = _shown_layers(heads, view)
    weights = np.stack([heads.maps.layers[i].weights for i in shown])
    n_layers = len(heads.maps.layers)
    cut = f" Layers {shown[0]} to {shown[-1]} of {n_layers}." if len(shown) < n_layers else ""
    rows, columns = heads.texts
    picture = pictures.Bertviz(
        view=view,
        layers=tuple(shown),
        layer=heads.layer,
        head=heads.head,
        weights=weights,
        rows=rows,
        columns=columns,
    )
    return View(
        picture=picture,
        reading=f"{heads.looks}; the stronger the colour of a line, the larger the weight.{heads.guidance}",
        table=MatrixTable(picture, CORNER, "weights", "rows", "columns", (shown.index(heads.layer), heads.head)),
        python=heads.code + _code(heads, view),
        notes=(
            f"{KINDS[heads.kind].capitalize()}: the weights that the model used, unrounded, drawn by BertViz.{cut}",
        ),
        name=f"bertviz-{view}-{heads.kind}",
    )


def _shown_layers(heads: Heads, view: str) -> list[int]:
    """As many layers around the chosen one as a browser can draw."""
    n, per_layer = len(heads.maps.layers), heads.maps.layers[0].weights.size
    if per_layer > MOST_NUMBERS or (view == "model" and per_layer * n > MOST_NUMBERS):
        raise PlaygroundError(
            f"{VIEWS[view]} would need {per_layer * n:,} lines, and browsers end at {MOST_NUMBERS:,}. "
            "Take a shorter text, or the playground's own maps."
        )
    fits = min(n, MOST_NUMBERS // per_layer)
    first = min(max(0, heads.layer - fits // 2), n - fits)
    return list(range(first, first + fits))


def _code(heads: Heads, view: str) -> str:
    texts = "[token.text for token in {}.tokens]"
    call = (
        f"cross_attention=weights, encoder_tokens={texts.format('trace.encoder')}, "
        f"decoder_tokens={texts.format('trace')}"
        if heads.kind == "cross"
        else f"weights, {texts.format(heads.stack)}"
    )
    return (
        f"import torch\nfrom bertviz import {view}_view\n\n"
        f"weights = [torch.tensor(layer.{heads.field}.weights)[None] for layer in {heads.stack}.layers]\n"
        f"print(weights[{heads.layer}][0, {heads.head}])\n"
        f"{view}_view({call})  # in a notebook; its scripts come from the net\n"
    )
