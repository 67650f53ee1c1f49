"""Worked examples that need no model: a small network, a norm step by step, activations as curves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from .base import Picture


@dataclass(frozen=True, eq=False)
class Network(Picture):
    """A network of one hidden layer, its numbers on nodes and edges. A click is ``{"neuron": "h0"}`` or ``"o0"``."""

    kind: ClassVar[str] = "network"
    x: np.ndarray
    """(n_in,)."""
    hidden_weights: np.ndarray
    """(n_hidden, n_in)."""
    hidden_biases: np.ndarray
    """(n_hidden,)."""
    before: np.ndarray
    """(n_hidden,): what goes into the activation."""
    after: np.ndarray
    """(n_hidden,)."""
    out_weights: np.ndarray
    """(n_out, n_hidden)."""
    out_biases: np.ndarray
    """(n_out,)."""
    out: np.ndarray
    """(n_out,)."""
    activation: str
    curve: np.ndarray
    """(2, n_points): the activation's x and y, for the small drawing in each hidden neuron."""
    neuron: str
    """The chosen one: "h" or "o" and its index."""
    formula: tuple[str, ...]
    """How the chosen neuron comes to its number, line by line."""

    def __post_init__(self) -> None:
        """Every layer fits the one before it, and the chosen neuron is there."""
        n_in, n_hidden, n_out = len(self.x), len(self.before), len(self.out)
        self.expect("hidden_weights", (n_hidden, n_in), "the input and the hidden neurons")
        self.expect("hidden_biases", (n_hidden,), "the hidden neurons")
        self.expect("after", (n_hidden,), "the hidden neurons")
        self.expect("out_weights", (n_out, n_hidden), "the hidden neurons and the outputs")
        self.expect("out_biases", (n_out,), "the outputs")
        self.expect("curve", (2, self.curve.shape[-1]), "x and y")
        names = [f"h{i}" for i in range(n_hidden)] + [f"o{i}" for i in range(n_out)]
        if self.neuron not in names:
            raise ValueError(f"Network.neuron is {self.neuron!r}, which is none of {names}")


@dataclass(frozen=True)
class NormStage:
    """One step of a norm."""

    title: str
    """What is done: "less the mean, 5"."""
    sign: str
    """The same as a formula: "x − μ"."""
    values: tuple[float, ...]
    line: float | None = None
    """A dashed line across, and what it stands for: the mean."""
    band: float | None = None
    """A band from −this to this: the spread."""
    words: str = ""
    """What line or band stand for."""


@dataclass(frozen=True, eq=False)
class Normed(Picture):
    """A vector, stage below stage, each number in a column of its own. A click is ``{"entry": index}``."""

    kind: ClassVar[str] = "normed"
    stages: tuple[NormStage, ...]
    entry: int
    """The chosen number."""
    formula: tuple[str, ...]
    """How the chosen number comes out, line by line."""

    def __post_init__(self) -> None:
        """All stages have the same length, and the chosen number is among them."""
        lengths = {len(stage.values) for stage in self.stages}
        if len(lengths) != 1:
            raise ValueError(f"Normed.stages have lengths {sorted(lengths)}, but each number goes through all of them")
        self.expect_index("entry", lengths.pop())


@dataclass(frozen=True, eq=False)
class Activations(Picture):
    """Curves with one number on all of them. A click is ``{"z": number}`` (the plot) or ``{"act": name}`` (a name)."""

    kind: ClassVar[str] = "activations"
    at: float
    names: tuple[str, ...]
    formulas: tuple[str, ...]
    """(n_functions,)."""
    values: np.ndarray
    """(n_functions,): at ``at``."""
    slopes: np.ndarray
    """(n_functions,)."""
    x: np.ndarray
    """(n_points,) rising."""
    curves: np.ndarray
    """(n_functions, n_points)."""
    chosen: int
    """Index of the curve that is drawn strong."""
    bounds: tuple[float, float]
    """Between which a click may put the number."""

    def __post_init__(self) -> None:
        """A curve and a value for each name."""
        n = len(self.names)
        self.expect("formulas", (n,), "the names")
        self.expect("values", (n,), "the names")
        self.expect("slopes", (n,), "the names")
        self.expect("curves", (n, len(self.x)), "the names and the points")
        self.expect_index("chosen", n)
