"""How one word is spelled: BPE's merges, WordPiece's longest matches, Unigram's best way through the lattice.

Each function does what ``tokenizers`` 0.23 does in Rust (``models/bpe``, ``models/wordpiece``, ``models/unigram``), in
the same order of operations, and keeps every decision. The tests compare the ids on random texts.
"""

from __future__ import annotations

import heapq
from itertools import pairwise

from ...errors import PlaygroundError
from .recipe import BYTE_PIECES, Recipe
from .records import Edge, Lattice, Match, Matching, Merge, Merging

Spelled = tuple[tuple[str, ...], tuple[int, ...]]
"""Pieces and their ids."""
UNKNOWN_PENALTY = 10.0
"""By how much an unknown character scores lower than the rarest piece: ``K_UNK_PENALTY`` of the library."""


def spelled(recipe: Recipe, word: str) -> tuple[Merging | Matching | Lattice, Spelled]:
    """How a word is spelled, and what comes of it.

    Raises:
        PlaygroundError: the word cannot be spelled, as with a vocabulary that lacks a token for what is unknown.
    """
    if recipe.algorithm == "BPE":
        merging = _merging(recipe, word)
        pieces = tuple(piece for _, _, piece in merging.pieces(len(merging.merges)))
        return merging, (pieces, tuple(recipe.vocab[piece] for piece in pieces))
    if recipe.algorithm == "WordPiece":
        return _wordpiece(recipe, word)
    return _unigram(recipe, word)


# ---- BPE ----


def _merging(recipe: Recipe, word: str) -> Merging:
    if recipe.options.get("ignore_merges") and word in recipe.vocab:
        return Merging((word,), (), (), whole=True)
    start = _first_pieces(recipe, word)
    ranks = tuple(_rank(recipe, left, right) for left, right in pairwise(start))
    return Merging(start, ranks, _merges(recipe, start, ranks))


def _first_pieces(recipe: Recipe, word: str) -> tuple[str, ...]:
    """The word's characters, as far as the vocabulary has them; else their bytes; else the token for what is unknown,
    which one token may stand for several characters."""
    options, vocab = recipe.options, recipe.vocab
    unk, prefix = options.get("unk_token"), options.get("continuing_subword_prefix")
    suffix = options.get("end_of_word_suffix")
    pieces: list[str] = []
    waiting = 0  # unknown tokens that are not written yet: the library writes them with the next known piece
    for index, character in enumerate(word):
        piece = (prefix or "" if index else "") + character + (suffix or "" if index == len(word) - 1 else "")
        if piece in vocab:
            pieces += [str(unk)] * waiting + [piece]
            waiting = 0
            continue
        if options.get("byte_fallback"):
            spelling = [BYTE_PIECES[byte] for byte in piece.encode()]
            if all(byte in vocab for byte in spelling):
                pieces += spelling
                continue
        if unk is not None:
            if unk not in vocab:
                raise PlaygroundError(f"The tokenizer's token for what it does not know, {unk}, is not in its list.")
            if waiting and not options.get("fuse_unk"):
                pieces += [unk]
            waiting = 1
    return tuple(pieces + [str(unk)] * waiting)


def _rank(recipe: Recipe, left: str, right: str) -> int | None:
    found = recipe.merges.get((left, right))
    return None if found is None else found[0]


def _merges(recipe: Recipe, start: tuple[str, ...], ranks: tuple[int | None, ...]) -> tuple[Merge, ...]:
    """The merges in their order: the lowest rank first, of equal ones the leftmost."""
    pieces: list[str | None] = list(start)  # by their first cell; None: merged into the one before
    ends = list(range(1, len(start) + 1))
    before = list(range(-1, len(start) - 1))
    waiting = [(rank, cell) for cell, rank in enumerate(ranks) if rank is not None]
    heapq.heapify(waiting)
    done: list[Merge] = []
    while waiting:
        rank, cell = heapq.heappop(waiting)
        left, middle = pieces[cell], ends[cell]
        right = pieces[middle] if middle < len(start) else None
        if left is None or right is None or _rank(recipe, left, right) != rank:
            continue  # one of the two was merged with another neighbour meanwhile
        piece, end = recipe.merges[left, right][1], ends[middle]
        pieces[cell], pieces[middle], ends[cell] = piece, None, end
        neighbours: list[int | None] = [None, None]
        if before[cell] >= 0:
            neighbours[0] = _rank(recipe, pieces[before[cell]] or "", piece)
            if neighbours[0] is not None:
                heapq.heappush(waiting, (neighbours[0], before[cell]))
        if end < len(start):
            before[end] = cell
            neighbours[1] = _rank(recipe, piece, pieces[end] or "")
            if neighbours[1] is not None:
                heapq.heappush(waiting, (neighbours[1], cell))
        done.append(Merge(rank, cell, middle, end, left, right, piece, *neighbours))
    return tuple(done)


# ---- WordPiece ----


def _wordpiece(recipe: Recipe, word: str) -> tuple[Matching, Spelled]:
    prefix, unk = recipe.options["continuing_subword_prefix"], recipe.options["unk_token"]
    too_long = len(word) > recipe.options["max_input_chars_per_word"]
    matches: list[Match] = []
    start = 0
    while start < len(word) and not too_long:
        match = _longest(recipe, word, start, prefix if start else "")
        matches.append(match)
        if match.end is None:
            break
        start = match.end
    matching = Matching(tuple(word), prefix, tuple(matches), too_long)
    if matching.known:
        pieces = tuple(match.piece or "" for match in matches)
        return matching, (pieces, tuple(recipe.vocab[piece] for piece in pieces))
    if unk not in recipe.vocab:
        raise PlaygroundError(f"The tokenizer's token for what it does not know, {unk}, is not in its list.")
    return matching, ((unk,), (recipe.vocab[unk],))


def _longest(recipe: Recipe, word: str, start: int, prefix: str) -> Match:
    for end in range(len(word), start, -1):
        piece = prefix + word[start:end]
        if piece in recipe.vocab:
            return Match(start, end, piece)
    return Match(start, None, None)


# ---- Unigram ----


def _unigram(recipe: Recipe, word: str) -> tuple[Lattice, Spelled]:
    lattice = _lattice(recipe, word)
    return lattice, _tokens(recipe, lattice)


def _lattice(recipe: Recipe, word: str) -> Lattice:
    """All pieces that fit, and the best way: of equal totals the one that was found first, as in the library."""
    unk_id = recipe.options.get("unk_id")
    best: list[float] = [0.0] * (len(word) + 1)
    winner: list[tuple[int, int] | None] = [None] * (len(word) + 1)
    ends: list[list[tuple[int, str, float, float, bool]]] = [[] for _ in range(len(word) + 1)]

    def offer(start: int, end: int, score: float, unknown: bool) -> None:
        total = score + best[start]
        if winner[end] is None or total > best[end]:
            best[end], winner[end] = total, (end, len(ends[end]))
        ends[end].append((start, word[start:end], score, total, unknown))

    for start in range(len(word)):
        for end in range(start + 1, min(len(word), start + recipe.longest) + 1):
            score = recipe.scores.get(word[start:end])
            if score is not None:
                offer(start, end, score, False)
        if word[start] not in recipe.scores:
            if unk_id is None:
                raise PlaygroundError(f"The tokenizer has no token for {word[start]!r}, and none for what is unknown.")
            offer(start, start + 1, recipe.least_score - UNKNOWN_PENALTY, True)
    edges = tuple(
        Edge(start, end, piece, score, total, winner[end] == (end, n), unknown)
        for end, found in enumerate(ends)
        for n, (start, piece, score, total, unknown) in enumerate(found)
    )
    path: list[int] = []
    at = len(word)
    winners = {edge.end: index for index, edge in enumerate(edges) if edge.wins}
    while at > 0:
        path.append(winners[at])
        at = edges[path[-1]].start
    return Lattice(tuple(word), edges, tuple(best), tuple(reversed(path)))


def _tokens(recipe: Recipe, lattice: Lattice) -> Spelled:
    """Pieces and ids of the best way: unknown characters that stand together are one, or their bytes."""
    unk_id = recipe.options.get("unk_id")
    stretches: list[tuple[str, bool]] = []
    for edge in (lattice.edges[index] for index in lattice.path):
        unknown = recipe.vocab.get(edge.piece, unk_id) == unk_id
        if unknown and stretches and stretches[-1][1]:
            stretches[-1] = (stretches[-1][0] + edge.piece, True)
        else:
            stretches.append((edge.piece, unknown))
    pieces: list[str] = []
    for text, _ in stretches:
        spelling = [BYTE_PIECES[byte] for byte in text.encode()]
        if text in recipe.vocab:
            pieces.append(text)
        elif recipe.options.get("byte_fallback") and all(byte in recipe.vocab for byte in spelling):
            pieces += spelling
        else:
            pieces.append(recipe.pieces[unk_id])  # type: ignore[index]
    return tuple(pieces), tuple(recipe.vocab[piece] for piece in pieces)
