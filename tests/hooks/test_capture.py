"""The laws of a captured pass, for every family on a tiny random model."""

from __future__ import annotations

import dataclasses
from functools import cache
from typing import Any

import numpy as np
import pytest
import torch

from playground import capture, check_laws, embedding_table, read_out
from playground.models import LoadedModel, wrap
from playground.trace import Attention, Stack, Trace
from tests.hooks.variants import TEXT, plain_output, twin, variant
from tests.tiny import BY_TRIAL, FAMILIES, UNDESCRIBED, build, tiny

DESCRIBED = [family for family in FAMILIES if family not in UNDESCRIBED]
WEIGHTS = ("bloom", "falcon")
"""Families that hand over the weights of their attention, but no queries, keys and values."""
STEPS = [family for family in DESCRIBED if family not in WEIGHTS]
"""Families whose attention hands over queries, keys and values."""
SMALL = 1e-4
TARGET = "the cat"

VARIANTS: dict[str, tuple[str, dict[str, Any]]] = {
    "opt-post-norm": ("opt", {"do_layer_norm_before": False}),
    "opt-350m": ("opt", {"do_layer_norm_before": False, "word_embed_proj_dim": 16}),
    "opt-projected": ("opt", {"word_embed_proj_dim": 16}),
    "marian-scaled": ("marian", {"scale_embedding": True}),
    "bart-scaled": ("bart", {"scale_embedding": True}),
    "mbart-scaled": ("mbart", {"scale_embedding": True}),
    "gemma2-capped": ("gemma2", {"attn_logit_softcapping": 2.0, "final_logit_softcapping": 1.0}),
    "t5-scaled-out": ("t5", {"scale_decoder_outputs": True}),
    "t5-not-scaled-out": ("t5", {"scale_decoder_outputs": False}),
    "electra-wide": ("electra", {"embedding_size": 32}),
    "gpt2-unscaled": ("gpt2", {"scale_attn_weights": False}),
    "gpt2-scaled-by-layer": ("gpt2", {"scale_attn_by_inverse_layer_idx": True}),
}
PROJECTED = ("opt-350m", "opt-projected", "electra")
"""A projection stands between the token table and the stream, so their sum is not what enters the first layer."""


@cache
def model_of(name: str) -> LoadedModel:
    """The model of a family or of a variant."""
    if name in VARIANTS:
        family, changes = VARIANTS[name]
        return variant(family, **changes)
    return tiny(name)


def trace_of(name: str) -> Trace:
    model = tiny(name)
    return capture(model, TEXT, TARGET if model.info.kind == "encoder-decoder" else None)


def stacks(trace: Trace) -> list[Stack]:
    return [trace] if trace.encoder is None else [trace, trace.encoder]


def attentions(trace: Trace) -> list[Attention]:
    layers = [layer for stack in stacks(trace) for layer in stack.layers]
    return [a for layer in layers for a in (layer.attention, layer.cross_attention) if a is not None]


@pytest.mark.parametrize("name", [*FAMILIES, *VARIANTS])
def test_captured_logits_are_the_plain_ones(name: str) -> None:
    model = model_of(name)
    plain = twin(model)
    trace = capture(model, TEXT, TARGET if model.info.kind == "encoder-decoder" else None)
    np.testing.assert_allclose(trace.logits, plain_output(plain, trace).logits[0].numpy(), atol=SMALL)


@pytest.mark.parametrize("name", [*DESCRIBED, *VARIANTS])
def test_every_law_holds(name: str) -> None:
    model = model_of(name)
    trace = capture(model, TEXT, TARGET if model.info.kind == "encoder-decoder" else None)
    found = dataclasses.asdict(check_laws(model, trace))
    if name in PROJECTED:
        assert found.pop("embedding") is None
    if model.info.kind == "encoder" or name in WEIGHTS:
        assert found.pop("forbidden") is None
    if name in WEIGHTS:
        assert found.pop("softmax") is found.pop("head_out") is None
    assert all(value is not None and value < SMALL for value in found.values()), found


@pytest.mark.parametrize("name", DESCRIBED)
def test_final_vectors_read_out_are_the_logits(name: str) -> None:
    trace = trace_of(name)
    assert trace.final is not None
    np.testing.assert_allclose(read_out(tiny(name), trace.final, normed=True), trace.logits, atol=SMALL)
    np.testing.assert_allclose(read_out(tiny(name), trace.layers[-1].resid_post), trace.logits, atol=SMALL)


@pytest.mark.parametrize("name", FAMILIES)
def test_who_may_look_at_what(name: str) -> None:
    """A decoder looks back only; an encoder, and an encoder–decoder's source, look both ways."""
    trace = trace_of(name)
    both_ways = tiny(name).info.kind == "encoder"
    for stack in stacks(trace):
        for layer in stack.layers:
            assert layer.attention is not None
            later = np.triu(layer.attention.weights, k=1)
            assert later.any() == (both_ways or stack is trace.encoder)
            np.testing.assert_allclose(layer.attention.weights.sum(-1), 1, atol=1e-5)
    for layer in trace.layers:
        assert (layer.cross_attention is not None) == (trace.encoder is not None)


@pytest.mark.parametrize("name", ["mistral", "gemma2", "gemma3"])
def test_a_sliding_window_hides_what_is_far_away(name: str) -> None:
    weights = trace_of(name).layers[0].attention.weights  # type: ignore[union-attr]
    assert weights.shape[-1] > 8
    assert not np.tril(weights, k=-8).any()
    assert np.diagonal(weights, offset=-7, axis1=1, axis2=2).any()


@pytest.mark.parametrize("name", STEPS)
def test_shapes(name: str) -> None:
    info, trace = tiny(name).info, trace_of(name)
    n = len(trace)
    assert trace.logits.shape == (n, info.vocab_size)
    assert len(trace.layers) == info.n_layers
    for layer in trace.layers:
        a = layer.attention
        assert a is not None and a.q is not None and a.k is not None and a.v is not None and a.head_out is not None
        assert a.weights.shape == (info.n_heads, n, n)
        assert a.q.shape == a.head_out.shape == (info.n_heads, n, info.head_dim)
        assert a.k.shape == a.v.shape == (info.n_kv_heads, n, info.head_dim)
        assert layer.resid_pre.shape == layer.resid_post.shape == (n, info.d_model)
    if trace.encoder is not None:
        m = len(trace.encoder)
        assert m != n and len(trace.encoder.layers) == info.n_encoder_layers != info.n_layers
        assert {layer.cross_attention.weights.shape for layer in trace.layers} == {(info.n_heads, n, m)}  # type: ignore[union-attr]
        assert {layer.attention.weights.shape[1:] for layer in trace.encoder.layers} == {(m, m)}  # type: ignore[union-attr]


@pytest.mark.parametrize("name", FAMILIES)
def test_each_layer_begins_where_the_last_one_ended(name: str) -> None:
    for stack in stacks(trace_of(name)):
        assert stack.layers
        for below, above in zip(stack.layers, stack.layers[1:], strict=False):
            np.testing.assert_array_equal(below.resid_post, above.resid_pre)


@pytest.mark.parametrize("name", FAMILIES)
def test_arrays_are_read_only_and_single_precision(name: str) -> None:
    trace = trace_of(name)

    def arrays(node: object) -> list[np.ndarray]:
        if isinstance(node, np.ndarray):
            return [node]
        if isinstance(node, tuple):
            return [found for item in node for found in arrays(item)]
        if dataclasses.is_dataclass(node):
            return [found for f in dataclasses.fields(node) for found in arrays(getattr(node, f.name))]
        return []

    found = arrays(trace) + [s for a in attentions(trace) for s in (a.scores, a.scaled, a.masked) if s is not None]
    assert len(found) > 5
    assert not any(array.flags.writeable for array in found)
    assert {array.dtype for array in found} <= {np.dtype("float32"), np.dtype("bool")}


@pytest.mark.parametrize("name", DESCRIBED)
def test_embeddings_are_rows_of_the_token_table(name: str) -> None:
    """E1: id → row. Where the model scales its rows, the shown row is the scaled one, by one factor for all."""
    model, trace = tiny(name), trace_of(name)
    rows = embedding_table(model)[[t.token_id for t in trace.tokens]]
    assert trace.embeddings is not None
    factor = {"gemma2": np.sqrt(32), "gemma3": np.sqrt(32), "granite": 12.0}.get(name, 1)
    np.testing.assert_allclose(trace.embeddings, rows * factor, rtol=1e-5)
    if name in {"gpt2", "bert", "roberta", "distilbert", "opt", "electra"}:
        assert trace.positions is not None
        assert not np.allclose(trace.positions[0], trace.positions[1])
    assert (trace.token_types is not None) == (name in {"bert", "roberta", "electra"})


def test_marian_scales_its_rows() -> None:
    model = model_of("marian-scaled")
    trace = capture(model, TEXT, TARGET)
    for stack in stacks(trace):
        rows = embedding_table(model)[[t.token_id for t in stack.tokens]]
        assert stack.embeddings is not None
        np.testing.assert_allclose(stack.embeddings, rows * np.sqrt(model.info.d_model), rtol=1e-5)


@pytest.mark.parametrize(
    ("name", "exists"),
    [("gpt2", True), ("gpt_neox", False), ("gpt_neox-serial", True), ("gemma2", True), ("bert", True), ("bart", True)],
)
def test_the_middle_of_the_stream(name: str, exists: bool) -> None:
    """Between attention and feed-forward, where there is such a place: not where both run in parallel."""
    trace = trace_of(name)
    for layer in trace.layers:
        assert (layer.resid_mid is not None) == exists
        if not exists:
            continue
        assert layer.resid_mid is not None and layer.attn_out is not None and layer.mlp_out is not None
        before_norm = layer.resid_pre + layer.attn_out
        assert np.allclose(layer.resid_mid, before_norm, atol=1e-5) != trace.post_norm
        if trace.encoder is not None:
            assert layer.resid_mid_cross is not None
        elif not trace.post_norm:
            np.testing.assert_allclose(layer.resid_mid + layer.mlp_out, layer.resid_post, atol=1e-5)


@pytest.mark.parametrize("name", ["t5", "mt5", "t5-untied"])
def test_t5_looks_by_distance(name: str) -> None:
    """A bias per head that depends on key − query only, given by the first layer to all; q·k is not scaled."""
    trace = trace_of(name)
    first = trace.layers[0]
    for stack in stacks(trace):
        for layer in stack.layers:
            a = layer.attention
            assert a is not None and a.bias is not None and a.scaling == 1
            assert a.bias.shape[0] == a.n_heads
            n = a.bias.shape[1]
            finite = np.where(a.bias < -1e30, np.nan, a.bias)
            for offset in range(-n + 1, 1):
                diagonal = np.diagonal(finite, offset=offset, axis1=1, axis2=2)
                np.testing.assert_allclose(diagonal, diagonal[:, :1].repeat(diagonal.shape[1], 1), atol=1e-6)
    assert first.cross_attention is not None
    assert first.cross_attention.bias is None or not first.cross_attention.bias.any()


def test_gemma2_caps_scores_and_logits() -> None:
    model = model_of("gemma2-capped")
    trace = capture(model, TEXT)
    a = trace.layers[0].attention
    assert a is not None and a.softcap == 2.0 and a.scaled is not None and a.scores is not None and a.scaling
    np.testing.assert_allclose(a.scaled, 2 * np.tanh(a.scores * a.scaling / 2), atol=1e-5)
    assert np.abs(trace.logits).max() <= 1
    assert not np.allclose(a.scaled, a.scores * a.scaling, atol=1e-3), "the cap must be felt to be tested"


@pytest.mark.parametrize("name", [*UNDESCRIBED, *BY_TRIAL])
def test_a_family_without_a_row_shows_what_it_has_and_says_what_is_missing(name: str) -> None:
    model = build(name)
    plain = plain_output(twin(model, "eager"), capture(model, TEXT), output_attentions=True, output_hidden_states=True)
    trace = capture(model, TEXT)
    assert "".join(t.piece for t in trace.tokens).replace("Ġ", " ") == TEXT
    np.testing.assert_allclose(trace.logits, plain.logits[0].numpy(), atol=SMALL)
    for layer, weights, hidden in zip(trace.layers, plain.attentions, plain.hidden_states, strict=False):
        assert layer.attention is not None
        assert (layer.attention.q is None) == (layer.attention.scores is None) == (name != "gpt_neo")
        np.testing.assert_allclose(layer.attention.weights, weights[0].numpy(), atol=1e-6)
        np.testing.assert_allclose(layer.resid_pre, hidden[0].numpy(), atol=1e-5)
        assert (layer.attn_out is None) == (name in UNDESCRIBED)
    assert len((*trace.missing, *trace.notes)) >= 2 - (name == "gpt_neo")
    assert all(name in sentence and sentence.endswith(".") for sentence in (*trace.missing, *trace.notes))


@pytest.mark.parametrize("name", ["gpt2", "llama", "bert"])
def test_half_precision_is_described_as_well(name: str) -> None:
    """Its laws hold to three digits, which is all it has."""
    model = build(name)
    half = wrap(model.module.to(torch.bfloat16), model.tokenizer, id="half")  # type: ignore[arg-type]
    trace = capture(half, TEXT)
    assert not trace.missing and not trace.notes
    assert trace.layers[1].attn_out is not None and trace.layers[1].attention is not None
    assert trace.layers[1].attention.q is not None and trace.logits.dtype == np.float32
