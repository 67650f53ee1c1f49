"""What the corpora become before training: joined lines, whole stories, and a part that training never sees."""

from __future__ import annotations

from pathlib import Path

import pytest

from playground.pretrain import corpora

from .corpus import write_corpora


def test_hard_line_breaks_of_books_are_joined(tmp_path: Path) -> None:
    (tmp_path / "alice.txt").write_text(
        "CHAPTER I\n\nAlice was beginning to get very tired\nof sitting by her sister on the\nbank.\n\nOh dear!\n",
        encoding="utf-8",
    )
    assert corpora.paragraphs(tmp_path, "alice") == [
        "Alice was beginning to get very tired of sitting by her sister on the bank."
    ]


def test_a_story_keeps_its_paragraphs_and_ends_at_a_single_break(tmp_path: Path) -> None:
    one = "Once there was a very small dog who liked to run."
    two = "One day the sun came out and all the birds sang."
    (tmp_path / "tinystories.txt").write_text(f"{one}\n\n\n{two}\n{two} Ben said â€œhiâ€.", encoding="utf-8")
    assert corpora.stories(tmp_path) == [f"{one}\n\n{two}", f'{two} Ben said "hi".']


def test_no_english_sentence_is_on_both_sides(tmp_path: Path) -> None:
    train, held = corpora.split_pairs(write_corpora(tmp_path))
    assert held, "nothing held out"
    assert not {english for english, _ in train} & {english for english, _ in held}


def test_held_out_share_is_about_what_was_asked() -> None:
    _, held = corpora.split([f"text {i}" for i in range(5000)], 0.05)
    assert 180 < len(held) < 320


def test_missing_corpus_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"tinystories\.txt"):
        corpora.stories(tmp_path)
