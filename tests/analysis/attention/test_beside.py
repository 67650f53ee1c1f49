"""Where heads rest, which head a page opens on, and maps laid side by side."""

from __future__ import annotations

import numpy as np
import pytest

from playground import PlaygroundError, capture
from playground.analysis.attention import attention_maps, attentions
from playground.analysis.attention.beside import by_pieces, mask_lifted, most_alike, pieces_of
from playground.analysis.attention.maps import thumbnails, thumbnails_without
from playground.analysis.attention.resting import opening_head, resting_columns, unexplained, without
from playground.analysis.sampling import softmax
from playground.trace import Attention, Change, Token
from tests.tiny import tiny


def token(text: str, start: int | None = None, special: bool = False) -> Token:
    return Token(0, text, text, None if start is None else (start, start + len(text)), special)


def causal(n: int, heads: int = 1, seed: int = 0) -> np.ndarray:
    scores = np.random.default_rng(seed).normal(size=(heads, n, n)).astype(np.float32)
    return softmax(np.where(np.tril(np.ones((n, n), bool)), scores, -np.inf))


def test_resting_places_are_the_first_and_the_special_tokens() -> None:
    tokens = [token("[CLS]", special=True), token("a"), token("b"), token("[SEP]", special=True)]
    assert resting_columns(tokens, "self") == (0, 3)
    assert resting_columns(tokens[1:3], "self") == (0,)
    assert resting_columns(tokens[1:], "cross") == (2,)
    assert resting_columns(tokens[1:2], "self") == ()


def test_what_is_left_sums_to_one_again() -> None:
    left = without(causal(5, 3), (0,))
    assert not left[:, :, 0].any() and not left[:, 0].any(), "the first row had nothing else"
    np.testing.assert_allclose(left[:, 1:].sum(-1), 1, atol=1e-5)
    np.testing.assert_allclose(left[0, 4, 2] / left[0, 4, 3], causal(5, 3)[0, 4, 2] / causal(5, 3)[0, 4, 3], rtol=1e-4)
    np.testing.assert_array_equal(without(causal(4), ()), causal(4))


def one(rows: np.ndarray) -> Attention:
    return Attention(weights=rows[None].astype(np.float32))


def test_position_and_rest_explain_what_says_nothing_of_the_text() -> None:
    n = 8
    previous = np.eye(n, k=-1) + np.eye(n)[:, [0]] * (np.arange(n) == 0)
    first = np.zeros((n, n))
    first[:, 0] = 1
    content = np.zeros((n, n))
    content[:, 3] = 1  # every token looks at the same word, wherever it stands
    assert unexplained(one(previous), (0,))[0] == pytest.approx(0, abs=1e-6)
    assert unexplained(one(first), (0,))[0] == 0
    assert unexplained(one(content), (0,))[0] == pytest.approx(1)
    layers = [one(previous), Attention(weights=np.stack([first, content]).astype(np.float32))]
    assert opening_head(layers, [token(str(i)) for i in range(n)], "self") == (1, 1)


@pytest.mark.parametrize("n", [1, 2, 3, 300])
def test_every_text_opens_on_a_head_that_is_there(n: int) -> None:
    layers = [Attention(weights=causal(n, 2, seed)) for seed in range(2)]
    layer, head = opening_head(layers, [token(str(i), special=i == 0) for i in range(n)], "self")
    assert 0 <= layer < 2 and 0 <= head < 2


def test_thumbnails_without_resting_places_are_those_of_what_is_left() -> None:
    model = tiny("bert")
    trace = capture(model, "The cat sat on the mat.")
    maps = attention_maps(trace)
    expected = thumbnails([Attention(weights=without(a.weights, maps.resting)) for a in maps.layers])
    np.testing.assert_array_equal(thumbnails_without(model, trace, "self"), expected)
    assert not expected[..., list(maps.resting)].any()


# Side by side


def test_pieces_end_where_both_models_cut() -> None:
    text = "The cats sat"
    ours = [token("The", 0), token(" cats", 3), token(" sat", 8)]
    theirs = [token("[CLS]", special=True), token("the", 0), token("cat", 4), token("s", 7), token("sat", 9)]
    assert pieces_of(text, ours, theirs) == (((0,), (1,)), ((1,), (2, 3)), ((2,), (4,)))
    crossing = [token("Th", 0), token("e c", 2), token("ats sat", 5)]
    assert pieces_of(text, crossing, theirs[1:]) == (((0, 1, 2), (0, 1, 2, 3)),)
    assert pieces_of(text, ours, []) == ()


def test_a_map_over_pieces_adds_columns_and_averages_rows() -> None:
    weights = np.array([[0.5, 0.3, 0.2], [0.1, 0.6, 0.3], [0.2, 0.2, 0.6]], np.float32)
    found = by_pieces(weights, [(0, 1), (2,)])
    np.testing.assert_allclose(found, [[0.75, 0.25], [0.4, 0.6]], atol=1e-6)
    np.testing.assert_allclose(by_pieces(weights, [(0,), (1,)])[0], [0.625, 0.375], atol=1e-6)  # what is left, divided


def test_the_head_most_like_ours_is_ours() -> None:
    text = "The cat sat on the mat."
    trace = capture(tiny("gpt2"), text)
    layers = attentions(trace)
    pieces = pieces_of(text, trace.tokens, trace.tokens)
    for layer, head in ((0, 1), (1, 3)):
        match = most_alike(layers[layer].weights[head], layers, pieces)
        assert (match.layer, match.head) == (layer, head) and match.distance == pytest.approx(0, abs=1e-5)
    other = capture(tiny("bert"), text)
    found = most_alike(layers[0].weights[0], attentions(other), pieces_of(text, trace.tokens, other.tokens))
    assert 0 < found.distance <= 1 and found.pieces
    with pytest.raises(PlaygroundError, match="no piece"):
        most_alike(layers[0].weights[0], layers, ())


@pytest.mark.parametrize("family", ["gpt2", "llama", "marian"])
def test_without_a_mask_rows_reach_what_comes_later(family: str) -> None:
    model = tiny(family)
    trace = capture(model, "The cat sat on the mat.", "the cat sat" if family == "marian" else None)
    found = mask_lifted(model, trace)
    source = [t.token_id for t in (trace.encoder or trace).tokens]
    target = [t.token_id for t in trace.tokens] if trace.encoder is not None else None
    again = capture(model, source, target, changes=(Change.no_causal_mask(),))
    upper = np.triu(np.ones((len(trace), len(trace)), bool), k=1)
    for layer, attention in enumerate(found.layers):
        np.testing.assert_allclose(attention.weights.sum(-1), 1, atol=1e-4)
        np.testing.assert_array_equal(attention.weights, again.layers[layer].attention.weights)  # type: ignore[union-attr]
        shares = attention.weights[:, :-1][:, :, :][..., :].copy() * upper[:-1]
        np.testing.assert_allclose(found.later[layer], shares.sum(-1).mean(-1), atol=1e-5)
        assert (attention.weights[:, 0, 1:] > 0).any()
    probs = softmax(trace.logits[-1].astype(np.float64)), softmax(again.logits[-1].astype(np.float64))
    assert found.before[0] == (int(probs[0].argmax()), pytest.approx(float(probs[0].max()), rel=1e-4))  # type: ignore[comparison-overlap]
    assert found.after[0] == (int(probs[1].argmax()), pytest.approx(float(probs[1].max()), rel=1e-4))  # type: ignore[comparison-overlap]
    assert found.bits == pytest.approx(float((probs[0] * np.log2(probs[0] / probs[1])).sum()), abs=1e-4)
