"""Weights times the length of what is fetched, against each family's own output projection."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from playground import PlaygroundError, Trace, capture
from playground.analysis.attention import attentions, kinds_of
from playground.analysis.attention.norms import moved_norms
from tests.tiny import FAMILIES, tiny

TEXT, TARGET = "The cat sat on the mat. The cat", "the cat sat"
PROJECTIONS: dict[tuple[str, str], Any] = {
    ("gpt2", "self"): lambda m, n: m.transformer.h[n].attn.c_proj.weight,
    ("qwen3", "self"): lambda m, n: m.model.layers[n].self_attn.o_proj.weight.T,
    ("bert", "self"): lambda m, n: m.bert.encoder.layer[n].attention.output.dense.weight.T,
    ("marian", "self"): lambda m, n: m.model.decoder.layers[n].self_attn.out_proj.weight.T,
    ("marian", "cross"): lambda m, n: m.model.decoder.layers[n].encoder_attn.out_proj.weight.T,
    ("marian", "encoder"): lambda m, n: m.model.encoder.layers[n].self_attn.out_proj.weight.T,
    ("t5", "cross"): lambda m, n: m.decoder.block[n].layer[1].EncDecAttention.o.weight.T,
}


def trace_of(family: str) -> Trace:
    model = tiny(family)
    return capture(model, TEXT, TARGET if model.info.kind == "encoder-decoder" else None)


@pytest.mark.parametrize(("family", "kind"), PROJECTIONS)
def test_norms_by_the_models_own_matrix(family: str, kind: str) -> None:
    model, trace = tiny(family), trace_of(family)
    attention = attentions(trace, kind)[1]
    assert attention.v is not None
    weight = PROJECTIONS[family, kind](model.module, 1).detach().numpy()
    width = attention.v.shape[-1]
    group = attention.n_heads // len(attention.v)
    found = moved_norms(model, trace, kind, 1)
    assert found.projected
    n, m = attention.weights.shape[1:]
    for q in range(n):
        for k in range(m):
            moved = [
                attention.weights[h, q, k] * (attention.v[h // group, k] @ weight[h * width : (h + 1) * width])
                for h in range(attention.n_heads)
            ]
            np.testing.assert_allclose(found.heads[:, q, k], np.linalg.norm(moved, axis=-1), rtol=1e-3, atol=1e-6)
            np.testing.assert_allclose(found.layer[q, k], np.linalg.norm(sum(moved)), rtol=1e-3, atol=1e-6)


@pytest.mark.parametrize("family", FAMILIES)
def test_laws_on_every_family(family: str) -> None:
    """Where nothing is looked at nothing is moved, and heads can cancel each other but not add more than they have."""
    model, trace = tiny(family), trace_of(family)
    for kind in kinds_of(trace):
        for layer, attention in enumerate(attentions(trace, kind)):
            if attention.v is None:
                with pytest.raises(PlaygroundError, match="values"):
                    moved_norms(model, trace, kind, layer)
                continue
            found = moved_norms(model, trace, kind, layer)
            assert found.heads.shape == attention.weights.shape and found.layer.shape == attention.weights.shape[1:]
            assert not found.heads[attention.weights == 0].any()
            assert (found.layer <= found.heads.sum(0) * (1 + 1e-3) + 1e-6).all()


def test_without_a_known_projection_the_bare_values_are_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    model, trace = tiny("qwen3"), trace_of("qwen3")
    monkeypatch.setattr("playground.analysis.attention.norms._carried", lambda *given: None)
    found, attention = moved_norms(model, trace), attentions(trace)[0]
    assert not found.projected and attention.v is not None
    lengths = np.linalg.norm(attention.per_head(attention.v), axis=-1)
    np.testing.assert_allclose(found.heads, attention.weights * lengths[:, None], rtol=1e-5)
    np.testing.assert_allclose(found.layer, np.linalg.norm(found.heads, axis=0), rtol=1e-4, atol=1e-7)


def test_a_norm_behind_the_projection_is_left_out() -> None:
    model, trace = tiny("gemma2"), trace_of("gemma2")
    weight = model.module.model.layers[0].self_attn.o_proj.weight.detach().numpy().T
    attention, found = attentions(trace)[0], moved_norms(model, trace)
    assert found.projected and attention.v is not None
    width, group = attention.v.shape[-1], attention.n_heads // len(attention.v)
    moved = attention.weights[3, 4, 2] * (attention.v[3 // group, 2] @ weight[3 * width : 4 * width])
    np.testing.assert_allclose(found.heads[3, 4, 2], np.linalg.norm(moved), rtol=1e-3)
