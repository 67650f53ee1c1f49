"""A text coloured by how surprised the model was by each of its tokens."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..analysis.prompting.surprise import AsChat, Surprisal
from ..analysis.sampling import ranking
from ..trace import Array
from . import pictures
from .prompting import full_scale
from .running import running
from .tables import Table
from .view import View, count, number, percent, quoted

LEAST_FULL = 8.0
"""Bits at the end of the tints at least, so that an easy text stays pale."""
MOST_GUESSES = 7
MOST_WRONG = 8
"""Tokens on the list of the most surprising ones."""


@dataclass(frozen=True, eq=False)
class Surprised:
    """All that the view shows."""

    found: Surprisal
    text: str | None
    """What the tokens were cut from; None where their spans count another text's characters."""
    source: str | None
    """An encoder–decoder's source."""
    pos: int
    """The chosen token."""
    expected: Array | None
    """(vocab_size,): what the model expected in its place; None where it predicted nothing."""
    names: dict[int, str]
    """Id → text, of all tokens that are named."""
    chat: AsChat | None
    code: str
    wanted: str = ""
    """What to press for the rest of the numbers; "" where all are there."""


def shown_ids(expected: Array | None, own: int) -> list[int]:
    """Ids that have bars: the most probable ones, and the token that stands there."""
    if expected is None:
        return []
    top = [int(i) for i in ranking(expected, MOST_GUESSES)]
    return top if own in top else [*top, own]


def surprise_view(shown: Surprised) -> View:
    """The text, the place that is looked at, and the most surprising tokens."""
    found = shown.found
    known = bool((~np.isnan(found.bits)).any())
    members: list[pictures.Picture] = [_text(found, shown.text, shown.pos, 2.8), _expected(shown)]
    titles, rows = [_title(shown), ""], [pictures.Row((1.0,), _height(found)), pictures.Row((1.25, 1.0), 1.0)]
    if known:
        members.append(_most(shown))
        titles.append("Where the model was most wrong: surprisal in bits")
    else:
        rows[1] = pictures.Row((1.0,), 1.0)
    if shown.chat is not None:
        members.append(_text(shown.chat.surprisal, None, None, 1.6))
        titles.append("The same text in this model’s chat template, as a chat would feed it")
        rows.append(pictures.Row((1.0,), 0.7))
    return View(
        picture=pictures.Group(tuple(titles), tuple(members), tuple(rows)),
        reading=_reading(shown) if known else shown.wanted,
        table=_table(shown),
        python=shown.code,
        notes=_notes(shown),
        name="surprise",
    )


def _height(found: Surprisal) -> float:
    """Share of the text, beside 1 for the bars below: a short one leaves them its room."""
    return min(1.15, 0.4 + 0.015 * max(0, len(found.tokens) - 12))


def _title(shown: Surprised) -> str:
    if shown.source is not None:
        return f"The target, given the source {quoted(shown.source, 60)}: the darker a token, the more it surprised"
    return "The darker a token, the more it surprised the model"


def _text(found: Surprisal, text: str | None, pos: int | None, largest: float) -> pictures.TintedText:
    known = found.bits[~np.isnan(found.bits)]
    full = max(LEAST_FULL, float(known.max(initial=0.0)))
    return pictures.TintedText(
        pieces=running(found.tokens, text),
        names=tuple(token.text for token in found.tokens),
        values=found.bits,
        says=tuple(_says(found, i) for i in range(len(found.tokens))),
        full=full,
        ends=("0 bits: expected", f"{number(full)} bits") if len(known) else ("", ""),
        marks=(),
        pos=pos,
        largest=largest,
    )


def _says(found: Surprisal, i: int) -> str:
    bits = float(found.bits[i])
    if np.isnan(bits):
        return "not predicted"
    return f"{number(bits)} bits, probability {percent(2.0**-bits)}, guess number {found.ranks[i]:,}"


def _expected(shown: Surprised) -> pictures.Bars:
    token = shown.found.tokens[shown.pos]
    if shown.expected is None:
        first = "Nothing stands before the first token: the model predicted nothing here"
        title = "Special tokens are not predicted here" if shown.found.pseudo or token.special else first
        return pictures.Bars((pictures.BarGroup(title, ()),), 1.0)
    probs, ids = shown.expected, shown_ids(shown.expected, token.token_id)
    own = token.token_id
    stands = pictures.Bar(
        f"{'stands' if shown.found.pseudo else 'came'}: {shown.names[own]}", float(probs[own]), state="chosen"
    )
    bars = [stands if i == own else pictures.Bar(shown.names[i], float(probs[i])) for i in ids]
    rest = max(0.0, float(1 - probs[ids].sum(dtype=np.float64)))
    # What stands there without having been expected comes last, set apart from what was.
    bars.insert(MOST_GUESSES, pictures.Bar(f"{len(probs) - len(ids):,} others", rest, state="rest"))
    where = "In the place of" if shown.found.pseudo else "Before it read"
    full = full_scale(float(probs[ids].max()))
    return pictures.Bars((pictures.BarGroup(f"{where} {quoted(token.text)}, the model expected", tuple(bars)),), full)


def _most(shown: Surprised) -> pictures.SignedBars:
    found = shown.found
    order = [int(i) for i in np.argsort(-np.nan_to_num(found.bits, nan=-1.0), kind="stable")[:MOST_WRONG]]
    bars = tuple(
        pictures.SignedBar(
            f"{found.tokens[i].text} ({i})", float(found.bits[i]), role="attention", pick=(("pos", i),),
            note=f"it expected {quoted(shown.names[int(found.guesses[i])])}, {percent(found.guess_probs[i])}",
        )
        for i in order if not np.isnan(found.bits[i])
    )  # fmt: skip
    groups = (pictures.SignedGroup("", bars),)
    low, full = pictures.track_of(groups, running=False)
    chosen = (0, order.index(shown.pos)) if shown.pos in order[: len(bars)] else None
    return pictures.SignedBars(groups, full, low, running=False, unit="bits", form="plain", chosen=chosen)


def _reading(shown: Surprised) -> str:
    found, worst = shown.found, shown.found.most_wrong
    chance = 2.0 ** -float(found.bits[worst])
    n = int((~np.isnan(found.bits)).sum())
    measure = "Pseudo-perplexity" if found.pseudo else "Perplexity"
    said = (
        f"{measure} {number(found.perplexity)}: over {count(n, 'token')} the model was as unsure as if it had to "
        f"guess among {number(found.perplexity)} equally likely tokens each time ({number(found.mean_bits)} bits a "
        f"token). It was most wrong at {quoted(found.tokens[worst].text)}: it gave it {percent(chance)} "
        f"and expected {quoted(shown.names[int(found.guesses[worst])])} ({percent(found.guess_probs[worst])})."
    )
    return f"{said}{_chat_said(shown)}{' ' + shown.wanted if shown.wanted else ''}"


def _chat_said(shown: Surprised) -> str:
    if shown.chat is None:
        return ""
    both = shown.chat.mean_bits(shown.found)
    if both is None:
        return f" In its chat template the whole has perplexity {number(shown.chat.surprisal.perplexity)}."
    return f" Its own tokens cost {number(both[0])} bits each as they are, {number(both[1])} in the chat template."


def _notes(shown: Surprised) -> tuple[str, ...]:
    notes = [
        "Surprisal is −log₂ of the probability that the model gave to the token that stands there; perplexity is 2 to "
        "the mean surprisal."
    ]
    if shown.found.pseudo:
        notes.append("An encoder sees both sides: each token was masked in turn, the others in view (Salazar 2020).")
    elif shown.source is None:
        notes.append("The first token is not predicted: nothing stands before it.")
    per_byte = shown.found.bits_per_byte
    if not np.isnan(per_byte) and (~np.isnan(shown.found.bits)).any():
        notes.append(f"{number(per_byte)} bits for each byte of the text: comparable between tokenizers.")
    return tuple(notes)


def _table(shown: Surprised) -> Table:
    found = shown.found
    rows: list[tuple[str | int | float, ...]] = []
    for i, token in enumerate(found.tokens):
        if np.isnan(found.bits[i]):
            rows.append((i, token.text, "", "", "", "", ""))
            continue
        bits, guess = float(found.bits[i]), shown.names[int(found.guesses[i])]
        rows.append((i, token.text, bits, 2.0**-bits, int(found.ranks[i]), guess, float(found.guess_probs[i])))
    titles = ("position", "token", "surprisal (bits)", "probability", "rank", "first guess", "its probability")
    return Table(titles, tuple(rows))
