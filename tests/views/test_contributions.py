"""The picture of a logit taken apart says the numbers that it was given."""

from __future__ import annotations

import numpy as np
import pytest

from playground.analysis.contributions import contributions
from playground.views.contributions import contributions_view
from playground.views.pictures import Grid, Group, SignedBars
from playground.views.view import View
from tests.tiny import tiny
from tests.views.shown import shown, trace_of


def view_of(name: str, order: str = "largest", against: str = "", head: int | None = 1) -> View:
    found = contributions(tiny(name), trace_of(name), 1, "cat", against)
    return contributions_view(
        found, trace_of(name).tokens, order=order, layer=1, head=head, answers="after", code="pass\n"
    )


@pytest.mark.parametrize("name", ["gpt2", "bert", "marian", "bloom", "granite"])
@pytest.mark.parametrize("order", ["largest", "way"])
def test_bars_end_at_the_sum_and_the_table_has_every_part(name: str, order: str) -> None:
    view = view_of(name, order, "dog")
    assert isinstance(view.picture, Group)
    bars = view.picture.pictures[0]
    assert isinstance(bars, SignedBars) and bars.running and bars.total is not None
    values = [bar.value for bar in bars.groups[0].bars]
    table = [row[-1] for row in shown(view)["table"]["rows"]]
    assert sum(values) == pytest.approx(bars.total, abs=1e-4) == pytest.approx(sum(table), abs=1e-4)
    assert bars.badge.startswith("✓ sum of the parts")


def test_a_click_on_a_head_names_it_and_the_chosen_one_has_a_frame() -> None:
    view = view_of("gpt2")
    assert isinstance(view.picture, Group)
    bars, grid = view.picture.pictures
    assert isinstance(grid, Grid) and isinstance(bars, SignedBars)
    assert grid.chosen == (0, 1, 1) and grid.maps[0].down.key == "layer" and grid.maps[0].across.key == "head"
    heads = [dict(bar.pick) for bar in bars.groups[0].bars if bar.label.startswith("head")]
    assert heads and all({"layer", "head"} == set(pick) for pick in heads)
    named = {(int(pick["layer"]), int(pick["head"])) for pick in heads}
    value = {(b.pick): b.value for b in bars.groups[0].bars}
    for layer, head in named:
        assert value[("layer", layer), ("head", head)] == pytest.approx(float(grid.maps[0].values[layer, head]))
    none = view_of("gpt2", head=None).picture
    assert isinstance(none, Group) and isinstance(none.pictures[1], Grid) and none.pictures[1].chosen is None


def test_an_encoder_decoder_has_a_map_for_each_kind_of_head() -> None:
    picture = view_of("marian").picture
    assert isinstance(picture, Group) and isinstance(picture.pictures[1], Grid)
    assert [heat.title for heat in picture.pictures[1].maps] == ["self-attention", "cross-attention"]


def test_where_heads_are_not_known_one_by_one_there_are_bars_only() -> None:
    """Bloom's heads are found by trial, without the way from each of them to the stream."""
    picture = view_of("bloom").picture
    assert isinstance(picture, Group)
    found = contributions(tiny("bloom"), trace_of("bloom"), 1, "cat")
    assert len(picture.pictures) == (2 if found.heads.shape[1] else 1)


def test_the_reading_names_the_strongest_part() -> None:
    found = contributions(tiny("gpt2"), trace_of("gpt2"), 1, "cat")
    strongest = found.largest(len(found.parts))
    best = next(share for share in strongest if share.value > 0)
    assert f"adds {best.label}" in view_of("gpt2").reading
    assert np.isclose(sum(s.value for s in strongest), found.total, atol=1e-3)
