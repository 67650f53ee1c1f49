"""The same text without positions, in its own order and turned round."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ...analysis.position import Forgotten
from ...trace import Token
from .. import figures
from ..pictures import Bar, BarGroup, Bars, Group, Plot, Row
from ..tables import Table
from ..view import View, number, percent, quoted

TOPS = 5
"""Tokens of each answer that are shown."""
WAYS = ("as it is", "words turned round", "without positions", "without, turned round")


def top_ids(found: Forgotten) -> list[int]:
    """Tokens whose names :func:`forget_view` needs."""
    return sorted({int(i) for answer in found.answers for i in np.argsort(-answer, kind="stable")[:TOPS]})


def forget_view(
    found: Forgotten, tokens: tuple[Token, ...], read: tuple[Token, ...], names: Mapping[int, str], kind: str, code: str
) -> View:
    """The same text without positions, in its own order and turned round.

    Args:
        found: the four answers.
        tokens: of the tower that answers.
        read: those that are turned round; of an encoder–decoder the source's.
        names: visible text of the answers' tokens.
        kind: of the model.
        code: lines that make ``found``.
    """
    probs = np.exp2(found.answers.astype(np.float64))
    groups = tuple(
        BarGroup(
            way,
            tuple(
                Bar(names[int(i)], float(row[i]), float(probs[0, i]) if n else None)
                for i in np.argsort(-row, kind="stable")[:TOPS]
            ),
        )
        for n, (way, row) in enumerate(zip(WAYS, probs, strict=True))
    )
    full = max(bar.value for group in groups for bar in group.bars)
    return View(
        picture=Group(
            (f"The answer {'at' if kind == 'encoder' else 'after'} {quoted(tokens[found.pos].text, 20)}, four times",
             "Bits by which each token’s answer changes when positions are forgotten"),
            (Bars(groups, min(1.0, full)), _moved(found, tokens)),
            (Row((1.0,), 1.7), Row((1.0,), 1.0)),
        ),
        reading=_forget_reading(found, kind),
        table=Table(
            ("token", *WAYS),
            tuple((names[i], *(float(row[i]) for row in probs)) for i in top_ids(found)),
        ),
        python=code,
        notes=_forget_notes(found, read, kind),
        name="forgotten",
    )  # fmt: skip


def _moved(found: Forgotten, tokens: tuple[Token, ...]) -> Plot:
    names = [f"{i} {token.text}" for i, token in enumerate(tokens)]
    ticks = np.arange(0, len(names), max(1, len(names) // 24))
    return Plot(
        figure=figures.figure(
            [{"type": "bar", "x": np.arange(len(names)), "y": found.moved, "hoverinfo": "text",
              "marker": {"color": ["@chosen" if i == found.pos else "@attention" for i in range(len(names))]},
              "hovertext": [f"{name}<br>{bits:.4f} bits" for name, bits in zip(names, found.moved, strict=True)]}],
            xaxis={"tickvals": ticks, "ticktext": [names[i][:14] for i in ticks]},
            yaxis={"title": {"text": "bits"}, "rangemode": "tozero"},
            showlegend=False,
        ),
        picks=({"pos": np.arange(len(names), dtype=np.int32)},),
        view_key="moved",
    )  # fmt: skip


def _forget_reading(found: Forgotten, kind: str) -> str:
    probs = np.exp2(found.answers.astype(np.float64))
    forgot = (
        f"Without positions the answer changes by {_bits(float(found.moved[found.pos]))} (from "
        f"{percent(float(probs[0].max()))} for its first guess to {percent(float(probs[2][int(probs[0].argmax())]))})"
    )
    if list(found.turned) == sorted(found.turned):
        return f"{forgot}; there are no two words that could be turned round."
    left = found.order_bits_without
    lost = (
        "without them it changes nothing: word order is lost"
        if left < 1e-4
        else f"without them {_bits(left)}"
        + (
            ": only the mask still tells what came first"
            if kind == "decoder" or found.target
            else ", though nothing tells their order"
        )
    )
    return f"{forgot}. Turning the words round changes it by {_bits(found.order_bits)} with positions; {lost}."


def _spelled(pieces: list[str]) -> str:
    """Pieces in a row as the tokenizer would write them: where they bring their spaces along, no others are added."""
    if any(piece.startswith("␣") for piece in pieces):
        return "".join(pieces).replace("␣", " ").strip()
    return " ".join(pieces).replace(" ##", "")


def _bits(value: float) -> str:
    return f"{number(value)} bits" if value >= 1e-4 else "less than 0.0001 bits"


def _forget_notes(found: Forgotten, read: tuple[Token, ...], kind: str) -> tuple[str, ...]:
    text = _spelled([read[i].text for i in found.turned])
    notes = [
        f"Turned round: {quoted(text, 120)}. Special tokens stay, and so does the token whose answer is read.",
        "Bits: the Kullback–Leibler divergence of the first answer from the second, over the whole vocabulary. "
        "Outlines: the answer as it is.",
        "Positions are forgotten as a whole: rows of a table are zeros, nothing is rotated, no bias by distance. The "
        "model never saw such a thing while it learned.",
    ]
    if kind == "decoder" or found.target:
        notes.append("A decoder’s mask still lets each token see only those before it, which says something of order.")
    if kind == "encoder-decoder":
        which = "target" if found.target else "source"
        notes.append(f"The {which} is turned round; positions are forgotten in both texts.")
    return tuple(notes)
