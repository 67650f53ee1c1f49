"""Drawings of attention hold the model's weights, for every kind of attention."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from playground.analysis.attention import attention_maps
from playground.views.attention import Heads, attention_view
from playground.views.pictures import Heads as Picture
from playground.views.view import percent
from tests.views.shown import shown, trace_of


def heads_of(name: str, kind: str, text: str = "The cat sat on the mat. The dog sat on the cat.") -> Heads:
    maps = attention_maps(trace_of(name, text), kind)
    return Heads(maps, 1, maps.layers[1].n_heads - 1, len(maps.rows) - 1, "pass\n")


@pytest.mark.parametrize(
    ("name", "kind", "causal"),
    [("gpt2", "self", True), ("bert", "self", False), ("falcon", "self", True), ("marian", "self", True),
     ("marian", "cross", False), ("marian", "encoder", False)],
)  # fmt: skip
def test_the_map_is_the_heads_weights(name: str, kind: str, causal: bool) -> None:
    heads = heads_of(name, kind)
    view, maps, pos = attention_view(heads), heads.maps, heads.pos
    picture, weights = view.picture, maps.layers[1].weights[heads.head]
    assert isinstance(picture, Picture)
    np.testing.assert_array_equal(picture.weights, weights)
    assert picture.thumbs.shape[:2] == (len(maps.layers), maps.layers[0].n_heads)
    assert (picture.causal, picture.cross) == (causal, kind == "cross")
    for cells, row in zip(shown(view)["table"]["rows"], weights, strict=True):
        assert cells[1:] == pytest.approx(row.tolist()) and sum(cells[1:]) == pytest.approx(1, abs=1e-4)
    best = int(weights[pos].argmax())
    assert f"looks most at “{maps.columns[best].text}” ({percent(weights[pos, best])})" in view.reading
    assert f"“{maps.rows[pos].text}”" in view.reading


def test_a_click_on_a_row_sends_neither_weights_nor_thumbnails_again() -> None:
    first = heads_of("gpt2", "self")
    kept = attention_view(first).payload()["kept"]
    assert set(kept.values()) == {"thumbs", "names", "weights", "rows", "columns", "order", "scores", "other"}
    other_row = Heads(first.maps, 1, first.head, 0, "pass\n")
    picture = attention_view(other_row).payload(kept)["picture"]
    assert all(picture[name] == {"same": digest} for digest, name in kept.items()) and picture["pos"] == 0
    other_head = attention_view(Heads(first.maps, 0, 0, 0, "pass\n")).payload(kept)["picture"]
    assert "bdata" in other_head["weights"] and "same" in other_head["thumbs"]


def test_a_head_that_was_guided_is_said_to_be_one() -> None:
    heads = replace(heads_of("gpt2", "self"), guided="the token before")
    view = attention_view(heads)
    assert view.reading.endswith("This head was shown in training where to look: at the token before.")
    assert "shown in training" not in attention_view(heads_of("gpt2", "self")).reading
