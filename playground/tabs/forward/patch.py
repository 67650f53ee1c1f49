"""One text's inner values put into another text's run, place by place."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ... import engine
from ...analysis.patched import Patching, blank_grid, cost_of_grid, grid_of, grid_steps, place_of
from ...analysis.patching import PatchingGrid
from ...engine import Prompt
from ...errors import PlaygroundError
from ...trace import Trace
from ...views.patch import Patched, patch_view, shown_ids
from ...views.view import View, quoted
from ..contract import Action, Adaptation, Asked, Cancelled, Doing, Look, TabView
from ..controls import choice, chosen, words

QUICK = 1.5e10
"""Multiply–adds of a grid that is made at once, without a button: below a second on two cores."""
READY = {
    "decoder": ("Lily saw a big dog. She ran to the", "Lily saw a big cat. She ran to the"),
    "encoder": ("The king sat on his {mask}.", "The bird sat on his {mask}."),
    "encoder-decoder": ("Le chat dort.", "Le chien dort."),
}
"""Kind of model → two texts of as many tokens that end differently in the bundled model of the kind."""
TEXTS = ("The first text", "the second text")
WHERE = {"source": "encoder", "target": "decoder", "cross": "decoder’s cross-attention"}
WHAT = {
    "resid": "the stream",
    "attn_out": "attention’s output",
    "mlp_out": "feed-forward’s output",
    "head_out": "each head",
}
CROSS = {"cross_out": "its output", "cross_head_out": "each of its heads"}
WAYS = {"into-second": "first → second", "into-first": "second → first"}
READS = frozenset(
    {"first", "second", "where", "what", "cross", "way", "first_answer", "second_answer", "layer", "pos", "unit"}
)


def show(asked: Asked) -> View:
    """The grid, where it is quickly made or known; else its places, to be tried by the button."""
    first, second, patching = _asked(asked)
    grid = engine.remembered(grid_of, first, second, patching)
    if grid is None:
        grid = engine.analysed(blank_grid, first, second, patching)
        if cost_of_grid(grid, engine.load(first.model).n_parameters) <= QUICK:
            grid = engine.analysed(grid_of, first, second, patching)
    return _view(asked, grid)


def patch_all(asked: Asked, cancelled: Cancelled) -> Iterator[View | Doing]:
    """Tries every place; the cells fill one forward pass after another."""
    first, second, patching = _asked(asked)
    for grid in engine.analysed_in_steps(grid_steps, first, second, patching, keep_as=grid_of):
        tried = float(np.isfinite(grid.recovered).mean())
        yield Doing(f"{np.isfinite(grid.recovered).sum()} of {grid.recovered.size} places", tried)
        if cancelled():
            break
    yield _view(asked, grid)


def _asked(asked: Asked) -> tuple[Prompt, Prompt, Patching]:
    """Both texts on the page's model, and what is put where."""
    model, given = asked.run.model, asked.values
    two_towers = engine.load(model).kind == "encoder-decoder"
    where = given["where"] if two_towers else "target"
    typed = [given[key] for key in ("first_answer", "second_answer")]
    ids = [engine.typed(model, word).token_id if word.strip() else None for word in typed]
    patching = Patching(
        site=given["cross"] if where == "cross" else given["what"],
        encoder=where == "source",
        reverse=given["way"] == "into-first",
        first_id=ids[0],
        second_id=ids[1],
    )
    prompts = [Prompt(model, given[key]) for key in ("first", "second")]
    for prompt, name in zip(prompts, TEXTS, strict=True):
        try:
            engine.trace(prompt)
        except PlaygroundError as error:
            raise PlaygroundError(f"{name[:1].upper()}{name[1:]}: {error}") from error
    return prompts[0], prompts[1], patching


def _view(asked: Asked, grid: PatchingGrid) -> View:
    first, second, patching = _asked(asked)
    row, column = _cell(grid, asked.look, asked.values["unit"])
    place = engine.analysed(place_of, first, second, patching, row, column)
    ids = shown_ids(place, grid)
    texts = (TEXTS[0], TEXTS[1]) if not patching.reverse else ("The second text", "the first text")
    return patch_view(
        Patched(
            grid=grid,
            row=row,
            column=column,
            place=place,
            names=dict(zip(ids, engine.names(first.model, ids), strict=True)),
            texts=texts,
            asks=_asks(engine.trace(first), engine.load(first.model).kind, grid.pos),
            code=_code(first, second, patching, row, column),
        )
    )


def _cell(grid: PatchingGrid, look: Look, head: int) -> tuple[int, int]:
    """The chosen place; else, at half of the depth, the one through which most comes back."""
    n = grid.recovered.shape[1]
    wanted = head if grid.of_heads else look.pos
    row = None if look.layer is None or look.layer not in grid.layers else grid.layers.index(look.layer)
    column = wanted if wanted is not None and 0 <= wanted < n else None
    if row is None:
        row = len(grid.layers) // 2
        if np.isfinite(grid.recovered).all() and grid.of_heads:
            row = int(np.argmax(grid.recovered.max(1)))
    if column is None:
        values = grid.recovered[row]
        ids = [[token.token_id for token in tokens] for tokens in (grid.tokens, grid.clean_tokens)]
        differ = next((i for i, (a, b) in enumerate(zip(*ids, strict=True)) if a != b), 0)
        column = int(np.nanargmax(values)) if np.isfinite(values).any() else 0 if grid.of_heads else differ
    return row, column


def _asks(trace: Trace, kind: str, pos: int) -> str:
    token = quoted(trace.tokens[pos].text)
    if kind == "encoder":
        return f"in the place of {token}"
    return f"after the start token {token}" if trace.encoder is not None and pos == 0 else f"after {token}"


def _code(first: Prompt, second: Prompt, patching: Patching, row: int, column: int) -> str:
    return (
        "from playground import capture, load_model\n"
        "from playground.analysis.patched import Patching, grid_of, place_of\n\n"
        f"model = load_model({first.model!r})\n"
        f"first, second = capture(model, {first.text!r}), capture(model, {second.text!r})\n"
        f"asked = {patching!r}\n"
        "print(grid_of(model, first, second, asked).recovered)\n"
        f"print(place_of(model, first, second, asked, {row}, {column}).recovered)\n"
    )


def ready_texts(model: str) -> tuple[str, str]:
    """Two texts for a model of this kind, with its own mask where it has one."""
    mask = engine.mask_token(model)
    first, second = READY[engine.load(model).kind]
    sign = mask[0] if mask else ""
    return first.format(mask=sign), second.format(mask=sign)


def _ready(index: int) -> Any:
    def adapt(prompt: Prompt, value: Any) -> Adaptation:
        """What was typed stays; a ready-made text gives way to one for the kind of model."""
        made = {pair[index].format(mask=sign) for pair in READY.values() for sign in ("[MASK]", "<mask>")}
        wanted = ready_texts(prompt.model)[index]
        return Adaptation(value=wanted if value in made and value != wanted else None)

    return adapt


def _towers(prompt: Prompt, value: object) -> Adaptation:
    """A choice between towers, where there are two."""
    two = engine.load(prompt.model).kind == "encoder-decoder"
    return Adaptation(visible=two, value=None if two or value == "source" else "source")


PATCH = TabView(
    "patch",
    "Patch",
    show,
    controls=(
        words("first", "First text", READY["decoder"][0], lines=2, adapt=_ready(0)),
        words("second", "Second text, of as many tokens", READY["decoder"][1], lines=2, adapt=_ready(1)),
        choice("where", "Where", WHERE, "source", adapt=_towers),
        choice("what", "What is put in", WHAT, "resid", stands_if=(("where", ("source", "target")),)),
        choice("cross", "What is put in", CROSS, "cross_out", stands_if=(("where", ("cross",)),)),
        choice("way", "Values go", WAYS, "into-second"),
        words("first_answer", "First answer (empty: the most probable)", "", limit=60, more=True),
        words("second_answer", "Second answer (empty: the most probable)", "", limit=60, more=True),
        chosen("unit", "Head", -1, 10**4, -1),
    ),
    reads=READS,
    reads_text=False,
    actions=(Action("all", "Patch all places", patch_all, reads=READS, stays=False),),
    help="Two texts that end differently. At one place of the machine, the values of one text are put into the run of "
    "the other (**activation patching**). Where the other text's answer comes back, the difference between the texts "
    "was kept just there.",
)
