"""The walk: the whole machine on one picture, and the step that it stands at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...analysis.walk import SOURCE, Step
from ...trace import Array, Attention, Layer, Token
from .. import pictures
from ..pictures import walk as drawn
from ..view import View, count, percent, quoted
from .ends import around_told
from .step_picture import step_picture, step_table
from .told import Told
from .words import told

if TYPE_CHECKING:
    from ...analysis.walk import Machine, Part, TowerMap, WayOut

TITLES = {"attn": "attention", "cross": "cross-attention", "mlp": "feed-forward", "token": "token table",
          "position": "position", "sentence": "sentence A or B"}  # fmt: skip
ORDERS = {
    "pre-norm": "pre-norm: a norm stands before each part, and the stream runs past it",
    "post-norm": "post-norm: the norm stands after each sum, in the stream itself",
    "parallel": "parallel: attention and feed-forward read the same stream and are added in one sum",
}


@dataclass(frozen=True, eq=False)
class Standing:
    """Where a walk stands."""

    machine: Machine
    steps: tuple[Step, ...]
    layer: Layer | None
    """The layer that is open, with its steps."""
    number: int
    at: int
    """Index of the step."""
    head: int
    tokens: tuple[Token, ...]
    """Of the only tower, or the decoder's."""
    source: tuple[Token, ...]
    """Of the encoder's tower, where there are two."""
    encoder: bool
    """Whether the walk is in the encoder's tower."""
    before: tuple[int, str, int | None] | None
    """Layer, step and, where it is another one, token that come before; None at the beginning."""
    after: tuple[int, str, int | None] | None
    ends_in: str
    """What the way out answers: "next token" or "token at this place"."""
    tour: tuple[tuple[str, int, str], ...]
    """The stops of the walk at a glance: title, layer, step."""
    leg: int
    """Which of them the step belongs to."""
    skip: tuple[int, str, int | None] | None
    """The step behind all layers, where more layers like the open one follow."""
    skipped: int
    """How many those are."""
    code: str
    """Lines that make ``trace`` with the open layer's steps."""

    @property
    def step(self) -> Step:
        """The step that the walk stands at."""
        return self.steps[self.at]

    @property
    def token(self) -> str:
        """The text of the token that is walked through."""
        if self.encoder and self.machine.encoder is not None:
            return self.source[self.machine.encoder.pos].text
        return self.tokens[self.machine.main.pos].text


def walk_view(standing: Standing, out: WayOut) -> View:
    """The machine with its open layer, and the step; ``out`` is the answer at the chosen token."""
    step, words = standing.step, told(standing.step, standing.token)
    machine = standing.machine
    towers = [*([_tower(machine.encoder, standing.source, machine.d_model)] if machine.encoder is not None else []),
              _tower(machine.main, standing.tokens, machine.d_model)]  # fmt: skip
    attention = standing.layer.attention if standing.layer is not None else None
    picture = pictures.Walk(
        towers=tuple(towers),
        end=_end(standing, out),
        weights=_weights(attention, standing.head),
        cross=_weights(standing.layer.cross_attention if standing.layer is not None else None, standing.head),
        tower=0 if standing.encoder else len(towers) - 1,
        layer=standing.number,
        head=standing.head,
        n_heads=attention.n_heads if attention is not None else 0,
        names=tuple(s.name for s in standing.steps),
        at=standing.at,
        step=step_picture(step, words),
        before=None if standing.before is None else drawn.WalkStop(*standing.before),
        after=None if standing.after is None else drawn.WalkStop(*standing.after),
        tour=tuple(drawn.WalkLeg(*leg) for leg in standing.tour),
        leg=standing.leg,
        skip=None if standing.skip is None else drawn.WalkStop(*standing.skip),
        skipped=standing.skipped,
    )
    return View(
        picture=picture,
        reading=_reading(standing, words, out),
        table=step_table(step),
        python=standing.code,
        notes=_notes(standing),
        name=f"walk-{standing.number}-{step.name}",
    )


def _reading(standing: Standing, words: Told, out: WayOut) -> str:
    """Where the walk stands and where it leads to; what the step does is told in the picture."""
    where = standing.step.name.removeprefix(SOURCE).partition("-")[0]
    layer = f"Layer {standing.number}, " if where in ("attn", "cross", "mlp") else ""
    title = words.title[0].lower() + words.title[1:] if layer else words.title
    first, share = out.answers.texts[0], float(out.answers.probs[0])
    asks = standing.tokens[standing.machine.main.pos].text
    said = f"Step {standing.at + 1} of {len(standing.steps)}: {layer}{title}."
    side = " of the decoder" if standing.machine.encoder is not None else ""
    return f"{said} At {quoted(asks)}{side} the model's first answer is {quoted(first)} ({percent(share)})."


def _notes(standing: Standing) -> tuple[str, ...]:
    machine = standing.machine
    tower = machine.encoder if standing.encoder and machine.encoder is not None else machine.main
    return (
        f"{machine.n_parameters:,} parameters in all; {ORDERS[tower.order]}.",
        "A line is a token's vector on its way, as thick as it is long; what is thicker than the chosen token's is cut "
        "off. Bars, and the bands that lead back into the line: the length of what a part adds.",
        "Heat strips: blue is negative, vermilion positive, the surface 0, the darkest the strip's largest |number|.",
    )


def _tower(tower: TowerMap, tokens: tuple[Token, ...], d_model: int) -> drawn.WalkTower:
    title = "Decoder" if tower.side == "main" and tower.causal else "Encoder"
    # Of a causal tower nothing behind the chosen token is drawn: it is not read there, or not even written yet.
    read = tower.pos + 1 if tower.causal else len(tokens)
    blocks = tuple(
        drawn.WalkBlock(count(block.n_parameters, "parameter"), tuple(_part(p, d_model) for p in block.parts))
        for block in tower.blocks
    )
    return drawn.WalkTower(
        title, f"{count(read, 'token')} × {d_model:,} numbers", tuple(token.text for token in tokens), tower.pos,
        tower.causal, tower.levels, tuple(_part(part, d_model) for part in tower.entry), blocks,
    )  # fmt: skip


def _part(part: Part, d_model: int) -> drawn.WalkPart:
    size = count(part.n_parameters, "parameter") if part.n_parameters else ""
    return drawn.WalkPart(part.name, TITLES[part.name], size, _shape(part, d_model), part.length)


def _shape(part: Part, d_model: int) -> str:
    if not part.shape:
        return ""
    first = part.shape[0]
    if part.name in ("attn", "cross"):
        heads = count(first, "head")
        return f"{heads} × {part.shape[1]:,}" if len(part.shape) > 1 else heads
    return f"{d_model:,} → {first:,} → {d_model:,}" if part.name == "mlp" else f"{first:,} × {d_model:,}"


def _end(standing: Standing, out: WayOut) -> drawn.WalkEnd:
    machine, ranking = standing.machine, out.answers
    shape = f"{machine.d_model:,} × {machine.vocab_size:,}"
    size = count(machine.head_parameters, "parameter") if machine.head_parameters else "the token table again"
    first = zip(ranking.texts[:6], ranking.probs[:6].tolist(), strict=True)
    fills = out.onward.kind == "fill"
    return drawn.WalkEnd(standing.ends_in, shape, size, tuple(first), fills, around_told(out.onward))


def _weights(attention: Attention | None, head: int) -> Array:
    return drawn.NOTHING if attention is None else attention.weights[min(head, attention.n_heads - 1)]
