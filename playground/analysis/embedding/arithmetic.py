"""Arithmetic with words: which rows of the token table lie nearest to a − b + c (Mikolov, Yih and Zweig 2013)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...models import LoadedModel
from ...trace import Array
from ..typed import spellings
from .angles import Word, word_of
from .table import TokenTable, token_table

READY = (
    ("king", "man", "woman", "queen"),
    ("father", "man", "woman", "mother"),
    ("grandpa", "man", "woman", "grandma"),
    ("himself", "he", "she", "herself"),
    ("birds", "bird", "tree", "trees"),
    ("bigger", "big", "small", "smaller"),
    ("quickly", "quick", "slow", "slowly"),
    ("went", "go", "see", "saw"),
    ("hot", "summer", "winter", "cold"),
    ("Paris", "France", "Italy", "Rome"),
)
"""a, b, c and the wanted answer: kinship, number, comparison, manner, time, the seasons, the world."""


@dataclass(frozen=True, eq=False)
class Answer:
    """A row near to a − b + c."""

    token_id: int
    cosine: float
    place: Array
    """(2,): its shadow on the plane of the three words."""
    away: float
    """Its distance from that plane."""
    asked: bool
    """Whether it is one of the three words, in any spelling."""


@dataclass(frozen=True, eq=False)
class WordSum:
    """a − b + c and what lies nearest to it."""

    words: tuple[Word, Word, Word]
    answers: tuple[Answer, ...]
    """Nearest first."""
    first_of_all: int
    """Id of the nearest row when the three words are not left out."""
    first_cosine: float
    plane: Array
    """(4, 2): a, b, c and a − b + c, which lies in the plane through the three: their distances are true."""
    length: float
    """Of a − b + c."""


def sum_of(
    model: LoadedModel,
    table: TokenTable,
    typed: tuple[str, str, str],
    *,
    centred: bool = False,
    keep_inputs: bool = False,
    count: int = 10,
) -> WordSum:
    """The rows with the smallest angle to a − b + c.

    Args:
        model: whose words.
        table: its token table.
        typed: a, b and c; a word of several tokens is the mean of their rows.
        centred: True to take the mean of all rows away from every vector before angles are measured.
        keep_inputs: False leaves the three words out in all their spellings, as is usual.
        count: answers.

    Raises:
        PlaygroundError: the vocabulary has no token for one of the words.
    """
    a, b, c = words = tuple(word_of(model, table, one) for one in typed)
    target = a.vector - b.vector + c.vector
    cosines = table.cosines(target, centred=centred)
    own = inputs(model, typed, (a, b, c))
    values = cosines.copy()
    values[list(own if not keep_inputs else ())] = -np.inf
    order = [i for i in _first(values, count) if np.isfinite(values[i])]
    first = int(cosines.argmax())
    corner, axes = _plane(a.vector, b.vector, c.vector)
    rows = table.rows[order].astype(np.float64) - corner
    shadows = rows @ axes.T
    away = np.sqrt(np.maximum((rows**2).sum(1) - (shadows**2).sum(1), 0))
    found = tuple(
        Answer(i, float(cosines[i]), place.astype(np.float32), float(far), i in own)
        for i, place, far in zip(order, shadows, away, strict=True)
    )
    points = np.stack([word.vector for word in words] + [target]).astype(np.float64) - corner
    return WordSum(
        words=(a, b, c),
        answers=found,
        first_of_all=first,
        first_cosine=float(cosines[first]),
        plane=(points @ axes.T).astype(np.float32),
        length=float(np.linalg.norm(target)),
    )


def inputs(model: LoadedModel, typed: tuple[str, ...], words: tuple[Word, ...]) -> frozenset[int]:
    """Ids of the three words, in all spellings that are one token, and of the parts of those that are several."""
    found = [i for word in words for i in word.token_ids]
    return frozenset([*found, *(i for one in typed for i in spellings(model, one))])


def _first(values: Array, count: int) -> list[int]:
    count = min(count, len(values))
    found = np.argpartition(-values, count - 1)[:count]
    return [int(i) for i in found[np.lexsort((found, -values[found]))]]


def _plane(a: Array, b: Array, c: Array) -> tuple[np.ndarray, np.ndarray]:
    """b, a point of the plane through three points, and two unit directions in it (2, d_model), the first to a."""
    corner = b.astype(np.float64)
    axes = np.zeros((2, len(b)))
    for i, point in enumerate((a, c)):
        way = point - corner - axes.T @ (axes @ (point - corner))
        length = float(np.linalg.norm(way))
        if length > 1e-7 * max(1.0, float(np.linalg.norm(point))):
            axes[i] = way / length
    return corner, axes


@dataclass(frozen=True)
class Solved:
    """How a ready example comes out."""

    words: tuple[str, str, str]
    wanted: str
    rank: int | None
    """Place of the wanted answer once the three words are left out, 1 is the nearest; None: it is several tokens here,
    so no row can be the answer."""
    rank_without: int | None
    """Its place among the rows nearest to c alone, when nothing is added; the three words are left out here too."""
    rank_kept: int | None
    """Its place when the three words may be answers themselves."""


def ready_sums(model: LoadedModel, trace: None, centred: bool) -> tuple[Solved, ...]:
    """How the ready examples come out; no text is needed."""
    table = token_table(model)
    targets, wanted, outs = [], [], []
    for *typed, answer in READY:
        a, b, c = three = tuple(word_of(model, table, one) for one in typed)
        targets += [a.vector - b.vector + c.vector, c.vector]
        ids = word_of(model, table, answer).token_ids
        wanted.append(ids[0] if len(ids) == 1 else None)
        outs.append(inputs(model, tuple(typed), three))
    ranks = _ranks(table, np.stack(targets), wanted, outs, centred=centred)
    found = []
    for i, (first, second, third, answer) in enumerate(READY):
        (rank, kept), (without, _) = ranks[2 * i], ranks[2 * i + 1]
        found.append(Solved((first, second, third), answer, rank, without, kept))
    return tuple(found)


def _ranks(
    table: TokenTable, targets: Array, wanted: list[int | None], outs: list[frozenset[int]], *, centred: bool
) -> list[tuple[int | None, int | None]]:
    """The place of each wanted row among those nearest to a target, without the rows of ``outs`` and with them; there
    are two targets for each wanted row."""
    of = table.measures
    vectors = targets - of.mean if centred else targets
    products = table.rows @ vectors.T.astype(table.rows.dtype)
    if centred:
        products -= of.mean @ vectors.T
    lengths = (of.centred_lengths if centred else of.lengths)[:, None]
    near = np.divide(products, lengths, out=np.full_like(products, -np.inf), where=lengths > 0)
    ranks: list[tuple[int | None, int | None]] = []
    for i in range(len(targets)):
        own, out = wanted[i // 2], outs[i // 2]
        if own is None or own in out:
            ranks.append((None, None))
            continue
        before = set(np.flatnonzero(near[:, i] > near[own, i]).tolist())
        ranks.append((1 + len(before - out), 1 + len(before)))
    return ranks
