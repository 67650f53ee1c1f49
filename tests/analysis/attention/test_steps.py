"""One head step by step: equal to the trace's own stages and to the model's output, in every family."""

from __future__ import annotations

import numpy as np
import pytest

from playground import PlaygroundError, Trace, capture
from playground.analysis.attention import attentions, kinds_of, sides
from playground.analysis.attention.stages import group_of, stages_of
from playground.analysis.attention.steps import MOST_KEYS, WINDOW, HeadSteps, head_matrices, head_steps
from playground.analysis.walk import inside_layer
from playground.trace import Attention
from tests.tiny import FAMILIES, tiny

TEXT = "The cat sat on the mat."
LONG = "The cat sat on the mat. The dog sat on the cat. The mat was not happy."


def trace_of(family: str, text: str = TEXT) -> Trace:
    model = tiny(family)
    return capture(model, text, "the cat sat" if model.info.kind == "encoder-decoder" else None)


def steps_of(family: str, trace: Trace, kind: str, head: int, pos: int, key: int | None = None) -> HeadSteps:
    model = tiny(family)
    return head_steps(model, trace, inside_layer(model, trace, 1), kind, 1, head, pos, key)


@pytest.mark.parametrize("family", FAMILIES)
def test_every_stage_leads_to_the_next_and_to_the_models_own_numbers(family: str) -> None:
    trace = trace_of(family)
    for kind in kinds_of(trace):
        attention = attentions(trace, kind)[1]
        rows, columns = sides(trace, kind)
        for pos in (0, len(rows) - 1):
            found = steps_of(family, trace, kind, attention.n_heads - 1, pos)
            np.testing.assert_array_equal(found.weights, attention.weights[-1, pos])
            assert found.shown == tuple(range(len(columns))) and found.rest.count == 0
            if attention.q is None:
                assert found.stages is None and found.products is None
                continue
            assert found.stages is not None and found.products is not None and attention.masked is not None
            assert found.stages.scores[0, found.key] == pytest.approx(found.products.sum(), abs=1e-4)
            np.testing.assert_allclose(found.stages.masked[0], attention.masked[-1, pos], atol=1e-4)
            assert found.stages.total[0] == pytest.approx(found.stages.exp.sum(), rel=1e-5)
            assert found.weight_difference is not None and found.weight_difference < 1e-4
            assert found.out_difference is not None and found.out_difference < 1e-4
            assert found.parts is not None and found.out is not None
            np.testing.assert_allclose(found.parts.sum(0), found.out, atol=1e-4)
            if found.share is not None:
                assert found.share.difference < 1e-4 * max(1, np.abs(found.share.total).max())
                assert found.share.shares.sum() + found.share.bias == pytest.approx(1, abs=1e-3)
                np.testing.assert_allclose(np.linalg.norm(found.share.part), found.share.lengths[-1], rtol=1e-4)


def test_most_families_say_what_a_head_adds_behind_the_output_projection() -> None:
    known = [f for f in FAMILIES if steps_of(f, trace_of(f), "self", 0, 1).share is not None]
    assert len(known) >= len(FAMILIES) - 3, sorted(set(FAMILIES) - set(known))


@pytest.mark.parametrize(("family", "turned"), [("llama", True), ("qwen3", True), ("gpt2", False), ("opt", False)])
def test_rotated_queries_are_shown_before_and_after(family: str, turned: bool) -> None:
    """OPT scales its queries before they meet the keys: that is a change too, and no rotation."""
    found = steps_of(family, trace_of(family), "self", 1, 3)
    assert found.turned == turned
    assert (found.q_before is not None) == (family != "gpt2")
    if family == "llama":
        assert found.q is not None and found.q_before is not None
        assert np.linalg.norm(found.q) == pytest.approx(np.linalg.norm(found.q_before), rel=1e-4), "only turned"


@pytest.mark.parametrize("family", ["gpt2", "bert", "llama"])
def test_of_a_long_text_the_rest_is_summed_up(family: str) -> None:
    model = tiny(family)
    trace = capture(model, f"{LONG} The dog sat on the mat.")
    n = len(trace)
    assert n > MOST_KEYS
    found = steps_of(family, trace, "self", 1, n - 1, 0)
    attention = attentions(trace, "self")[1]
    assert len(found.shown) == MOST_KEYS and found.rest.count == n - MOST_KEYS
    assert {0, n - 1} <= set(found.shown) and list(found.shown) == sorted(found.shown)
    left_out = np.setdiff1d(np.arange(n), found.shown)
    assert attention.weights[1, n - 1, left_out].max() <= np.partition(found.weights, 2)[2]
    assert found.weights.sum() + found.rest.weight == pytest.approx(1, abs=1e-5)
    assert found.stages is not None and found.parts is not None and found.out is not None
    assert found.stages.exp.sum() + found.rest.exp == pytest.approx(float(found.stages.total[0]), rel=1e-5)
    np.testing.assert_allclose(found.parts.sum(0) + found.rest.part, found.out, atol=1e-4)


def test_a_key_that_the_query_cannot_see_is_not_followed() -> None:
    trace = trace_of("gpt2")
    own = attentions(trace, "self")[1].weights[0, 2]
    assert steps_of("gpt2", trace, "self", 0, 2, key=1).key == 1
    for key in (4, 99, -1, None):
        assert steps_of("gpt2", trace, "self", 0, 2, key=key).key == int(own.argmax())


def test_grouped_queries_meet_the_key_of_their_group() -> None:
    attention = attentions(trace_of("llama"), "self")[1]
    assert attention.k is not None and len(attention.k) == 2 and attention.n_heads == 4
    assert [group_of(attention, head) for head in range(4)] == [0, 0, 1, 1]


def test_a_sink_takes_its_part_of_the_denominator() -> None:
    """GPT-OSS' learned extra column: weights of a row sum to less than 1."""
    q = np.array([[[1.0], [2.0]]], np.float32)
    sink = np.array([0.5], np.float32)
    attention = Attention(weights=np.zeros((1, 2, 2), np.float32), q=q, k=q, v=q, scaling=1.0, sinks=sink)
    found = stages_of(attention, 0, [1])
    expected = np.exp([2.0, 4.0]) / (np.exp([2.0, 4.0]).sum() + np.exp(0.5))
    np.testing.assert_allclose(found.weights[0], expected, rtol=1e-6)
    assert found.total[0] == pytest.approx(found.exp.sum() + found.sink[0])


def test_families_without_queries_say_so() -> None:
    with pytest.raises(PlaygroundError, match="queries and keys"):
        stages_of(attentions(trace_of("falcon"), "self")[1], 0, [1])


@pytest.mark.parametrize("family", ["gpt2", "t5", "mistral", "gemma2"])
def test_whole_matrices_hold_every_row(family: str) -> None:
    trace = trace_of(family)
    attention = attentions(trace, "self")[1]
    found = head_matrices(attention, 1, pos=2, key=1)
    assert attention.masked is not None and attention.head_out is not None
    assert found.rows == found.columns == tuple(range(len(trace)))
    np.testing.assert_allclose(found.stages.masked, attention.masked[1], atol=1e-4)
    np.testing.assert_array_equal(found.out, attention.head_out[1])
    assert max(found.difference, found.out_difference) < 1e-4


@pytest.mark.parametrize("pos", [0, 50, 150, 199])
def test_of_a_long_text_the_matrices_around_the_chosen_row_are_shown(pos: int) -> None:
    rng = np.random.default_rng(pos)
    n = 200
    q, k, v = (rng.normal(size=(1, n, 4)).astype(np.float32) for _ in range(3))
    plain = Attention(weights=np.zeros((1, n, n), np.float32), q=q, k=k, v=v, scaling=0.5,
                      allowed=np.tril(np.ones((n, n), bool)))  # fmt: skip
    weights = stages_of(plain, 0, range(n)).weights
    attention = Attention(weights=weights[None], q=q, k=k, v=v, scaling=0.5, allowed=plain.allowed,
                          head_out=weights[None] @ v)  # fmt: skip
    found = head_matrices(attention, 0, pos, min(pos, 3))
    assert len(found.rows) == len(found.columns) == WINDOW
    assert pos in found.rows and (min(pos, 3) in found.columns or found.rows == found.columns)
    np.testing.assert_allclose(found.weights, weights[np.ix_(found.rows, found.columns)], atol=1e-6)
    assert found.out is not None
    np.testing.assert_allclose(found.out, (weights @ v[0])[list(found.rows)], atol=1e-5)
