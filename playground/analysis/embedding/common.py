"""What all rows of a token table have in common: how far it turns them towards each other (anisotropy)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .table import TableMeasures

STEPS = 60
"""Of the histograms."""


@dataclass(frozen=True)
class Common:
    """The angles of rows drawn at random, before and after the mean of all rows is taken away (Ethayarajh 2019)."""

    n_pairs: int
    low: float
    high: float
    """Ends of the histograms: cosines."""
    counts: tuple[int, ...]
    """(STEPS,): of the rows as they are."""
    counts_centred: tuple[int, ...]
    mean: float
    """Mean cosine of the rows as they are."""
    mean_centred: float
    share: float
    """Squared length of the mean row over the mean of the squared lengths of all rows: how much of them all share."""


def common_of(measures: TableMeasures, *cosines: float) -> Common:
    """What the rows of a table share; the scale of the histograms reaches to the given cosines too."""
    both = np.concatenate([measures.random, measures.random_centred, np.array(cosines, np.float32)])
    low, high = np.floor(float(both.min()) * 10) / 10, np.ceil(float(both.max()) * 10) / 10
    high = max(high, low + 0.1)
    found = [np.histogram(values, STEPS, (low, high))[0] for values in (measures.random, measures.random_centred)]
    total = float((measures.lengths.astype(np.float64) ** 2).mean())
    return Common(
        n_pairs=len(measures.random),
        low=float(low),
        high=float(high),
        counts=tuple(found[0].tolist()),
        counts_centred=tuple(found[1].tolist()),
        mean=float(measures.random.mean()),
        mean_centred=float(measures.random_centred.mean()),
        share=float((measures.mean.astype(np.float64) ** 2).sum()) / total if total else 0.0,
    )
