"""A text's vectors at any level of the model, and the angles between them."""

from __future__ import annotations

import numpy as np

from ...errors import PlaygroundError
from ...trace import Array, Stack


def cosines(vectors: Array, other: Array) -> Array:
    """Cosine of the angle between each row of ``vectors`` (n, d) and ``other`` (d,); 0 for a vector of length 0."""
    lengths = np.linalg.norm(vectors, axis=-1) * np.linalg.norm(other)
    return np.divide(vectors @ other, lengths, out=np.zeros(len(vectors), np.float32), where=lengths > 0)


def nearest(table: Array, vector: Array, count: int, leave_out: tuple[int, ...] = ()) -> list[tuple[int, float]]:
    """Rows of a table (vocab_size, d_model) by their angle to a vector, smallest first: (row, cosine).

    The one definition of neighbours: of a token (leave out its own row), and of a − b + c (leave out a, b and c).
    """
    near = cosines(table, vector)
    near[list(leave_out)] = -np.inf
    count = min(count, len(table) - len(set(leave_out)))
    order = np.argsort(-near, kind="stable")[:count]
    return [(int(i), float(near[i])) for i in order]


def levels(stack: Stack) -> list[str]:
    """Where a text's vectors can be looked at, from the token table up."""
    names = ["token rows"] if stack.embeddings is not None else []
    if stack.embeddings is not None and stack.positions is not None:
        names.append("token + position")
    return names + [f"after layer {i}" for i in range(len(stack.layers))]


def vectors_at(stack: Stack, level: str) -> Array:
    """(seq, d_model) at one of ``levels``.

    Raises:
        PlaygroundError: no such level in this model.
    """
    if level not in levels(stack):
        raise PlaygroundError(f"This model has no vectors called “{level}”. Choose one of the list.")
    if level == "token rows":
        assert stack.embeddings is not None
        return stack.embeddings
    if level == "token + position":
        assert stack.embeddings is not None and stack.positions is not None
        return stack.embeddings + stack.positions
    return stack.layers[int(level.rsplit(" ", 1)[1])].resid_post
