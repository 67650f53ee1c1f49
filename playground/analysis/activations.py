"""The activations that models use, as functions of numbers."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

_ERF = np.vectorize(math.erf, otypes=[float])


def sigmoid(x: np.ndarray) -> np.ndarray:
    """1 / (1 + e^−x); beyond ±500 it is 0 or 1 to the last bit, and e^−x would overflow."""
    return 1 / (1 + np.exp(-np.clip(x, -500, 500)))


ACTIVATIONS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "ReLU": lambda x: np.maximum(x, 0),
    "GELU": lambda x: x * (1 + _ERF(x / math.sqrt(2))) / 2,
    "SiLU": lambda x: x * sigmoid(x),
    "Sigmoid": sigmoid,
    "Tanh": np.tanh,
    "GELU (tanh)": lambda x: x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))) / 2,
    "quick GELU": lambda x: x * sigmoid(1.702 * x),
    "squared ReLU": lambda x: np.maximum(x, 0) ** 2,
}
"""Hendrycks & Gimpel 2016 (GELU and its approximation by tanh), Elfwing et al. 2017 (SiLU)."""
