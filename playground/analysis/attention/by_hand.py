"""Attention on numbers typed by hand, without a model: the same stages as a model's, on a record made of matrices."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...errors import PlaygroundError
from ...trace import Array, Attention
from ...trace.arrays import BoolArray, ReadOnly
from .stages import stages_of

MOST_TOKENS, MOST_NUMBERS = 6, 4
"""Of typed matrices: rows, and numbers in a row."""
OF_A_MODEL = 8
"""Tokens that are taken from a model."""
LONGEST_LIST = 12
LARGEST = 1000.0
EXAMPLE = "Cat 0.5 | 0.4 | 0.6"


@dataclass(frozen=True, eq=False)
class Softmaxed(ReadOnly):
    """Softmax of a list of numbers."""

    numbers: Array
    """(n,): as typed."""
    exps: Array
    """(n,): exp of each; of large numbers, of each less the largest."""
    total: float
    """Their sum."""
    shares: Array
    """(n,): sum to 1."""


@dataclass(frozen=True, eq=False)
class Typed(ReadOnly):
    """Tokens as they were typed."""

    names: tuple[str, ...]
    q: Array
    """(token, width)."""
    k: Array
    """(token, width)."""
    v: Array
    """(token, any width)."""


def tokens(text: str) -> Typed:
    """Tokens from a typed text: on each line a word and three lists of numbers, ``Cat 0.5 | 0.4 | 0.6``.

    Raises:
        PlaygroundError: a line has not three lists, something is no number, or the lists do not fit each other.
    """
    lines = [line for line in text.splitlines() if line.strip(" ,;|\t")]
    if not lines or len(lines) > MOST_TOKENS:
        raise PlaygroundError(f"There are {len(lines)} tokens. Type one to {MOST_TOKENS}, each on a line: {EXAMPLE}.")
    names, rows = [], []
    for n, line in enumerate(lines):
        parts = line.split("|")
        if len(parts) != 3:
            raise PlaygroundError(f"Line {n + 1} has {len(parts)} of three parts q | k | v. Write it so: {EXAMPLE}.")
        word, first = _word(parts[0])
        names.append(word or f"token {n}")
        rows.append([numbers(part, f"Line {n + 1}") for part in (first, *parts[1:])])
    q, k, v = (_matrix(name, [row[i] for row in rows]) for i, name in enumerate("qkv"))
    if q.shape[1] != k.shape[1]:
        raise PlaygroundError(
            f"q has {q.shape[1]} numbers and k has {k.shape[1]}: they are multiplied number by number, so they need "
            "equally many."
        )
    return Typed(tuple(names), q, k, v)


def _word(part: str) -> tuple[str, str]:
    """What stands before the first number, and the rest."""
    found = re.search(r"(?<!\S)[\[(]*[-−+]?\.?\d", part)
    return (part.strip(" :"), "") if found is None else (part[: found.start()].strip(" :"), part[found.start() :])


def _matrix(name: str, rows: list[list[float]]) -> Array:
    widths = sorted({len(row) for row in rows})
    if len(widths) > 1:
        raise PlaygroundError(
            f"{name} has {widths[0]} numbers on one line and {widths[-1]} on another. Give all lines equally many."
        )
    if widths[0] > MOST_NUMBERS:
        raise PlaygroundError(f"{name} has {widths[0]} numbers; by hand there is room for {MOST_NUMBERS}.")
    return np.array(rows, np.float32)


def numbers(text: str, name: str) -> list[float]:
    """The numbers of a line.

    Raises:
        PlaygroundError: something in it is no number, or a number is too large; says what.
    """
    found = []
    for word in re.split(r"[\s,;\[\]()]+", text.strip(" ,;\t\n[]()")):
        try:
            value = float(word.replace("−", "-"))
        except ValueError:
            raise PlaygroundError(f"{name}: “{word[:20]}” is not a number. Write numbers such as 0.5 or -2.") from None
        if not abs(value) <= LARGEST:
            raise PlaygroundError(f"{name}: {word[:20]} is too large here. Numbers may go from −1,000 to 1,000.")
        found.append(value)
    return found


def softmax_of(text: str) -> Softmaxed | None:
    """Softmax of a typed list; None for an empty one.

    Raises:
        PlaygroundError: something in it is no number, or it is too long.
    """
    if not text.strip(" ,;\t\n[]()"):
        return None
    typed = np.array(numbers(text, "The list"), np.float64)
    if len(typed) > LONGEST_LIST:
        raise PlaygroundError(f"The list has {len(typed)} numbers; here is room for {LONGEST_LIST}.")
    exps = np.exp(typed - (typed.max() if typed.max() > 20 else 0.0))
    total = float(exps.sum())
    return Softmaxed(typed.astype(np.float32), exps.astype(np.float32), total, (exps / total).astype(np.float32))


def attention_of(q: Array, k: Array, v: Array, *, scaling: float, allowed: BoolArray | None) -> Attention:
    """One head's attention on given matrices.

    Args:
        q: (query, width).
        k: (key, width).
        v: (key, any width).
        scaling: what q·k is multiplied by.
        allowed: (query, key), False where the mask forbids looking; None: nothing is forbidden.
    """
    empty = np.zeros((1, len(q), len(k)), np.float32)
    bare = Attention(weights=empty, q=q[None], k=k[None], v=v[None], scaling=scaling, allowed=allowed)
    weights = stages_of(bare, 0, range(len(q))).weights
    return Attention(weights=weights[None], q=q[None], k=k[None], v=v[None], scaling=scaling, allowed=allowed,
                     head_out=(weights @ v)[None])  # fmt: skip


def nobody_looks_ahead(count: int) -> BoolArray:
    """(count, count): the causal mask."""
    return np.tril(np.ones((count, count), dtype=bool))


def torch_lines(q: Array, k: Array, v: Array, *, scaled: bool, causal: bool, numbers: Sequence[float] = ()) -> str:
    """Attention from scratch in PyTorch, with these very numbers."""

    def listed(values: Any) -> str:
        # As floats even where they are whole: PyTorch has no softmax of whole numbers.
        return "[" + ", ".join(repr(float(str(np.float32(x)))) for x in values) + "]"

    def tensor(values: Array) -> str:
        return f"torch.tensor([{', '.join(listed(row) for row in values)}])"

    made = [f"{name} = {tensor(values)}" for name, values in (("Q", q), ("K", k), ("V", v))]
    lines = ["import torch", "", *made, *steps_in_torch("K.shape[-1] ** -0.5" if scaled else "", causal)]
    if len(numbers):
        lines.append(f"print(torch.tensor({listed(numbers)}).softmax(dim=-1))")
    return "\n".join(lines) + "\n"


def steps_in_torch(scale: str, causal: bool) -> list[str]:
    """The lines from Q, K and V to weights and output."""
    lines = ["scores = Q @ K.T  # every query with every key"]
    if scale:
        lines.append(f"scores = scores * {scale}  # scale")
    if causal:
        lines += [
            "later = torch.ones_like(scores).triu(1).bool()",
            'scores = scores.masked_fill(later, float("-inf"))  # nobody looks ahead',
        ]
    return [*lines, "weights = scores.softmax(dim=-1)  # each row sums to 1", "output = weights @ V",
            "print(scores, weights, output, output.shape)"]  # fmt: skip
