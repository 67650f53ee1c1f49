"""How surprised the model is by each token of the text."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ... import engine
from ...analysis.prompting import Surprisal, surprisal
from ...analysis.prompting.surprise import as_chat, expected_at, surprisal_in_steps
from ...errors import PlaygroundError
from ...trace import Array, Trace
from ...views import code
from ...views.surprise import Surprised, shown_ids, surprise_view
from ...views.view import View
from ..contract import Action, Asked, Cancelled, Chosen, Doing, TabView
from ..places import within

AT_ONCE = 40
"""Tokens of an encoder's text up to which it is masked token by token without asking."""
PRESS = "An encoder is asked for each token by itself, with that token masked. Press “Mask each token in turn”."


def show(asked: Asked) -> View:
    """Every token by its surprisal, and what the model expected in the place of the chosen one."""
    prompt, trace = asked.run, engine.trace(asked.run)
    if engine.load(prompt.model).kind == "encoder" and len(trace) > AT_ONCE:
        found = engine.remembered(surprisal, prompt)
        return _view(asked, trace, found if found is not None else _nothing(trace))
    return _view(asked, trace, engine.analysed(surprisal, prompt))


def mask_each(asked: Asked, cancelled: Cancelled) -> Iterator[View | Doing | Chosen]:
    """An encoder's text, one token masked after the other."""
    prompt, trace = asked.run, engine.trace(asked.run)
    if engine.load(prompt.model).kind != "encoder":
        raise PlaygroundError("Only an encoder's tokens are masked. This model reads from left to right: all is there.")
    n = sum(not token.special for token in trace.tokens)
    for found in engine.analysed_in_steps(surprisal_in_steps, prompt, keep_as=surprisal):
        if cancelled():
            return
        done = int((~np.isnan(found.bits)).sum())
        if done < n:
            yield _view(asked, trace, found, wanted=f"So far {done} of {n} tokens were masked.")
            yield Doing(f"Token {done} of {n}", done / n)
    yield Chosen({})


def _nothing(trace: Trace) -> Surprisal:
    """An encoder's text of which nothing is known yet."""
    n = len(trace)
    return Surprisal(
        trace.tokens, np.full(n, np.nan, np.float32), np.zeros(n, np.int64), np.zeros(n, np.int64),
        np.full(n, np.nan, np.float32), True,
    )  # fmt: skip


def _view(asked: Asked, trace: Trace, found: Surprisal, wanted: str = "") -> View:
    prompt = asked.run
    known = ~np.isnan(found.bits)
    pos = within(asked.look.pos, len(trace), found.most_wrong if known.any() else len(trace) - 1)
    expected: Array | None = None
    if known[pos] or (found.pseudo and not trace.tokens[pos].special):
        expected = engine.analysed(expected_at, prompt, pos)
    chat = engine.analysed(as_chat, prompt, prompt.text)
    ids = {*shown_ids(expected, trace.tokens[pos].token_id), *(int(i) for i in found.guesses[known])}
    named = sorted(ids)
    return surprise_view(
        Surprised(
            found=found,
            text=prompt.text if trace.encoder is None else None,
            source=prompt.text if trace.encoder is not None else None,
            pos=pos,
            expected=expected,
            names=dict(zip(named, engine.names(prompt.model, named), strict=True)),
            chat=chat,
            code=_code(asked),
            wanted=wanted or ("" if known.any() else PRESS),
        )
    )


def _code(asked: Asked) -> str:
    prompt = asked.run
    return code.captured(prompt.model, prompt.text, prompt.target, "surprisal") + (
        "found = surprisal(model, trace)\n"
        "print(found.perplexity, found.mean_bits)\n"
        "for token, bits in zip(found.tokens, found.bits):\n"
        "    print(token.text, bits)\n"
    )


SURPRISE = TabView(
    "surprise",
    "Surprise",
    show,
    reads=frozenset({"pos"}),
    actions=(Action("mask", "Mask each token in turn", mask_each, frozenset(), stays=False, kinds=("encoder",)),),
    help="**Surprisal** is counted in bits: 1 bit for a token that had half of the probability, 2 bits for a quarter, "
    "10 bits for a thousandth. Its mean tells how well the model knows this sort of text. Choose a token to see what "
    "the model expected there. Try a misspelling, or a word that does not belong.",
)
