"""What the lessons on attention claim, on the models that come along."""

from __future__ import annotations

import numpy as np
import pytest

from playground import Trace, capture, load_model
from playground.analysis.attention import attentions
from playground.analysis.attention.beside import mask_lifted, most_alike, pieces_of
from playground.analysis.attention.by_hand import attention_of, nobody_looks_ahead, tokens
from playground.analysis.attention.resting import opening_head
from playground.analysis.attention.steps import head_steps
from playground.analysis.walk import inside_layer

TEXT = "The teacher taught the students with the book."


@pytest.fixture(scope="module")
def trace() -> Trace:
    return capture(load_model("storyteller"), TEXT)


def test_the_first_head_finds_the_token_before_by_its_score(trace: Trace) -> None:
    model = load_model("storyteller")
    inside = inside_layer(model, trace, 0)
    for pos in range(2, len(trace) - 1):
        steps = head_steps(model, trace, inside, "self", 0, 0, pos, None)
        assert steps.stages is not None
        assert int(steps.stages.scores[0, : pos + 1].argmax()) == pos - 1 and steps.weights[pos - 1] > 0.5


def test_with_the_mask_lifted_tokens_look_ahead_and_the_answer_moves(trace: Trace) -> None:
    found = mask_lifted(load_model("storyteller"), trace)
    layer, head = opening_head(attentions(trace), trace.tokens, "self")
    assert found.later[layer, head] > 0.02 and found.later.mean() > 0.02 and found.bits > 0.01


def test_only_the_encoder_looks_at_what_comes_later(trace: Trace) -> None:
    other = capture(load_model("cloze"), TEXT)
    layer, head = opening_head(attentions(trace), trace.tokens, "self")
    match = most_alike(attentions(trace)[layer].weights[head], attentions(other),
                       pieces_of(TEXT, trace.tokens, other.tokens))  # fmt: skip
    assert len(match.pieces) >= 9
    theirs = attentions(other)[match.layer].weights[match.head]
    assert np.triu(theirs, 1).max() > 0.05 and not np.triu(attentions(trace)[layer].weights[head], 1).any()


def test_what_changes_when_cat_and_sat_are_changed_by_hand() -> None:
    def weights(text: str, *, masked: bool = False) -> np.ndarray:
        typed = tokens(text)
        allowed = nobody_looks_ahead(2) if masked else None
        return attention_of(typed.q, typed.k, typed.v, scaling=1.0, allowed=allowed).weights[0]

    plain = weights("Cat 0.5 | 0.4 | 0.6\nSat 0.7 | 0.8 | 0.9")
    assert np.array_equal(weights("Cat 0.5 | 0.4 | 9\nSat 0.7 | 0.8 | 0.9"), plain)
    assert (np.abs(weights("Cat 0.5 | 3 | 0.6\nSat 0.7 | 0.8 | 0.9") - plain) > 0.1).all()
    np.testing.assert_array_equal(weights("Cat 0.5 | 0.4 | 0.6\nSat 0.7 | 0.8 | 0.9", masked=True)[0], [1, 0])
