"""One head's attention as whole matrices: q, k, v → scores → scaled → masked → weights → output."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from ...analysis.attention import KINDS, attentions, sides
from ...analysis.attention.steps import can_look, head_matrices
from ...trace import Array, Trace
from .. import pictures
from ..pictures.matrices import Stage
from ..tables import MatrixTable
from ..view import View, count, percent, power, quoted
from ..walk.told import number
from .steps_words import in_brackets, plus

if TYPE_CHECKING:
    from ...analysis.attention.steps import HeadMatrices

CORNER = "row looks at column →"
WRITTEN = 6
"""Terms of a sum that are written out before the dots."""


def matrices_view(trace: Trace, kind: str, layer: int, head: int, pos: int, key: int, code: str) -> View:
    """The whole matrices of a head.

    Args:
        trace: the forward pass.
        kind: "self", "cross" or "encoder".
        layer: of the kind's tower.
        head: of the layer.
        pos: the marked query.
        key: the marked key; one that is not there, or that the query may not look at: the one it looks at most.
        code: lines that make ``trace``.
    """
    attention = attentions(trace, kind)[layer]
    rows, columns = sides(trace, kind)
    if not can_look(attention, pos, key):
        key = int(attention.weights[head, pos].argmax())
    found = head_matrices(attention, head, pos, key)
    row, column = found.rows.index(pos), found.columns.index(key) if key in found.columns else 0
    queries, keys = [rows[i].text for i in found.rows], [columns[i].text for i in found.columns]
    scale = attention.scaling or 1.0
    picture = pictures.Matrices(
        queries=tuple(queries), keys=tuple(keys), query_at=found.rows, key_at=found.columns, picks=("pos", "key"),
        q=found.q, k=found.k, v=_or_none(found.v, len(keys)), stages=tuple(stages_drawn(found, scale)),
        weights=found.weights, out=_or_none(found.out, len(queries)), row=row, column=column, digits=0,
        lines=(tuple(written(found, row, column, scale)),),
        check=f"weights recomputed from q and k: max |difference| {power(found.difference)}; outputs from weights and "
              f"v: {power(found.out_difference)}",
        exact=max(found.difference, found.out_difference) <= 1e-4, code="", softmaxed=None,
    )  # fmt: skip
    tower = "trace.encoder" if kind == "encoder" else "trace"
    where = f"{tower}.layers[{layer}].{'cross_' if kind == 'cross' else ''}attention"
    most = int(found.weights[row].argmax())
    cut = len(found.rows) < len(rows) or len(found.columns) < len(columns)
    return View(
        picture=picture,
        reading=f"Head {layer}.{head} for all tokens at once: row {quoted(queries[row])} gives "
        f"{percent(found.weights[row, most])} to {quoted(keys[most])}, and its output is that mixture of values.",
        table=MatrixTable(picture, CORNER, "weights", "queries", "keys"),
        python=code + f"attention = {where}\nprint(attention.scores[{head}], attention.masked[{head}])\n"
        f"print(attention.weights[{head}], attention.head_out[{head}])\n",
        notes=(
            f"{KINDS[kind].capitalize()}. Blue is negative, vermilion positive; weights: the darker, the larger. "
            "Choose a cell: its numbers stand below.",
            *((f"{count(len(found.rows), 'row')} and {count(len(found.columns), 'column')} around the chosen cell are "
               "shown; every number is of the whole text.",) if cut else ()),
        ),
        name=f"attention-matrices-{kind}-{layer}-{head}",
    )  # fmt: skip


def _or_none(values: Array | None, length: int) -> Array:
    return np.zeros((length, 0), np.float32) if values is None else values


def stages_drawn(found: HeadMatrices, scale: float) -> list[Stage]:
    """The score matrices in the order in which they are computed."""
    stages = found.stages
    drawn = [Stage("q · kᵀ", "every query with every key", stages.scores)]
    if scale != 1:
        drawn.append(Stage("scaled", f"× {number(scale)}", stages.scaled))
    if stages.capped is not None:
        drawn.append(Stage("capped", "cap · tanh(score / cap)", stages.capped))
    if stages.biased is not None:
        drawn.append(Stage("biased", "+ bias for the distance", stages.biased))
    if np.isneginf(stages.masked).any():
        drawn.append(Stage("masked", "−∞ for what comes later", stages.masked))
    return drawn


def written(found: HeadMatrices, row: int, column: int, scale: float, digits: int = 0) -> list[tuple[str, str]]:
    """The chosen cell step by step: a heading, and the formula with its numbers.

    Args:
        found: the matrices.
        row: index of the chosen query.
        column: index of the chosen key.
        scale: what the dot products are multiplied by.
        digits: digits behind the point; 0: three significant digits.
    """
    stages = found.stages

    def n(value: float) -> str:
        return number(float(value)) if not digits else f"{float(value) + 0.0:.{digits}f}".replace("-", "−")

    def sum_of(terms: Sequence[str], whole: bool = True, most: int = WRITTEN) -> str:
        return plus(terms[:most], not whole or len(terms) > most)

    def share(value: float) -> str:
        """A positive number; a small one keeps significant digits instead of becoming 0.0000."""
        return n(value) if value == 0 or abs(value) >= 10.0 ** (2 - digits) else number(float(value))

    whole = len(found.columns) == found.n_keys
    # By hand, softmax is exp(score) / Σ exp(score). Where that would be all zeros or too large to write with these
    # digits, and of a model's matrices, the largest score is subtracted first.
    plain = bool(digits) and -2 < float(stages.largest[row]) < 20
    most = len(found.columns) if digits else WRITTEN  # by hand every token is a term: the sum can be checked
    factor = np.exp(float(stages.largest[row])) if plain else 1.0

    products = [f"{n(q)}·{in_brackets(n(k))}" for q, k in zip(found.q[row], found.k[column], strict=True)]
    lines = [("q·k", f"{sum_of(products)} = {n(stages.scores[row, column])}")]
    if scale != 1:
        factor_shown = f"{scale:.6g}" if digits else number(scale)
        lines.append(("scaled", f"{n(stages.scores[row, column])} × {factor_shown} = {n(stages.scaled[row, column])}"))
    if stages.biased is not None:
        lines.append(("biased", f"→ {n(stages.biased[row, column])}"))
    if np.isneginf(stages.masked[row, column]):
        return [*lines, ("mask", "−∞: this query may not look here; its weight is exactly 0")]
    exps, largest = stages.exp[row] * factor, float(stages.largest[row])
    own = n(stages.masked[row, column]) + ("" if plain else f" {_less(largest, n)}")
    if digits and not plain:
        lines.append(("largest", f"{n(largest)}: subtracted from every score of this row, which leaves the shares the "
                                 "same"))  # fmt: skip
    total, weight = share(stages.total[row] * factor), share(found.weights[row, column])
    lines += [
        ("softmax", f"exp({own}) / ({sum_of([share(x) for x in exps if x > 0], whole, most)}) = "
                    f"{share(exps[column])} / {total} = {weight}"),
    ]  # fmt: skip
    if found.v is not None and found.out is not None and found.out.shape[1]:
        pairs = zip(found.weights[row], found.v[:, 0], strict=True)
        mixed = [f"{share(w)}·{in_brackets(n(v))}" for w, v in pairs if w > 0]
        lines.append(("output", f"first number: {sum_of(mixed, whole, most)} = {n(found.out[row, 0])}"))
    return lines


def _less(value: float, n: Callable[[float], str]) -> str:
    return f"+ {n(-value)}" if value < 0 else f"− {n(value)}"
