"""Views of attention, asked as the page asks them: each measure is the one that an independent computation gives."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from playground import engine
from playground.analysis.attention import attentions
from playground.tabs.contract import Look
from playground.views.pictures import AttentionText
from tests.tabs.tiny_pages import PROMPTS, drawn, shown

CASES = [("gpt2", "self"), ("bert", "self"), ("marian", "self"), ("marian", "cross"), ("marian", "encoder")]


def text_picture(model: str, **values: Any) -> AttentionText:
    look = Look(pos=1, layer=1, head=1)
    picture = shown("attention-text", PROMPTS[model], look, **values).picture
    assert isinstance(picture, AttentionText)
    return picture


@pytest.mark.parametrize(("model", "kind"), CASES)
def test_over_the_text_the_numbers_are_the_models(model: str, kind: str) -> None:
    layers = attentions(engine.trace(PROMPTS[model]), kind)
    every = np.stack([a.weights for a in layers])
    for measure, expected in (("head", every[1, 1]), ("heads", every[1].mean(0)), ("layers", every.mean((0, 1)))):
        found = text_picture(model, which=kind, measure=measure)
        np.testing.assert_allclose(found.values, expected, atol=1e-6)
        assert (found.layer, found.pos) == (1, 1)
    assert bool(found.column_pieces) == (kind == "cross")
    rolled = text_picture(model, which=kind, measure="rollout").values
    assert (rolled >= 0).all() and (rolled.sum(-1) <= 1 + 1e-5).all()
    moved = text_picture(model, which=kind, measure="moved").values
    v = layers[1].v
    assert v is not None and moved.shape == every[1, 1].shape
    # The head's weight divided out, the length belongs to the key alone.
    lengths = np.divide(moved, every[1, 1], out=np.full_like(moved, np.nan), where=every[1, 1] > 1e-6)
    assert np.nanmax(np.nanstd(lengths, axis=0)) < 1e-4 * np.nanmax(lengths)


def test_rollout_begins_at_the_top() -> None:
    picture = shown("attention-text", PROMPTS["gpt2"], Look(), measure="rollout").picture
    assert isinstance(picture, AttentionText) and picture.layer == picture.n_layers - 1 == 1


def test_what_a_family_does_not_hand_over_is_said() -> None:
    assert "values" in drawn("attention-text", PROMPTS["falcon"], measure="moved")["message"]
