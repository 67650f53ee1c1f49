"""What the space costs: ``python -m tests.benchmarks.embeddings [--repeat N]``.

A token table of 250,000 rows of 768 numbers, as the largest multilingual ones have, filled at random.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from statistics import median

import numpy as np

from playground.analysis.embedding import pca
from playground.analysis.embedding.clusters import clusters_of
from playground.analysis.embedding.layouts import Layout, tsne_steps
from playground.analysis.embedding.table import TokenTable, measured

ROWS, WIDTH, POINTS = 250_000, 768, 5_000
NEIGHBOURS_MS, PCA_MS = 150, 1_000
"""Bars: neighbours in the whole table after it was measured once, and principal components of ``POINTS`` rows."""


def timed(what: Callable[[], object], repeat: int) -> tuple[float, float]:
    """Median milliseconds by the wall clock, and of the processor in all threads together."""
    walls, works = [], []
    for _ in range(repeat):
        wall, work = time.perf_counter(), time.process_time()
        what()
        walls.append(time.perf_counter() - wall)
        works.append(time.process_time() - work)
    return 1e3 * median(walls), 1e3 * median(works)


def told(name: str, what: Callable[[], object], repeat: int, bar: float | None = None) -> None:
    """Prints one line; the bar is held against the wall clock."""
    wall, work = timed(what, repeat)
    held = "" if bar is None else f"   bar {bar:.0f} ms: {'held' if wall <= bar else 'NOT HELD'}"
    print(f"{name:58} {wall:8.0f} ms, processor {work:8.0f} ms{held}", flush=True)


def main() -> None:
    """The table, then what is asked of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeat", type=int, default=7)
    repeat = parser.parse_args().repeat
    rng = np.random.default_rng(0)
    rows = rng.standard_normal((ROWS, WIDTH), dtype=np.float32) * np.linspace(3, 0.3, WIDTH, dtype=np.float32) + 0.2
    told(f"a table of {ROWS:,} × {WIDTH} is measured, once", lambda: measured(rows), 1)
    table = TokenTable(rows, measured(rows))
    for centred in (False, True):
        name = f"10 nearest rows{', the mean taken away' if centred else ''}"
        told(name, lambda centred=centred: table.nearest(rows[7], 10, (7,), centred=centred), repeat, NEIGHBOURS_MS)  # type: ignore[misc]
    some = rows[:POINTS]
    told(f"principal components of {POINTS:,} × {WIDTH}", lambda: pca(some, 3), repeat, PCA_MS)
    told(f"8 clusters of {POINTS:,} × {WIDTH}", lambda: clusters_of(some, 8), 1)
    told("t-SNE of 1,500 rows", lambda: list(tsne_steps(rows[:1500], Layout())), 1)


if __name__ == "__main__":
    main()
