"""A model in numbers, and what they say about a run: parameters by part, multiply–adds, memory as the text grows."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np

from ...facts import ModelInfo

PARTS = (
    "token table", "positions", "attention", "cross-attention", "feed-forward", "norms", "output head", "other",
)  # fmt: skip
BYTES = {"fp32": 4.0, "fp16": 2.0, "int8": 1.0, "int4": 0.5}
"""Name of a precision → bytes of one number."""
POINTS = 49
"""Lengths at which :func:`growth` counts."""


@dataclass(frozen=True)
class Costs:
    """Weights that one token goes through, by part: a weight is a multiply–add."""

    main: dict[str, float]
    """For each token of the only text, or of the decoder's."""
    encoder: dict[str, float]
    """For each token of an encoder–decoder's source, in its encoder."""
    memory: dict[str, float]
    """For each token of the source, in the decoder's cross-attention (its keys and values)."""


@dataclass(frozen=True)
class ModelSize:
    """A model in numbers."""

    info: ModelInfo
    parameters: dict[str, int]
    """Part → parameters; shared ones counted once, at the table. Parts that the model has not are not there."""
    tied: bool
    """The output head reads the token table: its weights are not counted again."""
    costs: Costs
    encoder_heads: int
    """Heads in a layer of the encoder; 0 where there is none."""

    @property
    def total(self) -> int:
        """All parameters."""
        return sum(self.parameters.values())

    def multiply_adds(self, n_tokens: int, n_source: int = 0) -> dict[str, float]:
        """Part → multiply–adds of one forward pass; ``n_source`` are the tokens of an encoder–decoder's source."""
        found: Counter[str] = Counter()
        read = ((self.costs.main, n_tokens), (self.costs.encoder, n_source), (self.costs.memory, n_source))
        for weights, count in read:
            for part, number in weights.items():
                found[part] += number * count  # type: ignore[assignment]
        width, layers = self.info.n_heads * self.info.head_dim, self.info.n_layers
        scores = {
            "scores": 2.0 * width * (layers * n_tokens**2 + (self.info.n_encoder_layers or 0) * n_source**2),
            "cross scores": 2.0 * width * layers * n_tokens * n_source,
        }
        return {**found, **{name: number for name, number in scores.items() if number}}

    def cache_numbers(self, n_tokens: int, n_source: int = 0) -> int:
        """Keys and values that are kept while text is written, one pair for each layer, key–value head and token."""
        if self.info.kind == "encoder":
            return 0
        return 2 * self.info.n_layers * self.info.n_kv_heads * self.info.head_dim * (n_tokens + n_source)

    def map_numbers(self, n_tokens: int, n_source: int = 0) -> int:
        """Attention weights of all heads and layers."""
        main = self.info.n_layers * self.info.n_heads * n_tokens * (n_tokens + n_source)
        return main + (self.info.n_encoder_layers or 0) * self.encoder_heads * n_source**2


@dataclass(frozen=True, eq=False)
class Growth:
    """Memory as the text grows. An encoder–decoder's source is as long as its target here."""

    tokens: np.ndarray
    """(n_points,) int: lengths of the text."""
    cache: np.ndarray
    """(n_points,) float64: numbers in the key–value cache."""
    maps: np.ndarray
    """(n_points,) float64: attention weights of all heads and layers."""


def growth(size: ModelSize, longest: int) -> Growth:
    """Cache and maps from one token to ``longest``, at lengths that are evenly spaced by their ratio."""
    tokens = np.unique(np.geomspace(1, longest, POINTS).round().astype(np.int64))
    source = tokens if size.info.n_encoder_layers else 0 * tokens
    pairs = list(zip(tokens.tolist(), source.tolist(), strict=True))
    return Growth(
        tokens,
        np.array([size.cache_numbers(*pair) for pair in pairs], np.float64),
        np.array([size.map_numbers(*pair) for pair in pairs], np.float64),
    )
