"""The whole machine on one picture, and a walk through it, step by step."""

from __future__ import annotations

from ... import engine
from ...analysis.tokenization import last_word
from ...analysis.walk import SOURCE, Step
from ...errors import PlaygroundError
from ...views.view import View
from ...views.walk import Standing, walk_view
from ...views.walk.lines import lines_for
from ..contract import Asked, Control, TabView
from ..places import position, stack_of, within

FIRST, LAST, END = "first", "last", "end"
"""Names that stand for the first and the last step inside a layer, and the last of a tower."""
Place = tuple[int, str, int | None]
"""Layer, step, and the token where that is another one: None keeps it."""
Leg = tuple[str, int, str]
LEGS: dict[str, tuple[Leg, ...]] = {
    "decoder": (("Tokenize", 0, "tokens"), ("Embed", 0, "row"), ("Layers", 0, FIRST), ("Generate", -1, "write")),
    "encoder": (("Tokenize", 0, "tokens"), ("Embed", 0, "row"), ("Layers", 0, FIRST), ("Fill in", -1, "write")),
    "encoder-decoder": (
        ("Tokenize", 0, SOURCE + "tokens"), ("Embed", 0, SOURCE + "row"), ("Encode", 0, SOURCE + FIRST),
        ("Start", 0, "tokens"), ("Decode", 0, FIRST), ("Write", -1, "write"),
    ),
}  # fmt: skip
"""The walk at a glance: title, layer (−1: the last), step."""


def show(asked: Asked) -> View:
    """The machine at the chosen token, and the step that the walk stands at."""
    prompt, trace = asked.run, engine.trace(asked.run)
    wanted = asked.values["step"] or (SOURCE if trace.encoder is not None else "") + "tokens"
    encoder = wanted.startswith(SOURCE) and trace.encoder is not None
    stack = stack_of(trace, "source" if encoder else "target")
    if not stack.layers or not trace.layers:
        raise PlaygroundError(" ".join(trace.missing) or "This model does not hand over its layers one by one.")
    number = within(asked.look.layer, len(stack.layers), 0)
    pos = position(prompt, trace.tokens, None if encoder else asked.look.pos)
    source = trace.encoder.tokens if trace.encoder is not None else ()
    source_pos = within(asked.look.pos if encoder else None, len(source), last_word(source)) if source else 0
    head = max(0, asked.look.head or 0)
    walk, inside = engine.walk(prompt, number, pos, source_pos, head, encoder=encoder), engine.inside(prompt, number)
    tower = inside.encoder if encoder and inside.encoder is not None else inside.main
    if tower.layer is not None and tower.layer.attention is not None:
        head = within(head, tower.layer.attention.n_heads, 0)
    at = found(walk.steps, wanted)
    n_source = len(trace.encoder.layers) if source and trace.encoder else 0
    before, after = neighbours(walk.steps, at, number, len(stack.layers), n_source)
    kind = engine.load(prompt.model).kind
    step, own = walk.steps[at], source_pos if encoder else pos
    standing = Standing(
        walk.machine, walk.steps, tower.layer, number, at, head, trace.tokens, source, encoder, before, after,
        ends_in="token at this place" if kind == "encoder" else "next token",
        tour=tuple((title, layer % len(trace.layers), name) for title, layer, name in LEGS[kind]),
        leg=leg_of(walk.steps, at, len(LEGS[kind])),
        skip=skip_from(walk.steps, at, number, len(stack.layers)),
        skipped=len(stack.layers) - 1 - number,
        code=lines_for(prompt.model, prompt.text, prompt.target, number, step.name, own, head),
    )  # fmt: skip
    return walk_view(standing, walk.out)


def inside_a_layer(name: str) -> bool:
    """Whether a step belongs to a layer, and not below the first or above the last."""
    return name.removeprefix(SOURCE).partition("-")[0] in ("attn", "cross", "mlp")


def found(steps: tuple[Step, ...], wanted: str) -> int:
    """The step of a name; of a name that this layer has not, the first of the same part, else the first of all."""
    names = [step.name for step in steps]
    inner = [n for n, name in enumerate(names) if inside_a_layer(name)]
    asked = wanted.removeprefix(SOURCE)
    if asked == END:
        return len(names) - 1
    if asked in (FIRST, LAST) and inner:
        return inner[0 if asked == FIRST else -1]
    exact = [n for n, name in enumerate(names) if name.removeprefix(SOURCE) == asked]
    part = [n for n in inner if names[n].removeprefix(SOURCE).partition("-")[0] == asked.partition("-")[0]]
    return (exact or part or [0])[0]


def parts_of_walk(steps: tuple[Step, ...]) -> tuple[list[str], list[int], str]:
    """Names of all steps, indices of those inside a layer, and what the names of the encoder's steps begin with."""
    names = [step.name for step in steps]
    inner = [n for n, name in enumerate(names) if inside_a_layer(name)]
    return names, inner, SOURCE if names[0].startswith(SOURCE) else ""


def neighbours(
    steps: tuple[Step, ...], at: int, layer: int, n_layers: int, n_encoder_layers: int
) -> tuple[Place | None, Place | None]:
    """Where the walk comes from and where it goes: through every layer, and from the encoder to the start token."""
    names, inner, side = parts_of_walk(steps)
    top = n_layers - 1

    def place(n: int) -> Place | None:
        if n < 0:
            return (n_encoder_layers - 1, SOURCE + END, None) if n_encoder_layers and not side else None
        if n == len(names):
            return (0, "tokens", 0) if side else None
        if inner and n < inner[0]:
            return 0, names[n], None
        return top if inner and n > inner[-1] else layer, names[n], None

    before, after = place(at - 1), place(at + 1)
    if inner and at == inner[0] and layer > 0:
        before = layer - 1, side + LAST, None
    if inner and at == inner[-1] and layer < top:
        after = layer + 1, side + FIRST, None
    if inner and at == inner[-1] + 1:
        before = top, side + LAST, None
    if inner and at == inner[0] - 1:
        after = 0, side + FIRST, None
    return before, after


def skip_from(steps: tuple[Step, ...], at: int, layer: int, n_layers: int) -> Place | None:
    """Past all layers that follow, which do the same once more; None outside the layers, and in the last one."""
    names, inner, side = parts_of_walk(steps)
    if at not in inner or layer >= n_layers - 1:
        return None
    behind = inner[-1] + 1
    if behind < len(names):
        return n_layers - 1, names[behind], None
    return (0, "tokens", 0) if side else None


def leg_of(steps: tuple[Step, ...], at: int, n_legs: int) -> int:
    """Which of the stops of ``LEGS`` a step belongs to; an encoder–decoder has two more."""
    _, inner, side = parts_of_walk(steps)
    above = not side and at > (inner[-1] if inner else 0)
    if n_legs == len(LEGS["decoder"]):
        return 3 if above else 2 if at in inner else min(at, 1)
    if side:
        return 2 if inner and at >= inner[0] else min(at, 1)
    return 5 if above else 4 if at in inner else 3


def _name(text: str) -> str:
    """Any text: a link may name a step that another model has."""
    if len(text) > 200:
        raise ValueError("the name of a step, such as attn-softmax; nothing for the first")
    return text


WALK = TabView(
    "walk",
    "Walk",
    show,
    controls=(Control("step", "Step", "", str, _name, None),),
    reads=frozenset({"pos", "layer", "head", "step"}),
    help="The whole machine, from the tokens to the answer. Each line is a token's vector on its way (the **residual "
    "stream**); what hangs below it reads the stream and adds to it. Choose a part, or walk with the arrow keys: below "
    "stands what comes in, what is computed, what goes out.",
)
