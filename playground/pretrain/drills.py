"""Windows of random tokens that teach a model to look back: no text at all, only repetition.

On a few megabytes of stories the two heads that copy a pattern (a previous-token head, and after it an induction head,
Olsson et al. 2022) do not form by themselves. They form within minutes if each is made worth its while in turn: first
pairs "a b a b", where the answer is the previous token, then longer runs said again.
"""

from __future__ import annotations

import torch
from torch import Tensor

from .streams import said_again

PAIR_SAID = 3
"""How often a pair is said before the next one comes."""


def pairs(count: int, window: int, n_ids: int, generator: torch.Generator) -> Tensor:
    """(count, window) ids, 1 to `n_ids` - 1, in pairs said three times: a b a b a b c d c d c d ..."""
    drawn = torch.randint(1, n_ids, (count, window // (2 * PAIR_SAID) + 1, 1, 2), generator=generator)
    return drawn.expand(-1, -1, PAIR_SAID, -1).flatten(1)[:, :window]


def runs(count: int, window: int, n_ids: int, longest: int, generator: torch.Generator) -> Tensor:
    """(count, window) ids, 1 to `n_ids` - 1: a run of 3 to `longest` random ids said again and again."""
    drawn = torch.randint(1, n_ids, (count, window), generator=generator)
    return said_again(drawn, 3, longest, generator)


def positions(n_positions: int, width: int, size: float) -> Tensor:
    """(n_positions, width) sine and cosine pairs with wavelengths from 4 to 512 and amplitude `size`.

    After Vaswani et al. 2017, section 3.5, with other wavelengths. As the start of learned positions: one step back
    is then the same rotation everywhere, which a previous-token head need not learn for each position anew.
    """
    wavelengths = torch.logspace(2, 9, width // 2, base=2)
    angles = 2 * torch.pi * torch.arange(n_positions)[:, None] / wavelengths
    return size * torch.stack([angles.sin(), angles.cos()], dim=-1).flatten(1)
