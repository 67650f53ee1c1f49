"""The text's vectors as points: the projection's numbers, and a reading that names the true neighbour."""

from __future__ import annotations

import json

import numpy as np
import pytest

from playground import Trace
from playground.analysis.embedding import Projection, nearness, pca
from playground.views.embedding import embedding_view
from playground.views.pictures import Plot
from playground.views.view import View, percent
from tests.views.shown import HOSTILE, TEXT, accepted, shown, trace_of, unpacked


def view_of(trace: Trace, n: int = 2, chosen: int = 0) -> tuple[View, Projection, np.ndarray]:
    vectors = trace.layers[1].resid_post
    projection, near = pca(vectors, n), nearness(trace.tokens, vectors, chosen)
    neighbours = [(1, "␣x", 0.25)]
    view = embedding_view(trace.tokens, projection, near, level="here", code="pass", neighbours=neighbours)
    return view, projection, vectors


@pytest.mark.parametrize("n", [2, 3])
@pytest.mark.parametrize("text", [TEXT, HOSTILE, "a"])
def test_points_are_the_projection(n: int, text: str) -> None:
    trace = trace_of("gpt2", text)
    view, projection, vectors = view_of(trace, n)
    payload = shown(view)
    figure = payload["picture"]["figure"]
    accepted(figure)
    drawn = figure["data"][0]
    for axis, column in zip("xyz", projection.points.T, strict=False):
        np.testing.assert_array_equal(unpacked(drawn[axis]), column)
    assert unpacked(payload["picture"]["picks"][0]["pos"]).tolist() == list(range(len(trace.tokens)))
    rows = payload["table"]["rows"]
    cosines = [float(v @ vectors[0] / np.linalg.norm(v) / np.linalg.norm(vectors[0])) for v in vectors]
    np.testing.assert_allclose([row[-1] for row in rows], cosines, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose([row[-2] for row in rows], np.linalg.norm(vectors, axis=-1), rtol=1e-6)
    assert percent(float(projection.explained.sum())) in view.reading
    for share in projection.explained:
        assert percent(share) in json.dumps(figure["layout"], ensure_ascii=False)


def test_tokens_reach_plotly_as_they_are() -> None:
    """The script in the browser keeps Plotly from reading them as HTML; escaped here too, they would show it."""
    trace = trace_of("gpt2", HOSTILE)
    picture = view_of(trace)[0].picture
    assert isinstance(picture, Plot)
    drawn = picture.figure["data"][0]
    assert drawn["text"] == [t.text for t in trace.tokens]
    assert all(t.text in label for t, label in zip(trace.tokens, drawn["hovertext"], strict=True))


def test_the_reading_names_the_nearest_other_token() -> None:
    trace = trace_of("gpt2", "one two two three")
    view, _, vectors = view_of(trace)
    near = nearness(trace.tokens, vectors, 0)
    assert near.nearest is not None
    assert f"the way of “{trace.tokens[near.nearest].text}”" in view.reading and "“␣x” 0.25" in view.reading
