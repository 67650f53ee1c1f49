"""How far back a model looks, beside a network that carries one hidden state along."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ... import engine
from ...engine import Prompt
from ...errors import PlaygroundError
from ...facts import ModelInfo
from ...trace import Token, Trace
from ...views import code
from ...views.context import Sight, context_view
from ...views.view import View
from ..contract import Action, Asked, Cancelled, Chosen, Doing, TabView, Unsuited
from ..controls import chosen
from ..places import within

if TYPE_CHECKING:
    from ...analysis.context import ContextCurve

READS = frozenset({"pos", "changed"})


def show(asked: Asked) -> View:
    """The guess after the chosen token from less and less context, and the reach of one word."""
    from ...analysis.context import context_curve

    return _view(asked, engine.remembered(context_curve, asked.run))


def whole_text(asked: Asked, cancelled: Cancelled) -> Iterator[View | Doing | Chosen]:
    """The same for all tokens of the text: how unsure the model is on average with so many in view."""
    from ...analysis.context import context_curve, context_curve_steps, powers_of_two

    trace = engine.trace(asked.run)
    n = len(powers_of_two(len(trace) - 1 - _first(trace)))
    for curve in engine.analysed_in_steps(context_curve_steps, asked.run, keep_as=context_curve):
        if cancelled():
            return
        done = len(curve.lengths)
        if done < n:
            yield _view(asked, curve)
            yield Doing(f"Read with at most {curve.lengths[-1]} tokens in view: {done} of {n}", done / n)
    yield Chosen({})


def _view(asked: Asked, curve: ContextCurve | None) -> View:
    from ...analysis.context import context_sweep
    from ...analysis.reach import reach

    prompt, trace = asked.run, engine.trace(asked.run)
    first = _first(trace)
    if len(trace) - first < 3:
        raise PlaygroundError("Type at least three tokens: this compares what is guessed from fewer and fewer of them.")
    least = max(first, 1)
    changed = asked.values["changed"]
    if not least <= changed < len(trace):
        changed = _telling(trace.tokens, least)
    pos = max(first, within(asked.look.pos, len(trace), _before_it_returns(trace.tokens, changed)))
    sweep = engine.analysed(context_sweep, prompt, pos)
    reached = engine.analysed(reach, prompt, changed)
    ids = [sweep.target_id, *(int(i) for i in sweep.guesses), *reached.others]
    names = engine.names(prompt.model, ids)
    return context_view(Sight(trace.tokens, first, sweep, reached, names, curve), _code(prompt, pos, changed))


def _first(trace: Trace) -> int:
    return next((i for i, t in enumerate(trace.tokens) if not t.special or t.span is not None), len(trace))


def _telling(tokens: tuple[Token, ...], least: int) -> int:
    """A word to begin with: the longest of those that come again later, else the second token of the text."""
    ids = [t.token_id for t in tokens]
    again = [i for i in range(least, len(ids)) if ids[i] in ids[i + 1 :] and len(tokens[i].text) > 3]
    return max(again, key=lambda i: len(tokens[i].text), default=min(least + 1, len(ids) - 1))


def _before_it_returns(tokens: tuple[Token, ...], pos: int) -> int:
    """The token after which the one at ``pos`` comes again, for its guess can use what stood there; else the last but
    one, after which the text still tells what follows."""
    again = [i for i in range(pos + 1, len(tokens)) if tokens[i].token_id == tokens[pos].token_id]
    return again[0] - 1 if again else len(tokens) - 2


def _code(prompt: Prompt, pos: int, changed: int) -> str:
    lines = code.captured(prompt.model, prompt.text, prompt.target, "context_sweep")
    lines = lines.replace("\n\n", "\nfrom playground.analysis.reach import reach\n\n", 1)
    return (
        f"{lines}sweep = context_sweep(model, trace, {pos})\n"
        "for length, p, rank in zip(sweep.lengths, sweep.probs, sweep.ranks):\n"
        "    print(length, p, rank)\n"
        f"found = reach(model, trace, {changed})\n"
        "for later, (bits, weight) in enumerate(zip(found.bits, found.attention)):\n"
        "    print(later, bits, weight)\n"
        "print(found.network_bits, found.state_change)\n"
    )


def _decoders(info: ModelInfo) -> Unsuited | None:
    if info.kind == "decoder":
        return None
    return Unsuited("How much context helps is shown on models that continue a text.", "storyteller")


CONTEXT = TabView(
    "context",
    "Context",
    show,
    controls=(chosen("changed", "position of the token that is exchanged", 0, 10**6, 0),),
    reads=READS,
    suits=_decoders,
    actions=(Action("whole", "Measure the whole text", whole_text, reads=READS, stays=False),),
    help="**Above:** how much worse is the next guess when only the last 1, 2, 4 … tokens are in view? **Below:** "
    "choose a word. It is exchanged for others: how long is that felt? Attention reaches back to every word; a "
    "**recurrent network** carries one vector along, its hidden state, and early words fade in it.",
)
