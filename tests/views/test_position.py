"""The pictures of positions say the numbers that they were given."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from playground import capture
from playground.analysis.position import (
    bias_by_distance,
    entering,
    forgotten,
    position_table,
    rotary_at,
    sinusoids,
)
from playground.views.pictures import Bars, Grid, Group, Plot
from playground.views.position import (
    bias_view,
    forget_view,
    own_table_view,
    rotary_view,
    sum_view,
    top_ids,
    waves_view,
)
from playground.views.view import View
from tests.tiny import tiny
from tests.views.shown import HOSTILE, accepted, shown, trace_of, unpacked


def pictures_of(view: View) -> tuple[Any, ...]:
    """The pictures of a group; their figures are such as Plotly takes."""
    assert isinstance(view.picture, Group)
    for picture in view.picture.pictures:
        if isinstance(picture, Plot):
            accepted(picture.figure)  # type: ignore[arg-type]
    return view.picture.pictures


@pytest.mark.parametrize(("length", "width", "at", "dimension"), [(8, 4, 0, 0), (64, 64, 10, 5), (300, 16, 299, 15)])
def test_waves(length: int, width: int, at: int, dimension: int) -> None:
    rows = sinusoids(length, width)
    view = waves_view(rows, at, dimension, "pass\n")
    heat, curves = pictures_of(view)
    values = unpacked(heat.figure["data"][0]["z"])
    np.testing.assert_array_equal(values.reshape(length, width), rows)
    table = shown(view)["table"]["rows"]
    np.testing.assert_allclose([row[1] for row in table], rows[:, dimension], rtol=1e-6)
    assert table[at][2] == pytest.approx(1, abs=1e-5)
    assert ("cosine" if dimension % 2 else "sine") in view.reading
    assert len(curves.figure["data"]) == 7


@pytest.mark.parametrize("name", ["gpt2", "bert", "bart", "opt"])
def test_a_learned_table(name: str) -> None:
    found = position_table(tiny(name), trace_of(name), False)
    assert found is not None
    view = own_table_view(found, 2, 3, 5, "pass\n")
    heat, curves = pictures_of(view)
    assert "learned a vector for each of its 64 positions" in view.reading
    assert len(curves.figure["data"]) == 6
    assert "5 tokens" in heat.figure["layout"]["annotations"][0]["text"]
    assert ("no text uses" in " ".join(view.notes)) == bool(found.offset)
    assert {key: np.unique(values).size for key, values in heat.picks[0].items()} == {"at": 64, "dimension": 32}
    shown(view)


@pytest.mark.parametrize("text", ["The cat sat on the mat.", "a"])
def test_rotary(text: str) -> None:
    trace = capture(tiny("llama"), text, detail=0)
    layer = trace.layers[0]
    assert layer.detail is not None and layer.detail.attention is not None and layer.attention is not None
    rotation = layer.detail.attention.rotation
    if rotation is None:
        assert len(trace) == 1
        return
    pos = len(trace) - 1
    found = rotary_at(rotation, layer.attention, 1, pos)
    view = rotary_view(found, trace.tokens, pos, 0, 1, causal=True, code="pass\n")
    angles, dials, _ = pictures_of(view)
    rows = shown(view)["table"]["rows"]
    np.testing.assert_allclose([row[3] for row in rows], found.scores[: pos + 1], rtol=1e-5)
    circles = [shape for shape in dials.figure["layout"]["shapes"] if shape["type"] == "circle"]
    assert len(circles) == found.angles.shape[1] and angles.picks[0]["pos"].max() == pos


def test_a_bias() -> None:
    found = bias_by_distance(tiny("t5"), trace_of("t5"), True, 0)
    assert found is not None
    view = bias_view(found, 0, 2, code="pass\n")
    heat, curves = pictures_of(view)
    assert heat.picks[0]["head"].max() == 3 and len(curves.figure["data"]) == 4
    rows = shown(view)["table"]["rows"]
    assert len(rows) == 257 and rows[0][0] == -128
    assert "Head 0.2 adds most" in view.reading and "Raffel" in " ".join(view.notes)


@pytest.mark.parametrize("name", ["gpt2", "bert", "llama", "marian", "electra"])
def test_the_sum_in_numbers(name: str) -> None:
    trace = trace_of(name)
    found = entering(trace, 1)
    assert found is not None
    view = sum_view(found, trace.tokens, 1, "pass\n")
    grid, bars = pictures_of(view)
    assert isinstance(grid, Grid)
    rows = np.array(shown(view)["table"]["rows"], float)
    n = len(found.parts)
    np.testing.assert_allclose(rows[:, 1 : n + 1].sum(1), rows[:, n + 1], atol=1e-5)
    if name == "bert":
        np.testing.assert_allclose(rows[:, n + 2], trace.layers[0].resid_pre[1], atol=1e-5)
        assert "is brought to" in view.reading
    assert len(bars.figure["data"]) == n
    assert ("adds nothing" in view.reading) == (name == "llama")
    assert ("✓" in " ".join(view.notes)) == (name in {"gpt2", "llama", "marian"})


@pytest.mark.parametrize("name", ["gpt2", "bert", "marian"])
def test_forgotten(name: str) -> None:
    trace = trace_of(name)
    found = forgotten(tiny(name), trace, 2)
    names = dict.fromkeys(top_ids(found), HOSTILE)
    kind = tiny(name).info.kind
    view = forget_view(found, trace.tokens, (trace.encoder or trace).tokens, names, kind, "pass\n")
    bars, moved = pictures_of(view)
    assert isinstance(bars, Bars) and len(bars.groups) == 4
    probs = np.exp2(found.answers.astype(np.float64))
    for group, row in zip(bars.groups, probs, strict=True):
        np.testing.assert_allclose([bar.value for bar in group.bars], np.sort(row)[::-1][:5], rtol=1e-5)
    assert ("word order is lost" in view.reading) == (name != "gpt2")
    np.testing.assert_allclose(unpacked(moved.figure["data"][0]["y"]), found.moved)
    shown(view)
