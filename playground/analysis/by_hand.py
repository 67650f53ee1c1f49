"""Worked examples without a model: a small feed-forward network, a norm, activations; all with typed numbers."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ..errors import PlaygroundError
from .activations import ACTIVATIONS

FUNCTIONS = ("ReLU", "Sigmoid", "Tanh", "GELU", "SiLU")
"""What can be chosen by hand; names of ``ACTIVATIONS``."""
MOST = {"inputs": 6, "hidden neurons": 8, "outputs": 4, "numbers": 16}
"""More could not be drawn with their numbers."""
LARGEST = 1e6


@dataclass(frozen=True, eq=False)
class Network:
    """A network of one hidden layer, run on one input. All arrays float64."""

    x: np.ndarray
    """(n_in,)."""
    hidden_weights: np.ndarray
    """(n_hidden, n_in)."""
    hidden_biases: np.ndarray
    """(n_hidden,)."""
    before: np.ndarray
    """(n_hidden,): ``hidden_weights @ x + hidden_biases``."""
    after: np.ndarray
    """(n_hidden,): the activation of ``before``."""
    out_weights: np.ndarray
    """(n_out, n_hidden)."""
    out_biases: np.ndarray
    """(n_out,)."""
    out: np.ndarray
    """(n_out,): ``out_weights @ after + out_biases``, without an activation, as in a transformer."""
    activation: str

    @property
    def n_parameters(self) -> int:
        """Weights and biases."""
        return sum(a.size for a in (self.hidden_weights, self.hidden_biases, self.out_weights, self.out_biases))


def network(x: str, hidden: str, out: str, activation: str = "ReLU") -> Network:
    """Runs a network that is typed as text.

    Args:
        x: the input's numbers.
        hidden: one line for each hidden neuron: a weight for each input, then its bias.
        out: one line for each output: a weight for each hidden neuron, then its bias.
        activation: of the hidden neurons; one of ``FUNCTIONS``.

    Raises:
        PlaygroundError: no numbers, too many of them, or a line with more or fewer than it needs.
    """
    if activation not in FUNCTIONS:
        raise PlaygroundError(f"There is no activation {activation!r} here. Choose one of {', '.join(FUNCTIONS)}.")
    given = _sized(numbers(x, "The input"), "inputs")
    w1, b1 = _layer(hidden, len(given), "hidden neurons", "input")
    w2, b2 = _layer(out, len(w1), "outputs", "hidden neuron")
    before = w1 @ given + b1
    after = ACTIVATIONS[activation](before)
    return Network(given, w1, b1, before, after, w2, b2, w2 @ after + b2, activation)


@dataclass(frozen=True, eq=False)
class Normed:
    """A vector, normalised step by step. All arrays (n,) float64."""

    x: np.ndarray
    mean: float
    """0 for the RMS norm, which takes no mean away."""
    variance: float
    """Mean of (x − mean)²; for the RMS norm the mean of x²."""
    epsilon: float
    centred: np.ndarray
    """x − mean."""
    normalised: np.ndarray
    """centred / √(variance + ε)."""
    gamma: np.ndarray
    beta: np.ndarray
    out: np.ndarray
    """γ · normalised + β."""
    rms: bool

    @property
    def divisor(self) -> float:
        """√(variance + ε)."""
        return math.sqrt(self.variance + self.epsilon)


def normed(x: str, gamma: str = "1", beta: str = "0", *, rms: bool = False, epsilon: float = 1e-5) -> Normed:
    """Layer norm (Ba, Kiros & Hinton 2016) or RMS norm (Zhang & Sennrich 2019) of a typed vector.

    Args:
        x: at least one number.
        gamma: the scale: one number for all, or as many as ``x`` has.
        beta: the shift, likewise; an RMS norm has none, and it is not looked at.
        rms: divide by the root of the mean square instead, and take no mean away.
        epsilon: added to the variance, so that nothing is divided by 0.

    Raises:
        PlaygroundError: no numbers, too many, or other counts than ``x`` has.
    """
    given = _sized(numbers(x, "The vector"), "numbers")
    scale = _spread(gamma, len(given), "γ")
    shift = np.zeros(len(given)) if rms else _spread(beta, len(given), "β")
    mean = 0.0 if rms else float(given.mean())
    centred = given - mean
    variance = float((centred**2).mean())
    divisor = math.sqrt(variance + epsilon)
    normalised = centred / divisor if divisor else np.zeros_like(centred)
    return Normed(given, mean, variance, epsilon, centred, normalised, scale, shift, scale * normalised + shift, rms)


@dataclass(frozen=True, eq=False)
class Activated:
    """One number through every activation, and their curves around it."""

    at: float
    names: tuple[str, ...]
    values: np.ndarray
    """(n_functions,): of ``at``."""
    slopes: np.ndarray
    """(n_functions,): how much the value grows per unit there; by central differences of 1e-4."""
    x: np.ndarray
    """(n_points,) rising; ``at`` is within."""
    curves: np.ndarray
    """(n_functions, n_points)."""


def activated(at: float, n_points: int = 161) -> Activated:
    """``FUNCTIONS`` at a number, and as curves over −6 … 6, or further where the number lies further out."""
    reach = max(6.0, 1.15 * abs(at))
    x = np.linspace(-reach, reach, n_points)
    functions = [ACTIVATIONS[name] for name in FUNCTIONS]
    around = np.array([at - 1e-4, at, at + 1e-4])
    near = np.stack([function(around) for function in functions])
    return Activated(
        at,
        FUNCTIONS,
        near[:, 1],
        (near[:, 2] - near[:, 0]) / 2e-4,
        x,
        np.stack([function(x) for function in functions]),
    )


def numbers(text: str, what: str) -> np.ndarray:
    """(n,) float64: the numbers of a text, between commas, semicolons or spaces.

    Raises:
        PlaygroundError: none, or something that is no number; ``what`` names it in the sentence.
    """
    words = text.replace("−", "-").replace(",", " ").replace(";", " ").split()
    if not words:
        raise PlaygroundError(f"{what} needs at least one number, such as: 1, 2")
    return np.array([_number(word, what) for word in words])


def _number(word: str, what: str) -> float:
    try:
        value = float(word)
    except ValueError as error:
        raise PlaygroundError(
            f"{what}: “{word[:20]}” is no number. Write 0.5 for a half, and commas or spaces between numbers."
        ) from error
    if not math.isfinite(value) or abs(value) > LARGEST:
        raise PlaygroundError(f"{what}: {word[:20]} is too large. Take numbers from −{LARGEST:,.0f} to {LARGEST:,.0f}.")
    return value


def _sized(found: np.ndarray, what: str) -> np.ndarray:
    if len(found) > MOST[what]:
        raise PlaygroundError(f"These are {len(found)} {what}; at most {MOST[what]} are drawn here.")
    return found


def _layer(text: str, n_in: int, what: str, source: str) -> tuple[np.ndarray, np.ndarray]:
    """(n, n_in) weights and (n,) biases out of lines."""
    lines = [line for line in text.splitlines() if line.strip()]
    if not lines:
        raise PlaygroundError(f"There are no {what}. Type a line for each: its weights, then its bias.")
    rows = [numbers(line, f"Line {n + 1} of the {what}") for n, line in enumerate(lines)]
    for n, row in enumerate(rows):
        if len(row) != n_in + 1:
            raise PlaygroundError(
                f"Line {n + 1} of the {what} has {len(row)} numbers; it needs {n_in + 1}: a weight for each "
                f"{source}, then the bias."
            )
    table = _sized(np.stack(rows), what)
    return table[:, :-1], table[:, -1]


def _spread(text: str, n: int, name: str) -> np.ndarray:
    """(n,): typed one by one, or one number for all."""
    found = numbers(text, name)
    if len(found) not in (1, n):
        raise PlaygroundError(f"{name} has {len(found)} numbers; it takes one for all, or {n}, as the vector has.")
    return np.broadcast_to(found, (n,)).copy() if len(found) == 1 else found
