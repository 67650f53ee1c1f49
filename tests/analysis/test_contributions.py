"""A logit taken apart, as it is shown: named, gathered, set against another token; each way has the same sum."""

from __future__ import annotations

import numpy as np
import pytest

from playground import PlaygroundError, capture, direct_logit_attribution, load_model
from playground.analysis.contributions import contributions
from playground.analysis.sampling import softmax
from tests.tiny import UNDESCRIBED, tiny

TEXT = "The cat sat on the mat."
NAMES = ["gpt2", "llama", "gemma2", "granite", "gpt_neox", "bert", "marian", "t5", "bloom"]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("against", ["", "dog"])
def test_bars_and_maps_add_up_to_the_models_own_number(name: str, against: str) -> None:
    model = tiny(name)
    trace = capture(model, TEXT, "the cat" if model.info.kind == "encoder-decoder" else None)
    found = contributions(model, trace, 1, "cat", against)
    logits = trace.logits[1]
    other = found.against
    wanted = logits[found.token.token_id] - (logits[other.token_id] if other else 0.0)
    assert found.total == pytest.approx(float(wanted), abs=1e-6)
    size = np.abs(found.values).sum()
    assert found.gap <= 1e-3 * size
    for shares in (found.largest(5), found.largest(10_000), found.on_the_way()):
        assert sum(share.value for share in shares) == pytest.approx(found.total, abs=1e-3 * size)
    assert len(found.largest(5)) == min(6, len(found.parts))
    sizes = [abs(share.value) for share in found.largest(5)[:5]]
    assert sizes == sorted(sizes, reverse=True)
    heads = sum(value for part, value in zip(found.parts, found.values, strict=True) if part.kind == "head")
    assert np.nansum(found.heads) == pytest.approx(heads, abs=1e-3 * size)
    assert found.probs[0] == pytest.approx(float(softmax(logits[None])[0, found.token.token_id]), rel=1e-5)
    assert found.rank == 1 + int((logits > logits[found.token.token_id]).sum())


def test_a_token_has_no_lead_over_itself() -> None:
    model = tiny("gpt2")
    found = contributions(model, capture(model, TEXT), 2, "cat", "cat")
    assert found.total == 0 and not found.values.any() and not np.nan_to_num(found.heads).any()


def test_a_lead_is_the_difference_of_two_attributions() -> None:
    model = tiny("marian")
    trace = capture(model, TEXT, "the cat sat")
    found = contributions(model, trace, 1, "#5", "#9")
    first, second = (direct_logit_attribution(model, trace, 1, token) for token in (5, 9))
    np.testing.assert_allclose(found.values, first.values.astype(float) - second.values, atol=1e-7)
    np.testing.assert_allclose(found.cross_heads, first.heads("cross head") - second.heads("cross head"), atol=1e-7)


def test_in_the_order_in_which_they_are_added_every_layer_comes_once() -> None:
    model = tiny("marian")
    found = contributions(model, capture(model, TEXT, "the cat sat"), 1)
    labels = [share.label for share in found.on_the_way()]
    assert len(set(labels)) == len(labels)
    inner = [f"{part} {n}" for n in range(3) for part in ("attention", "cross-attention", "feed-forward")]
    assert [label for label in labels if label[-1].isdigit()] == inner
    assert labels[0] == "embedding" and labels[-1] == "biases"


def test_what_cannot_be_taken_apart_is_a_sentence() -> None:
    model = tiny(UNDESCRIBED[0])
    with pytest.raises(PlaygroundError, match="cannot be taken apart"):
        contributions(model, capture(model, TEXT), 0)


def test_the_lesson_one_head_tells_girl_from_boy() -> None:
    """The lesson's claim: with "boy" the lead turns round, and so does the part of the head that spoke most for it."""
    model, word = load_model("storyteller"), "Once upon a time, there was a little {} named"
    girl, boy = (capture(model, word.format(child)) for child in ("girl", "boy"))
    lily, ben = (contributions(model, trace, len(trace) - 1, "Lily", "Max") for trace in (girl, boy))
    strongest = np.unravel_index(np.nanargmax(np.abs(lily.heads)), lily.heads.shape)
    assert lily.total > 0 > ben.total
    assert lily.heads[strongest] > 0 > ben.heads[strongest]
