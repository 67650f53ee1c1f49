"""The optimiser: Muon for the matrices inside the layers, AdamW for all else; one schedule."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import nn


class Rates(NamedTuple):
    """Peak learning rates of Muon and AdamW, and weight decay for matrices."""

    matrices: float = 3e-3
    """Of Muon, for the matrices inside the layers."""
    others: float = 1.5e-3
    """Of AdamW, for embeddings, scales and biases."""
    weight_decay: float = 0.1
    """Of the matrices inside the layers; the embeddings' is a tenth of it."""


class Optimisers:
    """Muon and AdamW stepped as one, with one factor on all peak rates."""

    def __init__(self, model: nn.Module, rates: Rates) -> None:
        trained = [(name, p) for name, p in model.named_parameters() if p.requires_grad]
        matrices = [p for name, p in trained if p.ndim == 2 and _is_inner(name)]
        tables = [p for name, p in trained if p.ndim == 2 and not _is_inner(name)]
        vectors = [p for _, p in trained if p.ndim != 2]
        groups = [
            {"params": tables, "weight_decay": 0.1 * rates.weight_decay},
            {"params": vectors, "weight_decay": 0.0},
        ]
        self.parts: list[torch.optim.Optimizer] = [
            torch.optim.Muon(
                matrices, lr=rates.matrices, weight_decay=rates.weight_decay, adjust_lr_fn="match_rms_adamw"
            ),
            torch.optim.AdamW(groups, lr=rates.others, betas=(0.9, 0.98), fused=True),
        ]
        self.peaks = [[group["lr"] for group in part.param_groups] for part in self.parts]

    def step(self, factor: float) -> None:
        """One update at `factor` times the peak rates; gradients are cleared."""
        for part, peaks in zip(self.parts, self.peaks, strict=True):
            for group, peak in zip(part.param_groups, peaks, strict=True):
                group["lr"] = peak * factor
            part.step()
            part.zero_grad(set_to_none=True)

    def state_dict(self) -> list[dict]:
        """The states of both, for a checkpoint."""
        return [part.state_dict() for part in self.parts]

    def load_state_dict(self, states: list[dict]) -> None:
        """Restore what `state_dict` gave."""
        for part, state in zip(self.parts, states, strict=True):
            part.load_state_dict(state)


def _is_inner(name: str) -> bool:
    return any(mark in name for mark in (".h.", ".layer.", ".layers."))


def rate_factor(step: int, progress: float, warm_up: int) -> float:
    """Share of the peak rate at `step`: up over `warm_up` steps, then straight down to 0 as `progress` reaches 1."""
    return min(1.0, (step + 1) / warm_up) * max(0.0, 1.0 - progress)
