"""Episodes: the labels say what their kind promises, weights fall on labels that can be known, nothing leaks."""

from __future__ import annotations

import itertools
import random

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from playground.pretrain import classes, drills, subwords
from playground.pretrain.episodes import LABEL_WEIGHT, SORTS, TEXT_WEIGHT, Source, encoded, windows

TRAINING, KEPT = Source(), Source(held_out=True)
TOKENIZER = subwords.byte_level_bpe([TRAINING.draw(random.Random(seed)).text() for seed in range(300)], 900, 64)


@given(st.integers(0, 10_000), st.integers(2, 10))
def test_labels_are_natural_or_moved_on_or_drawn(seed: int, n_shots: int) -> None:
    natural = TRAINING.reviews_episode(random.Random(seed), "natural", n_shots, ("Positive", "Negative"))
    flipped = TRAINING.reviews_episode(random.Random(seed), "flipped", n_shots, ("Positive", "Negative"))
    assert natural.labels == ("Positive", "Negative") and flipped.labels == ("Negative", "Positive")
    arbitrary = TRAINING.words_episode(random.Random(seed), "arbitrary", n_shots)
    assert len(set(arbitrary.labels)) == len(arbitrary.labels) and set(arbitrary.labels) <= set(TRAINING.labels)


@given(st.integers(0, 10_000))
def test_a_class_keeps_its_label_through_an_episode_and_the_text_holds_it(seed: int) -> None:
    episode = TRAINING.draw(random.Random(seed))
    written = "".join(
        (episode.gap if place else "") + example.before + " " + episode.labels[example.side] + example.after
        for place, example in enumerate(episode.examples)
    )
    assert episode.text() == episode.instruction + written
    assert (episode.prompt() + " " + episode.labels[episode.examples[-1].side] + episode.examples[-1].after) == (
        episode.text()
    )


@given(st.integers(0, 10_000))
def test_only_labels_that_can_be_known_weigh_much(seed: int) -> None:
    rng = random.Random(seed)
    for kind in ("natural", "flipped", "arbitrary"):
        episode = TRAINING.reviews_episode(rng, kind, 6)
        heavy = [weight for _, weight in episode.pieces()[2::3]]
        sides = [example.side for example in episode.examples]
        first = sides[0]
        if kind == "natural":
            assert set(heavy) == {LABEL_WEIGHT}
        else:
            assert heavy[0] == 0
            other = next((place for place, side in enumerate(sides) if side != first), None)
            if other is not None:
                assert heavy[other] == (0 if kind == "arbitrary" else LABEL_WEIGHT)
            assert all(weight == LABEL_WEIGHT for place, weight in enumerate(heavy) if place not in (0, other))


def test_tokens_of_a_label_weigh_what_the_label_weighs() -> None:
    episode = TRAINING.words_episode(random.Random(3), "natural", 4, n_classes=2)
    rows = encoded(episode, TOKENIZER, number=20)
    assert [token_id for token_id, *_ in rows] == TOKENIZER(episode.text())["input_ids"]
    weighty = str(TOKENIZER.decode([token_id for token_id, weight, *_ in rows if weight == LABEL_WEIGHT]))
    assert weighty.split() == [episode.labels[example.side] for example in episode.examples]
    assert {weight for _, weight, *_ in rows} == {LABEL_WEIGHT, TEXT_WEIGHT}
    for here, following in itertools.pairwise(rows):
        assert (here[2] >= 0) == (following[3] >= 0 and here[3] < 0)
        if here[2] >= 0:
            assert here[2] == following[3] and here[2] in (20, 21)
            assert SORTS[here[4]] == SORTS[following[4]] == episode.labels[here[2] - 20]  # natural: the class by name
        elif here[3] < 0:
            assert here[4] == -1


def test_the_evaluation_shows_nothing_that_training_shows() -> None:
    for name in classes.WORD_CLASSES:
        assert KEPT.words[name] and not set(KEPT.words[name]) & set(TRAINING.words[name])
    assert KEPT.labels and not set(KEPT.labels) & set(TRAINING.labels)
    for mine, theirs in zip(KEPT.reviews, TRAINING.reviews, strict=True):
        assert mine and not set(mine) & set(theirs)
    for slot, entries in KEPT.slots.items():
        assert entries and not set(entries) & set(TRAINING.slots[slot])
    shared = set(KEPT.review_forms) & set(TRAINING.review_forms)
    assert shared <= set(classes.ALWAYS_TRAINED) and len(KEPT.review_forms) > len(shared)


def test_words_kept_back_are_asked_behind_a_space_as_stories_show_them() -> None:
    assert len(KEPT.word_forms) > 1
    assert all(" {item}" in form for form in KEPT.word_forms)
    assert classes.WITHOUT_SPACE in TRAINING.word_forms and classes.WITHOUT_SPACE not in KEPT.word_forms
    assert not set(KEPT.word_forms) & set(TRAINING.word_forms) - set(classes.ALWAYS_TRAINED)


def test_windows_are_full_and_the_same_for_the_same_seed() -> None:
    rows = windows(TRAINING, TOKENIZER, 5, 64, random.Random(7))
    again = windows(TRAINING, TOKENIZER, 5, 64, random.Random(7))
    assert all(field.shape == (5, 64) for field in rows)
    assert all(torch.equal(one, other) for one, other in zip(rows, again, strict=True))
    assert (rows.ids[:, 0] == TOKENIZER.eos_token_id).all()


def test_a_head_that_reads_the_fitting_labels_is_asked_no_more() -> None:
    asked, told = torch.full((1, 6), -1), torch.full((1, 6), -1)
    told[0, 1], told[0, 3] = 0, 1
    asked[0, 2], asked[0, 4] = 1, 0  # the first question comes before any label of its class
    weights = torch.zeros(1, 6, 6)
    weights[0, 4, 1] = 1
    assert float(drills.reading_loss(weights, asked, told)) == 0
    weights[0, 4] = torch.tensor([0.0, 0.5, 0.0, 0.5, 0.0, 0.0])
    assert float(drills.reading_loss(weights, asked, told)) == pytest.approx(0.6931, abs=1e-3)


def test_a_head_that_moves_looks_one_back_at_labels_alone() -> None:
    told = torch.tensor([[-1, -1, 3, -1, 4]])
    weights = torch.zeros(1, 5, 5)
    weights[0, 2, 1] = weights[0, 4, 3] = 1
    assert float(drills.moving_loss(weights, told)) == 0
    weights[0, 4] = torch.tensor([0.5, 0.0, 0.0, 0.5, 0.0])
    assert float(drills.moving_loss(weights, told)) == pytest.approx(0.6931 / 2, abs=1e-3)


def test_a_stream_that_points_at_its_class_is_asked_no_more() -> None:
    directions = torch.randn(4, 64, generator=torch.Generator().manual_seed(0))
    sorts = torch.tensor([2, -1, 0])
    right = torch.stack([directions[2], directions[1], directions[0]])
    wrong = torch.stack([directions[1], directions[1], directions[3]])
    assert (
        float(drills.sorting_loss(right, sorts, directions))
        < 0.1
        < float(drills.sorting_loss(wrong, sorts, directions))
    )
    assert float(drills.sorting_loss(right, torch.full((3,), -1), directions)) == 0
