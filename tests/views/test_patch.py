"""The grid of places: what is drawn is what was computed, and the sentence says where the answer lies."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from playground import capture, load_model
from playground.analysis.patched import Patching, blank_grid, grid_of, place_of
from playground.tokens import vocabulary
from playground.views.patch import Patched, patch_view, shown_ids
from tests.views.shown import shown

TEXTS = ("Lily saw a big dog. She ran to the", "Lily saw a big cat. She ran to the")


def scene(asked: Patching, row: int = 0, column: int = 4, *, blank: bool = False) -> Patched:
    model = load_model("storyteller")
    first, second = (capture(model, text) for text in TEXTS)
    grid = (blank_grid if blank else grid_of)(model, first, second, asked)
    place = place_of(model, first, second, asked, row, column)
    ids = shown_ids(place, grid)
    names = dict(zip(ids, vocabulary(model.tokenizer, ids), strict=True))
    return Patched(grid, row, column, place, names, ("The first text", "the second text"), "after “␣the”", "pass\n")


def test_the_stream_is_followed_from_the_word_to_the_answer() -> None:
    found = scene(Patching())
    view = patch_view(found)
    picture: Any = view.picture
    grid, pairs = picture.pictures
    np.testing.assert_array_equal(grid.maps[0].values, found.grid.recovered)
    assert grid.maps[0].down.values == (-1, 0, 1, 2, 3, 4, 5) and grid.maps[0].across.key == "pos"
    assert grid.maps[0].across.names[4] == "␣dog→␣cat" and grid.chosen == (0, 0, 4)
    assert "At the embedding all of it comes back through “␣dog→␣cat”" in view.reading
    assert "at layer 5 all of it comes back through “␣the”" in view.reading
    assert pairs.pairs[pairs.chosen].label == "␣dog" and pairs.said == "recovered: 1"
    assert pairs.pairs[pairs.chosen].before < pairs.pairs[pairs.chosen].after
    whole = shown(view)
    assert len(whole["table"]["rows"]) == found.grid.recovered.size + len(found.grid.whole)


@pytest.mark.parametrize("site", ["attn_out", "mlp_out", "head_out"])
def test_other_places_name_the_best_of_them(site: str) -> None:
    found = scene(Patching(site), 0, 1)
    view = patch_view(found)
    row, column = np.unravel_index(np.nanargmax(found.grid.recovered), found.grid.recovered.shape)
    names = {
        "attn_out": f"attention {row} at",
        "mlp_out": f"feed-forward {row} at",
        "head_out": f"head {row}.{column} ",
    }
    assert names[site] in view.reading
    key = view.picture.pictures[0].maps[0].across.key  # type: ignore[attr-defined]
    assert key == ("unit" if site == "head_out" else "pos")


def test_places_that_were_not_tried_are_said_to_be() -> None:
    found = scene(Patching(), blank=True)
    view = patch_view(found)
    assert "Patch all places tries every one" in view.reading
    assert np.isnan(view.picture.pictures[0].maps[0].values).all()  # type: ignore[attr-defined]
    half = replace(
        found.grid,
        recovered=np.where(np.arange(7)[:, None] < 3, 0.5, np.nan).astype(np.float32) * np.ones(10, np.float32),
    )
    assert patch_view(replace(found, grid=half)).reading.endswith(".")
    few = np.full_like(found.grid.recovered, np.nan)
    few[0, 3] = 0.2
    assert "Not all places" in patch_view(replace(found, grid=replace(found.grid, recovered=few))).reading
