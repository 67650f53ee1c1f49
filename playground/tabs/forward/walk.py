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
Place = tuple[int, str]
"""Layer and step."""


def show(asked: Asked) -> View:
    """The machine at the chosen token, and the step that the walk stands at."""
    prompt, trace = asked.run, engine.trace(asked.run)
    wanted = asked.values["step"]
    encoder = wanted.startswith(SOURCE) and trace.encoder is not None
    stack = stack_of(trace, "source" if encoder else "target")
    if not stack.layers or not trace.layers:
        raise PlaygroundError(" ".join(trace.missing) or "This model does not hand over its layers one by one.")
    number = within(asked.look.layer, len(stack.layers), 0)
    pos = position(prompt, trace.tokens, None if encoder else asked.look.pos)
    source = trace.encoder.tokens if trace.encoder is not None else ()
    source_pos = within(asked.look.pos if encoder else None, len(source), last_word(source)) if source else 0
    head = max(0, asked.look.head or 0)
    walk = engine.walk(prompt, number, pos, source_pos, head, encoder=encoder)
    tower = walk.inside.encoder if encoder and walk.inside.encoder is not None else walk.inside.main
    if tower.layer is not None and tower.layer.attention is not None:
        head = within(head, tower.layer.attention.n_heads, 0)
    at = found(walk.steps, wanted)
    before, after = neighbours(
        walk.steps, at, number, len(stack.layers), len(trace.encoder.layers) if source and trace.encoder else 0
    )
    step, own = walk.steps[at], source_pos if encoder else pos
    standing = Standing(
        walk.machine, walk.steps, tower.layer, number, at, head, trace.tokens, source, encoder, before, after,
        ends_in="token at this place" if engine.load(prompt.model).kind == "encoder" else "next token",
        code=lines_for(prompt.model, prompt.text, prompt.target, number, step.name, own, head),
    )  # fmt: skip
    return walk_view(standing, walk.answers)


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


def neighbours(
    steps: tuple[Step, ...], at: int, layer: int, n_layers: int, n_encoder_layers: int
) -> tuple[Place | None, Place | None]:
    """Where the walk comes from and where it goes: through every layer, and from the encoder into the decoder."""
    names = [step.name for step in steps]
    inner = [n for n, name in enumerate(names) if inside_a_layer(name)]
    side = SOURCE if names[at].startswith(SOURCE) else ""
    top = n_layers - 1

    def place(n: int) -> Place | None:
        if n < 0:
            return (n_encoder_layers - 1, SOURCE + END) if n_encoder_layers and not side else None
        if n == len(names):
            return (0, "row") if side else None
        if inner and n < inner[0]:
            return 0, names[n]
        return top if inner and n > inner[-1] else layer, names[n]

    before, after = place(at - 1), place(at + 1)
    if inner and at == inner[0] and layer > 0:
        before = layer - 1, side + LAST
    if inner and at == inner[-1] and layer < top:
        after = layer + 1, side + FIRST
    if inner and at == inner[-1] + 1:
        before = top, side + LAST
    if inner and at == inner[0] - 1:
        after = 0, side + FIRST
    return before, after


def _name(text: str) -> str:
    """Any text: a link may name a step that another model has."""
    if len(text) > 200:
        raise ValueError("the name of a step, such as attn-softmax")
    return text


WALK = TabView(
    "walk",
    "Walk",
    show,
    controls=(Control("step", "Step", "row", str, _name, None),),
    reads=frozenset({"pos", "layer", "head", "step"}),
    help="The whole machine, from the tokens to the answer. Each line is a token's vector on its way (the **residual "
    "stream**); what hangs below it reads the stream and adds to it. Choose a part, or walk with the arrow keys: below "
    "stands what comes in, what is computed, what goes out.",
)
