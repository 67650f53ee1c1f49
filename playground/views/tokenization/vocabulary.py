"""The vocabulary: a page of what was found, how it spreads, and one token in full."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...analysis.vocabulary import ALL, KINDS, LONGEST, Search, Vocabulary
from ...tokens import hexadecimal
from ..pictures import VocabularyCard, VocabularyEntry, VocabularyPage, VocabularyShare
from ..tables import RecordsTable
from ..view import View, count, percent, quoted

PAGE = 120
"""Tokens on one page."""
MOST_SCRIPTS = 9
NEAR = 4
"""Tokens before and after the chosen one."""
KIND_NAMES = {
    "start": "letters after a space", "inside": "letters without a space", "number": "numbers",
    "sign": "signs", "blank": "spaces alone", "bytes": "parts of a character", "special": "special tokens",
}  # fmt: skip
BY_HASH = {**KIND_NAMES, "start": "words, or how they begin", "inside": "words that go on (##)"}
COLUMNS = (
    ("id", "token_id"), ("text", "text"), ("piece", "piece"), ("kind", "kind_says"), ("script", "script"),
    ("characters", "n_characters"), ("bytes, in hexadecimal", "hex"),
)  # fmt: skip


@dataclass(frozen=True)
class Looking:
    """How the vocabulary is looked at."""

    query: str
    kind: str
    script: str
    length: int
    page: int
    token: int | None
    """Id of the chosen token."""
    text_with: tuple[str, int] | None
    """A text in which it stands, and its position there."""
    spelling: str
    """``playground.tokens.kind_of_pieces`` of the tokenizer."""
    rows: int
    """Rows of the model's token table."""


def vocabulary_view(vocabulary: Vocabulary, found: Search, looking: Looking, code: str) -> View:
    """One page of what was found."""
    n_pages = max(1, -(-len(found.ids) // PAGE))
    page = min(looking.page, n_pages - 1)
    first = page * PAGE
    names = _names(looking)
    picture = VocabularyPage(
        query=looking.query,
        n_found=len(found.ids),
        page=page,
        n_pages=n_pages,
        first=first,
        entries=tuple(_entry(vocabulary, int(i), names) for i in found.ids[first : first + PAGE]),
        kinds=_kinds(vocabulary, found, names),
        scripts=_scripts(vocabulary, found),
        lengths=_lengths(vocabulary, found),
        chosen=(looking.kind, looking.script, str(looking.length)),
        card=None if looking.token is None else _card(vocabulary, looking.token, looking, names),
        nothing="" if len(found.ids) else _nothing(looking),
    )
    return View(
        picture=picture,
        reading=reading(vocabulary, found, looking),
        table=RecordsTable(picture, "entries", COLUMNS),
        python=code,
        notes=_notes(vocabulary, looking),
        name="vocabulary",
    )


def _names(looking: Looking) -> dict[str, str]:
    return BY_HASH if looking.spelling == "wordpiece" else KIND_NAMES


def _entry(vocabulary: Vocabulary, i: int, names: dict[str, str]) -> VocabularyEntry:
    kind = KINDS[vocabulary.kinds[i]]
    return VocabularyEntry(
        i, vocabulary.texts[i], vocabulary.pieces[i], kind, names[kind], vocabulary.scripts[vocabulary.script[i]],
        int(vocabulary.n_characters[i]), hexadecimal(vocabulary.raw[i]),
    )  # fmt: skip


def _counts(values: np.ndarray, vocabulary: Vocabulary, found: Search, size: int) -> tuple[list[int], list[int]]:
    whole = np.bincount(values[vocabulary.there], minlength=size)
    return whole.tolist(), np.bincount(values[found.ids], minlength=size).tolist()


def _kinds(vocabulary: Vocabulary, found: Search, names: dict[str, str]) -> tuple[VocabularyShare, ...]:
    whole, some = _counts(vocabulary.kinds, vocabulary, found, len(KINDS))
    shares = (VocabularyShare(key, names[key], whole[i], some[i]) for i, key in enumerate(KINDS))
    return tuple(share for share in shares if share.all)


def _scripts(vocabulary: Vocabulary, found: Search) -> tuple[VocabularyShare, ...]:
    whole, some = _counts(vocabulary.script, vocabulary, found, len(vocabulary.scripts))
    return tuple(
        VocabularyShare(name, name, whole[i], some[i]) for i, name in enumerate(vocabulary.scripts[:MOST_SCRIPTS])
    )


def _lengths(vocabulary: Vocabulary, found: Search) -> tuple[VocabularyShare, ...]:
    whole, some = _counts(np.minimum(vocabulary.n_characters, LONGEST), vocabulary, found, LONGEST + 1)
    return tuple(
        VocabularyShare(str(n), f"{n} or more" if n == LONGEST else str(n), whole[n], some[n])
        for n in range(1, LONGEST + 1)
    )


def _card(vocabulary: Vocabulary, i: int, looking: Looking, names: dict[str, str]) -> VocabularyCard:
    kind, raw = KINDS[vocabulary.kinds[i]], vocabulary.raw[i]
    says = [f"piece {vocabulary.pieces[i]}", f"among the {names[kind]}"]
    if kind not in ("bytes", "special"):
        says.append(count(int(vocabulary.n_characters[i]), "character"))
    if raw:
        says.append(f"{count(len(raw), 'byte')}: {hexadecimal(raw)}")
    near = [n for n in range(max(0, i - NEAR), min(len(vocabulary.there), i + NEAR + 1)) if vocabulary.there[n]]
    text, pos = looking.text_with or ("", 0)
    return VocabularyCard(i, vocabulary.texts[i], tuple(says), tuple((n, vocabulary.texts[n]) for n in near), text, pos)


def _nothing(looking: Looking) -> str:
    if looking.query[:1] in (" ", "␣") and looking.spelling == "wordpiece":
        return "This tokenizer writes no spaces into its tokens: search without the space."
    if (looking.kind, looking.script, looking.length) != (ALL, ALL, 0):
        return "No token is so. Take one of the choices on the right back, or search for something else."
    return "No token is so: what you look for is spelled with several tokens. Search for a part of it."


def reading(vocabulary: Vocabulary, found: Search, looking: Looking) -> str:
    """How much was found, and the longest of it."""
    n, whole = len(found.ids), len(vocabulary)
    limits = [_names(looking).get(looking.kind, "")] if looking.kind != ALL else []
    limits += [f"script {looking.script}"] if looking.script != ALL else []
    if looking.length:
        limits.append(
            f"{LONGEST} or more characters" if looking.length >= LONGEST else count(looking.length, "character")
        )
    among = f" ({', '.join(limits)})" if limits else ""
    query = quoted(looking.query.replace(" ", "␣"))
    holds, are = ("holds", "is") if n == 1 else ("hold", "are")
    asked = {
        "all": "", "text": f" {holds} {query}", "pattern": f" {are} like {query}",
        "id": f" {'has the id' if n == 1 else 'have the ids'} {looking.query.strip()}",
    }[found.how]  # fmt: skip
    if not n:
        return f"None of the {count(whole, 'token')}{asked}{among}." if asked else f"There is no such token{among}."
    start = f"{n:,} of {count(whole, 'token')}{asked}{among}: {percent(n / whole)}"
    if found.how == "all" and not limits:
        start = f"The vocabulary has {count(whole, 'token')}"
    lengths = vocabulary.n_characters[found.ids]
    longest = int(found.ids[int(lengths.argmax())])
    if not lengths.max():
        return f"{start}."
    text = vocabulary.texts[longest]
    if n == 1:
        return f"{start}. It is {quoted(text, 60)}."
    size = count(int(lengths.max()), "character") + (" with its space" if text[:1] == "␣" and text.strip("␣") else "")
    return f"{start}. The longest is {quoted(text, 60)}, {size}."


def _notes(vocabulary: Vocabulary, looking: Looking) -> tuple[str, ...]:
    found = [
        "␣ stands for a space, which belongs to its token and counts as a character; a pattern such as un* or ????? "
        "leaves it aside. Capital and small letters are found alike."
    ]
    if (more := looking.rows - len(vocabulary)) > 0:
        found.append(f"The model's table has {looking.rows:,} rows: {more:,} of them belong to no token.")
    if (vocabulary.kinds[vocabulary.there] == KINDS.index("bytes")).any():
        found.append("⟨E4·B8⟩ are bytes that are only a part of a character, in hexadecimal.")
    rest = len(vocabulary.scripts) - MOST_SCRIPTS
    if rest > 0:
        found.append(f"{count(rest, 'more script')} with fewer tokens are not among the bars.")
    return tuple(found)
