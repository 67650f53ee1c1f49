"""Where a model has to say something, and how far two answers lie apart."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from playground import PlaygroundError, capture
from playground.analysis.prompting import compare, divergence_bits, expectation, expectations
from playground.analysis.sampling import entropy_bits, softmax
from tests.tiny import tiny

pairs = st.integers(2, 30).flatmap(
    lambda n: st.tuples(*[arrays.arrays(np.float32, n, elements=st.floats(-20, 20, width=32)).map(softmax)] * 2)
)


def test_a_decoder_speaks_after_the_last_token() -> None:
    trace = capture(tiny("gpt2"), "The cat sat")
    found = expectation(trace)
    assert found.pos == len(trace) - 1
    np.testing.assert_array_equal(found.logits, trace.logits[-1])
    np.testing.assert_allclose(found.probs, softmax(trace.logits[-1]))
    assert found.entropy_bits == pytest.approx(float(entropy_bits(found.probs)))


@pytest.mark.parametrize(
    ("name", "text", "pos"), [("bert", "The [MASK] sat on [MASK]", 2), ("roberta", "The cat <mask>", None)]
)
def test_an_encoder_speaks_at_its_first_mask(name: str, text: str, pos: int | None) -> None:
    model = tiny(name)
    mask = model.tokenizer.mask_token_id
    trace = capture(model, text)
    found = expectation(trace, mask)
    assert trace.tokens[found.pos].token_id == mask
    assert all(t.token_id != mask for t in trace.tokens[: found.pos])
    assert pos is None or found.pos == pos
    np.testing.assert_array_equal(found.logits, trace.logits[found.pos])


def test_an_encoder_answers_every_mask() -> None:
    model = tiny("bert")
    trace = capture(model, "The [MASK] sat on [MASK]")
    found = expectations(trace, model.tokenizer.mask_token_id)
    assert [e.pos for e in found] == [2, 5]
    for each in found:
        np.testing.assert_array_equal(each.logits, trace.logits[each.pos])
    assert [e.pos for e in expectations(capture(tiny("marian"), "The cat", "le chat"))] == [0]


def test_what_moves_most_between_two_prompts() -> None:
    a, b = (expectation(capture(tiny("gpt2"), text)) for text in ("The cat sat", "One, two"))
    found = compare(a, b, 3)
    assert found.tops == tuple(tuple(np.argsort(-e.probs, kind="stable")[:3].tolist()) for e in (a, b))
    assert set(found.ids) == {*found.tops[0], *found.tops[1], found.moved_most}
    larger = [max(a.probs[i], b.probs[i]) for i in found.ids]
    assert larger == sorted(larger, reverse=True)
    assert abs(b.probs[found.moved_most] - a.probs[found.moved_most]) == np.abs(b.probs - a.probs).max() > 0
    assert found.divergence_bits == divergence_bits(a.probs, b.probs)
    with pytest.raises(PlaygroundError, match="one tokenizer"):
        compare(a, expectation(capture(tiny("bert"), "The [MASK]"), tiny("bert").tokenizer.mask_token_id))


def test_an_encoder_without_a_mask_has_nothing_to_say() -> None:
    with pytest.raises(PlaygroundError, match="mask"):
        expectation(capture(tiny("bert"), "The cat"), tiny("bert").tokenizer.mask_token_id)


@given(pair=pairs)
def test_divergence_is_a_distance_of_sorts(pair: tuple[np.ndarray, np.ndarray]) -> None:
    p, q = pair
    assert 0 <= divergence_bits(p, q) <= 1 + 1e-5
    assert divergence_bits(p, q) == pytest.approx(divergence_bits(q, p), abs=1e-6)
    assert divergence_bits(p, p) < 1e-6


def test_divergence_figures() -> None:
    one, other = np.array([1, 0], np.float32), np.array([0, 1], np.float32)
    assert divergence_bits(one, other) == 1
    assert divergence_bits(one, np.array([0.5, 0.5], np.float32)) == pytest.approx(1.5 - 0.75 * np.log2(3), abs=1e-6)
