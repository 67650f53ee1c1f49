"""The grid of patched places: each cell is one patch, a whole depth brings the answer back, refusals are sentences."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from playground import Change, PlaygroundError, capture, load_model, patching_grid
from playground.analysis import patching_runs
from playground.models import LoadedModel
from tests.hooks.test_changes import BY_TRIAL, ROWS, TRIAL, model_of

CLEAN, CORRUPT = [30, 31, 32, 33, 34, 35], [30, 41, 32, 33, 44, 35]
"""Token ids; they differ in the second and fifth."""


def apart(model: LoadedModel, target: str | None = None) -> dict[str, Any]:
    """The two answers between which the two texts make the largest difference."""
    runs = [capture(model, ids, target).logits[-1] for ids in (CLEAN, CORRUPT)]
    return {"clean_id": int((runs[0] - runs[1]).argmax()), "corrupt_id": int((runs[0] - runs[1]).argmin())}


SEVERAL = [name for name in (*ROWS, *BY_TRIAL, *TRIAL) if model_of(name).info.kind != "encoder-decoder"]


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Granite divides its logits by eight: among tiny random weights they hardly differ."""
    monkeypatch.setattr(patching_runs, "LEAST_DIFFERENCE", 1e-3)


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("name", SEVERAL)
def test_a_whole_depth_brings_the_answer_back(name: str) -> None:
    model = model_of(name)
    found = patching_grid(model, CLEAN, CORRUPT, **apart(model))
    np.testing.assert_allclose(found.whole, 1, atol=1e-3)
    assert found.recovered.shape == (model.info.n_layers + 1, len(found.tokens))
    assert found.depths[0] == "embedding" and found.done
    assert found.recovered[-1, found.pos] == pytest.approx(1, abs=1e-3)  # all that is read out stands at this place
    if model.info.kind == "decoder":
        np.testing.assert_allclose(np.delete(found.recovered[-1], found.pos), 0, atol=1e-3)


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("name", ["gpt2", "llama", "bert", "olmo2", "granitemoe"])
@pytest.mark.parametrize("site", ["resid", "attn_out", "mlp_out"])
def test_each_cell_is_one_patch(name: str, site: str) -> None:
    model = model_of(name)
    answers = apart(model)
    one, other = answers.values()
    found = patching_grid(model, CLEAN, CORRUPT, site=site, batch=5, **answers)
    source, run = capture(model, CLEAN), capture(model, CORRUPT)
    differences = [float(t.logits[-1, one] - t.logits[-1, other]) for t in (source, run)]
    assert [found.clean_difference, found.corrupt_difference] == pytest.approx(differences)
    place = ("resid_pre", 1) if site == "resid" else (site, 1)
    for pos in range(len(run)):
        patched = capture(model, CORRUPT, changes=[Change.patch(source, *place, pos)]).logits[-1]
        share = (float(patched[one] - patched[other]) - differences[1]) / (differences[0] - differences[1])
        assert found.recovered[1, pos] == pytest.approx(share, abs=1e-3)
    assert np.ptp(found.recovered[1]) > 1e-5


@pytest.mark.parametrize("name", ["bart", "t5", "marian", "mbart"])
def test_an_encoder_decoder_is_patched_where_its_texts_are(name: str) -> None:
    model = model_of(name)
    found = patching_grid(model, CLEAN, CORRUPT, target="the", **apart(model, "the"))
    assert len(found.tokens) == len(CORRUPT)
    assert len(found.depths) == (model.info.n_encoder_layers or 0) + 1
    np.testing.assert_allclose(found.whole, 1, atol=1e-3)
    inside = patching_grid(model, CLEAN, CORRUPT, target="the", encoder=False, **apart(model, "the"))
    assert len(inside.depths) == model.info.n_layers + 1
    assert inside.whole[0] == pytest.approx(0, abs=1e-3)  # the same target enters in both runs


def test_progress_is_told_and_stop_keeps_what_is_there() -> None:
    told: list[str] = []
    found = patching_grid(
        model_of("gpt2"), CLEAN, CORRUPT, clean_id=7, corrupt_id=9, batch=4,
        progress=lambda _, sentence: told.append(sentence), cancelled=lambda: len(told) == 2,
    )  # fmt: skip
    assert not found.done and np.isnan(found.recovered[-1]).all() and not np.isnan(found.whole[0])
    assert len(told) == 2


def test_what_cannot_be_compared_is_refused_with_a_sentence() -> None:
    model = model_of("gpt2")
    with pytest.raises(PlaygroundError, match="part at token 1"):
        patching_grid(model, "The cat sat on", "The capital of France sat on")
    with pytest.raises(PlaygroundError, match="same answer"):
        patching_grid(model, "The cat", "The cat")
    with pytest.raises(PlaygroundError, match="nearly the same"):
        patching_grid(model, "The cat", "The cat", clean_id=7, corrupt_id=9)
    with pytest.raises(PlaygroundError, match="no place 'q'"):
        patching_grid(model, CLEAN, CORRUPT, site="q")
    with pytest.raises(PlaygroundError, match="does not hand over"):
        patching_grid(model, CLEAN, CORRUPT, site="cross_out", clean_id=7, corrupt_id=9)


def test_the_storyteller_takes_the_name_from_where_it_stands() -> None:
    """At the bottom the answer comes back only where the texts differ; at the top only at the last place."""
    model = load_model("storyteller")
    found = patching_grid(model, "Lily saw a big dog. She ran to the", "Lily saw a big cat. She ran to the")
    assert model.tokenizer.decode([found.clean_id]) == " dog"
    differ = [n for n, value in enumerate(found.recovered[0]) if abs(value) > 1e-3]
    assert [found.tokens[n].text for n in differ] == ["␣cat"]
    assert found.recovered[-1, -1] == pytest.approx(1, abs=1e-3)
