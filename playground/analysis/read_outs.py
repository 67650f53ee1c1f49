"""Read-outs of the residual stream, reduced while they are made, a piece of the vocabulary at a time.

Imported by functions only: views read the records of ``lens``, and the page opens without torch.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from ..hooks.readout import PiecewiseReadOut
from ..models import LoadedModel
from ..trace import Array

PIECE = 2048
"""Tokens of the vocabulary at a time. With twice as many the numbers of a thousand vectors no longer stay near the
processor, and the lens takes half as long again."""
FORBIDDEN = -1e4
"""Stands for a logit of −∞: its probability is 0, and it breaks no sum."""
LN_2 = math.log(2)


class Reduced(NamedTuple):
    """What is kept of the distributions over the vocabulary at every level and position: each (level, n)."""

    top_ids: np.ndarray
    """The most probable token."""
    top_probs: Array
    final_probs: Array
    """Of the model's final answer."""
    final_ranks: np.ndarray
    """Of it; 1 is the most probable."""
    entropies: Array
    """In bits."""
    divergences: Array
    """KL(answer ‖ distribution) in bits."""


@dataclass(eq=False)
class _Sums:
    """What is known of n distributions after some pieces; sums are of exp(logit − ``top``), (n,)."""

    top: Tensor
    top_ids: Tensor
    total: Tensor
    weighed: Tensor
    """Σ exp(z) z, for z = logit − ``top``."""

    @classmethod
    def nothing(cls, n: int) -> _Sums:
        """Before the first piece."""
        return cls(torch.full((n,), FORBIDDEN), torch.zeros(n, dtype=torch.long), torch.zeros(n), torch.zeros(n))

    def add(self, start: int, logits: Tensor) -> None:
        """One more piece, (n, tokens), whose first token is ``start``; it is used up."""
        top, ids = logits.max(-1)
        higher = top > self.top
        self.top_ids = torch.where(higher, ids + start, self.top_ids)
        risen = torch.where(higher, top, self.top)
        # In place: fresh memory for every step costs as much time as the steps themselves.
        z = logits.sub_(risen[:, None])
        weights = z.exp()
        # what was summed so far, seen from the new top
        fallen = self.top - risen
        factor = fallen.exp()
        self.weighed = factor * (self.weighed + self.total * fallen) + z.mul_(weights).sum(-1)
        self.total = factor * self.total + weights.sum(-1)
        self.top = risen

    @property
    def log_total(self) -> Tensor:
        """(n,): log Σ exp(logit)."""
        return self.top + self.total.log()

    @property
    def entropies(self) -> Tensor:
        """(n,): −Σ p log p in bits (Shannon 1948), as log Σ exp(z) − Σ p z."""
        return (self.total.log() - self.weighed / self.total) / LN_2


@torch.inference_mode()
def reduced(model: LoadedModel, levels: Sequence[Array], logits: Array) -> Reduced:
    """What the lens keeps.

    Args:
        model: whose way out is taken.
        levels: of the stream below the top, each (n, d_model).
        logits: (n, vocab_size), what the model says in the end.

    Raises:
        PlaygroundError: the family's way out is not described.
    """
    n = len(logits)
    given = torch.from_numpy(np.array(logits, dtype=np.float32)).clamp_(min=FORBIDDEN)
    answer = given.softmax(-1)
    final_ids = given.argmax(-1)
    out = PiecewiseReadOut(model, np.concatenate(levels))
    rows = n * len(levels)
    found, apart = _Sums.nothing(rows), torch.zeros(len(levels), n)
    finals, ids = _own(out, final_ids, len(levels)), final_ids.repeat(len(levels))
    above = torch.zeros(rows, dtype=torch.int32)
    for start, piece in out.pieces(PIECE):
        piece.clamp_(min=FORBIDDEN)
        above += _above(piece, finals, ids - start)
        tokens = slice(start, start + piece.shape[1])
        apart += (given[:, tokens] - piece.view(len(levels), n, -1)).mul_(answer[:, tokens]).sum(-1)
        found.add(start, piece)
    divergences = apart + found.log_total.view(len(levels), n) - given.logsumexp(-1)
    columns = (
        found.top_ids, 1 / found.total, (finals - found.log_total).exp(), above + 1, found.entropies,
        divergences.clamp_(min=0) / LN_2,
    )  # fmt: skip
    return Reduced(*(column.view(len(levels), n).numpy() for column in columns))


@torch.inference_mode()
def own_answer(logits: Array) -> Reduced:
    """The same of the model's own answer, (n, vocab_size): one level."""
    sums = _Sums.nothing(len(logits))
    sums.add(0, torch.from_numpy(np.array(logits, dtype=np.float32)).clamp_(min=FORBIDDEN))
    probs = 1 / sums.total
    columns = (sums.top_ids, probs, probs, torch.ones_like(sums.top_ids), sums.entropies, torch.zeros_like(probs))
    return Reduced(*(column[None].numpy() for column in columns))


@torch.inference_mode()
def token_through(model: LoadedModel, levels: Sequence[Array], token_id: int) -> tuple[Array, np.ndarray]:
    """One token's probability and rank in what is read out of each level, (n, d_model): each (level, n).

    Raises:
        PlaygroundError: the family's way out is not described.
    """
    out = PiecewiseReadOut(model, np.concatenate(levels))
    mine = out.of(torch.tensor([token_id]))[:, 0].clamp_(min=FORBIDDEN)
    found, above = _Sums.nothing(len(mine)), torch.zeros(len(mine), dtype=torch.int32)
    for start, piece in out.pieces(PIECE):
        piece.clamp_(min=FORBIDDEN)
        above += _above(piece, mine, torch.full_like(above, token_id - start))
        found.add(start, piece)
    shape = (len(levels), -1)
    return (mine - found.log_total).exp().view(shape).numpy(), (above + 1).view(shape).numpy()


def _own(out: PiecewiseReadOut, ids: Tensor, n_levels: int) -> Tensor:
    """(levels · n,): the logit of each position's own token at each level."""
    distinct, at = ids.unique(return_inverse=True)
    return out.of(distinct).gather(-1, at.repeat(n_levels)[:, None])[:, 0].clamp_(min=FORBIDDEN)


def _above(piece: Tensor, than: Tensor, own: Tensor) -> Tensor:
    """(n,): how many tokens of a piece stand above a logit; the token that has it, at ``own``, is none of them, for
    its logit was multiplied out twice and may differ in the last bit."""
    count = (piece > than[:, None]).sum(-1, dtype=torch.int32)
    here = (own >= 0) & (own < piece.shape[1])
    at = own.clamp(0, piece.shape[1] - 1).long()
    return count - (here & (piece.gather(-1, at[:, None])[:, 0] > than)).int()
