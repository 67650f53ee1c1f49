"""Activation patching: where in the machine does the difference between two texts live?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ..analysis.patched import Place
from ..analysis.patching import PatchingGrid
from ..analysis.sampling import ranking
from ..trace import Token
from . import pictures
from .tables import Table
from .view import View, number, percent, quoted

WHAT = {
    "resid": "the stream",
    "attn_out": "what attention adds",
    "mlp_out": "what the feed-forward adds",
    "cross_out": "what cross-attention adds",
    "head_out": "one head, at every position",
    "cross_head_out": "one cross-attention head, at every position",
}
"""Site of a patch, in words."""


@dataclass(frozen=True, eq=False)
class Patched:
    """All that the view shows."""

    grid: PatchingGrid
    row: int
    column: int
    """Of the chosen cell."""
    place: Place
    """That cell, put in."""
    names: Mapping[int, str]
    """Id → text of the tokens that are named."""
    texts: tuple[str, str]
    """What the two texts are called: where values come from, where they are put."""
    asks: str
    """Where the answer is read, in words: "after “␣the”"."""
    code: str


def shown_ids(place: Place, grid: PatchingGrid) -> list[int]:
    """Ids that have bars: both answers, and the most probable tokens before and after."""
    found = [grid.clean_id, grid.corrupt_id, *ranking(place.after, 5).tolist(), *ranking(place.before, 4).tolist()]
    ids = list(dict.fromkeys(int(i) for i in found))[:8]
    return sorted(ids, key=lambda i: -max(place.before[i], place.after[i]))


def patch_view(shown: Patched) -> View:
    """The grid of places, and the answer before and after the chosen one is put in."""
    grid, ids = shown.grid, shown_ids(shown.place, shown.grid)
    return View(
        picture=pictures.Group(
            (
                f"How much of the answer {quoted(shown.names[grid.clean_id])} comes back",
                f"{shown.asks}: {_cell(shown)}",
            ),
            (_map(shown), _pairs(shown, ids)),
            rows=(pictures.Row((1.55, 1.0)),),
        ),
        reading=_reading(shown),
        table=_table(shown),
        python=shown.code,
        notes=_notes(shown),
        name="patching",
    )


def _depths(grid: PatchingGrid) -> tuple[str, ...]:
    """Names of the rows in plain words."""
    words = {"attn": "attention", "mlp": "feed-forward", "cross": "cross-attention"}
    parts = [name.split(" ") for name in grid.depths]
    return tuple(" ".join([words.get(part[0], part[0]), *part[1:]]) for part in parts)


def _columns(grid: PatchingGrid) -> tuple[str, ...]:
    """Heads by number; positions by their tokens, with the other text's where it differs."""
    if grid.of_heads:
        return tuple(str(head) for head in range(grid.recovered.shape[1]))
    return tuple(_token(mine, other) for mine, other in zip(grid.tokens, grid.clean_tokens, strict=True))


def _token(mine: Token, other: Token) -> str:
    return mine.text if mine.token_id == other.token_id else f"{other.text}→{mine.text}"


def _map(shown: Patched) -> pictures.Grid:
    grid = shown.grid
    across = ("head", "unit") if grid.of_heads else ("", "pos")
    return pictures.Grid(
        maps=(
            pictures.HeatMap(
                "",
                grid.recovered,
                down=pictures.Axis("", _depths(grid), "layer", grid.layers),
                across=pictures.Axis(across[0], _columns(grid), across[1]),
            ),
        ),
        scale="signed",
        full=max(1.0, pictures.full_of(grid.recovered)),
        chosen=(0, shown.row, shown.column),
        ends=("away from it", "all of it"),
        missing="not tried yet",
        hint="Point at a cell for its number; choose it to see the answer.",
        upwards=True,
    )


def _pairs(shown: Patched, ids: list[int]) -> pictures.Pairs:
    place, grid = shown.place, shown.grid
    rest = [max(0.0, float(1 - probs[ids].sum(dtype=np.float64))) for probs in (place.before, place.after)]
    return pictures.Pairs(
        titles=(f"{shown.texts[1]} as it is", f"with this place from {shown.texts[0].lower()}"),
        pairs=tuple(pictures.Pair(shown.names[i], float(place.before[i]), float(place.after[i])) for i in ids),
        rest=(rest[0], rest[1]),
        n_rest=len(place.before) - len(ids),
        full=max(0.01, float(place.before[ids].max()), float(place.after[ids].max())),
        said=f"recovered: {number(round(place.recovered, 5) + 0.0)}",
        key="",
        chosen=ids.index(grid.clean_id),
    )


def _cell(shown: Patched) -> str:
    grid = shown.grid
    where = f"head {shown.column}" if grid.of_heads else quoted(_columns(grid)[shown.column], 24)
    return f"{_depths(grid)[shown.row]}, {where}"


def _reading(shown: Patched) -> str:
    grid, place = shown.grid, shown.place
    clean, corrupt = quoted(shown.names[grid.clean_id]), quoted(shown.names[grid.corrupt_id])
    source, target = shown.texts
    said = f"{shown.asks[:1].upper()}{shown.asks[1:]}, {source.lower()} says {clean} and {target.lower()} {corrupt}. "
    if not np.isfinite(grid.recovered).any():
        was, now = (percent(float(probs[grid.clean_id])) for probs in (place.before, place.after))
        return f"{said}At the chosen place {clean} goes from {was} to {now}. Patch all places tries every one."
    row, column = np.unravel_index(int(np.nanargmax(grid.recovered)), grid.recovered.shape)
    share = _share(float(grid.recovered[row, column]))
    if grid.of_heads:
        return f"{said}Of all heads, head {grid.layers[row]}.{column} brings most back by itself: {share}."
    if grid.site != "resid":
        where = f"{_depths(grid)[row]} at {quoted(_columns(grid)[column])}"
        return f"{said}Most comes back through {where}: {share}."
    return said + _moved(grid)


def _moved(grid: PatchingGrid) -> str:
    """Where the answer comes from at the bottom and at the top, and where it changes its place."""
    rows = [n for n, ok in enumerate(np.isfinite(grid.recovered)) if ok.all()]
    if not rows:
        return "Not all places of a depth have been tried yet."
    best = {n: int(np.argmax(grid.recovered[n])) for n in rows}
    share = {n: _share(float(grid.recovered[n, best[n]])) for n in rows}
    names, first, last = _columns(grid), rows[0], rows[-1]
    through = {n: f"{share[n]} comes back through {quoted(names[best[n]])}" for n in (first, last)}
    if share[first] == "nothing":
        return (
            f"At the embedding nothing comes back: both runs are alike there. At {grid.depths[last]} {through[last]}."
        )
    if best[first] == best[last]:
        return f"At the embedding {through[first]}, and so it stays up to {grid.depths[last]}."
    turn = next(n for n in rows if best[n] != best[first])
    moved = f"After {grid.depths[turn]} attention has carried most of it elsewhere"
    return f"At the embedding {through[first]}. {moved}: at {grid.depths[last]} {through[last]}."


def _share(value: float) -> str:
    """A recovered share as people say it; it may be below nothing or above all."""
    if value <= 0:
        return "nothing"
    return "all of it" if 0.995 <= value <= 1.005 else percent(value) if value < 1 else f"{100 * value:.0f} %"


def _signed(value: float) -> str:
    return number(value).replace("-", "−")


def _table(shown: Patched) -> Table:
    grid = shown.grid
    across = "head" if grid.of_heads else "token"
    rows: list[tuple[str | int | float, ...]] = [
        (name, column, label, float(grid.recovered[row, column]))
        for row, name in enumerate(_depths(grid))
        for column, label in enumerate(_columns(grid))
    ]
    rows += [(name, "", "all at once", float(grid.whole[row])) for row, name in enumerate(_depths(grid))]
    return Table(("depth", "index", across, "recovered"), tuple(rows))


def _notes(shown: Patched) -> tuple[str, ...]:
    grid = shown.grid
    source, target = shown.texts[0].lower(), shown.texts[1].lower()
    clean, corrupt = quoted(shown.names[grid.clean_id]), quoted(shown.names[grid.corrupt_id])
    return (
        f"Recovered: the logit of {clean} less that of {corrupt}, which is {_signed(grid.clean_difference)} in "
        f"{source} and {_signed(grid.corrupt_difference)} in {target}; 0 where it stays as in {target}, 1 where it "
        f"becomes that of {source}. It may leave these bounds.",
        f"A cell: {WHAT[grid.site]} there is taken from the run of {source} and put into the run of {target}; all that "
        "stands above is computed anew (activation patching, Vig et al. 2020).",
    )
