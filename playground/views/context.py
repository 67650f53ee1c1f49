"""Less and less context, and how long an exchanged word is felt: by attention, and by one hidden state."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..trace import Token
from .pictures import Context, ContextRow
from .tables import Table
from .view import View, number, percent, quoted

if TYPE_CHECKING:
    from ..analysis.context import ContextCurve, ContextSweep
    from ..analysis.reach import Reach

FELT = 0.1
"""Bits from which on the sentence calls a move of the guess felt."""
COLUMNS = (
    "what", "tokens", "token", "probability of the next token", "rank", "first guess", "its probability",
    "mean surprisal of the text (bits)", "guess moves (bits)", "largest attention to it",
    "recurrent network: guess moves (bits)", "change of its state left",
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Sight:
    """What is looked at."""

    tokens: Sequence[Token]
    """All that the model reads."""
    first: int
    """Where the text begins behind start tokens."""
    sweep: ContextSweep
    reach: Reach
    names: Sequence[str]
    """Texts of the target and of each guess of the sweep, and of what takes the exchanged token's place."""
    curve: ContextCurve | None = None
    """Of the whole text, as far as it is known; None before it is asked for."""


def context_view(sight: Sight, code: str) -> View:
    """A row of guesses for each length, and what is felt at each token after the exchanged one."""
    sweep, reach = sight.sweep, sight.reach
    n = len(sweep.lengths)
    target, guesses, others = sight.names[0], sight.names[1 : n + 1], sight.names[n + 1 :]
    rows = _rows(sight, guesses)
    none = np.zeros(0, np.float32)
    changes = reach.state_changes
    picture = Context(
        tokens=tuple(t.text for t in sight.tokens[sight.first :]),
        first=sight.first,
        pos=sweep.pos,
        target=target,
        rows=rows,
        changed=reach.pos,
        others=tuple(others),
        bits=reach.bits,
        attention=reach.attention,
        network_bits=none if reach.network_bits is None else reach.network_bits,
        state_left=none if reach.state_change is None else reach.state_change,
        states=_bytes(None if reach.states is None else (reach.states + 1) / 2),
        state_changes=_bytes(None if changes is None else changes / max(float(changes.max()), 1e-9)),
    )
    return View(
        picture=picture,
        reading=_reading(sight, target),
        table=Table(COLUMNS, (*_sweep_cells(rows), *_reach_cells(sight))),
        python=code,
        notes=_notes(sight),
        name="context",
    )


def _rows(sight: Sight, guesses: Sequence[str]) -> tuple[ContextRow, ...]:
    sweep, curve = sight.sweep, sight.curve
    means = dict(zip(curve.lengths, curve.mean_bits.tolist(), strict=True)) if curve else {}
    return tuple(
        ContextRow(length, float(p), int(rank), guess, float(q), means.get(length))
        for length, p, rank, guess, q in zip(
            sweep.lengths, sweep.probs, sweep.ranks, guesses, sweep.guess_probs, strict=True
        )
    )


def _bytes(shares: np.ndarray | None) -> np.ndarray:
    """Numbers from 0 to 1 as 0 … 255; (0, 0) where there are none."""
    if shares is None:
        return np.zeros((0, 0), np.uint8)
    return np.clip(np.rint(255 * shares), 0, 255).astype(np.uint8)


def _notes(sight: Sight) -> tuple[str, ...]:
    reach = sight.reach
    notes = [
        "Above, the model reads only the last 1, 2, 4 … tokens, as a text of their own. Below, one word is exchanged "
        f"for {len(reach.others)} others in turn, those that the model held most probable there; a bar is the mean KL "
        "divergence, in bits, of the guess after that token from the guess before the exchange.",
        _NETWORK if reach.states is not None else _NO_NETWORK,
    ]
    if sight.curve is not None:
        notes.append(
            f"Whole text: the mean surprisal of {sight.curve.n_positions} of its tokens; where a token has fewer "
            "before it, all of them are in view."
        )
    return tuple(notes)


_NETWORK = (
    "The recurrent network is a GRU of one layer, trained for some minutes on the storyteller's stories. It reads the "
    "same tokens one after the other and keeps nothing but its state. It is far smaller than the transformer and "
    "guesses worse: compare how fast the bars fall, not how high they are."
)
_NO_NETWORK = (
    "The small recurrent network beside it knows pieces of words like the storyteller's, and not all of this text's: "
    "it cannot read this text and is left out. Choose storyteller, or other words."
)


def _reading(sight: Sight, target: str) -> str:
    sweep, reach = sight.sweep, sight.reach
    here = quoted(sight.tokens[sweep.pos].text)
    said = (
        f"After {here}, with all {sweep.lengths[-1]} tokens in view up to there, {quoted(target)} has "
        f"{percent(float(sweep.probs[-1]))}, "
        f"with only the last one {percent(float(sweep.probs[0]))}."
        if len(sweep.lengths) > 1
        else f"After {here}, with its one token in view, {quoted(target)} has {percent(float(sweep.probs[-1]))}."
    )
    if len(reach.bits) < 2:
        return f"{said} Nothing follows {quoted(sight.tokens[reach.pos].text)}: exchange an earlier word."
    said += f" Exchange {quoted(sight.tokens[reach.pos].text)}: the transformer's guess {_felt(reach.bits)}"
    if reach.network_bits is None or reach.state_change is None:
        return f"{said}; from the end, attention to it is up to {percent(float(reach.attention[-1]))}."
    return (
        f"{said}, that of the recurrent network {_felt(reach.network_bits)}; at the end "
        f"{percent(float(reach.state_change[-1]))} of the change of its state is left."
    )


def _felt(bits: np.ndarray) -> str:
    """How many tokens later a guess still moves."""
    later = np.flatnonzero(bits[1:] >= FELT) + 1
    if not later.size:
        return f"never moves by {number(FELT)} bits after it"
    last = int(later[-1])
    return f"still moves by {number(FELT)} bits or more {last} token{'s' if last > 1 else ''} later"


def _sweep_cells(rows: Sequence[ContextRow]) -> tuple[tuple[float | int | str, ...], ...]:
    return tuple(
        ("in view", row.length, "", row.p, row.rank, row.guess, row.guess_p,
         "" if row.mean_bits is None else row.mean_bits, "", "", "", "")
        for row in rows
    )  # fmt: skip


def _reach_cells(sight: Sight) -> tuple[tuple[float | int | str, ...], ...]:
    reach = sight.reach
    blank = ("",) * len(reach.bits)
    network = blank if reach.network_bits is None else reach.network_bits.tolist()
    left = blank if reach.state_change is None else reach.state_change.tolist()
    return tuple(
        ("later", k, sight.tokens[reach.pos + k].text, "", "", "", "", "", bits, weight, theirs, share)
        for k, (bits, weight, theirs, share) in enumerate(
            zip(reach.bits.tolist(), reach.attention.tolist(), network, left, strict=True)
        )
    )
