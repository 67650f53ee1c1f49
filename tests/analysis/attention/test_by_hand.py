"""Typed numbers through attention: the worked example to four digits, the PyTorch lines, and what is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from playground import PlaygroundError
from playground.analysis.attention.by_hand import (
    attention_of,
    nobody_looks_ahead,
    numbers,
    softmax_of,
    tokens,
    torch_lines,
)

CAT_SAT = "Cat 0.5 | 0.4 | 0.6\nSat 0.7 | 0.8 | 0.9"


def test_cat_sat_to_four_digits() -> None:
    typed = tokens(CAT_SAT)
    assert typed.names == ("Cat", "Sat")
    found = attention_of(typed.q, typed.k, typed.v, scaling=1.0, allowed=None)
    assert found.scores is not None and found.head_out is not None
    np.testing.assert_allclose(found.scores[0], [[0.20, 0.40], [0.28, 0.56]], atol=1e-6)
    np.testing.assert_allclose(found.weights[0], [[0.4502, 0.5498], [0.4305, 0.5695]], atol=5e-5)
    np.testing.assert_allclose(found.head_out[0, :, 0], [0.7650, 0.7709], atol=5e-5)


def test_softmax_of_the_list_that_is_often_misprinted() -> None:
    found = softmax_of("[0.56, 0.72, 0.11]")
    assert found is not None
    np.testing.assert_allclose(found.shares, [0.3557, 0.4175, 0.2268], atol=5e-5)
    np.testing.assert_allclose(found.exps, np.exp([0.56, 0.72, 0.11]), rtol=1e-6)
    assert softmax_of("  ") is None
    large = softmax_of("1000 999")
    assert large is not None
    np.testing.assert_allclose(large.shares, [1 / (1 + np.exp(-1)), 1 - 1 / (1 + np.exp(-1))], rtol=1e-6)


@pytest.mark.parametrize(("scaled", "causal"), [(False, False), (True, False), (False, True), (True, True)])
@pytest.mark.parametrize(("n", "width", "deep"), [(1, 1, 1), (2, 1, 1), (4, 3, 2), (6, 4, 4)])
def test_the_torch_lines_give_the_same_numbers(n: int, width: int, deep: int, scaled: bool, causal: bool) -> None:
    rng = np.random.default_rng(n)

    def row(length: int) -> str:
        return " ".join(f"{x:.2f}" for x in rng.normal(size=length))

    typed = tokens("\n".join(f"w{i} {row(width)} | {row(width)} | {row(deep)}" for i in range(n)))
    allowed = nobody_looks_ahead(n) if causal else None
    found = attention_of(typed.q, typed.k, typed.v, scaling=width**-0.5 if scaled else 1.0, allowed=allowed)
    names: dict[str, Any] = {"print": lambda *values: None}
    exec(torch_lines(typed.q, typed.k, typed.v, scaled=scaled, causal=causal), names)
    assert found.head_out is not None
    np.testing.assert_allclose(names["weights"].numpy(), found.weights[0], atol=1e-5)
    np.testing.assert_allclose(names["output"].numpy(), found.head_out[0], atol=1e-4)
    q, k, v = (torch.tensor(x)[None] for x in (typed.q, typed.k, typed.v))
    expected = torch.nn.functional.scaled_dot_product_attention(
        q, k, v, is_causal=causal, scale=None if scaled else 1.0
    )
    np.testing.assert_allclose(found.head_out, expected.numpy(), atol=1e-4)


def test_ten_lines_are_enough() -> None:
    typed = tokens(CAT_SAT)
    lines = torch_lines(typed.q, typed.k, typed.v, scaled=True, causal=False).splitlines()
    assert len([line for line in lines if line and not line.startswith(("import", "print"))]) <= 10


@pytest.mark.parametrize(
    ("text", "names", "width"),
    [
        ("0.5 | 0.4 | 0.6", ("token 0",), 1),
        ("a: [1, 2] | [3, 4] | [5]", ("a",), 2),
        ("new york −1 .5 | 2 3 | 1", ("new york",), 2),
        ("\n x2 1|2|3 \n\n y 2|3|4", ("x2", "y"), 1),
        ("</script> 1 | 2 | 3", ("</script>",), 1),
    ],
)
def test_what_can_be_typed(text: str, names: tuple[str, ...], width: int) -> None:
    typed = tokens(text)
    assert typed.names == names and typed.q.shape == (len(names), width)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "0 tokens"),
        ("a 1 | 2", "three parts"),
        ("a 1 | 2 | x", "“x” is not a number"),
        ("a 1 | | 3", "not a number"),
        ("a 1 | nan | 3", "too large"),
        ("a 1 | 1e9 | 3", "too large"),
        ("a 1 2 | 1 | 3", "multiplied number by number"),
        ("a 1 | 1 | 3\nb 1 2 | 1 2 | 3", "Give all lines equally many"),
        ("a 1 2 3 4 5 | 1 2 3 4 5 | 1", "room for 4"),
        ("\n".join(["a 1 | 1 | 1"] * 7), "7 tokens"),
    ],
)
def test_what_cannot_be_typed_is_said(text: str, says: str) -> None:
    with pytest.raises(PlaygroundError, match=says):
        tokens(text)


def test_numbers_refuse_words_in_a_sentence() -> None:
    assert numbers("1, 2;3", "x") == [1, 2, 3]
    with pytest.raises(PlaygroundError, match="13 numbers"):
        softmax_of(" ".join("1" * 13))


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=60))
def test_any_text_is_taken_or_refused_with_a_sentence(text: str) -> None:
    for read in (tokens, softmax_of):
        try:
            read(text)
        except PlaygroundError as error:
            assert str(error).endswith(".")
