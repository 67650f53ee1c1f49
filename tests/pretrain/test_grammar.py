"""The generated text: seeded, complete, and apart from what the models are measured on."""

from __future__ import annotations

import pytest

from playground.pretrain import grammar, probes
from playground.pretrain.evaluation import stories


@pytest.mark.parametrize("kind", grammar.KINDS)
def test_every_template_of_a_kind_can_be_filled(kind: str) -> None:
    made = grammar.documents({kind: 400}, seed=5)
    assert len(set(made)) > 30
    assert not [text for text in made if "{" in text or not text.strip()]


def test_same_seed_same_text_and_another_seed_another() -> None:
    weights = {"people": 20, "scenes": 20}
    assert grammar.documents(weights, 1) == grammar.documents(weights, 1)
    assert grammar.documents(weights, 1) != grammar.documents(weights, 2)


def test_measured_sentences_are_not_generated() -> None:
    """A figure on a sentence that the grammar writes would measure memory."""
    text = "\n".join(grammar.documents(dict.fromkeys(grammar.KINDS, 3000), seed=0))
    asked = [*probes.RIVER, *probes.MONEY, *stories.OPENINGS[3:]]
    assert [sentence for sentence in asked if sentence in text] == []
    english = {pair[0] for pair in grammar.translations(20_000, seed=0)}
    assert [pair[1] for pair in probes.SIMPLE if pair[1] in english] == []


def test_lesson_pair_is_among_the_translations() -> None:
    assert ("I love machine learning.", "J'aime l'apprentissage automatique.") in grammar.translations(12_000, seed=0)
