"""What a segmentation leaves behind: every decision on the way from a text to its ids."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Merge:
    """Two neighbours become one piece (BPE)."""

    rank: int
    """Its place in the tokenizer's list of merges, from 0: the earlier it was learned, the earlier it is done."""
    start: int
    """The joined pieces stand over the cells ``start`` … ``middle`` and ``middle`` … ``end`` of ``Merging.start``."""
    middle: int
    end: int
    left: str
    right: str
    piece: str
    """Left and right, joined."""
    rank_before: int | None
    """Rank of the pair that the new piece makes with its left neighbour; None: that is no merge, or nobody is there."""
    rank_after: int | None
    """The same with its right neighbour."""


@dataclass(frozen=True)
class Merging:
    """How BPE spells one word: the merge of the lowest rank, again and again, until none is left."""

    start: tuple[str, ...]
    """The pieces that it begins with: characters, or bytes."""
    ranks: tuple[int | None, ...]
    """(len(start) − 1,): rank of each pair of neighbours at the start; None: that is no merge."""
    merges: tuple[Merge, ...]
    """In the order in which they are done."""
    whole: bool = False
    """The whole word was looked up and found, so that nothing had to be merged."""

    def pieces(self, n: int) -> tuple[tuple[int, int, str], ...]:
        """(first cell, cell behind it, piece) of all pieces after ``n`` merges."""
        standing = {i: (i, i + 1, piece) for i, piece in enumerate(self.start)}
        for merge in self.merges[:n]:
            del standing[merge.middle]
            standing[merge.start] = (merge.start, merge.end, merge.piece)
        return tuple(standing[start] for start in sorted(standing))

    def pairs(self, n: int) -> tuple[tuple[int, int | None], ...]:
        """(cell at which the right piece begins, rank) of all neighbours after ``n`` merges."""
        ranks: dict[int, int | None] = {i + 1: rank for i, rank in enumerate(self.ranks)}
        for merge in self.merges[:n]:
            del ranks[merge.middle]
            if merge.start in ranks:
                ranks[merge.start] = merge.rank_before
            if merge.end in ranks:
                ranks[merge.end] = merge.rank_after
        return tuple(sorted(ranks.items()))


@dataclass(frozen=True)
class Match:
    """The longest piece that the vocabulary has at one place of a word (WordPiece)."""

    start: int
    """Index of a character of the word."""
    end: int | None
    """Everything longer was looked up before, from the whole rest of the word down, and is no piece. None: even the
    single character is none."""
    piece: str | None


@dataclass(frozen=True)
class Matching:
    """How WordPiece spells one word: the longest piece from its start, then the longest from there on, …"""

    characters: tuple[str, ...]
    prefix: str
    """What pieces that do not begin the word are written with, ``##``."""
    matches: tuple[Match, ...]
    too_long: bool
    """The word has more characters than the tokenizer looks at."""

    @property
    def known(self) -> bool:
        """Whether the word was spelled to its end; else the whole word is one unknown token."""
        return not self.too_long and all(match.piece is not None for match in self.matches)

    def tried(self, match: Match) -> tuple[tuple[int, str], ...]:
        """(end, piece) of all that was looked up at the place of a match, the longest first; the last one is the
        match, if there is one."""
        prefix = self.prefix if match.start else ""
        ends = range(len(self.characters), (match.end or match.start + 1) - 1, -1)
        return tuple((end, prefix + "".join(self.characters[match.start : end])) for end in ends)


@dataclass(frozen=True)
class Edge:
    """A piece that fits a stretch of a word (Unigram)."""

    start: int
    """Index of its first character."""
    end: int
    """Index behind its last."""
    piece: str
    score: float
    """Natural logarithm of the piece's probability in the tokenizer's model."""
    total: float
    """The best score up to ``start``, plus ``score``."""
    wins: bool
    """No other way to ``end`` has a higher total."""
    unknown: bool
    """No piece of the vocabulary, but the character that none stands for."""


@dataclass(frozen=True)
class Lattice:
    """How Unigram spells one word: of all ways to lay pieces end to end, the one with the highest sum of scores."""

    characters: tuple[str, ...]
    edges: tuple[Edge, ...]
    """By their end, then in the order in which they were found."""
    best: tuple[float, ...]
    """(characters + 1,): the highest total of a way from the start to each place."""
    path: tuple[int, ...]
    """Indices of the edges of the best way."""


@dataclass(frozen=True)
class Word:
    """A stretch of text that the model of the tokenizer spells by itself, or a token that was cut out before."""

    text: str
    """As the model is given it: normalised, a space as ``Ġ`` or ``▁``."""
    span: tuple[int, int]
    """From and to which character of the typed text."""
    pieces: tuple[str, ...]
    ids: tuple[int, ...]
    how: Merging | Matching | Lattice | None
    """None: an added token, such as [MASK], found in the text before anything else was done."""


@dataclass(frozen=True)
class Part:
    """What lies between the added tokens of a text, or one of them."""

    text: str
    """As it was typed."""
    normalized: str
    span: tuple[int, int]
    token_id: int | None
    """Of an added token; None for text."""


@dataclass(frozen=True)
class Stage:
    """A normaliser or a pre-tokenizer, by its name in the library ``tokenizers``."""

    name: str
    options: tuple[tuple[str, str], ...]
    """Its settings."""


@dataclass(frozen=True)
class Segmentation:
    """Every step from a text to its ids."""

    algorithm: str
    """``"BPE"``, ``"WordPiece"`` or ``"Unigram"``."""
    text: str
    normalizers: tuple[Stage, ...]
    parts: tuple[Part, ...]
    """The text, cut at the added tokens that were typed, normalised."""
    pre_tokenizers: tuple[Stage, ...]
    words: tuple[Word, ...]
    added_before: tuple[int, ...]
    """Ids that the tokenizer puts in front of the text by itself."""
    added_after: tuple[int, ...]
    n_merges: int
    """Length of the list of merges; 0 where there is none."""
    n_vocabulary: int

    @property
    def ids(self) -> tuple[int, ...]:
        """All ids: what the model is fed."""
        inner = (token_id for word in self.words for token_id in word.ids)
        return (*self.added_before, *inner, *self.added_after)

    def word_at(self, pos: int) -> int | None:
        """Index of the word that the token at ``pos`` belongs to; None: it was added, or there is none."""
        reached = len(self.added_before)
        for index, word in enumerate(self.words):
            if reached <= pos < reached + len(word.ids):
                return index
            reached += len(word.ids)
        return None

    def first_pos(self, index: int) -> int:
        """Position of a word's first token among ``ids``."""
        return len(self.added_before) + sum(len(word.ids) for word in self.words[:index])
