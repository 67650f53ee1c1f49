"""The steps inside a layer: each recomputes from what it was given, and they join up from the stream to the stream."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from playground import PlaygroundError, Trace, capture
from playground.hooks import prepare, weights_of
from playground.models import LoadedModel
from playground.trace import Array, Attention, Layer, Linear, Norm, Projections, Stack
from tests.hooks.odd import FAMILIES as ODD
from tests.hooks.odd import odd
from tests.hooks.test_changes import ROWS, TRIAL, hooks_on, model_of
from tests.hooks.variants import TEXT
from tests.tiny import BY_TRIAL, tiny

MIXTURES = ("gpt_oss", "granitemoe", "granitemoeshared", "nemotron_h", "mamba")
"""Families whose second layer has no plain feed-forward."""


def detailed(model: LoadedModel, *layers: int) -> Trace:
    return capture(model, TEXT, "the cat" if model.info.kind == "encoder-decoder" else None, detail=layers)


def close(ours: Array, theirs: Array) -> None:
    np.testing.assert_allclose(ours, theirs, atol=1e-4 * max(1.0, float(np.abs(theirs).max())), rtol=0)


def recompute(model: LoadedModel, linear: Linear) -> None:
    weight, bias = weights_of(model, linear)
    assert not weight.flags.writeable
    close(linear.entered @ weight + (0 if bias is None else bias), linear.left)


def stacks(trace: Trace) -> list[Stack]:
    return [trace, *([trace.encoder] if trace.encoder is not None else [])]


def check_norm(norm: Norm) -> None:
    close(norm.normalised * norm.scale + (0 if norm.shift is None else norm.shift), norm.left)
    assert norm.kind in {"layer", "rms"} and norm.mean.any() == (norm.kind == "layer")


def heads(array: Array) -> Array:
    """(head, seq, width) as (seq, head · width)."""
    return array.transpose(1, 0, 2).reshape(array.shape[1], -1)


def check_queries(steps: Projections, attention: Attention) -> None:
    """From the projections to what meets in the scores: norm, factor, rotation."""
    assert steps.q is not None and steps.k is not None and attention.q is not None and attention.k is not None
    assert steps.explained
    for linear, norm, meant, factor in (
        (steps.q, steps.q_norm, attention.q, steps.q_scale),
        (steps.k, steps.k_norm, attention.k, 1.0),
    ):
        rows = linear.left
        if norm is not None:
            check_norm(norm)
            close(norm.entered.reshape(rows.shape), rows)
            rows = norm.left.reshape(rows.shape)
        split = rows.reshape(len(rows), len(meant), -1).transpose(1, 0, 2) * np.float32(factor)
        close(split if steps.rotation is None else steps.rotation.turn(split), meant)


def check_attention(model: LoadedModel, steps: Projections, attention: Attention, added: Array, layer: Layer) -> None:
    assert steps.q is not None and steps.k is not None and steps.v is not None and steps.out is not None
    assert attention.q is not None and attention.k is not None
    assert attention.v is not None and attention.head_out is not None
    for linear in (steps.q, steps.k, steps.v, steps.out):
        recompute(model, linear)
    close(steps.v.left, heads(attention.v))
    check_queries(steps, attention)
    close(steps.out.entered, heads(attention.head_out))
    assert layer.detail is not None
    ends = [steps.out.left, *(n.left for n in layer.detail.norms if np.allclose(n.entered, steps.out.left, atol=1e-5))]
    scale = prepare(model).parts.stack.layers[1].attn_scale
    assert any(np.allclose(end * scale, added, atol=1e-5) for end in ends)


@pytest.mark.parametrize("name", [*ROWS, *BY_TRIAL, *TRIAL])
def test_every_step_recomputes_and_leads_to_the_next(name: str) -> None:
    model = model_of(name)
    trace = detailed(model, 1)
    for stack in stacks(trace):
        if len(stack.layers) < 2:
            continue  # LED's encoder
        layer = stack.layers[1]
        detail = layer.detail
        assert detail is not None and stack.layers[0].detail is None
        for norm in [*detail.norms, *(n for n in (stack.embed_norm, stack.final_norm) if n is not None)]:
            check_norm(norm)
        assert len(detail.norms) >= 1
        for steps, attention, added in (
            (detail.attention, layer.attention, layer.attn_out),
            (detail.cross_attention, layer.cross_attention, layer.cross_out),
        ):
            if attention is not None and attention.q is not None:
                assert steps is not None and added is not None
                check_attention(model, steps, attention, added, layer)
        if detail.mlp is None:
            assert layer.mlp_out is None or (detail.notes and name in MIXTURES)
            continue
        assert name not in MIXTURES
        mlp = detail.mlp
        for linear in (mlp.first, mlp.down, *([mlp.up] if mlp.up is not None else [])):
            recompute(model, linear)
        close(mlp.first.left, mlp.pre)
        close(mlp.post if mlp.up is None else mlp.post * mlp.up.left, mlp.down.entered)
        assert layer.mlp_out is not None and not np.allclose(mlp.pre, mlp.post)
        ends = [mlp.down.left, *(n.left for n in detail.norms if np.allclose(n.entered, mlp.down.left, atol=1e-5))]
        scale = prepare(model).parts.stack.layers[1].mlp_scale
        assert any(np.allclose(end * scale, layer.mlp_out, atol=1e-5) for end in ends)


@pytest.mark.parametrize("name", ["gpt2", "llama", "gpt_neox", "opt", "t5"])
def test_the_first_norm_reads_the_stream_and_the_last_gives_the_final_vector(name: str) -> None:
    trace = detailed(model_of(name), 0)
    assert trace.layers[0].detail is not None and trace.final_norm is not None
    np.testing.assert_array_equal(trace.layers[0].detail.norms[0].entered, trace.layers[0].resid_pre)
    np.testing.assert_array_equal(trace.final_norm.entered, trace.layers[-1].resid_post)
    np.testing.assert_array_equal(trace.final_norm.left, trace.final)


@pytest.mark.parametrize(
    ("name", "gated", "activation"),
    [("gpt2", False, "NewGELU"), ("llama", True, "SiLU"), ("bert", False, "GELU"), ("opt", False, "ReLU"),
     ("gemma2", True, "GELUTanh"), ("phi3", True, "SiLU"), ("t5", False, "ReLU"), ("t5-untied", True, "NewGELU")],
)  # fmt: skip
def test_the_feed_forward_is_told_apart(name: str, gated: bool, activation: str) -> None:
    trace = detailed(model_of(name), 0)
    assert trace.layers[0].detail is not None and trace.layers[0].detail.mlp is not None
    mlp = trace.layers[0].detail.mlp
    assert (mlp.up is not None) == gated and mlp.activation.startswith(activation)
    assert mlp.pre.shape[-1] == model_of(name).info.d_mlp


def test_gemmas_gain_is_one_more_than_its_weight() -> None:
    model = model_of("gemma2")
    norm = detailed(model, 0).final_norm
    weight = model.module.get_submodule("model.norm").weight
    assert norm is not None
    np.testing.assert_allclose(norm.scale, 1 + weight.numpy(), atol=1e-6)  # type: ignore[operator]


@pytest.mark.parametrize("name", ["gpt2", "bart", "llama"])
def test_detail_changes_no_number_and_leaves_no_hook(name: str) -> None:
    model = model_of(name)
    plain = detailed(model)
    before = hooks_on(model)
    found = detailed(model, 0, 1)
    np.testing.assert_array_equal(found.logits, plain.logits)
    assert hooks_on(model) == before
    assert [layer.detail is not None for layer in found.layers][:2] == [True, True]
    assert not any(layer.detail for layer in plain.layers) and plain.final_norm is None


def test_weights_are_not_copied() -> None:
    model = model_of("llama")
    detail = detailed(model, 0).layers[0].detail
    assert detail is not None and detail.mlp is not None
    weight, _ = weights_of(model, detail.mlp.down)
    own = model.module.get_submodule("model.layers.0.mlp.down_proj").weight
    assert np.shares_memory(weight, own.detach().numpy())  # type: ignore[operator]


def test_two_who_ask_for_different_layers_get_their_own() -> None:
    model = tiny("gpt2")
    alone = [detailed(model, 0), detailed(model, 1)]
    start = threading.Barrier(4)

    def work(layer: int) -> list[Trace]:
        start.wait()
        return [detailed(model, *([] if layer > 1 else [layer])) for _ in range(10)]

    with ThreadPoolExecutor(4) as pool:
        for layer, traces in enumerate(pool.map(work, range(4))):
            for trace in traces:
                assert [la.detail is not None for la in trace.layers] == [layer == 0, layer == 1]
                if layer < 2:
                    one, other = trace.layers[layer].detail, alone[layer].layers[layer].detail
                    assert one is not None and other is not None and one.mlp is not None and other.mlp is not None
                    np.testing.assert_allclose(one.mlp.post, other.mlp.post, atol=1e-5)


@pytest.mark.parametrize("family", [name for name in ODD if name not in TRIAL])
def test_where_little_is_known_detail_is_no_traceback(family: str) -> None:
    trace = detailed(odd(family), 0)
    assert len(trace.logits) == len(trace.tokens)


def test_a_layer_that_is_not_there_is_refused() -> None:
    with pytest.raises(PlaygroundError, match="layers 0 to 1"):
        capture(tiny("gpt2"), TEXT, detail=2)
