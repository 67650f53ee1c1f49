"""The map of silenced heads is what silencing them one by one gives."""

from __future__ import annotations

import numpy as np
import pytest

from playground import Change, PlaygroundError, ablation_map, capture
from playground.analysis.sampling import softmax
from tests.hooks.test_changes import model_of
from tests.hooks.variants import TEXT


@pytest.mark.parametrize(
    "name", ["gpt2", "llama", "gemma2", "bert", "opt", "bart", "t5", "gpt_oss", "nemotron_h", "gpt_neo"]
)
@pytest.mark.parametrize("batch", [3, 100])
def test_each_cell_is_that_head_silenced_alone(name: str, batch: int) -> None:
    model = model_of(name)
    target = "the cat" if model.info.kind == "encoder-decoder" else None
    plain = capture(model, TEXT, target)
    found = ablation_map(model, TEXT, target=target, pos=2, batch=batch)
    assert found.done and found.token_id == plain.logits[2].argmax() and found.pos == 2
    assert found.logit == pytest.approx(float(plain.logits[2, found.token_id]))
    for n, layer in enumerate(plain.layers):
        if layer.attention is None:
            assert np.isnan(found.logits[n]).all()
            continue
        for head in (0, layer.attention.n_heads - 1):
            alone = capture(model, TEXT, target, changes=[Change.zero_head(n, head)]).logits[2]
            assert found.logits[n, head] == pytest.approx(float(alone[found.token_id]), abs=1e-4)
            assert found.probabilities[n, head] == pytest.approx(float(softmax(alone)[found.token_id]), abs=1e-5)
            assert found.effects[n, head] == pytest.approx(float(alone[found.token_id]) - found.logit, abs=1e-4)
    assert np.nanmax(np.abs(found.effects)) > 1e-4


@pytest.mark.parametrize("name", ["bart", "t5", "marian"])
def test_cross_heads_and_encoder_heads_have_maps_of_their_own(name: str) -> None:
    model = model_of(name)
    maps = [
        ablation_map(model, TEXT, 7, target="the cat"),
        ablation_map(model, TEXT, 7, target="the cat", cross=True),
        ablation_map(model, TEXT, 7, target="the cat", encoder=True),
    ]
    assert maps[2].logits.shape[0] == model.info.n_encoder_layers != maps[0].logits.shape[0]
    changes = [Change.zero_head(1, 0), Change.zero_head(1, 0, cross=True), Change.zero_head(1, 0, encoder=True)]
    for found, change in zip(maps, changes, strict=True):
        alone = capture(model, TEXT, "the cat", changes=[change]).logits[-1, 7]
        assert found.logits[1, 0] == pytest.approx(float(alone), abs=1e-4)


def test_heads_may_give_their_mean_instead() -> None:
    model = model_of("llama")
    plain = capture(model, TEXT)
    found = ablation_map(model, TEXT, 7, mean=True)
    alone = capture(model, TEXT, changes=[Change.mean_head(plain, 0, 2)]).logits[-1, 7]
    assert found.logits[0, 2] == pytest.approx(float(alone), abs=1e-4)


def test_progress_is_told_and_stop_keeps_what_is_there() -> None:
    model = model_of("gpt2")
    told: list[tuple[float, str]] = []
    found = ablation_map(
        model, TEXT, batch=2, progress=lambda f, s: told.append((f, s)), cancelled=lambda: len(told) == 3
    )
    assert not found.done and np.isfinite(found.logits).sum() == 6
    assert [fraction for fraction, _ in told] == [0.25, 0.5, 0.75] and told[0][1] == "2 of 8 heads"


def test_families_without_heads_to_silence_are_refused() -> None:
    with pytest.raises(PlaygroundError, match="no heads"):
        ablation_map(model_of("bloom"), TEXT)
    with pytest.raises(PlaygroundError, match="no cross-attention heads"):
        ablation_map(model_of("gpt2"), TEXT, cross=True)
