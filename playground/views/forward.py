"""The way up: the residual stream layer by layer, read out after each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import numpy as np

from ..analysis.lens import Addition, Lens, StreamLengths
from ..trace import Token, Trace
from . import figures, pictures
from .tables import GridTable, Table
from .view import View, number, percent, power, quoted

if TYPE_CHECKING:
    from ..hooks import Laws

CHECKS = {
    "residual": "the sum of the stream and what is added to it",
    "softmax": "softmax of the masked scores against the attention weights",
    "head_out": "weights · values against the heads' outputs",
    "unembed": "the read-out of the last layer against the model's own logits",
}
"""Law → what is recomputed, in words."""
LENS_COLUMNS = (
    ("best guess", "guesses"), ("probability", "probs"),
    ("rank of final answer", "ranks"), ("length of stream", "norms"),
)  # fmt: skip


def checked(laws: Laws) -> str:
    """One sentence: each step recomputed from its inputs, and the largest |difference|."""
    found = [f"{what}: {power(getattr(laws, law))}" for law, what in CHECKS.items() if getattr(laws, law) is not None]
    return f"Checked on this run, largest |difference|: {'; '.join(found)}." if found else ""


def lens_view(
    trace: Trace,
    lens: Lens,
    lengths: StreamLengths,
    added: list[Addition],
    laws: Laws,
    *,
    layer: int,
    pos: int,
    code: str,
    answers: str = "after",
) -> View:
    """The model's best guess after each layer and at each position, and what each sublayer adds at one position.

    Args:
        trace: the forward pass.
        lens: its read-outs.
        lengths: of its residual stream.
        added: what is added at ``pos``, from the bottom up.
        laws: how far the pass is from the laws it must obey.
        layer: the chosen layer; −1 is the embedding.
        pos: the chosen position.
        code: lines that make ``trace``.
        answers: "after" a token, or "at" its place as an encoder does.
    """
    picture = pictures.Lens(
        levels=lens.rows,
        tokens=tuple(t.text for t in trace.tokens),
        guesses=lens.top_texts,
        probs=lens.top_probs,
        ranks=lens.final_ranks,
        norms=lengths.values,
        layer=layer,
        pos=pos,
        added=tuple(_added(a) for a in added),
    )
    return View(
        picture=picture,
        reading=_reading(trace.tokens, lens, pos, answers),
        table=GridTable(picture, ("after", "levels"), ("token", "tokens"), LENS_COLUMNS),
        python=code + _lens_code(layer, pos),
        notes=(
            "Each cell is softmax(unembed(final_norm(stream))) over the whole vocabulary; the top row is the model's "
            "own answer."
            if not trace.post_norm
            else "Each cell is softmax(unembed(stream)) over the whole vocabulary: this family normalises inside its "
            "layers. The top row is the model's own answer.",
            "Lower layers were never trained to be read out: their guesses are a reading aid. In the row of the "
            "embedding nothing has been computed yet, so it often gives the token itself back.",
            "attn: what attention adds to the stream; mlp: what the feed-forward network adds.",
            checked(laws),
            *trace.missing,
        ),
        name="logit-lens",
    )


def _added(addition: Addition) -> pictures.Added:
    part, layer = addition.label.split()
    return pictures.Added(int(layer), cast(Any, part), addition.norm)


def _lens_code(layer: int, pos: int) -> str:
    stream = "trace.layers[0].resid_pre" if layer < 0 else f"trace.layers[{layer}].resid_post"
    return (
        f"logits = read_out(model, {stream}[{pos}])  # (vocab_size,)\n"
        "print(model.tokenizer.decode([int(logits.argmax())]))\n"
    )


def _reading(tokens: tuple[Token, ...], lens: Lens, pos: int, answers: str) -> str:
    final, settled = lens.top_texts[-1][pos], lens.settled(pos)
    where = lens.rows[settled]
    return (
        f"{answers.capitalize()} {quoted(tokens[pos].text)} the model's answer is {quoted(final)} "
        f"({percent(lens.top_probs[-1, pos])}); "
        f"read out from the {where if settled == 0 else 'stream after ' + where} on, it stays the best guess."
    )


def residual_view(trace: Trace, lengths: StreamLengths, *, pos: int, code: str) -> View:
    """For families without a described way out: how long the stream is after each layer, at each position."""
    texts = [t.text for t in trace.tokens]
    figure = figures.figure(
        [
            {
                "type": "heatmap",
                "z": lengths.values,
                "colorscale": "@amount",
                "colorbar": {"title": {"text": "length"}},
                "hovertemplate": "%{y}, position %{x}: %{z:.4g}<extra></extra>",
            }
        ],
        xaxis={"tickvals": list(range(len(texts))), "ticktext": texts, "title": {"text": "token"}},
        yaxis={"tickvals": list(range(len(lengths.rows))), "ticktext": list(lengths.rows)},
    )
    layers, places = np.indices(lengths.values.shape) - np.array([1, 0])[:, None, None]  # row 0 is the embedding
    start, end = lengths.values[0, pos], lengths.values[-1, pos]
    return View(
        picture=pictures.Plot(figure, ({"pos": places, "layer": layers},), pos=None, view_key="residual-stream"),
        reading=f"At {quoted(texts[pos])} the stream grows from length {number(start)} to {number(end)} on its way up.",
        table=Table(
            ("after", *(f"{i} {t}" for i, t in enumerate(texts))),
            tuple((name, *map(float, row)) for name, row in zip(lengths.rows, lengths.values, strict=True)),
        ),
        python=code
        + "import numpy as np\nfor layer in trace.layers:\n    print(np.linalg.norm(layer.resid_post, axis=-1))\n",
        notes=("The Euclidean length of the residual stream.", *trace.missing),
        name="residual-stream",
    )
