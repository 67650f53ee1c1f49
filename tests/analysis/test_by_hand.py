"""Worked examples by hand: torch's own modules give the same, and the figures of the blackboard to the digit."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional

from playground import PlaygroundError
from playground.analysis.activations import ACTIVATIONS
from playground.analysis.by_hand import FUNCTIONS, activated, network, normed, numbers

NUMBERS = st.floats(-100, 100).map(lambda x: round(x, 3))
TORCH: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
    "ReLU": functional.relu, "GELU": functional.gelu, "SiLU": functional.silu, "Sigmoid": torch.sigmoid,
    "Tanh": torch.tanh, "GELU (tanh)": lambda x: functional.gelu(x, approximate="tanh"),
    "quick GELU": lambda x: x * torch.sigmoid(1.702 * x), "squared ReLU": lambda x: functional.relu(x) ** 2,
}  # fmt: skip


def typed(values: np.ndarray) -> str:
    return ", ".join(repr(float(value)) for value in values)


def lines(weights: np.ndarray, biases: np.ndarray) -> str:
    return "\n".join(typed(row) for row in np.column_stack([weights, biases]))


def test_the_network_of_the_blackboard() -> None:
    """2 → 3 → 1 with x = [1, 2]: every number by hand."""
    found = network("1, 2", "0.5, 0.25, 0\n-1, 0.5, -0.5\n1, 1, -1", "1, 2, 0.5, 0.1")
    np.testing.assert_allclose(found.before, [0.5 + 0.5, -1 + 1 - 0.5, 1 + 2 - 1])
    np.testing.assert_allclose(found.after, [1, 0, 2])
    assert found.out == pytest.approx([1 + 0 + 1 + 0.1]) and found.n_parameters == 13


@given(st.integers(1, 6), st.integers(1, 8), st.integers(1, 4), st.sampled_from(FUNCTIONS), st.randoms())
def test_a_network_is_two_linear_layers(n_in: int, n_hidden: int, n_out: int, name: str, random: object) -> None:
    draw = np.random.default_rng(random.randrange(10**6))  # type: ignore[attr-defined]
    x, w1, b1 = draw.normal(size=n_in), draw.normal(size=(n_hidden, n_in)), draw.normal(size=n_hidden)
    w2, b2 = draw.normal(size=(n_out, n_hidden)), draw.normal(size=n_out)
    found = network(typed(x), lines(w1, b1), lines(w2, b2), name)
    hidden = TORCH[name](functional.linear(*map(torch.from_numpy, (x, w1, b1))))
    expected = functional.linear(hidden, torch.from_numpy(w2), torch.from_numpy(b2))
    np.testing.assert_allclose(found.after, hidden.numpy(), atol=1e-12)
    np.testing.assert_allclose(found.out, expected.numpy(), atol=1e-10)


@given(st.lists(NUMBERS, min_size=1, max_size=16), NUMBERS, NUMBERS)
def test_a_norm_is_torchs(values: list[float], gamma: float, beta: float) -> None:
    x = torch.tensor(values, dtype=torch.float64)
    shape = (len(values),)
    weight, bias = torch.full(shape, gamma, dtype=torch.float64), torch.full(shape, beta, dtype=torch.float64)
    layer = normed(typed(x.numpy()), repr(gamma), repr(beta))
    np.testing.assert_allclose(layer.out, functional.layer_norm(x, shape, weight, bias, 1e-5).numpy(), atol=1e-6)
    rms = normed(typed(x.numpy()), repr(gamma), repr(beta), rms=True)
    np.testing.assert_allclose(rms.out, functional.rms_norm(x, shape, weight, 1e-5).numpy(), atol=1e-6)
    assert layer.mean == pytest.approx(float(x.mean()), abs=1e-9) and rms.mean == 0
    assert layer.variance == pytest.approx(float(x.var(correction=0)), abs=1e-9)


def test_a_norm_with_round_figures() -> None:
    """The vector whose mean is 5 and whose spread is 2."""
    found = normed("2, 4, 4, 4, 5, 5, 7, 9")
    assert (found.mean, found.variance) == (5, 4) and found.divisor == pytest.approx(2, abs=1e-5)
    np.testing.assert_allclose(found.normalised, [-1.5, -0.5, -0.5, -0.5, 0, 0, 1, 2], atol=1e-5)
    each = normed("1 2 3", "1, 2, 3", "0 0 1")
    np.testing.assert_allclose(each.out, each.normalised * [1, 2, 3] + [0, 0, 1])
    np.testing.assert_array_equal(normed("3 3 3", beta="7").out, 7)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activations_are_torchs(name: str) -> None:
    x = np.concatenate([np.linspace(-12, 12, 481), [-1e4, 1e4]])
    np.testing.assert_allclose(ACTIVATIONS[name](x), TORCH[name](torch.from_numpy(x)).numpy(), atol=1e-12)


@given(st.floats(-10, 10))
def test_one_number_on_all_curves(at: float) -> None:
    found = activated(at)
    x = torch.tensor(at, dtype=torch.float64, requires_grad=True)
    for name, value, slope, curve in zip(found.names, found.values, found.slopes, found.curves, strict=True):
        made = TORCH[name](x)
        assert value == pytest.approx(made.item(), abs=1e-12)
        if name != "ReLU" or abs(at) > 1e-3:  # no slope at its corner
            assert slope == pytest.approx(torch.autograd.grad(made, x)[0].item(), abs=1e-6)
        np.testing.assert_allclose(curve, TORCH[name](torch.from_numpy(found.x)).numpy(), atol=1e-12)
    assert found.x[0] <= at <= found.x[-1]


@pytest.mark.parametrize(("text", "values"), [("1, 2", [1, 2]), ("1;2 3", [1, 2, 3]), ("−1.5\n2e-1", [-1.5, 0.2])])
def test_numbers_are_read(text: str, values: list[float]) -> None:
    assert numbers(text, "It").tolist() == values


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: numbers("", "The input"), "The input needs at least one number"),
        (lambda: numbers("1, two", "It"), "“two” is no number"),
        (lambda: numbers("nan", "It"), "too large"),
        (lambda: numbers("1e9", "It"), "too large"),
        (lambda: network("1 2 3 4 5 6 7", "1", "1"), "7 inputs; at most 6"),
        (lambda: network("1, 2", "1, 2", "1, 1"), "Line 1 of the hidden neurons has 2 numbers; it needs 3"),
        (lambda: network("1, 2", "1, 2, 3", "1"), "Line 1 of the outputs has 1 numbers; it needs 2"),
        (lambda: network("1, 2", " \n ", "1"), "no hidden neurons"),
        (lambda: network("1", "1 1", "1 1", "Swish"), "no activation 'Swish'"),
        (lambda: normed("1 2 3", "1, 2"), "γ has 2 numbers; it takes one for all, or 3"),
        (lambda: normed(" ".join("1" * 17)), "17 numbers; at most 16"),
    ],
)
def test_what_cannot_be_read_is_refused_with_a_sentence(call: object, words: str) -> None:
    with pytest.raises(PlaygroundError) as refused:
        call()  # type: ignore[operator]
    assert words in str(refused.value)


def test_an_rms_norm_looks_at_no_shift() -> None:
    assert normed("3, 4", beta="nonsense", rms=True).divisor == pytest.approx(math.sqrt(12.5))
