"""How far back a model looks, beside a network that carries one hidden state along."""

from __future__ import annotations

from collections.abc import Iterator

from ... import engine
from ...engine import Prompt
from ...errors import PlaygroundError
from ...facts import ModelInfo
from ...trace import Trace
from ...views import code
from ...views.context import Sight, context_view
from ...views.view import View
from ..contract import Action, Asked, Cancelled, Doing, TabView, Unsuited
from ..controls import chosen

READS = frozenset({"pos", "changed"})


def show(asked: Asked) -> View:
    """The guess after the chosen token from less and less context, and the reach of one word."""
    return _view(asked, whole=False)


def whole_text(asked: Asked, cancelled: Cancelled) -> Iterator[View | Doing]:
    """The same for all tokens of the text: how unsure the model is on average with so many in view."""
    yield Doing("Reading the text with fewer and fewer tokens in view")
    if not cancelled():
        yield _view(asked, whole=True)


def _view(asked: Asked, *, whole: bool) -> View:
    from ...analysis.context import context_curve, context_sweep
    from ...analysis.reach import reach

    prompt, trace = asked.run, engine.trace(asked.run)
    first = _first(trace)
    if len(trace) - first < 3:
        raise PlaygroundError("Type at least three tokens: this compares what is guessed from fewer and fewer of them.")
    pos = asked.look.pos if asked.look.pos is not None and first <= asked.look.pos < len(trace) else len(trace) - 2
    least = max(first, 1)
    changed = (
        asked.values["changed"] if least <= asked.values["changed"] < len(trace) else min(least + 1, len(trace) - 1)
    )
    sweep = engine.analysed(context_sweep, prompt, pos)
    reached = engine.analysed(reach, prompt, changed)
    ids = [sweep.target_id, *(int(i) for i in sweep.guesses), *reached.others]
    names = engine.names(prompt.model, ids)
    curve = engine.analysed(context_curve, prompt) if whole else None
    return context_view(Sight(trace.tokens, first, sweep, reached, names, curve), _code(prompt, pos))


def _first(trace: Trace) -> int:
    return next((i for i, t in enumerate(trace.tokens) if not t.special or t.span is not None), len(trace))


def _code(prompt: Prompt, pos: int) -> str:
    lines = code.captured(prompt.model, prompt.text, prompt.target)
    lines = lines.replace("\n\n", "\nfrom playground.analysis.context import context_sweep\n\n", 1)
    return (
        f"{lines}sweep = context_sweep(model, trace, {pos})\n"
        "for length, p, rank in zip(sweep.lengths, sweep.probs, sweep.ranks):\n"
        "    print(length, p, rank)\n"
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
    actions=(Action("whole", "Whole text", whole_text, reads=READS, stays=False),),
    help="How much worse is the next guess when only the last 1, 2, 4 … tokens are in view? And if one word is "
    "exchanged, how long is it felt? Attention reaches back to every word; a recurrent network carries one vector "
    "along, in which early words fade. **Whole text** averages over all tokens.",
)
