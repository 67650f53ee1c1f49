"""What if a head, a feed-forward, a block, the mask or the positions were not there?"""

from __future__ import annotations

from collections.abc import Iterator

from ... import engine
from ...analysis.ablation import AblationMap
from ...analysis.prompting import answer_positions
from ...analysis.switches import read_switches, switchboard
from ...analysis.what_if import (
    Changed,
    Texts,
    both_texts,
    both_texts_steps,
    changed,
    cost_of_effects,
    head_effects,
    head_effects_steps,
)
from ...engine import Prompt
from ...errors import PlaygroundError
from ...trace import Trace
from ...views import code
from ...views.view import View, quoted
from ...views.what_if import Scene, shown_ids, what_if_view
from ..contract import Action, Asked, Cancelled, Control, Doing, TabView
from ..controls import choice, words
from ..places import position, within

QUICK = 2e9
"""Multiply–adds of a map that is made at once, without a button: a fraction of a second on two cores."""
EVERY_S = 0.08
"""Seconds between two updates of the page while texts are written; the more people work, the fewer each gets."""
INSTEAD = {"zero": "nothing (zeros)", "mean": "its mean over the text"}
READS = frozenset({"pos", "off", "instead", "follow"})


def show(asked: Asked) -> View:
    """The model as it is beside the model with something off; heads are coloured where that is quick or known."""
    return what_if_view(_scene(asked))


def map_heads(asked: Asked, cancelled: Cancelled) -> Iterator[View | Doing]:
    """Silences every head in turn; they take their colours one forward pass after another."""
    prompt, arguments = asked.run, _effects_of(asked)
    for effects in engine.analysed_in_steps(head_effects_steps, prompt, *arguments, keep_as=head_effects):
        n_heads, tried = (sum(getattr(found, name) for found in effects) for name in ("n_heads", "n_tried"))
        yield Doing(f"{tried} of {n_heads} heads", tried / n_heads)
        if cancelled():
            break
    yield what_if_view(_scene(asked, effects=effects))


def write_both(asked: Asked, cancelled: Cancelled) -> Iterator[View]:
    """Writes on after the text, as it is and with the change."""
    texts, pace = None, engine.Pace(EVERY_S)
    arguments = read_switches(asked.values["off"]), asked.values["instead"] == "mean"
    for texts in engine.analysed_in_steps(both_texts_steps, asked.run, *arguments, keep_as=both_texts):
        if pace.due():
            yield what_if_view(_scene(asked, texts=texts, running=not texts.both))
        if cancelled():
            break
    yield what_if_view(_scene(asked, texts=texts))


def _scene(
    asked: Asked,
    *,
    effects: tuple[AblationMap, ...] | None = None,
    texts: Texts | None = None,
    running: bool = False,
) -> Scene:
    """What stands on the page; maps and texts that nobody hands over are taken from memory, if they are there."""
    prompt, trace = asked.run, engine.trace(asked.run)
    off, mean = read_switches(asked.values["off"]), asked.values["instead"] == "mean"
    found, refused = _changed(prompt, off, mean, _place(prompt, trace, asked.look.pos))
    token_id = _followed(prompt, asked.values["follow"], found)
    ids = {*shown_ids(found, token_id), int(found.before.argmax()), int(found.after.argmax())}
    return Scene(
        tokens=trace.tokens,
        place=_words(prompt, trace, found.pos),
        board=engine.analysed(switchboard, prompt),
        off=off,
        changed=found,
        refused=refused,
        token_id=token_id,
        names=dict(zip(sorted(ids), engine.names(prompt.model, sorted(ids)), strict=True)),
        effects=_effects(prompt, token_id, found.pos, mean) if effects is None else effects,
        texts=texts or engine.remembered(both_texts, prompt, off, mean),
        code=_code(prompt, off, mean, found.pos),
        encoder_only=engine.load(prompt.model).kind == "encoder",
        running=running,
    )


def _changed(prompt: Prompt, off: tuple[str, ...], mean: bool, pos: int) -> tuple[Changed, str]:
    """Before and after; where the family does not allow the change, the run as it is and why."""
    try:
        return engine.analysed(changed, prompt, off, mean, pos), ""
    except PlaygroundError as error:
        if not off:
            raise
        return engine.analysed(changed, prompt, (), mean, pos), str(error)


def _place(prompt: Prompt, trace: Trace, pos: int | None) -> int:
    """The chosen position, else where the model has to say something."""
    mask = engine.mask_token(prompt.model) if engine.load(prompt.model).kind == "encoder" else None
    try:
        otherwise = answer_positions(trace, None if mask is None else mask[1])[0]
    except PlaygroundError:  # an encoder's text without a mask has an answer for each of its tokens too
        otherwise = position(prompt, trace.tokens, None)
    return within(pos, len(trace), otherwise)


def _words(prompt: Prompt, trace: Trace, pos: int) -> str:
    token = quoted(trace.tokens[pos].text)
    if engine.load(prompt.model).kind == "encoder":
        return f"In the place of {token} ({pos})"
    if trace.encoder is not None and pos == 0:
        return f"After the start token {token}"
    return f"After {token} ({pos})"


def _followed(prompt: Prompt, typed: str, found: Changed) -> int:
    return int(found.before.argmax()) if not typed.strip() else engine.typed(prompt.model, typed).token_id


def _effects(prompt: Prompt, token_id: int, pos: int, mean: bool) -> tuple[AblationMap, ...]:
    """What each head does, if that is known or quickly found."""
    trace = engine.trace(prompt)
    known = engine.remembered(head_effects, prompt, token_id, pos, mean)
    if known is not None or cost_of_effects(trace, engine.load(prompt.model).n_parameters) > QUICK:
        return known or ()
    try:
        return engine.analysed(head_effects, prompt, token_id, pos, mean)
    except PlaygroundError:  # the family hands over no heads, which the switches say
        return ()


def _effects_of(asked: Asked) -> tuple[int, int, bool]:
    """What a map of heads depends on, beside the text."""
    prompt, mean = asked.run, asked.values["instead"] == "mean"
    pos = _place(prompt, engine.trace(prompt), asked.look.pos)
    as_it_is = engine.analysed(changed, prompt, (), mean, pos)
    return _followed(prompt, asked.values["follow"], as_it_is), pos, mean


def _code(prompt: Prompt, off: tuple[str, ...], mean: bool, pos: int) -> str:
    return (
        code.captured(prompt.model, prompt.text, prompt.target)
        + "from playground.analysis.what_if import changed\n\n"
        f"found = changed(model, trace, {off!r}, mean={mean}, pos={pos})\n"
        "print(2 ** found.before.max(), 2 ** found.after.max(), found.moved_bits)\n"
    )


def _off(text: str) -> str:
    return " ".join(read_switches(text))


WHAT_IF = TabView(
    "what-if",
    "What if",
    show,
    controls=(
        Control("off", "Switched off", "", str, _off, None),
        choice("instead", "A silenced part gives", INSTEAD, "zero"),
        words("follow", "Token to follow (empty: the first choice)", "", limit=60),
    ),
    reads=READS,
    actions=(
        Action("map", "Map all heads", map_heads, reads=READS, stays=False),
        Action("write", "Write both", write_both, reads=READS, stays=False),
    ),
    help="Take parts of the machine away and see what becomes of the answer. Each small square is an **attention "
    "head**: choose it, and it gives nothing (zero **ablation**) or only its mean. Its colour tells what the followed "
    "token would lose or gain without it.",
)
