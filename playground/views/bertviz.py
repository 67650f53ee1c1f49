"""BertViz's head view and model view (Vig 2019), fed with the captured weights.

Only BertViz's drawings are used. Its Python writes megabytes of decimal text with links to foreign servers; here the
weights travel as float32, and the browser's scripts come from this machine.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import numpy as np

from ..analysis.attention import KINDS
from ..errors import PlaygroundError
from ..trace import Attention, Token
from .view import Table, View, percent, quoted, raw

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


def bertviz_view(
    layers: list[Attention],
    rows: tuple[Token, ...],
    columns: tuple[Token, ...],
    *,
    view: str,
    kind: str,
    layer: int,
    head: int,
    pos: int,
    code: str,
) -> View:
    """The weights of one kind of attention in one of BertViz's views.

    Args:
        layers: the attentions, from the bottom up.
        rows: tokens that look.
        columns: tokens that are looked at.
        view: "head" or "model".
        kind: "self", "cross" or "encoder".
        layer: where the head view begins; likewise ``head`` and ``pos`` for the sentence.
        code: lines that make ``trace``.

    Raises:
        PlaygroundError: too many weights for a browser.
    """
    per_layer = layers[0].weights.size
    if per_layer > MOST_NUMBERS or (view == "model" and per_layer * len(layers) > MOST_NUMBERS):
        raise PlaygroundError(
            f"{VIEWS[view]} would need {per_layer * len(layers):,} lines, and browsers end at {MOST_NUMBERS:,}. "
            "Take a shorter text, or the playground's own maps."
        )
    fits = max(1, MOST_NUMBERS // per_layer)
    first = 0 if fits >= len(layers) else min(max(0, layer - fits // 2), len(layers) - fits)
    shown = list(range(first, min(first + fits, len(layers))))
    weights = np.stack([layers[i].weights for i in shown])
    best = int(layers[layer].weights[head, pos].argmax())
    cut = f" Layers {shown[0]} to {shown[-1]} of {len(layers)}." if len(shown) < len(layers) else ""
    return View(
        picture={
            "kind": "bertviz",
            "view": view,
            "layer": layer,
            "heads": [head] if view == "head" else None,
            "include_layers": shown,
            "include_heads": list(range(weights.shape[1])),
            "block": {
                "name": KINDS[kind],
                "shape": list(weights.shape),
                "weights": raw(weights, "f4"),
                "left": [t.text for t in rows],
                "right": [t.text for t in columns],
            },
        },
        reading=(
            f"In head {layer}.{head}, {quoted(rows[pos].text)} looks most at {quoted(columns[best].text)} "
            f"({percent(layers[layer].weights[head, pos, best])}); the thicker the line, the larger the weight."
        ),
        table=Table(
            ("row looks at column →", *(f"{i} {t.text}" for i, t in enumerate(columns))),
            tuple((f"{i} {t.text}", *map(float, layers[layer].weights[head, i])) for i, t in enumerate(rows)),
        ),
        python=code + _code(view, kind, layer, head),
        notes=(f"{KINDS[kind].capitalize()}: the weights that the model used, unrounded, drawn by BertViz.{cut}",),
        name=f"bertviz-{view}-{kind}",
    )


def _code(view: str, kind: str, layer: int, head: int) -> str:
    stack = "trace.encoder" if kind == "encoder" else "trace"
    field = "cross_attention" if kind == "cross" else "attention"
    texts = "[token.text for token in {}.tokens]"
    call = (
        f"cross_attention=weights, encoder_tokens={texts.format('trace.encoder')}, "
        f"decoder_tokens={texts.format('trace')}"
        if kind == "cross"
        else f"weights, {texts.format(stack)}"
    )
    return (
        f"import torch\nfrom bertviz import {view}_view\n\n"
        f"weights = [torch.tensor(layer.{field}.weights)[None] for layer in {stack}.layers]\n"
        f"print(weights[{layer}][0, {head}])\n"
        f"{view}_view({call})  # in a notebook; its scripts come from the net\n"
    )
