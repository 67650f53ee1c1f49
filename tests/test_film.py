"""The film of a training: the bundled one shows the model that is bundled, and a bad one is refused in a sentence."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from playground import PlaygroundError, capture, guided_heads, load_model, open_film

MODELS = Path(__file__).resolve().parents[1] / "assets" / "models"
STORYTELLER = MODELS / "storyteller"


def test_the_last_frame_is_the_bundled_models_own_trace() -> None:
    film = open_film(STORYTELLER)
    model = load_model("storyteller")
    for text in film.texts:
        trace = capture(model, text.text)
        assert [token.token_id for token in trace.tokens] == text.token_ids.tolist()
        weights = np.stack([layer.attention.weights for layer in trace.layers if layer.attention is not None])
        np.testing.assert_allclose(text.attention(-1), weights, atol=0.5 / 255 + 1e-4)
        shares = np.exp(trace.logits - trace.logits.max(axis=-1, keepdims=True))
        shares /= shares.sum(axis=-1, keepdims=True)
        theirs = np.take_along_axis(shares, text.top_ids[-1], axis=-1)
        np.testing.assert_allclose(text.top_probs[-1], theirs, atol=1e-4)
        assert (text.answer_ranks[-1, -1] == 0).all()


def test_the_film_begins_before_the_first_step_and_ends_with_the_run() -> None:
    film = open_film(STORYTELLER)
    record = json.loads((STORYTELLER / "training.json").read_text(encoding="utf-8"))
    assert film.steps[0] == 0 and film.steps[-1] == record["steps"] and film.tokens[-1] == record["tokens"]
    assert (np.diff(film.steps) > 0).all() and len(film) >= 30
    assert film.bits_per_byte[0] == pytest.approx(film.uniform_bits_per_byte, rel=0.05)
    assert film.bits_per_byte[-1] < 0.7 * film.bigram_bits_per_byte
    assert (STORYTELLER / "film.safetensors").stat().st_size < 5_000_000


def test_guided_heads_are_named_where_they_were_guided_and_do_what_they_were_told() -> None:
    heads = guided_heads(STORYTELLER)
    film = open_film(STORYTELLER)
    previous = [place for place, what in heads.items() if what == "the token before"]
    induction = [place for place, what in heads.items() if what == "what followed the same token before"]
    assert len(previous) == len(induction) == 1
    assert film.previous_token[-1][previous[0]] == film.previous_token[-1].max() > 0.6
    assert film.induction[-1][induction[0]] > 0.4
    assert guided_heads(MODELS / "cloze") == {}


def test_arrays_of_a_film_are_read_only() -> None:
    film = open_film(STORYTELLER)
    with pytest.raises(ValueError, match="read-only"):
        film.points[0] = 0


def test_a_record_of_the_wrong_shape_is_refused_with_both_shapes() -> None:
    film = open_film(STORYTELLER)
    with pytest.raises(ValueError, match=r"tokens has the shape .* not "):
        replace(film, tokens=film.tokens[:-1])
    with pytest.raises(ValueError, match="top_ids has the shape"):
        replace(film.texts[0], top_ids=film.texts[0].top_ids[:, :, :4])


def test_a_folder_without_a_film_says_which_model_has_one() -> None:
    with pytest.raises(PlaygroundError, match="storyteller has one"):
        open_film(MODELS / "cloze")


def test_a_broken_film_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "film.safetensors").write_bytes(b"nothing of the kind")
    with pytest.raises(PlaygroundError, match="cannot be read"):
        open_film(tmp_path)
    arrays = load_file(STORYTELLER / "film.safetensors")
    save_file({name: array for name, array in arrays.items() if name != "steps"}, tmp_path / "film.safetensors")
    with pytest.raises(PlaygroundError, match="cannot be read"):
        open_film(tmp_path)
