"""Two texts of one model, and what becomes of one's answer when a place of the other's run is put into it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ..errors import PlaygroundError
from ..models import LoadedModel
from ..trace import Array, Token, Trace
from .patching import PatchingGrid, patches, patching_steps
from .patching_depths import depths_of
from .patching_runs import Runs, compared
from .sampling import softmax


@dataclass(frozen=True)
class Patching:
    """What is put where."""

    site: str = "resid"
    """As ``patching_grid`` takes it."""
    encoder: bool = False
    """In the encoder of an encoder–decoder."""
    reverse: bool = False
    """The second text's values go into the first one's run."""
    first_id: int | None = None
    """Answer to the first text; None: the most probable token there."""
    second_id: int | None = None


@dataclass(frozen=True, eq=False)
class Place:
    """One place of the grid, put into the run: the answer before and after. All (vocab_size,)."""

    source: Array
    """Probabilities in the run that the values come from."""
    before: Array
    """In the run that they are put into, as it is."""
    after: Array
    """With them."""
    recovered: float


def matched(model: LoadedModel, first: Trace, second: Trace, asked: Patching) -> Runs:
    """Both runs so that their answers can be compared: the one that values come from, then the one they are put into.

    An encoder's answers are read at its mask. An encoder–decoder is fed, in both runs, what both translations begin
    with, so that they part at the answer that is read.

    Args:
        model: of both.
        first: the first text's run.
        second: the second's.
        asked: which way values go, and which answers are compared.

    Raises:
        PlaygroundError: the texts differ in length, or not in their answers; an encoder's masks do not match.
    """
    pos = -1
    runs = (first, second)
    if first.encoder is not None:
        runs = _led(model, first, second)
    elif model.info.kind == "encoder":
        pos = _mask(model, first, second)
    first, second = runs
    if asked.reverse:
        return compared(model, second, first, pos, asked.second_id, asked.first_id, encoder=asked.encoder)
    return compared(model, first, second, pos, asked.first_id, asked.second_id, encoder=asked.encoder)


def _led(model: LoadedModel, first: Trace, second: Trace) -> tuple[Trace, Trace]:
    """Both sources with the tokens that both targets begin with."""
    from ..hooks import capture, token_ids

    (one, own), (other, theirs) = token_ids(first), token_ids(second)
    assert own is not None and theirs is not None
    pairs = zip(own, theirs, strict=False)
    alike = next((n for n, (a, b) in enumerate(pairs) if a != b), min(len(own), len(theirs)))
    lead = own[: max(1, alike)]
    return capture(model, one, lead), capture(model, other, lead)


def _mask(model: LoadedModel, first: Trace, second: Trace) -> int:
    """Where both texts have their first mask."""
    tokenizer: Any = model.tokenizer
    name = tokenizer.mask_token or "a mask"

    def masks(tokens: Sequence[Token]) -> list[int]:
        return [n for n, token in enumerate(tokens) if token.token_id == tokenizer.mask_token_id]

    found = [masks(run.tokens) for run in (first, second)]
    if not all(found):
        raise PlaygroundError(f"This encoder-only model fills in masks. Put {name} into both texts, at the same place.")
    if found[0][0] != found[1][0] and len(first) == len(second):
        raise PlaygroundError(
            f"{name} stands at token {found[0][0]} of the first text and at token {found[1][0]} of the second. Put it "
            "at the same place."
        )
    return found[0][0]


def grid_of(model: LoadedModel, first: Trace, second: Trace, asked: Patching) -> PatchingGrid:
    """The whole grid.

    Raises:
        PlaygroundError: see ``matched``; the family does not hand over the place.
    """
    *_, last = grid_steps(model, first, second, asked)
    return last


def grid_steps(model: LoadedModel, first: Trace, second: Trace, asked: Patching) -> Iterator[PatchingGrid]:
    """The grid as it grows: first empty, then one after each forward pass."""
    yield from patching_steps(model, matched(model, first, second, asked), asked.site, encoder=asked.encoder)


def blank_grid(model: LoadedModel, first: Trace, second: Trace, asked: Patching) -> PatchingGrid:
    """The grid before anything is tried: all nan."""
    return next(grid_steps(model, first, second, asked))


def place_of(model: LoadedModel, first: Trace, second: Trace, asked: Patching, row: int, column: int) -> Place:
    """The answer before and after one cell of the grid is put in.

    Args:
        model: of both texts.
        first: the first text's run.
        second: the second's.
        asked: what is put where.
        row: of the grid.
        column: a position, or a head.

    Raises:
        PlaygroundError: see ``matched``; there is no such place.
    """
    from ..hooks import answers

    runs = matched(model, first, second, asked)
    stack = runs.corrupt.encoder if asked.encoder and runs.corrupt.encoder is not None else runs.corrupt
    change = patches(runs, depths_of(stack, asked.site)[row], column, 0, asked.encoder)
    logits = answers(model, runs.corrupt, [change], runs.pos)[0]
    source, before = (softmax(run.logits[runs.pos]) for run in (runs.clean, runs.corrupt))
    return Place(source, before, softmax(logits), runs.recovered(logits))


def cost_of_grid(grid: PatchingGrid, n_parameters: int) -> float:
    """About how many multiply–adds all places take: half of them, since the layers below a place do not run again."""
    return (grid.recovered.size + grid.whole.size) * len(grid.tokens) * n_parameters / 2
