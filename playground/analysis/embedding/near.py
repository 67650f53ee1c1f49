"""How points of a picture lie to each other, measured in all dimensions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from ...trace import Array
from .points import Points
from .vectors import cosines

MOST = 2000
"""Points of which all pairs are compared at once."""


def near_points(points: Points, chosen: int, count: int) -> list[tuple[int, float]]:
    """The points with the smallest angle to one of them, other occurrences of the same tokens left out: (index,
    cosine), nearest first, of equal tokens the first."""
    near = cosines(points.vectors, points.vectors[chosen])
    taken, found = {points.token_ids[chosen]}, list[tuple[int, float]]()
    for i in np.argsort(-near, kind="stable").tolist():
        if len(found) == count:
            break
        if points.token_ids[i] not in taken:
            taken.add(points.token_ids[i])
            found.append((i, float(near[i])))
    return found


def mean_cosine(vectors: Array) -> float:
    """Mean over all pairs of different vectors (n, d_model) of the cosine of their angle, n at least 2.

    The squared length of the sum of n unit vectors is n plus the cosines of all ordered pairs.
    """
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True).astype(np.float64)
    units = np.divide(vectors, lengths, out=np.zeros(vectors.shape), where=lengths > 0)
    n = len(vectors)
    return float(((units.sum(0) ** 2).sum() - (lengths > 0).sum()) / (n * (n - 1)))


def same_neighbour(vectors: Array, labels: Sequence[str]) -> tuple[int, float]:
    """How many of the vectors (n, d_model) have the same label as the one with the smallest angle to it, and how many
    would by chance, n from 2 to ``MOST``."""
    names = np.array(labels)
    same = int((names[_nearest_other(vectors)] == names).sum())
    counts = np.unique(names, return_counts=True)[1]
    return same, float((counts * (counts - 1)).sum() / (len(names) - 1))


def nearest_partner(vectors: Array, names: Sequence[str], partners: Mapping[str, str]) -> tuple[int, int]:
    """Of how many words the one with the smallest angle is its partner, and how many have one here.

    Args:
        vectors: (n, d_model), n from 2 to ``MOST``.
        names: (n,): the words.
        partners: word → its partner.
    """
    wanted = [names.index(partners[name]) if partners.get(name) in names else -1 for name in names]
    nearest = _nearest_other(vectors)
    return sum(i == j for i, j in zip(wanted, nearest.tolist(), strict=True)), sum(i >= 0 for i in wanted)


def _nearest_other(vectors: Array) -> np.ndarray:
    """(n,): for each vector the index of the other one with the smallest angle to it."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    units = np.divide(vectors, lengths, out=np.zeros_like(vectors), where=lengths > 0)
    products = units @ units.T
    np.fill_diagonal(products, -np.inf)
    found: np.ndarray = products.argmax(1)
    return found
