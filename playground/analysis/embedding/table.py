"""The whole token table: nearest rows, quickly however large it is, and how all its rows share a direction."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...models import LoadedModel
from ...trace import Array, frozen

N_PAIRS = 4000
"""Pairs of rows drawn at random to see what cosine is nothing special."""
CHUNK = 16_384
"""Rows that are measured at a time: a large table is never copied as a whole."""


@dataclass(frozen=True, eq=False)
class TableMeasures:
    """What is measured once of a token table, so that a question to it costs one product with a vector."""

    mean: Array
    """(d_model,): of all rows."""
    lengths: Array
    """(vocab_size,): Euclidean, of each row."""
    centred_lengths: Array
    """(vocab_size,): of each row once the mean is taken away."""
    random: Array
    """(n,): cosines of pairs of different rows drawn at random (seed 0), ascending."""
    random_centred: Array
    """(n,): the same pairs once the mean is taken away, ascending."""


@dataclass(frozen=True, eq=False)
class TokenTable:
    """A model's token table with its measures."""

    rows: Array
    """(vocab_size, d_model)."""
    measures: TableMeasures

    def cosines(self, vector: Array, *, centred: bool = False) -> Array:
        """(vocab_size,): cosine of each row and a vector (d_model,); 0 for a row of length 0.

        Centred: the mean of all rows is taken away from both. (t − m)·w = t·w − m·w, so no table is copied.
        """
        of = self.measures
        wanted = (vector - of.mean if centred else vector).astype(self.rows.dtype)
        products = self.rows @ wanted
        if centred:
            products -= of.mean @ wanted
        lengths = (of.centred_lengths if centred else of.lengths) * np.linalg.norm(wanted)
        return np.divide(products, lengths, out=np.zeros_like(products), where=lengths > 0)

    def nearest(
        self, vector: Array, count: int, leave_out: tuple[int, ...] = (), *, centred: bool = False
    ) -> list[tuple[int, float]]:
        """Rows by their angle to a vector, smallest first: (row, cosine)."""
        return largest(self.cosines(vector, centred=centred), count, leave_out)


def largest(cosines: Array, count: int, leave_out: tuple[int, ...] = ()) -> list[tuple[int, float]]:
    """The largest numbers of a list: (index, number), of equal ones the first; some indices are left out."""
    values = cosines.copy()
    values[list(leave_out)] = -np.inf
    count = min(count, len(values) - len(set(leave_out)))
    if count <= 0:
        return []
    least = np.partition(values, len(values) - count)[len(values) - count]
    found = np.flatnonzero(values >= least)
    order = found[np.argsort(-values[found], kind="stable")][:count]
    return [(int(i), float(values[i])) for i in order]


def measured(table: Array) -> TableMeasures:
    """Measures a token table (vocab_size, d_model)."""
    # Added up in double precision: a quarter of a million rows would lose digits.
    chunks = [slice(start, start + CHUNK) for start in range(0, len(table), CHUNK)]
    total = sum((table[chunk].sum(0, dtype=np.float64) for chunk in chunks), np.zeros(table.shape[1]))
    mean = (total / len(table)).astype(np.float32)
    lengths = np.concatenate([np.linalg.norm(table[chunk], axis=1) for chunk in chunks])
    centred = np.concatenate([np.linalg.norm(table[chunk] - mean, axis=1) for chunk in chunks])
    first, second = _pairs(len(table))
    return TableMeasures(
        mean=frozen(mean),
        lengths=frozen(lengths),
        centred_lengths=frozen(centred),
        random=frozen(np.sort(_cosines_of(table[first], table[second]))),
        random_centred=frozen(np.sort(_cosines_of(table[first] - mean, table[second] - mean))),
    )


def _pairs(n_rows: int) -> tuple[np.ndarray, np.ndarray]:
    """Rows drawn at random, no row with itself."""
    rng = np.random.default_rng(0)
    first = rng.integers(0, n_rows, N_PAIRS)
    if n_rows < 2:
        return first, first
    return first, (first + rng.integers(1, n_rows, N_PAIRS)) % n_rows


def _cosines_of(first: Array, second: Array) -> Array:
    lengths = np.linalg.norm(first, axis=1) * np.linalg.norm(second, axis=1)
    products = np.einsum("nd,nd->n", first, second)
    return np.divide(products, lengths, out=np.zeros_like(products), where=lengths > 0)


def table_measures(model: LoadedModel, trace: None = None) -> TableMeasures:
    """The measures of a model's token table; no text is needed."""
    from ...hooks import embedding_table

    return measured(embedding_table(model))


def token_table(model: LoadedModel, measures: TableMeasures | None = None) -> TokenTable:
    """A model's token table; it is measured unless that was done before."""
    from ...hooks import embedding_table

    table = embedding_table(model)
    return TokenTable(table, measured(table) if measures is None else measures)
