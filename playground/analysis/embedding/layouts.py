"""Many dimensions laid out in two or three, so that what was near stays near: t-SNE, and UMAP where it is installed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import numpy as np

from ...errors import PlaygroundError
from ...models import LoadedModel
from ...trace import Array, Trace
from .points import Gathering, gathered
from .projection import Projection, pca

EARLY, STEPS = 250, 750
"""t-SNE's steps in all, and those at its beginning in which near points are drawn together twelve times as strongly:
the method's usual numbers."""
AT_ONCE = 25
"""Steps between two pictures."""
EXAGGERATION = 12.0


@dataclass(frozen=True)
class Layout:
    """How vectors are to be laid out."""

    method: str = "tsne"
    """"tsne" or "umap"."""
    n_axes: int = 2
    perplexity: int = 30
    """t-SNE: about how many neighbours count; UMAP's number of neighbours."""
    seed: int = 0
    """Of the beginning; 0 begins with the principal components."""


@dataclass(frozen=True, eq=False)
class LaidOut:
    """Where each vector has come to lie, so far."""

    points: Array
    """(n, n_axes)."""
    step: int
    n_steps: int
    perplexity: float
    """The one that was used: less than asked for where there are few points."""
    divergence: float | None
    """t-SNE: Kullback–Leibler divergence in nats, what it makes small; None for UMAP and before the first step."""


def projected(model: LoadedModel, trace: Trace | None, wanted: Gathering, n_axes: int) -> Projection:
    """The gathered vectors on their principal components."""
    return pca(gathered(model, trace, wanted).vectors, n_axes)


def layout_steps(model: LoadedModel, trace: Trace | None, wanted: Gathering, how: Layout) -> Iterator[LaidOut]:
    """The gathered vectors on their way to the layout.

    Raises:
        PlaygroundError: too few vectors; the method is not installed.
    """
    vectors = gathered(model, trace, wanted).vectors
    return umap_steps(vectors, how) if how.method == "umap" else tsne_steps(vectors, how)


def laid_out(model: LoadedModel, trace: Trace | None, wanted: Gathering, how: Layout) -> LaidOut:
    """The end of ``layout_steps``."""
    *_, last = layout_steps(model, trace, wanted, how)
    return last


def tsne_steps(vectors: Array, how: Layout) -> Iterator[LaidOut]:
    """t-distributed stochastic neighbour embedding (van der Maaten and Hinton 2008), as openTSNE computes it: Euclidean
    distances, exact neighbours, Barnes–Hut forces.

    Args:
        vectors: (n, d_model), n at least 5.
        how: axes, perplexity and seed.

    Raises:
        PlaygroundError: fewer than five vectors.
    """
    _enough(vectors)
    perplexity = min(float(how.perplexity), (len(vectors) - 1) / 3)
    beginning = _beginning(vectors, how)
    yield LaidOut(beginning, 0, STEPS, perplexity, None)
    import openTSNE

    near = openTSNE.affinity.PerplexityBasedNN(
        np.ascontiguousarray(vectors, np.float64), perplexity=perplexity, method="exact", n_jobs=1, random_state=0
    )
    embedding = openTSNE.TSNEEmbedding(
        beginning.astype(np.float64), near, negative_gradient_method="bh", n_jobs=1, random_state=0
    )
    for step in range(AT_ONCE, STEPS + 1, AT_ONCE):
        early = step <= EARLY
        embedding = embedding.optimize(
            n_iter=AT_ONCE,
            exaggeration=EXAGGERATION if early else 1.0,
            momentum=0.5 if early else 0.8,
            learning_rate="auto",
        )
        points = np.asarray(embedding, np.float32)
        yield LaidOut(points.copy(), step, STEPS, perplexity, float(embedding.kl_divergence))


def _beginning(vectors: Array, how: Layout) -> Array:
    """Small: the principal components, or for another seed numbers drawn at random."""
    points: np.ndarray
    if how.seed == 0:
        points = pca(vectors, how.n_axes).points
        spread = float(points[:, 0].std())
        points = points / spread if spread else points
    else:
        points = np.random.default_rng(how.seed).normal(size=(len(vectors), how.n_axes))
    # Points at the very same place would push each other nowhere.
    points = points + np.random.default_rng(how.seed).normal(size=points.shape) * 1e-3
    return (points * 1e-4).astype(np.float32)


def has_umap() -> bool:
    """Whether the package umap-learn is installed here."""
    return find_spec("umap") is not None


def umap_steps(vectors: Array, how: Layout) -> Iterator[LaidOut]:
    """Uniform manifold approximation and projection (McInnes, Healy and Melville 2018), as umap-learn computes it, in
    one go.

    Raises:
        PlaygroundError: fewer than five vectors, or umap-learn is not installed.
    """
    _enough(vectors)
    if not has_umap():
        raise PlaygroundError("UMAP is not installed here (the package umap-learn). Choose t-SNE.")
    neighbours = min(how.perplexity, len(vectors) - 1)
    yield LaidOut(_beginning(vectors, how), 0, 1, float(neighbours), None)
    umap: Any = import_module("umap")
    # More axes than vectors cannot be found by its spectral beginning.
    start = "random" if len(vectors) <= how.n_axes + 2 else "spectral"
    reducer = umap.UMAP(n_neighbors=neighbours, n_components=how.n_axes, random_state=how.seed, init=start, n_jobs=1)
    yield LaidOut(np.asarray(reducer.fit_transform(vectors), np.float32), 1, 1, float(neighbours), None)


def _enough(vectors: Array) -> None:
    if len(vectors) < 5:
        raise PlaygroundError("A layout of neighbours needs at least 5 points. Type a longer text, or choose PCA.")
