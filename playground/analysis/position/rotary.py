"""Positions as a rotation of queries and keys."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...trace import Array, Attention, Rotation


@dataclass(frozen=True, eq=False)
class Rotary:
    """Rotary positions at one head of one layer (Su et al. 2021)."""

    angles: Array
    """(positions, pairs): in radians, from −π to π: how far a pair of numbers is turned."""
    steps: Array
    """(pairs,): radians from one position to the next; zeros where the text has one token only."""
    distances: np.ndarray
    """(n,): 0, 1, 2, … tokens back."""
    same: Array
    """(n,): the scaled score that the chosen token's query would have with its own key at each distance."""
    scores: Array
    """(positions,): the scaled scores of this run, of the chosen query with each key."""


def rotary_at(rotation: Rotation, attention: Attention, head: int, pos: int) -> Rotary:
    """What rotation does to one query.

    Args:
        rotation: of the layer's queries and keys.
        attention: of the layer; it hands over queries and keys.
        head: which query head.
        pos: position of the query.
    """
    assert attention.q is not None and attention.k is not None
    cos, sin = rotation.cos.astype(np.float64), rotation.sin.astype(np.float64)
    angles = np.arctan2(sin, cos)
    steps = angles[1] if len(angles) > 1 else np.zeros(angles.shape[1])
    keys = attention.per_head(attention.k)[head]
    query, key = (_unturned(states[pos], cos[pos], sin[pos], rotation.layout)
                  for states in (attention.q[head], keys))  # fmt: skip
    distances = np.arange(max(len(angles), 32))
    scaling = attention.scaling if attention.scaling is not None else 1.0
    first, second = _pairs(rotation)
    size = cos[pos] ** 2 + sin[pos] ** 2  # the family's own factor, squared
    a, b, c, d = query[first], query[second], key[first], key[second]
    turned = distances[:, None] * steps
    paired = (np.cos(turned) * (a * c + b * d) + np.sin(turned) * (a * d - b * c)) * size
    rest = np.ones(len(query), bool)
    rest[np.r_[first, second]] = False
    same = (paired.sum(1) + float(query[rest] @ key[rest])) * scaling
    return Rotary(
        angles.astype(np.float32),
        steps.astype(np.float32),
        distances,
        same.astype(np.float32),
        ((keys @ attention.q[head, pos]) * np.float32(scaling)).astype(np.float32),
    )


def _pairs(rotation: Rotation) -> tuple[np.ndarray, np.ndarray]:
    n = rotation.cos.shape[-1]
    columns = np.arange(2 * n)
    return (columns[:n], columns[n:]) if rotation.layout == "halves" else (columns[::2], columns[1::2])


def _unturned(vector: Array, cos: Array, sin: Array, layout: str) -> Array:
    """A vector (head_dim,) turned back to what it was before its position turned it."""
    size = cos**2 + sin**2
    back = Rotation((cos / size)[None].astype(np.float32), (-sin / size)[None].astype(np.float32), layout)
    return back.turn(vector[None, None])[0, 0].astype(np.float64)
