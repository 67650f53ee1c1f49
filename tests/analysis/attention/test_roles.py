"""What heads do: weights made by hand give the value worked out on paper; chance gives no induction head."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from playground import PlaygroundError, capture
from playground.analysis.attention import ROLES, attentions, head_scores, kinds_of, role_scores
from playground.analysis.attention.roles import (
    ACROSS,
    MEASURED_ANEW,
    cross_scores,
    separators,
)
from playground.analysis.attention.roles_anew import on_random_repeats, on_shuffled_text
from playground.trace import Attention, Token
from tests.tiny import FAMILIES, build, tiny

TEXT, TARGET = "The cat sat on the mat. The cat sat", "the cat sat the cat"


def tokens_of(*texts: str) -> tuple[Token, ...]:
    """Equal texts are equal tokens; in brackets: special."""
    ids = {text: i for i, text in enumerate(dict.fromkeys(texts))}
    return tuple(Token(ids[text], text, text, None, text.startswith("[")) for text in texts)


def by_hand(rows: list[list[float]], causal: bool) -> Attention:
    allowed = np.tril(np.ones((len(rows), len(rows)), bool)) if causal else None
    return Attention(weights=np.array([rows], np.float32), q=np.zeros((1, len(rows), 1), np.float32), allowed=allowed)


#       a     b     a     .     b
ROWS = [
    [1.00, 0.00, 0.00, 0.00, 0.00],
    [0.25, 0.75, 0.00, 0.00, 0.00],
    [0.50, 0.25, 0.25, 0.00, 0.00],
    [0.25, 0.25, 0.25, 0.25, 0.00],
    [0.10, 0.20, 0.30, 0.30, 0.10],
]
"""A causal head over "a b a . b"."""
ON_PAPER = {
    "previous": (0.25 + 0.25 + 0.25 + 0.30) / 4,
    "first": (0.50 + 0.25 + 0.10) / 3,
    "itself": (0.75 + 0.25 + 0.25 + 0.10) / 4,
    "same": (0.50 + 0.20) / 2,  # the second a sees the first, the second b the first
    "induction": (0.25 + 0.30) / 2,  # after a came b; after b came a
    "separators": 0.30,  # only the last row sees the full stop and is not it
    "entropy_bits": (0.8112781 + 1.5 + 2.0 + 2.1709506) / 4,
    "distance": (0.25 + (2 * 0.50 + 0.25) + (3 + 2 + 1) * 0.25 + (0.4 + 0.6 + 0.6 + 0.3)) / 4,
}
N_ROWS = {"previous": 4, "first": 3, "itself": 4, "same": 2, "induction": 2, "separators": 1, "entropy_bits": 4,
          "distance": 4}  # fmt: skip


def test_values_worked_out_on_paper() -> None:
    found = head_scores(by_hand(ROWS, causal=True), tokens_of("a", "b", "a", ".", "b"))
    for key, value in ON_PAPER.items():
        assert found[key].values[0] == pytest.approx(value, abs=1e-6), key
        assert found[key].n_rows == N_ROWS[key], key
    assert np.isnan(found["next"].values).all() and found["next"].n_rows == 0, "the mask forbids it"


def test_a_head_that_sees_both_sides() -> None:
    rows = [[0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0], [0.5, 0.0, 0.0, 0.5], [0.0, 0.0, 0.0, 1.0]]
    found = head_scores(by_hand(rows, causal=False), tokens_of("[CLS]", "a", "b", "[SEP]"))
    assert found["next"].values[0] == pytest.approx((1 + 1 + 0.5) / 3) and found["next"].n_rows == 3
    # The last token is a separator itself: what it puts on itself counts there.
    assert found["separators"].values[0] == pytest.approx(0.5 / 3) and found["separators"].n_rows == 3
    assert np.isnan(found["same"].values).all()


def test_separators_are_special_tokens_and_punctuation() -> None:
    tokens = tokens_of("[CLS]", "␣,", "“", "it", "'s", "...", "␣", "[SEP]", "—", "a.b", "。", "")
    expected = [True, True, True, False, False, True, False, True, True, False, True, False]
    assert separators(tokens).tolist() == expected


def test_across_two_texts() -> None:
    weights = np.array([[[0.5, 0.25, 0.25], [0.0, 0.0, 1.0]]], np.float32)
    found = cross_scores(Attention(weights=weights), tokens_of("le", "chat", "[/s]"))
    assert set(found) == set(ACROSS)
    assert found["first"].values[0] == pytest.approx(0.25)
    assert found["separators"].values[0] == pytest.approx(0.625)
    assert found["entropy_bits"].values[0] == pytest.approx(0.75)


@given(st.integers(1, 9), st.integers(1, 4), st.integers(0, 10**6))
@settings(max_examples=40, deadline=None)
def test_scores_are_shares_of_what_may_be_seen(n: int, n_ids: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    causal = bool(seed % 2)
    scores = rng.normal(size=(3, n, n)) * 3
    allowed = np.tril(np.ones((n, n), bool)) if causal else np.ones((n, n), bool)
    raw = np.where(allowed, np.exp(scores), 0)
    attention = Attention(weights=(raw / raw.sum(-1, keepdims=True)).astype(np.float32), allowed=allowed)
    ids = rng.integers(0, n_ids, n)
    found = head_scores(attention, tuple(Token(int(i), "x", "x", None, False) for i in ids))
    for key, score in found.items():
        assert np.isnan(score.values).all() == (score.n_rows == 0)
        if score.n_rows and ROLES[key].unit == "share":
            assert (score.values >= 0).all() and (score.values <= 1 + 1e-6).all()
        if score.n_rows and key == "entropy_bits":
            assert (score.values <= np.log2(n) + 1e-5).all()


@pytest.mark.parametrize("family", FAMILIES)
def test_every_head_of_every_family_is_scored(family: str) -> None:
    model = tiny(family)
    trace = capture(model, TEXT, TARGET if model.info.kind == "encoder-decoder" else None)
    for kind in kinds_of(trace):
        found, layers = role_scores(trace, kind), attentions(trace, kind)
        expected = set(ACROSS) if kind == "cross" else set(ROLES) - set(MEASURED_ANEW)
        assert set(found.values) == expected
        for key, values in found.values.items():
            assert values.shape == (len(layers), layers[0].n_heads)
            assert np.isnan(values).all() == (found.n_rows[key] == 0), key


def test_the_previous_token_is_one_place_below_the_diagonal() -> None:
    trace = capture(tiny("gpt2"), TEXT)
    for row, attention in zip(role_scores(trace).values["previous"], attentions(trace), strict=True):
        np.testing.assert_allclose(row, attention.weights.diagonal(-1, 1, 2).mean(-1), rtol=1e-5)


@pytest.mark.parametrize(
    ("family", "kind"), [("gpt2", "self"), ("bert", "self"), ("marian", "self"), ("t5", "encoder")]
)
def test_measures_that_run_the_model_again(family: str, kind: str) -> None:
    model = tiny(family)
    trace = capture(model, TEXT, TARGET if model.info.kind == "encoder-decoder" else None)
    n_heads = attentions(trace, kind)[0].n_heads
    repeats, shuffled = on_random_repeats(model, trace, kind), on_shuffled_text(model, trace, kind)
    for scores, key in ((repeats, "induction_random"), (shuffled, "position_only")):
        values = scores.values[key]
        assert values.shape == (len(attentions(trace, kind)), n_heads)
        assert ((values > 0) & (values <= 1)).all() and scores.n_rows[key] > 0
    again = on_random_repeats(model, trace, kind)
    np.testing.assert_array_equal(repeats.values["induction_random"], again.values["induction_random"])


def test_a_head_by_position_only_keeps_its_map_when_words_change_places() -> None:
    """Without content (no query, no key) only T5's bias by distance is left."""
    model = build("t5")
    encoder: Any = model.module.encoder
    for block in encoder.block:
        block.layer[0].SelfAttention.q.weight.data.zero_()
    kept = on_shuffled_text(model, capture(model, TEXT, TARGET), "encoder").values["position_only"]
    np.testing.assert_allclose(kept, 1, atol=1e-5)
    whole = on_shuffled_text(tiny("t5"), capture(tiny("t5"), TEXT, TARGET), "encoder").values["position_only"]
    assert (whole < 0.999).all()


def test_an_induction_head_made_by_hand_is_found() -> None:
    """On weights that look at what followed the same token, the score is 1 in the second round."""
    ids = [5, 6, 7, 8, 5, 6, 7, 8]
    weights = np.eye(8, dtype=np.float32)[None].copy()
    for i in range(4, 8):
        weights[0, i] = 0
        weights[0, i, i - 3] = 1
    found = head_scores(Attention(weights=weights), tuple(Token(i, "x", "x", None, False) for i in ids))
    # The last token's follower is the first of the second round.
    assert found["induction"].values[0] == 1 and found["induction"].n_rows == 4


def test_chance_makes_no_induction_head() -> None:
    """False alarms of "at least 30 % on random tokens said twice": none in random heads of six models of two kinds."""
    found: list[float] = []
    for seed in range(3):
        for family in ("gpt2", "llama"):
            model = build(family, seed=seed)
            trace = capture(model, "The cat sat")
            found += on_random_repeats(model, trace).values["induction_random"].ravel().tolist()
    assert len(found) == 6 * 8 and max(found) < 0.15, max(found)


def test_what_cannot_be_measured_is_said() -> None:
    model = tiny("gpt2")
    with pytest.raises(PlaygroundError, match="no other order"):
        on_shuffled_text(model, capture(model, "the the"))
    both = capture(tiny("marian"), "Le chat", "the cat")
    with pytest.raises(PlaygroundError, match="Across two texts"):
        on_random_repeats(tiny("marian"), both, "cross")
    short: Any = dataclasses.replace(model, info=dataclasses.replace(model.info, context=6))
    with pytest.raises(PlaygroundError, match="too few"):
        on_random_repeats(short, capture(model, "The cat"))
