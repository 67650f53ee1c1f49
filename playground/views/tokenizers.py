"""Several tokenizers beside one another."""

from __future__ import annotations

from collections.abc import Sequence
from math import isnan, log2

import numpy as np

from ..analysis.tokenizers import SENTENCES, Comparison, Fed, Tax, Tokenized
from ..facts import title_of
from ..tokens import visible
from .pictures import (
    LanguageRow,
    Languages,
    Misread,
    MisreadBar,
    MisreadToken,
    Picture,
    RowEntry,
    RowToken,
    TokenRows,
)
from .tables import RecordsTable, Table
from .tints import tints
from .view import View, count, listed, number, quoted

COLUMNS = 1200
"""Columns of the text that are drawn."""
FED = 300
"""Tokens that are drawn when a model is fed another's ids."""
LOST = 0.25
"""Share of unknown tokens from which on a sentence counts as lost."""


def titles_of(names: Sequence[str]) -> list[str]:
    """Short names of models, and whole ones where two would have the same."""
    short = [title_of(name) for name in names]
    return [one if short.count(one) == 1 else name for one, name in zip(short, names, strict=True)]


def token_rows_view(found: Comparison, code: str) -> View:
    """One text under several tokenizers, aligned by its characters."""
    titles = titles_of([entry.name for entry in found.entries])
    drawn = found.stretches[:COLUMNS]
    shape = len(found.entries), len(drawn)
    over = np.full(shape, -1, np.int32)
    counts = np.zeros(shape, np.int32)
    for c, stretch in enumerate(drawn):
        for e, tokens in enumerate(stretch.tokens):
            if tokens is not None:
                over[e, c], counts[e, c] = tokens
    picture = TokenRows(
        entries=tuple(
            _entry(found, entry, title, int(own.max(initial=0)))
            for entry, title, own in zip(found.entries, titles, over + counts, strict=True)
        ),
        texts=tuple(visible(found.text[stretch.start : stretch.end]) for stretch in drawn),
        over=over,
        counts=counts,
        n_left=len(found.text) - (drawn[-1].end if drawn else 0),
    )
    return View(
        picture=picture,
        reading=_rows_reading(found, titles),
        table=RecordsTable(
            picture,
            "entries",
            (("tokenizer", "name"), ("kind", "said"), ("tokens", "n_text"), ("special tokens added", "n_added"),
             ("tokens per word", "per_word"), ("bytes per token", "per_token"), ("unknown", "n_unknown"),
             ("way back exact", "exact")),
        ),
        python=code
        + "for entry in found.entries:\n"
        "    print(entry.name, entry.n_text, entry.tokens_per_word(found), entry.bytes_per_token(found))\n",
        notes=_rows_notes(found, picture),
        name="tokenizers",
    )  # fmt: skip


def _entry(found: Comparison, entry: Tokenized, title: str, n_drawn: int) -> RowEntry:
    per_word, per_token = entry.tokens_per_word(found), entry.bytes_per_token(found)
    colours = tints([token.token_id for token in entry.tokens])
    return RowEntry(
        name=title,
        said=f"{entry.algorithm or 'own code'}, {entry.n_vocabulary:,} tokens",
        n_text=entry.n_text,
        n_added=len(entry.tokens) - entry.n_text,
        n_unknown=entry.n_unknown,
        exact=entry.exact,
        per_word=None if isnan(per_word) else per_word,
        per_token=None if isnan(per_token) else per_token,
        tokens=tuple(
            RowToken(token.text, token.token_id, tint, token.token_id == entry.unknown_id)
            for token, tint in zip(entry.tokens[:n_drawn], colours, strict=False)
        ),
    )


def _rows_reading(found: Comparison, titles: Sequence[str]) -> str:
    whole = f"{count(found.n_characters, 'character')} ({count(found.n_words, 'word')})"
    if len(found.entries) == 1:
        return f"{titles[0]} makes {count(found.entries[0].n_text, 'token')} of {whole}; choose another to compare."
    ranked = sorted(zip(found.entries, titles, strict=True), key=lambda item: item[0].n_text)
    (least, least_title), (most, most_title) = ranked[0], ranked[-1]
    if least.n_text == most.n_text:
        said = f"All {len(titles)} tokenizers make {count(least.n_text, 'token')} of {whole}, if not the same ones"
    else:
        said = (
            f"Of {whole}, {least_title} makes {count(least.n_text, 'token')} and {most_title} {most.n_text:,}, "
            f"{_times(most.n_text / max(1, least.n_text))} as many"
        )
    lost = [f"{title} ({count(e.n_unknown, 'unknown token')})" for e, title in ranked if e.n_unknown]
    return f"{said}; a part of it is lost to {listed(lost)}." if lost else f"{said}."


def _times(ratio: float) -> str:
    return "twice" if round(ratio, 1) == 2 else f"{ratio:.1f} times"


def _rows_notes(found: Comparison, picture: TokenRows) -> tuple[str, ...]:
    notes = [
        "Tokens per word and bytes per token count the text’s own tokens, without special tokens that were added; a "
        "word is a run of letters and digits.",
        "␣ stands for a space. Stretches without colour stand in no token: this tokenizer leaves them out.",
    ]
    if (picture.counts > 1).any():
        notes.append("×2, ×3, …: a character that takes several tokens, for it is cut into its bytes.")
    if picture.n_left:
        notes.append(f"The last {count(picture.n_left, 'character')} are not drawn; all figures count them.")
    return tuple(notes)


def languages_view(found: Sequence[Tax], code: str) -> View:
    """What the same sentence costs in each language."""
    titles = titles_of([tax.name for tax in found])
    counts = np.array([tax.counts for tax in found], np.int32)
    unknown = np.array([tax.unknown for tax in found], np.int32)
    ratios = (counts / np.maximum(counts[:, :1], 1)).astype(np.float32)
    picture = Languages(
        rows=tuple(LanguageRow(s.language, s.script, s.text) for s in SENTENCES),
        names=tuple(titles),
        counts=counts,
        unknown=unknown,
        lost=(unknown >= LOST * counts).astype(np.uint8),
        ratios=ratios,
        full=float(ratios.max()),
    )
    columns = [f"{title}: {what}" for title in titles for what in ("tokens", "unknown")]
    rows = [
        (s.language, s.script, len(s.text), *np.stack([counts[:, i], unknown[:, i]], 1).ravel().tolist())
        for i, s in enumerate(SENTENCES)
    ]
    return View(
        picture=picture,
        reading=_languages_reading(found, titles, ratios),
        table=Table(("language", "script", "characters", *columns), tuple(rows)),
        python=code + "for tax in found:\n    print(tax.name, tax.counts, tax.unknown)\n",
        notes=(
            "The sentence is the first of the Universal Declaration of Human Rights, in the translations of the United "
            "Nations. Bars: its tokens, divided by those of the English one.",
            "Who pays by the token, or has a context window of so many tokens, pays more in a language with long bars. "
            "Hatched: tokens that stand for something unknown; what they stood for is lost. Where that is a quarter or "
            "more, the bar is short because the sentence is not there.",
        ),
        name="languages",
    )


def _languages_reading(found: Sequence[Tax], titles: Sequence[str], ratios: np.ndarray) -> str:
    said = []
    for tax, title, own in zip(found, titles, ratios, strict=True):
        spelled = [i for i, n in enumerate(tax.counts) if tax.unknown[i] < LOST * n and i]
        lost = len(SENTENCES) - 1 - len(spelled)
        if not spelled:
            said.append(f"{title} can spell none of the other languages")
            continue
        worst = max(spelled, key=lambda i: own[i])
        part = f"{title} needs {_times(float(own[worst]))} as many tokens in {SENTENCES[worst].language} as in English"
        said.append(part + (f" and cannot spell {count(lost, 'language')}" if lost else ""))
    text = "; ".join(said)
    return f"The same sentence: {text}."


def misread_view(found: Fed, code: str) -> View:
    """A model fed the ids of another's tokenizer."""
    (reader, writer) = titles_of([found.reader, found.writer])
    drawn = found.tokens[:FED]
    colours = tints([token.token_id for token in drawn])
    bars = _bars(found, reader, writer)
    picture: Picture = Misread(
        writer=writer,
        reader=reader,
        tokens=tuple(MisreadToken(t.written, t.token_id, t.read, c) for t, c in zip(drawn, colours, strict=True)),
        n_left=len(found.tokens) - len(drawn),
        bars=bars,
        full=max([bar.bits for bar in bars], default=1.0),
        why=_why(found, reader),
    )
    rows = tuple((n, t.written, t.token_id, "" if t.read is None else t.read) for n, t in enumerate(found.tokens))
    return View(
        picture=picture,
        reading=_misread_reading(found, reader, writer),
        table=Table(("position", f"written by {writer}", "id", f"read by {reader}"), rows),
        python=code + "for token in found.tokens:\n    print(token.token_id, token.written, token.read)\n",
        notes=(
            "A model gets nothing but ids. Which piece of text an id stands for is settled by the tokenizer that the "
            "model was trained with; every other tokenizer numbers its pieces in its own way.",
        ),
        name="misread",
    )


def _bars(found: Fed, reader: str, writer: str) -> tuple[MisreadBar, ...]:
    if found.own_bits is None or found.fed_bits is None:
        return ()
    return (
        MisreadBar(f"the ids of {reader}’s own tokenizer", found.own_bits, "attention"),
        MisreadBar(f"the ids of {writer}’s tokenizer", found.fed_bits, "key"),
        MisreadBar(f"guessing blindly among {found.n_rows:,} tokens", log2(found.n_rows), "special"),
    )


def _why(found: Fed, reader: str) -> str:
    missing = sum(token.read is None for token in found.tokens)
    if missing:
        return (
            f"{reader} has rows for {found.n_rows:,} tokens, and "
            f"{count(missing, 'of these ids is', 'of these ids are')} past the last one: run on them, the model stops "
            "with an error."
        )
    if found.fed_bits is None or found.own_bits is None:
        return "How well the text fits is measured for decoder-only models here, on texts of two tokens or more."
    return "Mean surprise of the model at the next token, in bits: the lower, the better it knew what was coming."


def _misread_reading(found: Fed, reader: str, writer: str) -> str:
    read = [token for token in found.tokens if token.read is not None]
    same = sum(token.read == token.written for token in read)
    start = f"Fed the {count(len(found.tokens), 'id')} of {writer}’s tokenizer, {reader} reads "
    start += f"{quoted(' '.join(token.read or '' for token in read), 60)}" if read else "nothing at all"
    kept = (
        f"; {'none' if not same else f'{same:,}'} of the pieces {'is' if same <= 1 else 'are'} the one that was meant"
    )
    if found.own_bits is not None and found.fed_bits is not None:
        kept += f", and the mean surprise goes from {number(found.own_bits)} to {number(found.fed_bits)} bits per token"
    return f"{start}{kept}."
