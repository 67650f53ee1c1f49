"""How large a model is: parameters by part, memory by precision and by length of text, multiply–adds of this run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..analysis.size import BYTES, Growth, ModelSize
from . import figures
from .pictures import Group, Picture, Plot, Row, Segment, Stacked, StackedBar
from .tables import Table
from .view import View, count, number, percent

ROLES = {
    "token table": "residual", "positions": "residual/0.45", "attention": "attention", "scores": "attention/0.3",
    "cross-attention": "attention/0.65", "cross scores": "attention/0.15", "feed-forward": "mlp", "norms": "special",
    "output head": "text/0.6", "other": "special/0.45",
}  # fmt: skip
DASHES = ("solid", "dot")
TICKS = [1, 1e3, 1e6, 1e9, 1e12]
SCALES = ((1e12, "trillion"), (1e9, "billion"), (1e6, "million"), (1e3, "thousand"))


def counted(value: float) -> str:
    """A large number as people say it: ``5.85 million``."""
    for scale, name in SCALES:
        if value >= scale:
            return f"{value / scale:.3g} {name}"
    return f"{value:,.0f}"


def in_bytes(value: float) -> str:
    """``23.4 MB``: a thousand bytes are a kilobyte."""
    for scale, name in ((1e12, "TB"), (1e9, "GB"), (1e6, "MB"), (1e3, "kB")):
        if value >= scale:
            return f"{value / scale:.3g} {name}"
    return f"{value:.0f} bytes"


def size_view(
    size: ModelSize,
    other: ModelSize | None,
    *,
    lengths: tuple[int, int],
    grown: Sequence[Growth],
    precision: str,
    code: str,
    notes: tuple[str, ...] = (),
) -> View:
    """Four pictures: parameters, weights in memory, multiply–adds of this run, memory as the text grows.

    Args:
        size: the model that runs.
        other: one to set beside it.
        lengths: tokens of this run, and of its source (0 where there is none).
        grown: memory as the text grows, of each of the models.
        precision: a key of ``BYTES``: what numbers are kept in.
        code: lines that load the model.
        notes: sentences on what could not be had.
    """
    sizes = [size, *([other] if other is not None else [])]
    drawn: list[Picture] = [
        _parameters(sizes),
        _precisions(sizes),
        _work(sizes, lengths),
        _memory(sizes, grown, lengths, precision),
    ]
    titles = (
        "Parameters by part",
        "Memory for the weights, by precision",
        f"Multiply–adds for {_run(lengths)}",
        f"Memory as the text grows, numbers in {precision}",
    )
    return View(
        picture=Group(titles, tuple(drawn), (Row((1.1, 1.0)), Row((1.1, 1.0)))),
        reading=" ".join([_reading(size, other, lengths), *notes]),
        table=_table(sizes, lengths),
        python=code + _code(other, lengths),
        notes=_notes(sizes),
        name="size",
    )


def _run(lengths: tuple[int, int]) -> str:
    n, source = lengths
    return f"{count(source, 'source token')} and {count(n, 'target token')}" if source else f"{count(n, 'token')}"


def _stacked(values: Mapping[str, float], title: str, note: str = "") -> StackedBar:
    segments = tuple(Segment(part, float(v), counted(v), ROLES[part]) for part, v in values.items() if v)
    return StackedBar(title, counted(sum(values.values())), segments, note)


def _parameters(sizes: Sequence[ModelSize]) -> Stacked:
    bars = tuple(
        _stacked(size.parameters, size.info.title, "the output head reads the token table again" if size.tied else "")
        for size in sizes
    )
    return Stacked(bars, float(max(size.total for size in sizes)))


def _work(sizes: Sequence[ModelSize], lengths: tuple[int, int]) -> Stacked:
    work = [size.multiply_adds(*_lengths_for(size, lengths)) for size in sizes]
    bars = tuple(_stacked(values, size.info.title) for size, values in zip(sizes, work, strict=True))
    return Stacked(bars, float(max(sum(values.values()) for values in work)))


def _lengths_for(size: ModelSize, lengths: tuple[int, int]) -> tuple[int, int]:
    """The same text for another kind of model: a source only where there is an encoder beside the decoder."""
    n, source = lengths
    return (n, source or n) if size.info.n_encoder_layers else (n, 0)


def _precisions(sizes: Sequence[ModelSize]) -> Stacked:
    bars = []
    for name, each in BYTES.items():
        for i, size in enumerate(sizes):
            taken = size.total * each
            segment = Segment("weights", taken, in_bytes(taken), "residual" if i else "attention")
            behind = size.info.title if len(sizes) > 1 else f"{number(each)} {'byte' if each == 1 else 'bytes'} each"
            bars.append(StackedBar(f"{name} · {behind}", segment.said, (segment,)))
    return Stacked(tuple(bars), max(size.total for size in sizes) * BYTES["fp32"])


def _memory(sizes: Sequence[ModelSize], grown: Sequence[Growth], lengths: tuple[int, int], precision: str) -> Plot:
    """Weights, key–value cache and attention maps against the length of the text, both axes by powers of ten."""
    each = BYTES[precision]
    traces: list[dict[str, Any]] = []
    for size, found, dash in zip(sizes, grown, DASHES, strict=False):
        lines = {
            "weights": (0 * found.cache + size.total, "@residual"),
            "attention maps, all heads": (found.maps, "@attention"),
            "key–value cache": (found.cache, "@value"),
        }
        for name, (numbers, colour) in lines.items():
            if not numbers.any():
                continue
            label = f"{name} · {size.info.title}"
            traces.append(
                {
                    "type": "scatter", "mode": "lines", "name": name, "showlegend": dash == DASHES[0],
                    "x": found.tokens, "y": numbers * each,
                    "line": {"color": colour, "dash": dash, "width": 2.5},
                    "hovertext": [f"{label}<br>{n:,} tokens: {in_bytes(v)}" for n, v in
                                  zip(found.tokens.tolist(), (numbers * each).tolist(), strict=True)],
                    "hoverinfo": "text",
                }
            )  # fmt: skip
    beside = f"; dotted: {sizes[1].info.title}" if len(sizes) > 1 else ""
    figure = figures.figure(
        traces,
        shapes=[figures.rule("v", lengths[0], "@chosen", "solid")],
        xaxis={"type": "log", "title": {"text": f"tokens (amber: this text{beside})"}, "dtick": 1},
        yaxis={"type": "log", "tickvals": TICKS, "ticktext": [in_bytes(tick) for tick in TICKS]},
        legend={"orientation": "h", "x": 0, "xanchor": "left", "y": 1.02, "yanchor": "bottom", "borderwidth": 0},
        margin={"l": 60, "r": 12, "t": 30, "b": 44},
    )
    return Plot(figure, ({},) * len(traces), view_key="size")


def _reading(size: ModelSize, other: ModelSize | None, lengths: tuple[int, int]) -> str:
    largest = max(size.parameters, key=lambda part: size.parameters[part])
    work = sum(size.multiply_adds(*lengths).values())
    where = "feed-forward networks" if largest == "feed-forward" else largest
    said = (
        f"{size.info.title} has {counted(size.total)} parameters, {percent(size.parameters[largest] / size.total)} of "
        f"them in its {where}: {in_bytes(4 * size.total)} in fp32, {in_bytes(0.5 * size.total)} in int4. "
        f"This run of {_run(lengths)} took {counted(work)} multiply–adds"
    )
    if other is None:
        return f"{said}."
    ratio = other.total / size.total
    times = f"{number(ratio)} times as many" if ratio >= 1 else f"{percent(ratio)} of that"
    return f"{said}. {other.info.title} has {counted(other.total)} parameters, {times}."


def _table(sizes: Sequence[ModelSize], lengths: tuple[int, int]) -> Table:
    """A line for each part of each model."""
    rows: list[tuple[Any, ...]] = []
    for size in sizes:
        work = size.multiply_adds(*_lengths_for(size, lengths))
        for part in dict.fromkeys([*size.parameters, *work]):
            rows.append((size.info.title, part, size.parameters.get(part, 0), work.get(part, 0.0)))
        rows.append((size.info.title, "all", size.total, sum(work.values())))
    return Table(("model", "part", "parameters", "multiply–adds"), tuple(rows))


def _code(other: ModelSize | None, lengths: tuple[int, int]) -> str:
    lines = (
        "from playground.analysis.size.counting import size_by_config, size_of\n\n"
        f"size = size_of(model)\nwork = size.multiply_adds{lengths}\n"
        "for part in dict.fromkeys([*size.parameters, *work]):\n"
        "    print(part, size.parameters.get(part, 0), work.get(part, 0))\n"
        "print(size.total, size.cache_numbers(1024), size.map_numbers(1024))\n"
    )
    return lines + (f"print(size_by_config({other.info.id!r}).parameters)\n" if other is not None else "")


def _notes(sizes: Sequence[ModelSize]) -> tuple[str, ...]:
    notes = [
        "A weight matrix takes one multiply–add per weight and token; attention one per head, pair of tokens and "
        "number of a head, for q·k and again for weights·v (Kaplan et al. 2020, table 1; two FLOPs each). What norms, "
        "activations and softmax take beside them is little, and not counted.",
        "Bytes: parameters × 4 in fp32, 2 in fp16, 1 in int8, ½ in int4; formats of 8 and 4 bits keep some scales "
        "beside them.",
        "This page runs fp32 and keeps the attention maps of all heads, which an ordinary run does not: it needs one "
        "layer's at a time, or none.",
    ]
    if any(size.info.kind == "encoder" for size in sizes):
        notes.append("An encoder reads the whole text at once and writes none, so it keeps no key–value cache.")
    if any(size.info.n_encoder_layers for size in sizes):
        notes.append("Of an encoder–decoder, source and target are taken to be equally long as the text grows.")
    return tuple(notes)
