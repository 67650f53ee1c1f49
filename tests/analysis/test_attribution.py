"""Direct logit attribution: its parts are what wrote to the stream, and they add up to the model's own logit."""

from __future__ import annotations

import numpy as np
import pytest

from playground import Change, PlaygroundError, capture, direct_logit_attribution, load_model, read_out
from playground.analysis.attribution import Part
from tests.hooks.test_changes import BY_TRIAL, ROWS, TRIAL, model_of
from tests.hooks.variants import TEXT, variant


@pytest.mark.parametrize("name", [*ROWS, *BY_TRIAL, *TRIAL])
@pytest.mark.parametrize(("pos", "token_id"), [(-1, None), (1, 7)])
def test_the_parts_add_up_to_the_logit(name: str, pos: int, token_id: int | None) -> None:
    model = model_of(name)
    trace = capture(model, TEXT, "the cat" if model.info.kind == "encoder-decoder" else None)
    found = direct_logit_attribution(model, trace, pos, token_id)
    assert found.token_id == (trace.logits[pos].argmax() if token_id is None else token_id)
    assert found.logit == trace.logits[pos, found.token_id]
    assert found.values.sum() == pytest.approx(found.logit, rel=1e-3, abs=1e-4)
    assert len(found.labels) == len(found.values) == len(set(found.parts))
    heads = name in ROWS
    for n, layer in enumerate(trace.layers):
        count = layer.attention.n_heads if layer.attention is not None and heads else 0
        assert all(Part("head", n, head) in found.parts for head in range(count))
        assert (Part("mlp", n) in found.parts) == (layer.mlp_out is not None)
    if heads:
        assert found.heads().shape == (model.info.n_layers, model.info.n_heads)
        assert np.isfinite(found.heads()).all() and np.abs(found.values).max() > 1e-3
        assert np.isfinite(found.heads("cross head")).all() == True  # noqa: E712 - an empty map is finite, too


@pytest.mark.parametrize("name", ["llama", "gemma2", "gpt2", "granite"])
def test_a_part_is_its_vector_through_the_held_norm_and_the_unembedding(name: str) -> None:
    """By hand for one feed-forward: its vector, divided by the last vector's own spread, times the token's column."""
    model = model_of(name)
    trace = capture(model, TEXT, detail=0)
    found = direct_logit_attribution(model, trace, 2)
    norm, added = trace.final_norm, trace.layers[1].mlp_out
    assert norm is not None and added is not None
    vector = added[2] - (added[2].mean() if norm.kind == "layer" else 0)
    row = model.module.get_output_embeddings().weight[found.token_id].numpy()
    by_hand = float(vector / norm.spread[2] * norm.scale @ row)
    if name == "granite":
        by_hand /= model.module.config.logits_scaling
    if name == "gemma2":
        by_hand *= found.logit / (30 * np.arctanh(found.logit / 30))  # the soft cap's share
    assert found.values[found.parts.index(Part("mlp", 1))] == pytest.approx(by_hand, rel=1e-3, abs=1e-5)


@pytest.mark.parametrize("name", ["gpt2", "llama", "bart", "bert"])
def test_a_silenced_head_adds_nothing(name: str) -> None:
    model = model_of(name)
    target = "the cat" if model.info.kind == "encoder-decoder" else None
    trace = capture(model, TEXT, target, changes=[Change.zero_head(1, 1)])
    found = direct_logit_attribution(model, trace)
    assert found.values[found.parts.index(Part("head", 1, 1))] == 0
    assert found.values.sum() == pytest.approx(found.logit, rel=1e-3, abs=1e-4)


def test_what_the_last_feed_forward_adds_is_what_is_lost_without_it() -> None:
    """With no norm in the way contribution and effect are one: the model is linear behind its last layer."""
    model = model_of("gpt2")
    plain = capture(model, TEXT, changes=[Change.no_norm()])
    less = read_out(model, plain.layers[-1].resid_mid, normed=True)[-1]  # type: ignore[arg-type]
    with pytest.raises(PlaygroundError, match="not the sum of its parts"):
        direct_logit_attribution(model, plain)  # the held norm is not there
    token = int(plain.logits[-1].argmax())
    assert less[token] != pytest.approx(float(plain.logits[-1, token]), abs=1e-3)


@pytest.mark.parametrize("changes", [{"word_embed_proj_dim": 16}, {"do_layer_norm_before": False}])
def test_variants_add_up_too(changes: dict[str, object]) -> None:
    model = variant("opt", **changes)
    found = direct_logit_attribution(model, capture(model, TEXT))
    assert found.values.sum() == pytest.approx(found.logit, rel=1e-3, abs=1e-4)


def test_a_family_whose_way_out_is_not_known_is_refused() -> None:
    model = model_of("gpt_neox_japanese")
    with pytest.raises(PlaygroundError, match="gpt_neox_japanese"):
        direct_logit_attribution(model, capture(model, TEXT))


@pytest.mark.parametrize(
    ("name", "text"), [("storyteller", "Once upon a time there was"), ("cloze", "The [MASK] sat.")]
)
def test_bundled_models_are_taken_apart(name: str, text: str) -> None:
    model = load_model(name)
    found = direct_logit_attribution(model, capture(model, text))
    assert found.values.sum() == pytest.approx(found.logit, rel=1e-3, abs=1e-3)
