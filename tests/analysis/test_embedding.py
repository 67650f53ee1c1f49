"""Vectors on a plane: principal components by their definition, angles, nearest rows."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from playground import PlaygroundError, capture
from playground.analysis.embedding import cosines, levels, nearest, pca, vectors_at
from tests.tiny import tiny

clouds = arrays.arrays(
    np.float32, st.tuples(st.integers(1, 12), st.integers(3, 9)), elements=st.floats(-100, 100, width=16)
)


def test_components_are_eigenvectors_of_the_covariance() -> None:
    vectors = np.random.default_rng(0).normal(size=(40, 6)).astype(np.float32) * np.array([5, 3, 2, 1, 0.5, 0.1])
    vectors = (vectors + 10).astype(np.float32)
    values, directions = np.linalg.eigh(np.cov(vectors.T.astype(np.float64)))
    found = pca(vectors, 3)
    np.testing.assert_allclose(found.explained, values[::-1][:3] / values.sum(), rtol=1e-4)
    for i in range(3):
        expected = directions[:, -1 - i]
        expected = expected * np.sign(expected[np.abs(expected).argmax()])
        np.testing.assert_allclose(found.components[i], expected, atol=1e-4)
        np.testing.assert_allclose(found.points[:, i], (vectors - vectors.mean(0)) @ expected, atol=1e-3)


@given(vectors=clouds, n=st.sampled_from([2, 3]))
def test_laws_of_a_projection(vectors: np.ndarray, n: int) -> None:
    found = pca(vectors, n)
    assert found.points.shape == (len(vectors), n) and found.components.shape == (n, vectors.shape[1])
    for array in (found.points, found.explained, found.components):
        assert np.isfinite(array).all()
    assert (found.explained >= 0).all() and found.explained.sum() <= 1 + 1e-5
    assert (np.diff(found.explained) <= 1e-6).all()
    scale = max(1.0, float(np.abs(vectors).max()))
    np.testing.assert_allclose(found.points.mean(0), 0, atol=1e-4 * scale)
    # projecting brings nothing further apart
    apart = np.linalg.norm(vectors[:, None] - vectors[None], axis=-1)
    assert (np.linalg.norm(found.points[:, None] - found.points[None], axis=-1) <= apart + 1e-3 * scale).all()
    lengths = np.linalg.norm(found.components, axis=1)
    assert all(abs(length - 1) < 1e-4 or length == 0 for length in lengths)


@given(vectors=clouds)
def test_the_sign_is_fixed(vectors: np.ndarray) -> None:
    """So that a picture does not flip from one computer to the next."""
    found = pca(vectors)
    for direction in found.components:
        assert direction.max() >= -direction.min() - 1e-6  # of two equally large entries either may count


@pytest.mark.parametrize("vectors", [np.ones((1, 5), np.float32), np.full((6, 5), 0.1, np.float32)])
def test_without_differences_there_is_no_variance(vectors: np.ndarray) -> None:
    """One token, or one token over and over: all in the middle, and no share of nothing is claimed."""
    found = pca(vectors, 3)
    assert np.abs(found.points).max() < 1e-5
    assert found.explained.tolist() == [0, 0, 0]


def test_two_vectors_differ_along_one_line() -> None:
    found = pca(np.array([[0, 0, 0], [0, 3, -4]], np.float32), 2)
    np.testing.assert_allclose(found.explained, [1, 0], atol=1e-6)
    np.testing.assert_allclose(np.abs(found.points[:, 0]), 2.5, atol=1e-6)


def test_cosines_are_angles() -> None:
    table = np.array([[2, 0], [0, 3], [-1, 0], [1, 1], [0, 0]], np.float32)
    np.testing.assert_allclose(cosines(table, np.array([5, 0], np.float32)), [1, 0, -1, np.sqrt(0.5), 0], atol=1e-6)
    assert not cosines(table, np.zeros(2, np.float32)).any()


def test_nearest_rows() -> None:
    table = np.array([[1, 0], [0.9, 0.1], [0, 1], [1, 0], [-1, 0]], np.float32)
    found = nearest(table, table[0], 3, leave_out=(0,))
    assert [i for i, _ in found] == [3, 1, 2]
    assert [c for _, c in found] == sorted((c for _, c in found), reverse=True)
    assert len(nearest(table, table[0], 99, leave_out=(0, 1))) == 3


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("gpt2", ["token rows", "token + position", "after layer 0", "after layer 1"]),
        ("llama", ["token rows", "after layer 0", "after layer 1"]),
    ],
)
def test_levels_are_vectors_of_the_trace(name: str, expected: list[str]) -> None:
    trace = capture(tiny(name), "The cat sat")
    assert levels(trace) == expected
    for level in expected:
        assert vectors_at(trace, level).shape == (len(trace), tiny(name).info.d_model)
    np.testing.assert_array_equal(vectors_at(trace, "after layer 1"), trace.layers[1].resid_post)
    if name == "gpt2":
        np.testing.assert_allclose(vectors_at(trace, "token + position"), trace.layers[0].resid_pre, atol=1e-6)
    for missing in ("after layer 2", "nonsense", "after layer -1", ""):
        with pytest.raises(PlaygroundError, match="no vectors called"):
            vectors_at(trace, missing)
