"""Distance as an angle: two rows of the token table in the plane that they span, and what angle is nothing special."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ... import tokens as tokens_of
from ...errors import PlaygroundError
from ...models import LoadedModel
from ...trace import Array
from ..typed import typed_ids
from .table import TokenTable


@dataclass(frozen=True, eq=False)
class Word:
    """A typed word as one vector."""

    text: str
    """As people see it: the token's text, "␣cat", or the word as it was typed where it is several tokens."""
    token_ids: tuple[int, ...]
    names: tuple[str, ...]
    """Visible texts of its tokens."""
    vector: Array
    """(d_model,): the row of its token, or the mean of its tokens' rows."""


def word_of(model: LoadedModel, table: TokenTable, typed: str) -> Word:
    """The vector of a typed word.

    Raises:
        PlaygroundError: the vocabulary has no token for it.
    """
    ids = tuple(typed_ids(model, typed, both_texts=True))
    names = tuple(tokens_of.vocabulary(model.tokenizer, ids))
    text = names[0] if len(ids) == 1 else typed.strip()[:40]
    return Word(text, ids, names, table.rows[list(ids)].mean(0))


@dataclass(frozen=True, eq=False)
class Pair:
    """Two vectors and their angle."""

    dot: float
    cosine: float
    degrees: float
    lengths: tuple[float, float]
    """Euclidean, of both: dot = cosine × the product of the two."""
    plane: Array
    """(2, 2): both in the plane that they span, the first along the first axis; lengths and angle are true."""
    mean: Array | None
    """(2,): the shadow that the mean of all rows throws on this plane; None once it is taken away."""
    other_cosine: float
    """Their cosine with the mean taken away, or if ``cosine`` is that, without."""
    below: float
    """Share of the random pairs that have a smaller cosine, 0 to 1."""


def pair_of(table: TokenTable, first: Array, second: Array, *, centred: bool = False) -> Pair:
    """How two vectors (d_model,) lie to each other.

    Args:
        table: whose mean row is meant, and with whose random pairs they are compared.
        first: a row of it, or a mean of rows.
        second: another.
        centred: True to take the mean of all rows away from both.

    Raises:
        PlaygroundError: one of them has no length, so there is no angle.
    """
    mean = table.measures.mean.astype(np.float64)
    raw = (first.astype(np.float64), second.astype(np.float64))
    shifted = (raw[0] - mean, raw[1] - mean)
    a, b = shifted if centred else raw
    lengths = float(np.linalg.norm(a)), float(np.linalg.norm(b))
    if min(lengths) == 0:
        raise PlaygroundError("One of the two vectors has no length, so there is no angle. Choose another token.")
    dot, cosine = float(a @ b), _cosine(a, b)
    along = a / lengths[0]
    across = b - (b @ along) * along
    height = float(np.linalg.norm(across))
    across = across / height if height > 1e-9 * lengths[1] else np.zeros_like(across)
    random = table.measures.random_centred if centred else table.measures.random
    return Pair(
        dot=dot,
        cosine=cosine,
        degrees=float(np.degrees(np.arccos(np.clip(cosine, -1, 1)))),
        lengths=lengths,
        plane=np.array([[lengths[0], 0], [float(b @ along), height]], np.float32),
        mean=None if centred else np.array([mean @ along, mean @ across], np.float32),
        other_cosine=_cosine(*(raw if centred else shifted)),
        below=float(np.searchsorted(random, cosine) / len(random)),
    )


def _cosine(a: np.ndarray, b: np.ndarray) -> float:
    lengths = float(np.linalg.norm(a) * np.linalg.norm(b))
    return float(a @ b) / lengths if lengths else 0.0
