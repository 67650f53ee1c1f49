"""One word as a wall of bricks, and its spelling in steps: one function for each way of spelling."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from ...analysis.segmentation import Edge, Lattice, Match, Matching, Merge, Merging, Word
from ..pictures import Brick, SplitOption, SplitStep
from ..view import count, quoted

MANY = 60
"""Steps from which on each says fewer of its possibilities: all of them travel to the browser at once."""
OPTIONS = (12, 4)
TRIES = 12
"""Lookups at one place of a word that are drawn one by one."""
ENDS = 5
"""Of more than that, as many of the longest and of the shortest."""

Show = Callable[[str], str]
"""A piece of the vocabulary → what people see of it."""


@dataclass
class Wall:
    """A word's bricks and steps while they are laid."""

    first: int
    """Number of the first step of the spelling."""
    cells: int = 1
    bricks: list[Brick] = field(default_factory=list)
    steps: list[SplitStep] = field(default_factory=list)
    question: str = ""
    hint: str = ""

    @property
    def now(self) -> int:
        """The step that is told last."""
        return self.first + len(self.steps) - 1

    @property
    def rows(self) -> int:
        """Rows that have a brick."""
        return max((brick.row for brick in self.bricks), default=0) + 1

    def tell(self, title: str, sentence: str, options: Sequence[SplitOption] = (), more: str = "") -> None:
        """A further step."""
        self.steps.append(SplitStep("spell", title, sentence, tuple(options), more))

    def lay(self, row: int, span: tuple[int, int], text: str, role: str, detail: str = "", note: str = "",
            *, final: bool = False) -> None:  # fmt: skip
        """A brick that stands from the step told last."""
        self.bricks.append(Brick(row, *span, text, detail, note or text, self.now, role, final))


def wall_of(word: Word, show: Show, first: int, n_merges: int) -> Wall:
    """The wall of a word, whose spelling begins with step ``first``."""
    wall = Wall(first)
    if word.how is None:
        _added(wall, word, show)
    elif isinstance(word.how, Merging):
        _merging(wall, word, word.how, show, n_merges)
    elif isinstance(word.how, Matching):
        _matching(wall, word, word.how, show)
    else:
        _lattice(wall, word, word.how, show)
    return wall


def _added(wall: Wall, word: Word, show: Show) -> None:
    piece = show(word.text)
    wall.tell(
        "A token of its own",
        f"{quoted(piece)} is one of the tokens that the tokenizer looks for before anything else: it is taken out of "
        "the text as a whole and never cut.",
    )
    wall.lay(0, (0, 1), piece, "found", final=True)


# ---- BPE ----


def _merging(wall: Wall, word: Word, how: Merging, show: Show, n_merges: int) -> None:
    wall.cells = max(1, len(how.start))
    wall.question = "Neighbours that could be joined, and the number of their merge:"
    wall.hint = "Small numbers: the place of a merge in the tokenizer’s list." if how.merges else ""
    limit = OPTIONS[len(how.merges) > MANY]
    if how.whole:
        wall.tell(
            "The whole word",
            f"{quoted(show(word.text))} stands in the vocabulary as it is, so it is taken as a whole, without merges.",
        )
    else:
        wall.tell(
            "In the smallest pieces",
            f"The word begins as {count(len(how.start), 'piece')}. Now neighbours are joined: always the pair that "
            f"stands nearest to the top of the tokenizer’s list of {n_merges:,} merges.",
        )
    last = {(start, end) for start, end, _ in how.pieces(len(how.merges))}
    for cell, piece in enumerate(how.start):
        wall.lay(0, (cell, cell + 1), show(piece), "cell", final=(cell, cell + 1) in last)
    height = [0] * len(how.start)  # of the tower that begins at a cell
    for n, merge in enumerate(how.merges):
        pieces = {start: show(piece) for start, _, piece in how.pieces(n)} if len(how.merges) <= 4 * MANY else {}
        wall.tell(f"Merge {n + 1} of {len(how.merges)}", _merged(merge, show), *_pairs(how, n, pieces, limit))
        height[merge.start] = 1 + max(height[merge.start], height[merge.middle])
        text = show(merge.piece)
        wall.lay(
            height[merge.start], (merge.start, merge.end), text, "merged", f"{merge.rank + 1:,}",
            f"{show(merge.left)} + {show(merge.right)} → {text}: number {merge.rank + 1:,} of the merges",
            final=(merge.start, merge.end) in last,
        )  # fmt: skip


def _merged(merge: Merge, show: Show) -> str:
    left, right, piece = (quoted(show(p)) for p in (merge.left, merge.right, merge.piece))
    return (
        f"{left} and {right} become {piece}. It is number {merge.rank + 1:,} of the merges, and no other pair of "
        "neighbours stands nearer to the top of the list."
    )


def _pairs(how: Merging, n: int, pieces: dict[int, str], limit: int) -> tuple[list[SplitOption], str]:
    """The neighbours that merge ``n`` was chosen among, the nearest to the top of the list first; and those besides."""
    starts = sorted(pieces)
    before = dict(zip(starts[1:], starts, strict=False))
    pairs = [(rank, cell) for cell, rank in how.pairs(n) if cell in before]
    ranked = sorted((rank, cell) for rank, cell in pairs if rank is not None)
    options = [
        SplitOption(f"{pieces[before[cell]]} · {pieces[cell]}", f"{rank + 1:,}", cell == how.merges[n].middle)
        for rank, cell in ranked[:limit]
    ]
    further, none = len(ranked) - len(options), len(pairs) - len(ranked)
    said = [f"{further:,} further down the list"] if further else []
    if none:
        said.append(count(none, "other pair is no merge", "other pairs are no merge"))
    return options, "; ".join(said)


# ---- WordPiece ----


def _matching(wall: Wall, word: Word, how: Matching, show: Show) -> None:
    characters = how.characters
    wall.cells = max(1, len(characters))
    if how.too_long:
        wall.tell(
            "Too long",
            f"The word has {len(characters):,} characters. This tokenizer does not look at words as long as that: the "
            f"whole word becomes {quoted(word.pieces[0])}.",
        )
    else:
        wall.tell(
            "The word in characters",
            "From the start of the word, the longest piece is taken that the vocabulary has: first the whole word is "
            "looked up, then one character less, and so on. The rest of the word goes on in the same way, with "
            f"{quoted(how.prefix)} before it.",
        )
    for cell, character in enumerate(characters):
        wall.lay(0, (cell, cell + 1), show(character), "cell")
    row = 1
    for match in () if how.too_long else how.matches:
        row = _tried(wall, how, match, show, row)
    if not how.known and not how.too_long:
        wall.tell(
            "No piece fits",
            "Here not even a single character is a piece of the vocabulary. The tokenizer then gives up on the whole "
            f"word: it becomes {quoted(word.pieces[0])}, and what stood there is lost.",
        )


def _tried(wall: Wall, how: Matching, match: Match, show: Show, row: int) -> int:
    """The lookups at one place, one under the other; returns the row below."""
    tries = how.tried(match)
    shown = list(range(len(tries)))
    if len(tries) > TRIES:
        shown = [*range(ENDS), *range(len(tries) - ENDS, len(tries))]
    for n, i in enumerate(shown):
        end, piece = tries[i]
        left_out = i - shown[n - 1] - 1 if n else 0
        found = match.piece is not None and i == len(tries) - 1
        text = quoted(show(piece), 40)
        skipped = ""
        if left_out:
            verb = "is" if left_out == 1 else "are"
            skipped = f"{count(left_out, 'piece')} in between {verb} not in the vocabulary either. "
        known = how.known
        wall.tell(
            f"Lookup {i + 1} from character {match.start + 1} on",
            skipped
            + (f"{text} is in the vocabulary, so it is taken." if found else f"{text} is not in the vocabulary."),
        )
        wall.lay(
            row, (match.start, end), show(piece), "found" if found else "tried", "" if not left_out else f"+{left_out}",
            f"{show(piece)}: {'in' if found else 'not in'} the vocabulary", final=found and known,
        )  # fmt: skip
        row += 1
    return row


# ---- Unigram ----


def _lattice(wall: Wall, word: Word, how: Lattice, show: Show) -> None:
    wall.cells, wall.question = max(1, len(how.characters)), "Ways to get here: best score so far + score of the piece"
    wall.hint = "Small numbers: the score of a piece."
    by_end: dict[int, list[Edge]] = {}
    for edge in how.edges:
        by_end.setdefault(edge.end, []).append(edge)
    limit = OPTIONS[len(by_end) > MANY]
    wall.tell(
        "The word in characters",
        "Every piece of the vocabulary has a score, the logarithm of its probability. Of all ways to lay pieces end to "
        "end, the one whose scores sum to the most is wanted; all scores are negative, so the nearest to 0 wins.",
    )
    for cell, character in enumerate(how.characters):
        wall.lay(0, (cell, cell + 1), show(character), "cell")
    rows = _rows(how.edges)
    path = {how.edges[i] for i in how.path}
    for end, edges in sorted(by_end.items()):
        best = next(edge for edge in edges if edge.wins)
        wall.tell(f"Up to character {end}", _reached(how, end, edges, best, show), *_ways(how, edges, show, limit))
        for edge in edges:
            total = f"{how.best[edge.start]:.2f} + {edge.score:.2f} = {edge.total:.2f}".replace("-", "−")
            note = f"{show(edge.piece)}: {'unknown, ' if edge.unknown else ''}score {edge.score:.2f}".replace("-", "−")
            wall.lay(
                rows[edge], (edge.start, end), show(edge.piece), "win" if edge.wins else "edge",
                f"{edge.score:.1f}".replace("-", "−"), f"{note}; way to its end {total}", final=edge in path,
            )  # fmt: skip
    pieces = " ".join(show(how.edges[i].piece) for i in how.path)
    total = f"{how.best[-1]:.2f}".replace("-", "−")
    wall.tell(
        "The best way",
        f"From the end of the word back: which piece led to the best score here, and where did it begin? That gives "
        f"{quoted(pieces, 80)}, with {total} in all.",
    )


def _reached(how: Lattice, end: int, edges: list[Edge], best: Edge, show: Show) -> str:
    total = f"{how.best[end]:.2f}".replace("-", "−")
    n = count(len(edges), "piece ends", "pieces end")
    unknown = (
        " No piece of the vocabulary fits, so the character counts as unknown, at a high price." if best.unknown else ""
    )
    if len(edges) == 1:
        return f"One piece ends here, {quoted(show(best.piece))}: the best score up to here is {total}.{unknown}"
    return f"{n} here. The best way to this place ends with {quoted(show(best.piece))} and scores {total}.{unknown}"


def _ways(how: Lattice, edges: list[Edge], show: Show, limit: int) -> tuple[list[SplitOption], str]:
    options = [
        SplitOption(
            show(edge.piece),
            f"{how.best[edge.start]:.2f} + {edge.score:.2f} = {edge.total:.2f}".replace("-", "−"),
            edge.wins,
        )
        for edge in sorted(edges, key=lambda edge: (-edge.total, not edge.wins))[:limit]
    ]
    further = len(edges) - len(options)
    return options, f"{further:,} worse" if further else ""


def _rows(edges: tuple[Edge, ...]) -> dict[Edge, int]:
    """A row for each edge in which it meets no other: short pieces above, long ones below."""
    ends: list[list[tuple[int, int]]] = []
    rows = {}
    for edge in sorted(edges, key=lambda edge: (edge.end - edge.start, edge.start)):
        span = edge.start, edge.end
        row = next(
            (r for r, taken in enumerate(ends) if all(span[0] >= b or span[1] <= a for a, b in taken)), len(ends)
        )
        if row == len(ends):
            ends.append([])
        ends[row].append(span)
        rows[edge] = row + 1
    return rows
