"""Pictures of several tokenizers: what stands in them is what was counted, and sentences say so."""

from __future__ import annotations

from typing import Any

import pytest

from playground import capture
from playground.analysis.tokenizers import SENTENCES, compare_tokenizers, fed_ids, language_tax
from playground.views import tokenizers as views
from playground.views.tokenizers import languages_view, misread_view, titles_of, token_rows_view
from tests.tiny import tiny, tiny_tokenizer
from tests.views.shown import HOSTILE, shown

KINDS = ("bpe", "wordpiece", "unigram")
TEXTS = ["x", "The café 世界 👩\u200d👧", HOSTILE, "the cat " * 128, "שלום", "猫"]


def rows(text: str, kinds: tuple[str, ...] = KINDS) -> Any:
    found = compare_tokenizers({kind: tiny_tokenizer(kind) for kind in kinds}, text)
    return found, token_rows_view(found, "found = None\n")


@pytest.mark.parametrize("text", TEXTS)
def test_each_row_shows_every_token_of_the_text(text: str) -> None:
    found, view = rows(text)
    payload = shown(view)
    picture = view.picture
    for e, entry in enumerate(found.entries):
        seen = {i for i, n in zip(picture.over[e], picture.counts[e], strict=True) if i >= 0 for i in range(i, i + n)}
        assert seen == {i for i, t in enumerate(entry.tokens) if t.span is not None and t.span[0] < t.span[1]}
        assert payload["table"]["rows"][e][2] == entry.n_text
    assert "".join(picture.texts) and picture.n_left == 0
    unknown = [[t.unknown for t in entry.tokens].count(True) for entry in picture.entries]
    assert unknown == [entry.n_unknown for entry in found.entries]


def test_of_a_long_text_the_end_is_left_out_and_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "COLUMNS", 10)
    found, view = rows("The cat sat on the mat. " * 4)
    assert len(view.picture.texts) == 10
    assert view.picture.n_left == found.n_characters - found.stretches[9].end > 0
    assert any("not drawn" in note for note in view.notes)


def test_the_reading_names_the_least_and_the_most() -> None:
    found, view = rows("The café 猫")
    (least, least_name), *_, (most, most_name) = sorted((e.n_text, e.name) for e in found.entries)
    assert f"{least_name} makes {least}" in view.reading and f"and {most_name} {most}" in view.reading
    assert "wordpiece (1 unknown token)" in view.reading
    assert "choose another" in rows("The cat", ("bpe",))[1].reading


def test_the_same_short_name_is_written_out() -> None:
    assert titles_of(["a/gpt2", "b/gpt2", "cloze"]) == ["a/gpt2", "b/gpt2", "cloze"]
    assert titles_of(["a/gpt2", "cloze"]) == ["gpt2", "cloze"]


def test_languages_are_measured_by_the_first() -> None:
    taxes = [language_tax(kind, tiny_tokenizer(kind)) for kind in KINDS]
    view = languages_view(taxes, "found = []\n")
    payload = shown(view)
    picture: Any = view.picture
    for t, tax in enumerate(taxes):
        assert picture.ratios[t].tolist() == pytest.approx([n / tax.counts[0] for n in tax.counts], rel=1e-6)
        assert picture.lost[t].tolist() == [int(u >= 0.25 * n) for u, n in zip(tax.unknown, tax.counts, strict=True)]
    assert [row[3:] for row in payload["table"]["rows"]] == [
        [n for tax in taxes for n in (tax.counts[i], tax.unknown[i])] for i in range(len(SENTENCES))
    ]
    assert "wordpiece" in view.reading and "cannot spell" in view.reading


def test_what_is_misread_is_told_with_its_surprise() -> None:
    model, text = tiny("gpt2"), "The cat sat on the mat."
    found = fed_ids(model, capture(model, text), text, "w", tiny_tokenizer("wordpiece"))
    view = misread_view(found, "found = None\n")
    payload = shown(view)
    picture: Any = view.picture
    assert [bar.bits for bar in picture.bars][:2] == [found.own_bits, found.fed_bits] and len(picture.bars) == 3
    assert picture.full == max(bar.bits for bar in picture.bars)
    assert [row[2] for row in payload["table"]["rows"]] == [t.token_id for t in found.tokens]
    same = sum(t.read == t.written for t in found.tokens)
    assert ("none of the pieces" if not same else f"{same} of the pieces") in view.reading
