"""What heads do: the worked example of CONCEPTS A2, patterns on weights made by hand, thumbnails."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np
import pytest

from playground import PlaygroundError, capture
from playground.analysis.attention import (
    attention_maps,
    attentions,
    induction_targets,
    kinds_of,
    patterns,
    sides,
    thumbnails,
)
from playground.analysis.attention.resting import opening_head
from playground.analysis.sampling import softmax
from playground.trace import Attention, Token
from tests.tiny import tiny


def tokens_of(ids: list[int]) -> tuple[Token, ...]:
    return tuple(Token(i, f"t{i}", f"t{i}", None, False) for i in ids)


def one_head(rows: Sequence[Sequence[float]]) -> Attention:
    return Attention(weights=np.array([rows], np.float32))


def column(*numbers: float) -> np.ndarray:
    return np.array(numbers, np.float32).reshape(1, -1, 1)


def test_cat_sat() -> None:
    """A2: one number per vector, no scaling, no mask."""
    query, key, value = column(0.5, 0.7), column(0.4, 0.8), column(0.6, 0.9)
    steps = Attention(weights=np.zeros((1, 2, 2), np.float32), q=query, k=key, v=value, scaling=1.0)
    assert steps.scores is not None and steps.masked is not None
    np.testing.assert_allclose(steps.scores[0], [[0.20, 0.40], [0.28, 0.56]], atol=1e-6)
    weights = softmax(steps.masked)
    np.testing.assert_allclose(weights[0], [[0.45, 0.55], [0.43, 0.57]], atol=5e-3)
    np.testing.assert_allclose((weights @ value)[0, :, 0], [0.7650, 0.7709], atol=5e-5)


def test_the_softmax_that_learners_meet_misprinted() -> None:
    np.testing.assert_allclose(softmax(np.array([0.56, 0.72, 0.11], np.float32)), [0.3557, 0.4175, 0.2268], atol=5e-5)


def test_the_steps_between_scores_and_weights() -> None:
    """Scaling, soft cap, bias, mask, in this order; key heads shared by groups of query heads."""
    rng = np.random.default_rng(0)
    q, k = rng.normal(size=(4, 3, 2)).astype(np.float32), rng.normal(size=(2, 3, 2)).astype(np.float32)
    bias = rng.normal(size=(4, 3, 3)).astype(np.float32)
    allowed = np.tril(np.ones((3, 3), bool))
    a = Attention(
        weights=np.zeros((4, 3, 3), np.float32), q=q, k=k, scaling=0.5, softcap=1.5, bias=bias, allowed=allowed
    )
    for head in range(4):
        scores = q[head] @ k[head // 2].T
        expected = np.where(allowed, np.tanh(scores * 0.5 / 1.5) * 1.5 + bias[head], -np.inf)
        np.testing.assert_allclose(a.masked[head], expected, rtol=1e-5)  # type: ignore[index]


def test_patterns_name_what_a_head_looks_at() -> None:
    tokens = tokens_of([1, 2, 3, 4])
    named = {
        "the previous token": [[1, 0, 0, 0], [1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0]],
        "the first token": [[1, 0, 0, 0], [0, 1, 0, 0], [1, 0, 0, 0], [1, 0, 0, 0]],
        "the token itself": [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]],
    }
    for name, rows in named.items():
        found = patterns(one_head(rows), tokens)
        assert found[0][0].name == name and found[0][0].share == pytest.approx(1)
        assert [p.share for p in found[0]] == sorted((p.share for p in found[0]), reverse=True)


def test_shares_are_means_over_the_rows_that_can_show_the_pattern() -> None:
    rows = [[1.0, 0, 0], [0.25, 0.75, 0], [0.5, 0.2, 0.3]]
    shares = {p.name: p.share for p in patterns(one_head(rows), tokens_of([1, 2, 3]))[0]}
    assert shares == pytest.approx(
        {"the token itself": (0.75 + 0.3) / 2, "the previous token": (0.25 + 0.2) / 2, "the first token": 0.5}
    )


def test_induction_heads_look_at_what_followed_before() -> None:
    ids = [7, 8, 9, 7, 8, 9]
    expected = np.zeros((6, 6), bool)
    expected[3, 1] = expected[4, 2] = expected[5, 3] = True
    np.testing.assert_array_equal(induction_targets(ids), expected)
    weights = np.eye(6, dtype=np.float32)
    weights[3:] = 0
    weights[3, 1], weights[4, 2], weights[5, 3] = 1, 0.5, 0.75
    weights[4, 4], weights[5, 5] = 0.5, 0.25
    found = {p.name: p for p in patterns(one_head(weights.tolist()), tokens_of(ids))[0]}
    assert found["what followed the same token before"].share == pytest.approx(0.75)
    assert found["what followed the same token before"].n_rows == 3
    once = patterns(one_head(weights[:4, :4].tolist()), tokens_of(ids[:4]))[0]
    assert "what followed the same token before" not in {p.name for p in once}  # one row is no average


@pytest.mark.parametrize(
    ("ids", "pairs"),
    [
        ([5], []),
        ([5, 6], []),
        ([5, 5], []),
        ([5, 5, 5], []),  # what follows is the token itself: nothing is said
        ([5, 6, 5, 6, 5], [(2, 1), (3, 2), (4, 1), (4, 3)]),
    ],
)
def test_induction_targets(ids: list[int], pairs: list[tuple[int, int]]) -> None:
    found = np.argwhere(induction_targets(ids)).tolist()
    assert [tuple(pair) for pair in found] == pairs


def test_nothing_is_claimed_without_repeats_or_across_two_texts() -> None:
    names = {p.name for p in patterns(one_head(np.eye(4).tolist()), tokens_of([1, 2, 3, 4]))[0]}
    assert "what followed the same token before" not in names
    assert patterns(Attention(weights=np.full((2, 3, 4), 0.25, np.float32)), tokens_of([1, 2, 3])) == [[], []]
    assert patterns(one_head([[1.0]]), tokens_of([1]))[0][0].share == 1


@pytest.mark.parametrize(("n", "m", "side"), [(5, 5, 48), (48, 48, 48), (100, 100, 48), (50, 7, 48), (97, 131, 10)])
def test_thumbnails_keep_shape_and_tint(n: int, m: int, side: int) -> None:
    rng = np.random.default_rng(1)
    layers = [Attention(weights=softmax(rng.normal(size=(3, n, m)).astype(np.float32))) for _ in range(2)]
    thumbs = thumbnails(layers, side)
    assert thumbs.shape == (2, 3, min(n, side), min(m, side)) and thumbs.dtype == np.uint8
    if max(n, m) <= side:
        np.testing.assert_allclose(thumbs[1] / 255, layers[1].weights, atol=0.5 / 255 + 1e-6)


@pytest.mark.parametrize("n", [100, 512])
def test_a_diagonal_keeps_its_tint_in_a_thumbnail(n: int) -> None:
    """A plain mean would leave 1/11 of it at 512 tokens."""
    diagonal, before = np.eye(n, dtype=np.float32), np.eye(n, k=-1, dtype=np.float32)
    before[0, 0] = 1
    column = np.zeros((n, n), np.float32)
    column[:, 0] = 1
    found = thumbnails([Attention(weights=np.stack([diagonal, before, column]))], 48)[0]
    assert (np.diagonal(found[0]) == 255).all() and (found[0].sum(-1) == 255).all()
    assert (np.diagonal(found[1]) > 127).all()
    assert (found[2][:, 0] == 255).all() and not found[2][:, 1:].any()


def test_a_single_weight_does_not_pass_for_a_line() -> None:
    spread = np.full((96, 96), 1 / 96, np.float32)
    spread[40] = 0
    spread[40, 40] = 1
    found = thumbnails([Attention(weights=spread[None])], 48)[0, 0]
    assert found[20, 20] == round(255 * (1 + 1 / 96) / 2) and (np.delete(found[20], 20) == round(255 / 96 / 2)).all()


def test_maps_gather_what_a_page_shows() -> None:
    trace = capture(tiny("marian"), "The cat sat. The cat sat. The cat", "the cat the cat the cat")
    for kind in ("self", "cross", "encoder"):
        maps = attention_maps(trace, kind, side=8)
        rows, columns = sides(trace, kind)
        assert (maps.rows, maps.columns) == (rows, columns)
        assert maps.thumbs.shape == (len(maps.layers), maps.layers[0].n_heads, min(8, len(rows)), min(8, len(columns)))
        assert maps.shrunk == (max(len(rows), len(columns)) > 8)
        assert maps.causal == (kind == "self")
        assert maps.suggested == opening_head(maps.layers, columns, kind)
        for layer, attention in enumerate(maps.layers):
            assert [list(head) for head in maps.patterns[layer]] == patterns(attention, rows)
    assert attention_maps(capture(tiny("gpt2"), "The")).causal is False  # one token: nothing comes after it


def test_kinds_and_sides() -> None:
    alone, both = capture(tiny("gpt2"), "The cat"), capture(tiny("marian"), "The cat sat", "the cat")
    assert kinds_of(alone) == ("self",)
    assert kinds_of(both) == ("self", "cross", "encoder")
    assert both.encoder is not None
    n, m = len(both), len(both.encoder)
    for kind, shape in (("self", (n, n)), ("cross", (n, m)), ("encoder", (m, m))):
        rows, columns = sides(both, kind)
        assert (len(rows), len(columns)) == shape
        assert {a.weights.shape[1:] for a in attentions(both, kind)} == {shape}
    for kind in ("cross", "encoder"):
        with pytest.raises(PlaygroundError):
            attentions(alone, kind)
    blind = dataclasses.replace(alone, layers=tuple(dataclasses.replace(la, attention=None) for la in alone.layers))
    assert kinds_of(blind) == ()
