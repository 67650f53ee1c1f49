"""Groups of vectors that lie together: k-means."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...models import LoadedModel
from ...trace import Array, Trace
from .points import Gathering, gathered

TRIES = 4
"""Beginnings that are tried; the one with the smallest distances is kept. Of many vectors only one is."""
MANY = 500_000
"""Numbers from which on a set of vectors is many."""
MOST_ROUNDS = 40


@dataclass(frozen=True, eq=False)
class Clusters:
    """Vectors in groups, the largest group first."""

    labels: np.ndarray
    """(n,) int: the group of each vector."""
    typical: tuple[int, ...]
    """(k,): of each group, the vector that points most nearly the way of its middle, both seen from the middle of
    all. (The nearest would often be a short vector, which lies near every middle.)"""


def clusters_of(vectors: Array, count: int, seed: int = 0) -> Clusters:
    """Lloyd's k-means (1957) from beginnings of k-means++ (Arthur and Vassilvitskii 2007).

    Args:
        vectors: (n, d_model).
        count: groups; fewer where there are fewer different vectors.
        seed: of the beginnings.
    """
    points = vectors.astype(np.float64)
    rng = np.random.default_rng(seed)
    n_tries = TRIES if points.size < MANY else 1
    tries = [_settled(points, _beginning(points, count, rng)) for _ in range(n_tries)]
    middles, distances = min(tries, key=lambda found: float(found[1].min(1).sum()))
    labels = distances.argmin(1)
    order = np.argsort(-np.bincount(labels, minlength=len(middles)), kind="stable")
    order = order[np.bincount(labels, minlength=len(middles))[order] > 0]
    rank = np.zeros(len(middles), np.int32)
    rank[order] = np.arange(len(order))
    typical = _typical(points - points.mean(0), rank[labels], len(order))
    return Clusters(rank[labels], typical)


def _typical(centred: np.ndarray, labels: np.ndarray, count: int) -> tuple[int, ...]:
    lengths = np.linalg.norm(centred, axis=1)
    found = []
    for group in range(count):
        members = np.flatnonzero(labels == group)
        products = centred[members] @ centred[members].mean(0)
        along = np.divide(products, lengths[members], out=np.zeros(len(members)), where=lengths[members] > 0)
        found.append(int(members[along.argmax()]))
    return tuple(found)


def _settled(points: np.ndarray, middles: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Middles (k, d_model) once they no longer move, and the squared distances (n, k) to them."""
    distances = _distances(points, middles)
    for _ in range(MOST_ROUNDS):
        labels = distances.argmin(1)
        counts = np.bincount(labels, minlength=len(middles))
        sums = np.equal.outer(np.arange(len(middles)), labels).astype(points.dtype) @ points
        moved = np.where(counts[:, None] > 0, sums / np.maximum(counts, 1)[:, None], middles)
        if np.array_equal(moved, middles):
            break
        middles = moved
        distances = _distances(points, middles)
    return middles, distances


def _beginning(points: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
    """Vectors far from each other: each is drawn in proportion to its squared distance from those before it."""
    chosen = [int(rng.integers(len(points)))]
    while len(chosen) < min(count, len(points)):
        left = _distances(points, points[chosen]).min(1)
        left[left < 1e-12 * max(1.0, float(left.max()))] = 0
        if not left.any():
            break  # fewer different vectors than groups
        chosen.append(int(rng.choice(len(points), p=left / left.sum())))
    return points[chosen]


def _distances(points: np.ndarray, middles: np.ndarray) -> np.ndarray:
    """(n, k): squared Euclidean distances."""
    squares = (points**2).sum(1)[:, None] - 2 * points @ middles.T + (middles**2).sum(1)
    return np.maximum(squares, 0)


def clustered(model: LoadedModel, trace: Trace | None, wanted: Gathering, count: int) -> Clusters:
    """The gathered vectors in groups, before any projection."""
    return clusters_of(gathered(model, trace, wanted).vectors, count)
