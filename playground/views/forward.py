"""The way up: the residual stream layer by layer, read out after each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from ..analysis.lens import Addition, Followed, Lens, StreamLengths
from ..trace import Stack, Token, Trace
from . import pictures
from .pictures import Axis, Grid, HeatMap
from .pictures.lens import Guess, Measure
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


def checked(laws: Laws) -> str:
    """One sentence: each step recomputed from its inputs, and the largest |difference|."""
    found = [f"{what}: {power(getattr(laws, law))}" for law, what in CHECKS.items() if getattr(laws, law) is not None]
    return f"Checked on this run, largest |difference|: {'; '.join(found)}." if found else ""


@dataclass(frozen=True, eq=False)
class Cells:
    """What the lens' cells show, and what is chosen there."""

    measure: Measure
    layer: int
    """The chosen layer; −1 is the embedding."""
    pos: int
    best: tuple[tuple[str, float], ...]
    """The most probable tokens at the chosen cell: text and probability."""
    followed: Followed | None = None
    """None: at each place the model's final answer is followed."""
    asked: tuple[int, ...] = ()
    """Places whose answers the text asks for."""
    answers: str = "after"
    """"after" a token, or "at" its place as an encoder does."""
    start: bool = False
    """The text begins with a decoder's start token."""


def lens_view(
    trace: Trace,
    lens: Lens,
    lengths: StreamLengths,
    added: list[Addition],
    laws: Laws,
    cells: Cells,
    *,
    code: str,
) -> View:
    """The model's best guess after each layer and at each position, and what each sublayer adds at one position.

    Args:
        trace: the forward pass.
        lens: its read-outs.
        lengths: of its residual stream.
        added: what is added at the chosen position, from the bottom up.
        laws: how far the pass is from the laws it must obey.
        cells: what is shown and chosen.
        code: lines that make ``trace``.
    """
    followed = cells.followed
    picture = pictures.Lens(
        levels=lens.rows,
        tokens=tuple(t.text for t in trace.tokens),
        asked=cells.asked,
        guesses=lens.top_texts,
        probs=lens.top_probs,
        token_probs=lens.final_probs if followed is None else followed.probs,
        ranks=lens.final_ranks if followed is None else followed.ranks,
        entropies=lens.entropies,
        divergences=lens.divergences,
        norms=lengths.values,
        followed="" if followed is None else followed.token.text,
        measure=cells.measure,
        layer=cells.layer,
        pos=cells.pos,
        best=tuple(Guess(text, p) for text, p in cells.best),
        added=tuple(_added(a) for a in added),
    )
    return View(
        picture=picture,
        reading=_reading(trace.tokens, lens, cells),
        table=GridTable(picture, ("after", "levels"), ("token", "tokens"), _columns(followed)),
        python=code + _lens_code(cells),
        notes=_lens_notes(trace, cells, laws),
        name="logit-lens",
    )


def _columns(followed: Followed | None) -> tuple[tuple[str, str], ...]:
    name = "final answer" if followed is None else quoted(followed.token.text)
    return (
        ("best guess", "guesses"), ("probability", "probs"), (f"rank of {name}", "ranks"),
        (f"probability of {name}", "token_probs"), ("entropy (bits)", "entropies"),
        ("KL from final answer (bits)", "divergences"), ("length of stream", "norms"),
    )  # fmt: skip


def _lens_notes(trace: Trace, cells: Cells, laws: Laws) -> tuple[str, ...]:
    notes = [
        "Each cell is softmax(unembed(final_norm(stream))) over the whole vocabulary; the top row is the model's "
        "own answer."
        if not trace.post_norm
        else "Each cell is softmax(unembed(stream)) over the whole vocabulary: this family normalises inside its "
        "layers. The top row is the model's own answer.",
        "Lower layers were never trained to be read out: their guesses are a reading aid. In the row of the "
        "embedding nothing has been computed yet, so it often gives the token itself back.",
    ]
    if cells.measure == "entropy":
        notes.append("Entropy: 0 bits is certain, 1 bit is as open as a coin, 10 bits as one of a thousand words.")
    if cells.measure == "kl":
        notes.append(
            "KL: the bits per token that are lost if this row's distribution stands for the final one; 0: equal."
        )
    if cells.start:
        notes.append(
            f"The decoder begins with its start token, here {trace.tokens[0].text}: no word, but the question for "
            "the first one."
        )
    if cells.followed is not None and cells.followed.token.note:
        notes.append(cells.followed.token.note)
    return (*notes, checked(laws), *trace.missing)


def _added(addition: Addition) -> pictures.Added:
    part, layer = addition.label.split()
    return pictures.Added(int(layer), cast(Any, part), addition.norm)


def _lens_code(cells: Cells) -> str:
    layer, pos = cells.layer, cells.pos
    stream = "trace.layers[0].resid_pre" if layer < 0 else f"trace.layers[{layer}].resid_post"
    lines = (
        f"logits = read_out(model, {stream}[{pos}])  # (vocab_size,)\n"
        "print(model.tokenizer.decode([int(logits.argmax())]))\n"
    )
    if cells.followed is None:
        return lines
    token_id = cells.followed.token.token_id
    return lines + f"print(int((logits > logits[{token_id}]).sum()) + 1)  # rank of {cells.followed.token.text!r}\n"


def _reading(tokens: tuple[Token, ...], lens: Lens, cells: Cells) -> str:
    pos = cells.pos
    final, settled = lens.top_texts[-1][pos], lens.settled(pos)
    where = lens.rows[settled]
    said = (
        f"{cells.answers.capitalize()} {quoted(tokens[pos].text)} the model's answer is {quoted(final)} "
        f"({percent(lens.top_probs[-1, pos])}); "
        f"read out from the {where if settled == 0 else 'stream after ' + where} on, it stays the best guess."
    )
    followed = cells.followed
    if followed is None:
        return said
    ranks = followed.ranks[:, pos]
    best = 1 + int(ranks[1:].argmin())  # the embedding, row 0, is no layer's answer
    return (
        f"{said} {quoted(followed.token.text)} stands highest after {lens.rows[best]} (rank {int(ranks[best]):,}) and "
        f"ends at rank {int(ranks[-1]):,} with {percent(followed.probs[-1, pos])}."
    )


def residual_view(
    stack: Stack,
    lengths: StreamLengths,
    *,
    pos: int,
    layer: int | None,
    code: str,
    notes: tuple[str, ...],
    side: str = "",
) -> View:
    """How long the stream is after each layer and at each position: where no answers can be read out of it.

    Args:
        stack: the tower.
        lengths: of its stream.
        pos: the chosen position.
        layer: the chosen layer, −1 the embedding; None: the top.
        code: lines that make ``trace``.
        notes: why no answers are read out.
        side: "encoder" for the encoder of two towers.
    """
    texts = tuple(t.text for t in stack.tokens)
    levels = Axis("after", lengths.rows, key="layer", values=tuple(range(-1, len(lengths.rows) - 1)))
    heat = HeatMap("", lengths.values.astype(np.float32), levels, Axis("token", texts, key="pos"))
    row = len(lengths.rows) - 1 if layer is None or not -1 <= layer < len(lengths.rows) - 1 else layer + 1
    start, end = float(lengths.values[0, pos]), float(lengths.values[-1, pos])
    return View(
        picture=Grid(
            (heat,),
            "amount",
            pictures.full_of(heat.values),
            (0, row, pos),
            ends=("short", "long"),
            upwards=True,
            hint="How long the residual stream is after each layer, at each token. Point at a cell for its number.",
        ),
        reading=f"At {quoted(texts[pos])} the stream {'grows' if end >= start else 'shrinks'} from length "
        f"{number(start)} to {number(end)} on its way up.",
        table=Table(
            ("after", *(f"{i} {t}" for i, t in enumerate(texts))),
            tuple((name, *map(float, row)) for name, row in zip(lengths.rows, lengths.values, strict=True)),
        ),
        python=code + f"import numpy as np\nfor layer in trace.{side + '.' if side else ''}layers:\n"
        "    print(np.linalg.norm(layer.resid_post, axis=-1))\n",
        notes=("The Euclidean length of the residual stream.", *notes),
        name="residual-stream",
    )
