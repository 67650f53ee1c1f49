"""One basis for all levels, and one word in several sentences: laws, and an independent projection as oracle."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground import capture, load_model
from playground.analysis.paths import (
    Levels,
    distortion,
    find_word,
    level_vectors,
    paths,
    positions_of,
    same_word,
    spelled,
)
from playground.errors import PlaygroundError
from playground.tabs.embeddings.layers import READY, SENTENCES, WORD, read_sentences
from tests.tiny import FAMILIES, tiny

TEXT = "The cat sat on the mat."


def levels_of(family: str, text: str = TEXT) -> Levels:
    model = tiny(family)
    trace = capture(model, text, "the cat" if model.info.kind == "encoder-decoder" else None)
    return level_vectors(trace.encoder or trace)


@pytest.mark.parametrize("family", FAMILIES)
def test_every_level_is_the_stream_s_own(family: str) -> None:
    model = tiny(family)
    trace = capture(model, TEXT, "the cat" if model.info.kind == "encoder-decoder" else None)
    found = level_vectors(trace)
    assert found.vectors.shape == (len(found.names), len(trace), model.info.d_model)
    for n, layer in enumerate(trace.layers):
        np.testing.assert_array_equal(found.vectors[found.names.index(f"after layer {n}")], layer.resid_post)
    assert found.turned[0] == pytest.approx(1, abs=1e-5)
    np.testing.assert_allclose(found.lengths[-1], np.linalg.norm(trace.layers[-1].resid_post, axis=1), rtol=1e-5)


@pytest.mark.parametrize("centre", ["all", "level"])
@pytest.mark.parametrize("unit", [True, False])
def test_the_plane_is_that_of_the_largest_variance(centre: str, unit: bool) -> None:
    found = levels_of("gpt2")
    laid = paths(found, centre, unit)
    vectors = found.vectors.astype(np.float64)
    if unit:
        vectors = vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)
    if centre == "level":
        vectors = vectors - vectors.mean(1, keepdims=True)
    flat = vectors.reshape(-1, vectors.shape[-1])
    values, axes = np.linalg.eigh(np.cov(flat.T))
    np.testing.assert_allclose(laid.explained, values[::-1][:2] / values.sum(), atol=1e-5)
    expected = np.abs((flat - flat.mean(0)) @ axes[:, ::-1][:, :2]).reshape(laid.points.shape)
    np.testing.assert_allclose(np.abs(laid.points), expected, atol=1e-3)
    if centre == "level":
        np.testing.assert_allclose(laid.points.mean(1), 0, atol=1e-4)


def test_of_vectors_of_length_1_only_the_direction_counts() -> None:
    found = levels_of("bert")
    longer = Levels(found.names, found.vectors * np.arange(1, len(found.names) + 1, dtype=np.float32)[:, None, None])
    np.testing.assert_allclose(paths(found, "all", True).points, paths(longer, "all", True).points, atol=1e-4)
    assert not np.allclose(paths(found, "all", False).points, paths(longer, "all", False).points, atol=1e-2)


def test_one_token_and_equal_tokens_are_laid_out() -> None:
    for text in ("a", "a a a"):
        laid = paths(levels_of("gpt2", text), "level", False)
        assert np.isfinite(laid.points).all() and np.isfinite(laid.explained).all()


def test_what_outweighs_all_others_is_named() -> None:
    found = levels_of("gpt2")
    assert distortion(found).long == ()
    vectors = found.vectors.copy()
    vectors[2, 0] *= 50
    vectors[1, :, 7] += 30 * np.abs(vectors[1]).max()
    odd = distortion(replace(found, vectors=vectors))
    assert odd.long[0][:2] == (0, 2) and odd.long[0][2] > 10
    assert odd.outlying[0][:2] == (7, 1) and odd.outlying[0][2] > 0.9


@pytest.mark.parametrize("family", ["gpt2", "bert", "marian", "t5", "llama"])
def test_a_word_begins_as_the_same_vector_and_equal_sentences_never_part(family: str) -> None:
    model = tiny(family)
    texts = ["The cat sat on the mat.", "Once a cat was in the house", "The cat sat on the mat."]
    two = model.info.kind == "encoder-decoder"
    stacks = [capture(model, text, "." if two else None) for text in texts]
    stacks = [trace.encoder or trace for trace in stacks]  # type: ignore[misc]
    for centred in (True, False):
        same = same_word(stacks, [find_word("cat", text) for text in texts], centred)
        np.testing.assert_allclose(same.cosines[:, 0, 2], 1, atol=1e-5)
        np.testing.assert_allclose(same.cosines, same.cosines.transpose(0, 2, 1), atol=1e-6)
        np.testing.assert_allclose(same.cosines[0], 1, atol=1e-5)
        assert same.cosines[-1, 0, 1] < 0.999


def test_in_a_model_that_reads_forwards_what_follows_changes_nothing() -> None:
    texts = ["The cat sat on the mat.", "The cat and the dog said nothing"]
    for family, equal in (("gpt2", True), ("bert", False)):
        stacks = [capture(tiny(family), text) for text in texts]
        cosines = same_word(stacks, [find_word("cat", text) for text in texts], False).cosines
        assert (cosines[-1, 0, 1] > 0.9999) == equal


def test_a_word_of_several_tokens_is_their_mean() -> None:
    trace = capture(tiny("gpt2"), "the façade 👩‍👧 naïvely")
    span = find_word("façade", trace.text)
    held = positions_of(trace, span)
    assert len(held) > 1
    same = same_word([trace, trace], [span, span], False)
    vectors = level_vectors(trace).vectors
    np.testing.assert_allclose(same.levels.vectors[:, 0], vectors[:, list(held)].mean(1), atol=1e-5)


@pytest.mark.parametrize("family", ["marian", "t5", "bart"])
def test_a_word_of_a_target_is_found_by_its_tokens(family: str) -> None:
    trace = capture(tiny(family), ".", "The cat sat on the mat")
    assert all(token.span is None for token in trace.tokens)
    text, spans = spelled(trace)
    held = positions_of(trace, find_word("mat", text))
    assert "mat" in "".join(trace.tokens[i].text for i in held) and 0 < len(held) < len(trace)
    assert "".join(text[a:b] for a, b in (one for one in spans if one is not None)) == text


@given(st.text(max_size=20), st.text(max_size=40))
def test_a_word_is_found_where_it_is_or_said_to_be_missing(word: str, text: str) -> None:
    try:
        first, last = find_word(word, text)
    except PlaygroundError:
        return
    assert text[first:last].casefold() == word.strip().casefold() or text[first:last].lower() == word.strip().lower()


def test_a_whole_word_goes_before_a_part_of_one() -> None:
    assert find_word("bank", "The banker sat on the bank") == (22, 26)
    assert find_word("bank", "The banker") == (4, 8)
    for missing in ("river", "", "  "):
        with pytest.raises(PlaygroundError):
            find_word(missing, "The bank")


@pytest.mark.parametrize("text", ["", "one line", "\n".join("abcdefg")])
def test_two_to_six_sentences_are_taken(text: str) -> None:
    with pytest.raises(PlaygroundError, match="two to 6 sentences"):
        read_sentences(text)


@pytest.mark.parametrize("name", ["storyteller", "cloze", "translator"])
def test_lesson_the_two_meanings_of_the_ready_word_end_apart(name: str) -> None:
    """The sentences that stand ready show what they are there for, with each model that comes along."""
    model, (word, text) = load_model(name), READY.get(name, (WORD, SENTENCES))
    sentences = read_sentences(text)
    two = (".",) if model.info.kind == "encoder-decoder" else ()
    stacks = [trace.encoder or trace for trace in (capture(model, sentence, *two) for sentence in sentences)]
    same = same_word(stacks, [find_word(word, sentence) for sentence in sentences], True)
    assert all(len(held) == 1 for held in same.positions)
    np.testing.assert_allclose(same.cosines[0], 1, atol=1e-5)
    last = same.cosines[-1]
    assert min(last[0, 1], last[2, 3]) > last[:2, 2:].max() + 0.05
