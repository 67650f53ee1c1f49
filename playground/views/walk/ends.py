"""The two ends of a walk in words: the text as tokens, and what is written before the machine goes round again."""

from __future__ import annotations

from ...analysis.walk import Onward, Step
from ..view import count, percent, quoted
from .told import Told

WHY_IT_ENDS = {
    "end": "That is the end token: the model says that the text is finished, and nothing more is written.",
    "context": "The text is as long as the model and this page take, so nothing more is written.",
    "character": "It is a part of a character, or a sign for the machine, and cannot be typed into the text by itself.",
}


def tokens_told(step: Step, token: str, part: str) -> Told:
    """What the model reads."""
    n, vocabulary = step.figure("n_tokens"), step.figure("vocab_size")
    if dict(step.words)["started"]:
        return Told(
            "The decoder's text",
            f"The decoder begins with a start token, {dict(step.words)['first']}, and reads what it has written "
            "so far.",
            "start token, then each token that was written",
            f"{count(int(step.figure('pos')) + 1, 'token')} so far",
        )
    return Told(
        "Text → tokens",
        f"The text is cut into {count(int(n), 'token')}, and each has a number in the vocabulary: the model reads "
        "numbers, not letters.",
        f"vocabulary: {vocabulary:,.0f} tokens",
        f"{quoted(token)} is number {step.chips[int(step.figure('pos'))].token_id}",
    )


def write_told(step: Step, token: str, part: str) -> Told:
    """What is written, and what comes of it."""
    assert step.onward is not None
    return _fill_told(step, step.onward) if step.onward.kind == "fill" else _write_told(step, step.onward)


def label(onward: Onward) -> str:
    """Of the button that goes round again; "" where it does not."""
    if onward.ends:
        return ""
    if onward.kind == "fill":
        return f"Fill in {quoted(onward.token)} and go again"
    if onward.given is not None:
        return f"Read {quoted(onward.given)} and go again"
    return f"Write {quoted(onward.token)} and go again"


def around_told(onward: Onward) -> str:
    """The way back to the beginning, in a line."""
    again = ", and the machine runs again"
    if onward.ends == "no mask":
        return "one answer at each place; put a mask into the text to go again"
    if onward.ends:
        return f"{quoted(onward.token)} is the end" if onward.ends == "end" else "nothing more is written here"
    if onward.kind == "fill":
        return f"{quoted(onward.token)} takes the place of a mask{again}"
    if onward.given is not None:
        return f"the text goes on with {quoted(onward.given)}{again}"
    return f"{quoted(onward.token)} is written{again}"


def _write_told(step: Step, onward: Onward) -> Told:
    sentence = f"The most probable token is {quoted(onward.token)} ({percent(onward.probability)})."
    if onward.ends:
        sentence += f" {WHY_IT_ENDS[onward.ends]}"
    elif onward.given is not None:
        sentence += f" The text that you typed goes on with {quoted(onward.given)} instead, and that is read next."
    else:
        sentence += " It is put behind the text, and the whole machine runs once more."
    rows = " Each row: which source tokens were looked at for a token (mean of all heads)." if step.cells else ""
    return Told("Write a token, go again", sentence + rows, "text + token → tokens → … → next token")


def _fill_told(step: Step, onward: Onward) -> Told:
    if onward.ends == "no mask":
        sentence = f"Nothing is masked. The model gives {percent(onward.probability)} to the token that stands here."
        if onward.mask and onward.source:
            sentence += f" Click any token to put {onward.mask} in its place: the model guesses it from both sides."
        return Told("Out comes as much as went in", sentence, "one answer at each place")
    n = int(step.figure("n_masks"))
    sentence = (
        f"Of {count(n, 'mask')}, the one at position {step.figure('pos'):.0f} has the surest answer: "
        f"{quoted(onward.token)} ({percent(onward.probability)})."
        if n > 1
        else f"The mask at position {step.figure('pos'):.0f} is filled with {quoted(onward.token)} "
        f"({percent(onward.probability)})."
    )
    if onward.ends:
        return Told("Fill in a mask", f"{sentence} {WHY_IT_ENDS[onward.ends]}")
    more = " Click any other token to mask it, too."
    return Told("Fill in a mask, go again", sentence + more, "surest mask → token → the whole machine again")
