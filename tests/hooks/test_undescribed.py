"""Families without a row: what trial finds, else tokens, logits and whatever can be had, and a plain note."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from playground import SamplingSettings, capture, check_laws, embedding_table, generate
from playground.analysis.attention import kinds_of
from tests.hooks.odd import FAMILIES, odd
from tests.hooks.variants import TEXT, plain_output, twin


@pytest.mark.parametrize("family", FAMILIES)
def test_what_can_be_had_is_there_and_the_rest_is_said(family: str) -> None:
    model = odd(family)
    wanted = FAMILIES[family][3]
    plain = twin(model, "eager" if "q" not in wanted else None)
    trace = capture(model, TEXT, "the cat" if model.info.kind == "encoder-decoder" else None)
    np.testing.assert_allclose(trace.logits, plain_output(plain, trace).logits[0].numpy(), atol=1e-4)
    said = (*trace.missing, *trace.notes)
    assert all(sentence.endswith(".") and family in sentence for sentence in said) and said
    assert ("by trial" in " ".join(trace.notes)) == ("d" in wanted)
    assert len(trace.layers) == (model.info.n_layers if "s" in wanted else 0)
    assert ("self" in kinds_of(trace)) == ("a" in wanted)
    assert ("cross" in kinds_of(trace)) == ("c" in wanted)
    for layer in trace.layers:
        assert layer.resid_pre.shape == layer.resid_post.shape == (len(trace), model.info.d_model)
        assert (layer.attn_out is not None or layer.mlp_out is not None) == ("d" in wanted)
        for a in (layer.attention, layer.cross_attention):
            assert a is None or (a.q is not None) == ("q" in wanted)
        if layer.cross_attention is not None and trace.encoder is not None:
            assert layer.cross_attention.weights.shape[1:] == (len(trace), len(trace.encoder))
    for stack in (trace, *([trace.encoder] if trace.encoder is not None else [])):
        assert stack.embeddings is not None and len(stack.embeddings) == len(stack)
        rows = embedding_table(model)[[t.token_id for t in stack.tokens]]
        factor = {"gemma": 32**0.5, "m2m_100": 32**0.5, "granitemoe": 12}.get(family, 1)  # these scale their rows
        if family != "deberta-v2":  # which normalises inside
            np.testing.assert_allclose(stack.embeddings, rows * factor, rtol=1e-4)
    laws = check_laws(model, trace)
    assert (laws.residual is not None and laws.unembed is not None) == ("d" in wanted)
    assert all(value is None or value < 1e-4 for value in vars(laws).values()), laws


def test_what_stands_in_attentions_place_is_named() -> None:
    """Nemotron-H: a state space, then attention, then a feed-forward, one to a layer."""
    assert any("mamba has no attention" in sentence for sentence in capture(odd("mamba"), TEXT).missing)
    trace = capture(odd("nemotron_h"), TEXT)
    assert any("something else than attention mixes the tokens in layers 0:" in sentence for sentence in trace.missing)
    assert [layer.attention is not None for layer in trace.layers] == [False, True, False]
    assert [layer.mlp_out is not None for layer in trace.layers] == [False, False, True]


@pytest.mark.parametrize("family", ["openai-gpt", "mamba", "rwkv", "gpt_oss", "m2m_100"])
def test_every_writer_writes_as_transformers_does(family: str) -> None:
    model = odd(family)
    module: Any = twin(model).module
    ids = model.tokenizer(TEXT, return_tensors="pt")["input_ids"]
    expected = module.generate(ids, do_sample=False, num_beams=1, max_new_tokens=8)[0].tolist()
    expected = expected[1 if model.info.kind == "encoder-decoder" else ids.shape[1] :]
    steps = generate(model, TEXT, SamplingSettings(do_sample=False, max_new_tokens=8))
    assert [s.token.token_id for s in steps] == expected


def test_sinks_take_part_in_the_softmax() -> None:
    """GPT-OSS: a learned extra column, so that rows sum to less than 1."""
    trace = capture(odd("gpt_oss"), TEXT)
    for layer in trace.layers:
        assert layer.attention is not None and layer.attention.sinks is not None
        assert layer.attention.sinks.shape == (layer.attention.n_heads,)
        assert (layer.attention.weights.sum(-1) < 1).all()
