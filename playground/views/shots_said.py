"""What the page says of one task with its examples, in sentences."""

from __future__ import annotations

from ..analysis.prompting.shots import Shot
from .shots_records import Answered, Ordered, Seen, Sheet
from .view import listed, percent, quoted

LITTLE = 0.05
"""Probability of all labels together below which the model expects something else than an answer."""
EVEN = 0.03
"""Difference between two shares that is not worth a word."""


def reading(sheet: Sheet, answered: Answered | Ordered | None) -> str:
    """What the answers say in a few sentences; without answers, what is wrong with the sheet."""
    if answered is None:
        return sheet.trouble
    if isinstance(answered, Ordered):
        return _of_orders(sheet, answered)
    said = _of_flips(sheet, answered) if answered.over == "flips" else _of_shots(sheet, answered)
    return f"{said}{_little(answered.shot)}"


def _of_shots(sheet: Sheet, answered: Answered) -> str:
    first, last = answered.shots[0].scores, answered.shots[-1].scores
    best = last.best
    name = quoted(sheet.labels[best])
    if len(answered.shots) == 1:
        return f"Without examples {name} is most probable: {percent(last.shares[best])} of what the labels share."
    said = (
        f"With no example {name} has {percent(first.shares[best])} of the probability that the labels share, with "
        f"{'the one' if len(answered.shots) == 2 else f'all {len(answered.shots) - 1} of them'} it has "
        f"{percent(last.shares[best])}."
    )
    return f"{said}{_followed(sheet, answered)}"


def _followed(sheet: Sheet, answered: Answered) -> str:
    """Whether the model says what the examples point to, where that is known."""
    told, last = answered.told[-1], answered.shots[-1].scores
    if told is None:
        return ""
    right = quoted(sheet.labels[told])
    if last.best == told:
        return f" {right} is what the examples point to."
    known = [float(shot.scores.shares[told]) for shot in answered.shots]
    if answered.shots[0].scores.best == told and len(known) > 1:
        return (
            f" Right would be {right}. Without examples the model said so, with {percent(known[0])}: the examples lead "
            "it astray."
        )
    return (
        f" Right would be {right}, which has {percent(known[-1])}; guessing would give it "
        f"{percent(1 / len(sheet.labels))}. This model, with its {sheet.n_parameters:,} parameters, does not get this "
        "one from its examples: it is too small for the task, or was made for other texts."
    )


def _of_flips(sheet: Sheet, answered: Answered) -> str:
    first, last = answered.shots[0].scores, answered.shots[-1].scores
    flips = len(answered.shots) - 1
    if not flips:
        return "There is no example whose label could be flipped. Add one."
    before, after = quoted(sheet.labels[first.best]), quoted(sheet.labels[last.best])
    turned = "the answer turns with them" if first.best != last.best else "the answer stays the same"
    return (
        f"With the labels as they are the model says {before} ({percent(first.shares.max())}); with "
        f"{'the one label' if flips == 1 else f'all {flips} labels'} flipped it says {after} "
        f"({percent(last.shares.max())}): {turned}."
    )


def _of_orders(sheet: Sheet, answered: Ordered) -> str:
    found = answered.found
    if found is None:
        return "Does it matter in which order the examples stand? Press the button, and the model is asked with each."
    low, high = found.band
    best = int(found.mean.argmax())
    n = len(found.orders)
    tried = f"all {n} orders" if n == found.n_all else f"{n} of {found.n_all:,} orders"
    winners = int((found.shares.argmax(-1) == best).sum())
    spread = (
        f"about the same share each time, {percent(found.mean[best])} on average"
        if high[best] - low[best] < EVEN
        else f"between {percent(low[best])} and {percent(high[best])} of what the labels share, "
        f"{percent(found.mean[best])} on average"
    )
    return (
        f"In {tried} of the same examples, {quoted(sheet.labels[best])} has {spread}; it is the answer in {winners} of "
        f"{n}."
    )


def _little(shot: Shot) -> str:
    """A warning where the model expects something else than one of the labels."""
    if shot.scores.mass >= LITTLE:
        return ""
    return (
        f" But all labels together have only {percent(shot.scores.mass)}: the model expects other words here, so this "
        "says little."
    )


def notes_of(sheet: Sheet, seen: Seen | None) -> tuple[str, ...]:
    """How the numbers come about; ``seen`` is where the answer looks, None where that was not asked."""
    notes = [
        "A label’s probability is that of all its tokens, one after the other (their joint log-probability); its share "
        f"is that among {listed([quoted(label) for label in sheet.labels])}.",
        "A flipped label is the next one of the list. A ring marks the label that the examples point to, where the "
        "page can know it.",
    ]
    if seen is not None and seen.refused:
        notes.append(seen.refused)
    elif seen is not None:
        notes.append("Looks are attention weights: where a head looked, not what it made of it.")
    return tuple(notes)
