"""A logit taken apart: what each part of the model adds to it, as bars up to the sum and as maps of all heads."""

from __future__ import annotations

from ..analysis.contributions import NAMES, Contributions, Share
from ..trace import Token
from . import pictures
from .pictures import Axis, Grid, Group, HeatMap, SignedBar, SignedBars, SignedGroup
from .tables import Table
from .view import View, number, percent, power, quoted

SHOWN = 14
"""Bars of the largest parts; the others stand together in one."""
ROLES = {
    "head": "attention", "cross head": "attention", "attention": "attention", "cross-attention": "attention",
    "mixer": "attention", "mlp": "mlp", "rest": "special", "bias": "special",
}  # fmt: skip


def contributions_view(
    found: Contributions,
    tokens: tuple[Token, ...],
    *,
    order: str,
    layer: int | None,
    head: int | None,
    answers: str,
    code: str,
    missing: tuple[str, ...] = (),
) -> View:
    """The bars on the left, the maps on the right.

    Args:
        found: the numbers.
        tokens: of the text.
        order: "largest" first, or "way": as they are added, layer by layer.
        layer: chosen layer, whose cell has a frame; None: none is chosen.
        head: chosen head; None: none is chosen.
        answers: "after" a token, or "at" its place as an encoder does.
        code: lines that make ``trace``.
        missing: what this family does not hand over.
    """
    way = order == "way"
    shares = found.on_the_way() if way else found.largest(SHOWN)
    maps = _maps(found)
    titles = [
        f"What is added to {_subject(found)}, {'layer by layer' if way else 'the largest first'}",
        "What every head adds, on a scale of its own",
    ]
    drawn: list[pictures.Picture] = [_bars(found, shares, layer, head)]
    if maps:
        drawn.append(_grid(maps, layer, head))
    return View(
        picture=Group(tuple(titles[: len(drawn)]), tuple(drawn), (pictures.Row((1.0, 1.15)[: len(drawn)]),)),
        reading=_reading(found, tokens, answers),
        table=Table(
            ("part", "layer", "head", "adds"),
            tuple(
                (NAMES[part.kind], _cell(part.layer), _cell(part.head), float(value))
                for part, value in zip(found.parts, found.values, strict=True)
            ),
        ),
        python=code + _code(found),
        notes=_notes(found, missing),
        name="contributions",
    )


def _subject(found: Contributions) -> str:
    if found.against is None:
        return f"the logit of {quoted(found.token.text)}"
    return f"the lead of {quoted(found.token.text)} over {quoted(found.against.text)}"


def _cell(index: int | None) -> int | str:
    return "" if index is None else index


def _bars(found: Contributions, shares: list[Share], layer: int | None, head: int | None) -> SignedBars:
    bars = tuple(
        SignedBar(share.label, share.value, _note(share), ROLES.get(share.kind, "residual"), _pick(share))
        for share in shares
    )
    groups = (SignedGroup("", bars),)
    low, full = pictures.track_of(groups, running=True)
    same = [i for i, s in enumerate(shares) if s.layer is not None and s.layer == layer and s.head in (head, None)]
    wanted = "logit" if found.against is None else "lead"
    return SignedBars(
        groups=groups,
        low=low,
        full=full,
        running=True,
        total=float(found.values.sum()),
        total_label=f"sum = {wanted}",
        chosen=(0, same[0]) if same else None,
        badge=f"✓ sum of the parts − the model's own {wanted}: {power(found.gap)}",
    )


def _note(share: Share) -> str:
    if share.kind in ("head", "cross head"):
        return f"layer {share.layer}, head {share.head}"
    if share.kind == "rest":
        return "all parts that have no bar of their own"
    return "" if share.layer is None else f"layer {share.layer}"


def _pick(share: Share) -> tuple[tuple[str, int | str], ...]:
    keys = (("layer", share.layer), ("head", share.head))
    return tuple((key, value) for key, value in keys if value is not None)


def _maps(found: Contributions) -> tuple[HeatMap, ...]:
    """The heads and those of cross-attention: whatever the family has."""
    rows = Axis("layer", tuple(str(n) for n in range(len(found.heads))), key="layer")
    named = (("self-attention", found.heads), ("cross-attention", found.cross_heads))
    there = [(title, values) for title, values in named if values.shape[1]]
    return tuple(
        HeatMap(
            title if len(there) > 1 else "",
            values,
            rows,
            Axis("head", tuple(str(n) for n in range(values.shape[1])), key="head"),
        )
        for title, values in there
    )


def _grid(maps: tuple[HeatMap, ...], layer: int | None, head: int | None) -> Grid:
    shape = maps[0].values.shape
    known = layer is not None and head is not None and 0 <= layer < shape[0] and 0 <= head < shape[1]
    return Grid(
        maps=maps,
        scale="signed",
        full=pictures.full_of(*(heat.values for heat in maps)),
        chosen=(0, layer, head) if known and layer is not None and head is not None else None,
        ends=("speaks against it", "speaks for it"),
        missing="not there in this layer",
        hint="Point at a cell for its number; choose it to look at that head on the other tabs.",
        upwards=True,
    )


def _reading(found: Contributions, tokens: tuple[Token, ...], answers: str) -> str:
    where = f"{answers.capitalize()} {quoted(tokens[found.pos].text)}"
    token = quoted(found.token.text)
    total = number(found.total)
    first = (
        f"{where} the logit of {token} is {total} ({percent(found.probs[0])} after softmax, rank {found.rank:,})"
        if found.against is None
        else f"{where} the logit of {token} ({percent(found.probs[0])}) is {number(abs(found.total))} "
        f"{'above' if found.total >= 0 else 'below'} that of {quoted(found.against.text)} ({percent(found.probs[1])})"
    )
    return f"{first}; {_most(found)}."


def _most(found: Contributions) -> str:
    """Which parts speak for it most, and which against."""
    named = found.largest(len(found.parts))
    up, down = [s for s in named if s.value > 0], [s for s in named if s.value < 0]
    told = []
    if up:
        also = f" and {up[1].label} (+{number(up[1].value)})" if len(up) > 1 else ""
        told.append(f"most for it adds {up[0].label} (+{number(up[0].value)}){also}")
    if down:
        told.append(f"most against it {down[0].label} (−{number(-down[0].value)})")
    return ", ".join(told) or "no part adds anything"


def _code(found: Contributions) -> str:
    lines = f"found = direct_logit_attribution(model, trace, {found.pos}, {found.token.token_id})\n"
    if found.against is None:
        return lines + (
            "for label, value in zip(found.labels, found.values):\n    print(label, value)\n"
            "print(found.values.sum(), found.logit)\n"
        )
    return lines + (
        f"other = direct_logit_attribution(model, trace, {found.pos}, {found.against.token_id})\n"
        "for label, value in zip(found.labels, found.values - other.values):\n    print(label, value)\n"
        "print(found.values.sum() - other.values.sum(), found.logit - other.logit)\n"
    )


def _notes(found: Contributions, missing: tuple[str, ...]) -> tuple[str, ...]:
    notes = [
        "Direct logit attribution: everything that was added to the last vector, each through the final norm and the "
        "token's column of the unembedding. The norm divides by the spread of the whole vector: that number is held "
        "at this run's value, so that the parts can be added.",
        "What a part does by way of later layers is not in its own bar but in theirs. Head 3.5 is head 5 of layer 3.",
    ]
    if found.against is None:
        notes.append(
            "Raising all logits by the same amount changes no probability: set the token against another one to see "
            "what decides between the two."
        )
    notes += [f"{t.note}" for t in (found.token, found.against) if t is not None and t.note]
    return (*notes, *missing)
