"""Why a tokenizer split a text as it did: its stages, and one word spelled step by step."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from ...analysis.segmentation import Lattice, Matching, Merging, Part, Segmentation, Word
from ...tokens import piece_text, visible
from ..pictures import Split, SplitChip, SplitLine, SplitStep, SplitToken
from ..tables import Table
from ..tints import tints
from ..view import View, count, listed, quoted
from .stages import said
from .wall import Wall, wall_of

BEFORE = 3
"""Steps before a word is spelled: the text, normalised, cut into words."""
SPELLED = 6
"""Tokens of a word that the sentence names."""


def split_view(
    found: Segmentation,
    spelling: str,
    word: int,
    step: int,
    pos: int | None,
    code: str,
    *,
    begins: bool = False,
    part: bool = False,
) -> View:
    """The way of a text to its tokens.

    Args:
        found: of a text with at least one word.
        spelling: how the tokenizer writes its pieces, see ``tokens.kind_of_pieces``.
        word: index of the word that is spelled.
        step: index of the step to stand at; past the last, or negative: the last.
        pos: place of the chosen token in what the model reads.
        code: Python that names the segmentation ``found``.
        part: whether the text is a part of what was typed, the rest of which is not read.
        begins: whether nobody chose the word: it is the one to begin with, see ``tabs.tokens.split.most_split``.
    """
    show = partial(_shown, spelling)
    chosen = found.words[word]
    wall = wall_of(chosen, show, BEFORE, found.n_merges)
    steps = (*_steps_before(found, part=part), *wall.steps, _last_step(found, chosen, show))
    first = found.first_pos(word)
    places = range(first, first + len(chosen.ids))
    return View(
        picture=Split(
            lines=_lines(found, show, part=part),
            word=word,
            cells=wall.cells,
            rows=wall.rows,
            bricks=tuple(wall.bricks),
            steps=steps,
            at=step if 0 <= step < len(steps) else len(steps) - 1,
            tokens=tuple(
                SplitToken(show(piece), token_id, place, tint)
                for piece, token_id, place, tint in zip(
                    chosen.pieces, chosen.ids, places, tints(chosen.ids), strict=True
                )
            ),
            pos=pos if pos in places else None,
            question=wall.question,
            hint=wall.hint,
            badge=f"these steps give the tokenizer’s own {count(len(found.ids), 'id')}",
        ),
        reading=reading(found, chosen, show),
        table=_table(chosen, show),
        python=code + f"word = found.words[{word}]\n" + _code(chosen),
        notes=_notes(found, wall, chosen if begins else None),
        name="split",
    )


def _shown(spelling: str, piece: str) -> str:
    return piece_text(piece, spelling) or "∅"


def _lines(found: Segmentation, show: Callable[[str], str], *, part: bool) -> tuple[SplitLine, ...]:
    def of_part(one: Part, text: str) -> SplitChip:
        return SplitChip(visible(text), "", one.token_id is not None, None)

    changed = any(part.text != part.normalized for part in found.parts)
    normal = said(found.normalizers) if changed else "this text stays as it is"
    if not found.normalizers:
        normal = "this tokenizer changes no characters"
    cut = said(found.pre_tokenizers) or "not cut: all that lies between special tokens is one word"
    words = tuple(
        SplitChip(
            show(word.text),
            f"{count(len(word.ids), 'token')}: {' '.join(show(piece) for piece in word.pieces)}",
            word.how is None,
            found.first_pos(i) if word.ids else None,
        )
        for i, word in enumerate(found.words)
    )
    return (
        SplitLine(
            "text",
            "Text",
            "the part that is read" if part else "as it was typed",
            tuple(of_part(one, one.text) for one in found.parts),
        ),
        SplitLine("normal", "Normalised", normal, tuple(of_part(p, p.normalized) for p in found.parts if changed)),
        SplitLine("words", "Words", cut, words),
    )


def _steps_before(found: Segmentation, *, part: bool) -> tuple[SplitStep, ...]:
    typed = sum(part.token_id is not None for part in found.parts)
    cut = f" {count(typed, 'special token')} in it is set aside first." if typed else ""
    given = "the part of the text that is read" if part else "what was typed"
    normal = said(found.normalizers)
    words = said(found.pre_tokenizers)
    return (
        SplitStep("text", "The text", f"This is {given}: {count(len(found.text), 'character')}.{cut}", (), ""),
        SplitStep(
            "normal", "Normalised",
            f"Before it is cut, the text is made uniform: {normal}." if normal else
            "Some tokenizers make a text uniform first. This one changes no characters.", (), ""),
        SplitStep(
            "words", "Cut into words",
            f"Then it is cut into {count(len(found.words), 'word')}: {words}. No token reaches over the end of a word."
            if words else "This tokenizer does not cut the text into words: it is spelled as a whole.", (), ""),
    )  # fmt: skip


def _last_step(found: Segmentation, word: Word, show: Callable[[str], str]) -> SplitStep:
    end = ""
    if isinstance(word.how, Merging) and not word.how.whole:
        end = "No two neighbours that are left stand in the list of merges. " if len(word.pieces) > 1 else ""
    return SplitStep(
        "tokens",
        "Tokens",
        f"{end}Each piece is looked up in the vocabulary of {found.n_vocabulary:,} tokens; its number is all that the "
        f"model gets.{_added(found)}",
        (),
        "",
    )


def _added(found: Segmentation) -> str:
    """Where the tokenizer puts special tokens of its own."""
    before, after = len(found.added_before), len(found.added_after)
    if before and after:
        return f" Around the whole text the tokenizer puts {count(before + after, 'special token')}."
    if before or after:
        where = "Before" if before else "After"
        return f" {where} the whole text the tokenizer puts {count(before + after, 'special token')}."
    return ""


def reading(found: Segmentation, word: Word, show: Callable[[str], str]) -> str:
    """What became of the word, and by what."""
    pieces = [quoted(show(piece)) for piece in word.pieces]
    named = listed(pieces) if len(pieces) <= SPELLED else ", ".join(pieces[:SPELLED]) + ", …"
    became = f"{quoted(show(word.text))} became {count(len(pieces), 'token')} ({named})"
    how = word.how
    if how is None:
        became = f"{quoted(show(word.text))} is one token that is never cut"
    elif isinstance(how, Merging):
        merges = f" by {count(len(how.merges), 'merge')}" if how.merges else ", without any merge"
        became += ", as a whole" if how.whole else merges
    elif isinstance(how, Matching):
        became += f" after {count(sum(len(how.tried(m)) for m in how.matches), 'lookup')}"
    else:
        became += _laid(how)
    own = sum(len(one.ids) for one in found.words)
    added = len(found.ids) - own
    special = f", and {count(added, 'special one was', 'special ones were')} added" if added else ""
    return f"{became}; the whole text became {count(own, 'token')} by {_named(found.algorithm)}{special}."


def _laid(how: Lattice) -> str:
    """By which of the pieces that fit; characters that none fits are unknown."""
    fitting = sum(not edge.unknown for edge in how.edges)
    unknown = sum(how.edges[i].end - how.edges[i].start for i in how.path if how.edges[i].unknown)
    if not unknown:
        return f", the best of all ways to lay {count(fitting, 'fitting piece')} end to end"
    return f": no piece of the vocabulary fits {unknown:,} of its characters"


def _named(algorithm: str) -> str:
    return {"BPE": "byte-pair encoding (BPE)"}.get(algorithm, algorithm)


def _table(word: Word, show: Callable[[str], str]) -> Table:
    how = word.how
    if isinstance(how, Merging) and how.merges:
        merges = enumerate(how.merges, 1)
        return Table(
            ("merge", "left", "right", "number in the list", "becomes"),
            tuple((n, show(m.left), show(m.right), m.rank + 1, show(m.piece)) for n, m in merges),
        )
    if isinstance(how, Matching) and not how.too_long:
        return Table(
            ("from character", "to character", "looked up", "in the vocabulary"),
            tuple(
                (m.start, end, show(piece), _yes(piece == m.piece)) for m in how.matches for end, piece in how.tried(m)
            ),
        )
    if isinstance(how, Lattice):
        return Table(
            ("from character", "to character", "piece", "score", "best way to its end", "best", "on the way"),
            tuple(
                (
                    e.start,
                    e.end,
                    show(e.piece),
                    e.score,
                    e.total,
                    "yes" if e.wins else "",
                    "yes" if i in how.path else "",
                )
                for i, e in enumerate(how.edges)
            ),
        )
    return Table(("piece", "id"), tuple((show(p), i) for p, i in zip(word.pieces, word.ids, strict=True)))


def _yes(true: bool) -> str:
    return "yes" if true else ""


def _code(word: Word) -> str:
    how = word.how
    if isinstance(how, Merging) and how.merges:
        return "for merge in word.how.merges:\n    print(merge.left, merge.right, merge.rank + 1, merge.piece)\n"
    if isinstance(how, Matching) and not how.too_long:
        return (
            "for match in word.how.matches:\n    for end, piece in word.how.tried(match):\n"
            "        print(match.start, end, piece, piece == match.piece)\n"
        )
    if isinstance(how, Lattice):
        return "for edge in word.how.edges:\n    print(edge.start, edge.end, edge.piece, edge.score, edge.total)\n"
    return "for piece, token_id in zip(word.pieces, word.ids):\n    print(piece, token_id)\n"


def _notes(found: Segmentation, wall: Wall, begins: Word | None) -> tuple[str, ...]:
    notes = []
    if begins is not None and len(found.words) > 1:
        most = "the most tokens" if len(begins.ids) > 1 else "the most letters, for each takes one token"
        notes.append(f"No word was chosen, so this one is shown: it has {most}. Choose another above.")
    notes += [
        "Vocabulary and merges or scores are the tokenizer’s own; its normaliser and pre-tokenizer did their steps "
        "themselves, the spelling is done again here.",
        "␣ stands for a space; ⟨E2·82⟩ are bytes that are only a part of a character.",
    ]
    if any(brick.detail.startswith("+") for brick in wall.bricks):
        notes.append("Of many lookups at one place the longest and the shortest are drawn; the table has them all.")
    return tuple(notes)
