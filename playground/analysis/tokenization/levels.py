"""One text at three levels, aligned: words, tokens, characters.

The text is laid out in columns. A character takes one column, or one for each token that holds a part of it; words and
tokens stand over the columns of their characters. The columns are divided into blocks that can be set side by side and
wrapped like words: no word and no token lies in two of them.
"""

from __future__ import annotations

import itertools
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from ...tokens import visible, words
from ...trace import Token

Span = tuple[int, int]


@dataclass(frozen=True)
class LevelBlock:
    """Some neighbouring columns."""

    characters: tuple[str, ...]
    """One by one, as people see them; "" for a column that stands for no character of the text."""
    wide: tuple[int, ...]
    """Columns that each character takes."""
    words: tuple[Span, ...]
    """Columns ``[from, to)`` of each word, special token that was typed, or run of signs."""
    tokens: tuple[tuple[int, int, int], ...]
    """(index of the token, from column, to column)."""


def levels(text: str, tokens: Sequence[Token]) -> tuple[LevelBlock, ...]:
    """The blocks of a text; tokens without a span stand in none of them.

    Args:
        text: what the tokens were cut from.
        tokens: with spans of its characters, in order.
    """
    spans = [(i, *t.span) for i, t in enumerate(tokens) if t.span is not None]
    marks = [t.span for t in tokens if t.span is not None and t.special and text[slice(*t.span)] == t.piece]
    cuts = sorted({0, len(text), *(a for _, a, _ in spans), *(b for _, _, b in spans)})
    cells: list[tuple[int, str, int]] = []  # (first character, what is seen, columns), in order
    places: dict[int, list[int]] = {}  # token → its columns: first and past the last
    column = first = 0
    for start, end in zip(cuts, [*cuts[1:], len(text)], strict=True):
        while first < len(spans) and spans[first][2] < start:
            first += 1
        near = []
        for i, a, b in spans[first:]:
            if a > start:
                break
            near.append((i, a, b))
        for i, a, b in near:
            if a == b == start:  # it stands for no character: a column of its own
                cells.append((start, "", 1))
                places[i] = [column, column + 1]
                column += 1
        over = [i for i, a, b in near if a <= start < b and end <= b] if start < end else []
        share = max(1, len(over))
        for n in range(start, end):
            cells.append((n, _seen(text[n]), share))
        for rank, i in enumerate(over):
            begin = column + rank * (end - start)
            places.setdefault(i, [begin, begin])[1] = begin + end - start
        column += share * (end - start)
    return _blocks(text, cells, places, marks)


def _blocks(
    text: str, cells: list[tuple[int, str, int]], places: dict[int, list[int]], marks: list[Span]
) -> tuple[LevelBlock, ...]:
    at = [0] * (len(text) + 1)  # the first column of each character
    column = 0
    starts = []
    for n, seen, wide in cells:
        starts.append(column)
        if seen:
            at[n] = column
        column += wide
    at[len(text)] = column
    spans = [(at[a], at[b]) for a, b in _words_and_signs(text, marks)]
    closed = [False] * (column + 1)  # whether a word or a token lies across a boundary between columns
    for a, b in [*spans, *((p[0], p[1]) for p in places.values())]:
        closed[a + 1 : b] = [True] * max(0, b - a - 1)
    for start, (_, _, wide) in zip(starts, cells, strict=True):
        closed[start + 1 : start + wide] = [True] * (wide - 1)
    bounds, filled = [0], False
    for start, (n, seen, _) in zip(starts, cells, strict=True):
        if start and not closed[start] and filled:
            bounds.append(start)
            filled = False
        filled = filled or bool(seen and not text[n].isspace())
    bounds = [*sorted(set(bounds)), column]
    return _filled(bounds, cells, starts, spans, places)


def _filled(
    bounds: list[int],
    cells: list[tuple[int, str, int]],
    starts: list[int],
    spans: list[Span],
    places: dict[int, list[int]],
) -> tuple[LevelBlock, ...]:
    """What lies between each two bounds; everything rises, so each list is gone through once."""
    tokens = sorted((p[0], p[1], i) for i, p in places.items())
    found, c, w, t = [], 0, 0, 0
    for low, high in itertools.pairwise(bounds):
        first, first_word, first_token = c, w, t
        while c < len(cells) and starts[c] < high:
            c += 1
        while w < len(spans) and spans[w][0] < high:
            w += 1
        while t < len(tokens) and tokens[t][0] < high:
            t += 1
        found.append(
            LevelBlock(
                tuple(seen for _, seen, _ in cells[first:c]),
                tuple(wide for _, _, wide in cells[first:c]),
                tuple((a - low, b - low) for a, b in spans[first_word:w]),
                tuple((i, a - low, b - low) for a, b, i in tokens[first_token:t]),
            )
        )
    return tuple(found)


def _words_and_signs(text: str, marks: Sequence[Span]) -> list[Span]:
    """What stands between the blanks: words, special tokens that were typed (``marks``), and runs of like signs."""
    found: list[Span] = []
    at = 0
    for start, end in [*marks, (len(text), len(text))]:
        inside = [(a + at, b + at) for a, b in words(text[at:start])]
        for a, b in [*inside, (start, start)]:
            found += _signs(text, at, a)
            at = b
            found += [(a, b)] if b > a else []
        found += [(start, end)] if end > start else []
        at = end
    return found


def _signs(text: str, start: int, end: int) -> list[Span]:
    """Runs of signs of one category; joiners and variation selectors go on with the sign before them."""
    found: list[Span] = []
    last = ""
    for n in range(start, end):
        category = unicodedata.category(text[n])
        if text[n].isspace():
            continue
        like = category in (last, "Cf", "Mn", "Sk") or last == "Cf"
        if found and found[-1][1] == n and like:
            found[-1] = (found[-1][0], n + 1)
        else:
            found.append((n, n + 1))
        last = category
    return found


def _seen(character: str) -> str:
    """A character as it stands alone; a mark that needs a letter stands on a dotted circle."""
    return f"◌{character}" if unicodedata.category(character)[0] == "M" else visible(character)
