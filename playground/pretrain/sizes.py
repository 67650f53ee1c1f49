"""How large a model is, and how many tokens a step takes: what to change for a quick try or a bigger machine."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Size:
    """Layers (of each stack), heads, width, and tokens per batch; the width must be a multiple of the heads."""

    n_layers: int = 6
    n_heads: int = 8
    d_model: int = 256
    batch_tokens: int = 4096

    def __post_init__(self) -> None:
        if self.d_model % self.n_heads:
            raise ValueError(f"A width of {self.d_model} cannot be shared evenly by {self.n_heads} heads.")
