"""Positions: the formula of the paper, the model's own tables, the library's rotation and bias, and what is lost."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from playground import Trace, capture, load_model
from playground.analysis.position import (
    bias_by_distance,
    cosine_by_distance,
    entering,
    forgotten,
    position_table,
    rotary_at,
    sinusoids,
    telling_dimension,
    turned_round,
    wavelength,
)
from tests.tiny import FAMILIES, tiny

TEXT = "The cat sat on the mat."
LEARNED = {"gpt2": 0, "opt": 2, "bert": 0, "roberta": 2, "distilbert": 0, "electra": 0, "bart": 2, "mbart": 2}
ROTARY = ("llama", "mistral", "qwen3", "phi3", "gemma2", "olmo2", "cohere", "gpt_neox", "granite")


def run(family: str, text: str = TEXT, **more: Any) -> Trace:
    model = tiny(family)
    return capture(model, text, "the cat sat" if model.info.kind == "encoder-decoder" else None, **more)


@given(st.integers(1, 60), st.integers(1, 20))
def test_sines_and_cosines_are_those_of_the_paper(length: int, half: int) -> None:
    width = 2 * half
    table = sinusoids(length, width)
    for pos in range(0, length, 7):
        for i in range(half):
            angle = pos / 10000 ** (2 * i / width)
            assert table[pos, 2 * i] == pytest.approx(np.sin(angle), abs=1e-6)
            assert table[pos, 2 * i + 1] == pytest.approx(np.cos(angle), abs=1e-6)
    np.testing.assert_allclose((table**2).sum(1), half, rtol=1e-5)
    np.testing.assert_array_equal(sinusoids(length, width, halves=True), np.hstack([table[:, ::2], table[:, 1::2]]))


def test_a_dimension_repeats_after_its_wavelength_and_an_odd_width_is_refused() -> None:
    table = sinusoids(400, 32)
    for dimension in (0, 1, 6, 7):
        wave = wavelength(dimension, 32)
        expected = np.interp(np.arange(200) + wave, np.arange(400), table[:, dimension])
        np.testing.assert_allclose(table[:200, dimension], expected, atol=0.13 if dimension < 2 else 0.02)
    assert wavelength(20, 32, halves=True) == wavelength(8, 32)
    with pytest.raises(ValueError, match="pairs"):
        sinusoids(4, 5)


@given(st.integers(8, 300), st.integers(4, 60))
def test_a_telling_dimension_is_a_wave_that_is_seen(length: int, half: int) -> None:
    width = 2 * half
    for halves, layout in ((False, "interleaved"), (True, "halves")):
        chosen = telling_dimension(sinusoids(length, width, halves=halves), layout)
        waves = [wavelength(i, width, halves=halves) for i in range(width)]
        fits = [abs(np.log(wave * 5 / length)) for wave in waves]
        assert fits[chosen] == pytest.approx(min(fits))
    slow = np.random.default_rng(length).standard_normal((length, width)).astype(np.float32)
    slow[:, half] = np.linspace(-9, 9, length)
    assert telling_dimension(slow, "learned") == half


def test_in_the_sinusoidal_table_only_the_distance_counts() -> None:
    near = cosine_by_distance(sinusoids(50, 16))
    np.testing.assert_allclose(near.low, near.high, atol=1e-5)
    assert near.mean[0] == pytest.approx(1, abs=1e-6) and near.mean[1] < 1


@given(st.integers(1, 9), st.integers(0, 99))
def test_cosines_by_distance_are_means_over_all_pairs(n: int, seed: int) -> None:
    table = np.random.default_rng(seed).standard_normal((n, 6)).astype(np.float32)
    near = cosine_by_distance(table)
    for d in range(n):
        pairs = [
            float(table[i] @ table[i + d] / np.linalg.norm(table[i]) / np.linalg.norm(table[i + d]))
            for i in range(n - d)
        ]
        assert near.mean[d] == pytest.approx(np.mean(pairs), abs=1e-5)
        assert near.low[d] - 1e-6 <= near.mean[d] <= near.high[d] + 1e-6 or n - d > 2


@pytest.mark.parametrize(("family", "offset"), LEARNED.items())
def test_the_table_is_the_model_s_own(family: str, offset: int) -> None:
    trace = run(family)
    found = position_table(tiny(family), trace, False)
    assert found is not None and trace.positions is not None
    assert (found.layout, found.stored, found.offset) == ("learned", True, offset)
    seen = np.broadcast_to(trace.positions, (len(trace), found.rows.shape[1]))
    np.testing.assert_allclose(found.rows[: len(trace)], seen, atol=1e-5)
    weights = [m.weight for n, m in tiny(family).module.named_modules() if "position" in n or n.endswith("wpe")
               if isinstance(m, torch.nn.Embedding)]  # fmt: skip
    assert any(
        w[offset:].shape == found.rows.shape and np.array_equal(w[offset:].detach().numpy(), found.rows)
        for w in weights
    )


def test_marian_s_sines_and_cosines_are_told_from_learned_numbers() -> None:
    model = load_model("translator")
    trace = capture(model, "Le chat dort.", "The cat")
    for encoder in (True, False):
        found = position_table(model, trace, encoder)
        assert found is not None and found.layout == "halves" and found.stored
    learned = position_table(tiny("marian"), run("marian"), True)
    assert learned is not None and learned.layout == "learned", "random numbers are no sines"


@pytest.mark.parametrize("family", [f for f in FAMILIES if f in (*ROTARY, "t5", "bloom")])
def test_where_nothing_is_added_there_is_no_table(family: str) -> None:
    assert position_table(tiny(family), run(family), False) is None


@pytest.mark.parametrize("family", ROTARY)
def test_a_rotated_score_depends_on_the_distance_only(family: str) -> None:
    """Equal tokens at the first layer: every score of the run must lie on the line that is computed for one of them."""
    token = capture(tiny(family), "cat").tokens[0].token_id
    layer = capture(tiny(family), [token] * 9, detail=0).layers[0]
    assert layer.detail is not None and layer.detail.attention is not None and layer.attention is not None
    rotation = layer.detail.attention.rotation
    assert rotation is not None and layer.attention.scores is not None
    for head, pos in ((0, 8), (1, 5)):
        found = rotary_at(rotation, layer.attention, head, pos)
        expected = layer.attention.scores[head, pos] * np.float32(layer.attention.scaling or 1)
        np.testing.assert_allclose(found.scores, expected, atol=1e-4)
        np.testing.assert_allclose(found.same[: pos + 1], found.scores[pos::-1], atol=1e-3)


def test_rotary_angles_are_the_configured_ones() -> None:
    module: Any = tiny("llama").module
    layer = run("llama", detail=0).layers[0]
    assert layer.detail is not None and layer.detail.attention is not None and layer.attention is not None
    rotation = layer.detail.attention.rotation
    assert rotation is not None
    found = rotary_at(rotation, layer.attention, 0, 2)
    np.testing.assert_allclose(found.steps, module.model.rotary_emb.inv_freq.numpy(), atol=1e-4)
    one = run("llama", "cat", detail=0)
    alone = one.layers[0].detail
    if alone is not None and alone.attention is not None and alone.attention.rotation is not None and len(one) == 1:
        assert not rotary_at(alone.attention.rotation, one.layers[0].attention, 0, 0).steps.any()  # type: ignore[arg-type]


@pytest.mark.parametrize("family", ["t5", "t5-untied", "mt5"])
@pytest.mark.parametrize("encoder", [True, False])
def test_t5_s_bias_is_that_of_its_own_function(family: str, encoder: bool) -> None:
    trace = run(family)
    found = bias_by_distance(tiny(family), trace, encoder, 1)
    stack = trace.encoder if encoder else trace
    assert found is not None and found.worked_out and found.spread < 1e-5 and stack is not None
    attention = stack.layers[1].attention
    assert attention is not None and attention.bias is not None
    column = {int(d): i for i, d in enumerate(found.distances)}
    for query in range(len(stack)):
        for key in range(len(stack) if encoder else query + 1):
            np.testing.assert_allclose(attention.bias[:, query, key], found.values[:, column[key - query]], atol=1e-5)
    assert (found.distances.max() == 128) == encoder and found.distances.min() == -128
    assert bias_by_distance(tiny("gpt2"), run("gpt2"), False, 0) is None


@pytest.mark.parametrize("family", FAMILIES)
def test_the_parts_that_enter_sum_up(family: str) -> None:
    trace = run(family)
    for stack in (trace, trace.encoder):
        found = entering(stack, 1) if stack is not None else None
        if stack is None or found is None:
            continue
        np.testing.assert_allclose(found.total, sum(values for _, values in found.parts), atol=1e-5)
        np.testing.assert_allclose(
            [lengths[1] for _, lengths in found.lengths], [np.linalg.norm(v) for _, v in found.parts], rtol=1e-5
        )
        if family in ("gpt2", "llama", "marian", "opt"):
            assert found.difference is not None and found.difference < 1e-5
        if family in ("bert", "electra"):
            assert found.difference is None


def test_an_encoder_without_positions_knows_no_order() -> None:
    trace = run("bert", "the [MASK] sat on the mat .")
    found = forgotten(tiny("bert"), trace, 2)
    assert found.order_bits > 1e-4 > found.order_bits_without
    np.testing.assert_allclose(found.answers[2], found.answers[3], atol=1e-4)
    assert found.turned[0] == 0 and found.turned[2] == 2 and sorted(found.turned) == list(range(len(trace)))
    assert found.turned[1] == len(trace) - 2
    divergence = float(np.sum(2.0 ** found.answers[0] * (found.answers[0] - found.answers[2])))
    assert found.moved[2] == pytest.approx(divergence, abs=1e-4)


@pytest.mark.parametrize("family", ["gpt2", "llama", "marian", "t5"])
def test_forgetting_changes_the_answer_and_what_stands_behind_stays(family: str) -> None:
    trace = run(family, "The cat sat on the mat. The dog")
    pos = 4 if trace.encoder is None else 1
    found = forgotten(tiny(family), trace, pos)
    assert found.moved[pos] > 0 and np.isfinite(found.answers).all()
    np.testing.assert_allclose(np.exp2(found.answers.astype(np.float64)).sum(1), 1, atol=1e-4)
    if trace.encoder is None:
        assert list(found.turned) == [3, 2, 1, 0, *range(4, len(trace))] == list(turned_round(trace, pos))
    else:
        assert found.order_bits > found.order_bits_without < 1e-4, "an encoder has no mask that tells the order"


@pytest.mark.parametrize("family", ["marian", "t5"])
def test_a_target_is_turned_round_where_it_is_meant(family: str) -> None:
    trace = run(family)
    found = forgotten(tiny(family), trace, len(trace) - 1, True)
    own = [token.token_id for token in trace.tokens]
    assert found.target and trace.encoder is not None
    source = [token.token_id for token in trace.encoder.tokens]
    expected = capture(tiny(family), source, [own[i] for i in found.turned]).logits[-1]
    np.testing.assert_allclose(2.0 ** found.answers[1], np.exp(expected) / np.exp(expected).sum(), atol=1e-5)
    assert list(found.turned) != sorted(found.turned) and found.turned[-1] == len(own) - 1
    assert not forgotten(tiny("gpt2"), run("gpt2"), 3, True).target


def test_lesson_cloze_without_positions_answers_alike_whatever_the_order() -> None:
    model = load_model("cloze")
    trace = capture(model, "The cat sat on the [MASK].")
    pos = [t.text for t in trace.tokens].index("[MASK]")
    found = forgotten(model, trace, pos)
    assert found.order_bits > 1 and found.order_bits_without < 1e-4
    np.testing.assert_allclose(np.exp2(found.answers[2]), np.exp2(found.answers[3]), atol=1e-5)
