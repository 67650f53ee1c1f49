"""Less and less context, and how long an exchanged word is felt: by attention, and by one hidden state."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..trace import Token
from .pictures.context import Context, ContextRow
from .tables import Table
from .view import View, number, percent, quoted

if TYPE_CHECKING:
    from ..analysis.context import ContextCurve, ContextSweep
    from ..analysis.reach import Reach


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


def context_view(sight: Sight, code: str) -> View:
    """Rows of guesses, and two curves."""
    sweep, reach = sight.sweep, sight.reach
    n = len(sweep.lengths)
    target, guesses, others = sight.names[0], sight.names[1 : n + 1], sight.names[n + 1 :]
    means = dict(zip(sight.curve.lengths, sight.curve.mean_bits.tolist(), strict=True)) if sight.curve else {}
    rows = tuple(
        ContextRow(length, float(p), int(rank), guess, float(q), means.get(length))
        for length, p, rank, guess, q in zip(
            sweep.lengths, sweep.probs, sweep.ranks, guesses, sweep.guess_probs, strict=True
        )
    )
    none = np.zeros(0, np.float32)
    picture = Context(
        tokens=tuple(t.text for t in sight.tokens[sight.first :]),
        first=sight.first,
        pos=sweep.pos,
        target=target,
        rows=rows,
        changed=reach.pos,
        others=tuple(others),
        bits=reach.bits,
        attention=reach.attention.astype(np.float32),
        network_bits=none if reach.network_bits is None else reach.network_bits,
        state_change=none if reach.state_change is None else reach.state_change,
        states=np.zeros((0, 0), np.float32) if reach.states is None else reach.states,
    )
    return View(
        picture=picture,
        reading=_reading(sight, target),
        table=_table(sight, rows),
        python=code,
        notes=(
            "Left: the model reads only the last 1, 2, 4 … tokens, as a text of their own. Right: one word is "
            f"exchanged for {len(reach.others)} others, those that the model held most probable there, and the guess "
            "after each later token is made anew; the curve is the mean KL divergence in bits.",
            _NETWORK if reach.states is not None else _NO_NETWORK,
        ),
        name="context",
    )


_NETWORK = (
    "The recurrent network (a GRU of one layer, trained for some minutes on the same stories) reads the same tokens, "
    "one after the other, and keeps nothing but its state. It is far smaller than the transformer, so compare how the "
    "curves fall, not where they begin. The amber column is its last state: all that a recurrent decoder would get."
)
_NO_NETWORK = "The small recurrent network knows only the storyteller's pieces of words, so it cannot read this text."


def _reading(sight: Sight, target: str) -> str:
    sweep, reach = sight.sweep, sight.reach
    all_of_it, least = float(sweep.probs[-1]), float(sweep.probs[0])
    said = (
        f"With all {sweep.lengths[-1]} tokens in view {quoted(target)} has {percent(all_of_it)}, with only the last "
        f"one {percent(least)}."
    )
    later = len(reach.bits) - 1
    if not later:
        return said
    word = quoted(sight.tokens[reach.pos].text)
    said += f" Exchange {word}: {later} tokens later the guess still moves by {number(float(reach.bits[-1]))} bits"
    if reach.network_bits is not None and reach.state_change is not None:
        said += (
            f", that of the recurrent network by {number(float(reach.network_bits[-1]))}, and "
            f"{percent(float(reach.state_change[-1]))} of the change of its state is left"
        )
    return f"{said}; the largest attention to it from there is {percent(float(reach.attention[-1]))}."


def _table(sight: Sight, rows: Sequence[ContextRow]) -> Table:
    columns = ("tokens in view", "probability of the next token", "rank", "first guess", "its probability")
    return Table(columns, tuple((row.length, row.p, row.rank, row.guess, row.guess_p) for row in rows))
