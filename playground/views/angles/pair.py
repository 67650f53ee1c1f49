"""Two words and their angle."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...analysis.embedding.angles import Pair, Word
from ...analysis.embedding.common import Common
from .. import pictures
from ..pictures import Arrow, ArrowPoint, Arrows, Group, Row, SignedBar, SignedBars, SignedGroup, Spread
from ..pictures.spread import SpreadRow
from ..space import cosine_text
from ..tables import Table
from ..view import View, listed, number, percent, quoted

USED_ALIKE = (
    "A small angle means that the words are used alike, not that they mean the same: “happy” and “sad” stand in the "
    "same kind of sentence."
)


@dataclass(frozen=True)
class Near:
    """A row of the token table near to the first word."""

    token_id: int
    text: str
    cosine: float
    typed: str
    """What may be typed to mean this token."""


@dataclass(frozen=True, eq=False)
class TwoWords:
    """What the picture of two words shows."""

    words: tuple[Word, Word]
    pair: Pair
    centred: bool
    near: tuple[Near, ...]
    common: Common
    code: str


def pair_view(shown: TwoWords) -> View:
    """The angle, the nearest rows, and the angles of pairs drawn at random."""
    first, second = shown.words
    near = SignedGroup(
        "",
        tuple(
            SignedBar(one.text, one.cosine, f"id {one.token_id}", "attention", (("second", one.typed),))
            for one in shown.near
        ),
    )
    low, full = pictures.track_of((near,), running=False)
    chosen = [i for i, one in enumerate(shown.near) if (one.token_id,) == second.token_ids]
    return View(
        picture=Group(
            (
                "Both in the plane that they span: lengths and angle are true",
                f"Nearest to {quoted(first.text)} in the whole table, by cosine",
                f"Cosines of {shown.common.n_pairs:,} pairs drawn at random, and of this pair",
            ),
            (
                _angle(shown),
                SignedBars(
                    groups=(near,), low=low, full=full, running=False, form="plain", unit="cosine",
                    chosen=(0, chosen[0]) if chosen else None,
                ),
                _spread(shown),
            ),
            (Row((1.15, 1.0), 1.0), Row((1.0,), 0.5)),
        ),
        reading=_pair_reading(shown),
        table=Table(
            ("token", "id", "cosine", "angle in degrees"),
            tuple(
                (one.text, one.token_id, one.cosine, float(np.degrees(np.arccos(np.clip(one.cosine, -1, 1)))))
                for one in shown.near
            ),
        ),
        python=shown.code,
        notes=_pair_notes(shown),
        name="angle",
    )  # fmt: skip


def _angle(shown: TwoWords) -> Arrows:
    (first, second), pair = shown.words, shown.pair
    along = float(pair.plane[1, 0])
    named = [
        ArrowPoint("0" if not shown.centred else "mean", "special", _origin(shown), "disc"),
        ArrowPoint(first.text, "chosen", f"length {number(pair.lengths[0])}", "none"),
        ArrowPoint(second.text, "attention", f"length {number(pair.lengths[1])}", "none"),
        ArrowPoint("", "special", f"{second.text} reaches {number(along)} along {first.text}", "ring"),
    ]
    at = [(0.0, 0.0), tuple(pair.plane[0].tolist()), tuple(pair.plane[1].tolist()), (along, 0.0)]
    arrows = [
        Arrow(0, 1, "chosen"), Arrow(0, 2, "attention"), Arrow(2, 3, "attention", dashed=True, head=False)
    ]  # fmt: skip
    if pair.mean is not None and float(np.linalg.norm(pair.mean)) > 0.12 * min(pair.lengths):
        named.append(ArrowPoint("mean of all rows", "special", "its shadow on this plane", "none"))
        at.append(tuple(pair.mean.tolist()))
        arrows.append(Arrow(0, 4, "special"))
    return Arrows(
        points=tuple(named),
        at=np.array(at, np.float32),
        arrows=tuple(arrows),
        arc=(0, 1, 2),
        arc_label=f"{pair.degrees:.0f}°",
        said=f"dot product {number(pair.dot)} = lengths {number(pair.lengths[0])} × {number(pair.lengths[1])} × cosine "
        f"{cosine_text(pair.cosine)}",
    )


def _origin(shown: TwoWords) -> str:
    return "the mean of all rows, which was taken away" if shown.centred else "nought, where all vectors begin"


def _spread(shown: TwoWords) -> Spread:
    common, pair = shown.common, shown.pair
    raw, centred = (pair.other_cosine, pair.cosine) if shown.centred else (pair.cosine, pair.other_cosine)
    return Spread(
        rows=(
            SpreadRow(
                "as they are", common.counts, common.mean, raw, f"this pair {cosine_text(raw)}", not shown.centred,
            ),
            SpreadRow(
                "without the mean, of all rows", common.counts_centred, common.mean_centred, centred,
                f"this pair {cosine_text(centred)}", shown.centred,
            ),
        ),
        low=common.low,
        high=common.high,
        unit="cosine",
    )  # fmt: skip


def _pair_reading(shown: TwoWords) -> str:
    (first, second), pair = shown.words, shown.pair
    n_pairs = shown.common.n_pairs
    nearer = round(pair.below * n_pairs)
    than = f"all {n_pairs:,}" if nearer == n_pairs else f"{nearer:,} of {n_pairs:,}"
    told = [
        f"{quoted(first.text)} and {quoted(second.text)} make an angle of {pair.degrees:.0f}° (cosine "
        f"{cosine_text(pair.cosine)}), a smaller one than {than} pairs drawn at random"
    ]
    if shown.near:
        first_three = listed([f"{quoted(one.text)} ({cosine_text(one.cosine)})" for one in shown.near[:3]])
        told.append(f"nearest to {quoted(first.text)} in the whole table: {first_three}")
    return f"{'; '.join(told)}. {_common(shown.common)}"


def _common(common: Common) -> str:
    """What anisotropy does, in numbers."""
    numbers = f"two rows at random have on average a cosine of {cosine_text(common.mean)}"
    without = f"{cosine_text(common.mean_centred)} once their mean is taken away"
    if abs(common.mean) >= 0.1:
        return (
            f"All rows lean the same way (anisotropy): {numbers}, {without}. A cosine of the rows as they are says "
            "little until it is compared with these."
        )
    return f"The rows share hardly any direction: {numbers}, {without}."


def _pair_notes(shown: TwoWords) -> tuple[str, ...]:
    how = "the mean of all rows taken away from every vector" if shown.centred else "as they are, nothing taken away"
    notes = [
        f"Rows of the model’s own token table, {how}; before any layer, so the text around a word plays no part.",
        USED_ALIKE,
        f"Of the squared length of the rows, {percent(shown.common.share)} is that of their mean.",
    ]
    return (*notes, *several(shown.words))


def several(words: tuple[Word, ...]) -> list[str]:
    """A note for each word that is more than one token here."""
    return [
        f"{quoted(word.text)} is {len(word.token_ids)} tokens here, {' '.join(map(quoted, word.names[:6]))}: the mean "
        "of their rows stands for it."
        for word in words
        if len(word.token_ids) > 1
    ]
