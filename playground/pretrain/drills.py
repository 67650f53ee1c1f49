"""Drills: windows of random tokens that teach a model to look back, and a guide for the heads that learn it.

On a few megabytes of stories the two heads that copy a pattern do not form by themselves (a previous-token head, and
after it an induction head: Olsson et al. 2022, "In-context Learning and Induction Heads"). They form in about 200
steps if one head of a low layer and one of a higher layer are told where to look; from then on only their use keeps
them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional


class Head(NamedTuple):
    """A head by its place."""

    layer: int
    head: int


def pairs(count: int, window: int, n_ids: int, generator: torch.Generator) -> Tensor:
    """(count, window) ids, 1 to `n_ids` - 1, in pairs said two to four times: a b a b c d c d c d ...

    How often is drawn for each pair: with pairs of one length the place in the window would give the answer away.
    """
    n_pairs = window // 4 + 1
    lengths = 2 * torch.randint(2, 5, (count, n_pairs), generator=generator)
    ends = lengths.cumsum(1)
    places = torch.arange(window).expand(count, -1).contiguous()
    which = torch.searchsorted(ends, places, right=True)
    drawn = torch.randint(1, n_ids, (count, 2 * n_pairs), generator=generator)
    # Every pair begins at an even place, so that even places hold first ids and odd places second ones.
    return drawn.gather(1, 2 * which + places % 2)


def runs(count: int, window: int, n_ids: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Runs of random ids said again and again, each with a period of 4 to half the window.

    Returns:
        (count, window) ids, 1 to `n_ids` - 1, and the periods, (count,).
    """
    periods = torch.randint(4, max(4, window // 2) + 1, (count,), generator=generator)
    drawn = torch.randint(1, n_ids, (count, window), generator=generator)
    return said_again(drawn, periods), periods


def class_rows(count: int, window: int, n_ids: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Rows of pairs "item label": an item keeps its label through the row, and every row draws its labels anew.

    Each row knows 2 to 4 labels and 12 items.

    Returns:
        (count, window) ids, 1 to `n_ids` - 1, and the weight of each as something to guess: 1 for labels, where one
        of the row's labels must be named even if its item is new, and 0 for items, which cannot be known.
    """
    n_items, n_pairs = 12, window // 2 + 1
    items = torch.randint(1, n_ids, (count, n_items), generator=generator)
    labels = torch.randint(1, n_ids, (count, 4), generator=generator)
    n_labels = torch.randint(2, 5, (count, 1), generator=generator)
    side = (torch.rand(count, n_items, generator=generator) * n_labels).long()
    which = torch.randint(n_items, (count, n_pairs), generator=generator)
    rows = torch.stack([items.gather(1, which), labels.gather(1, side.gather(1, which))], dim=-1).flatten(1)
    weights = torch.tensor([0.0, 1.0]).repeat(count, n_pairs)
    # Some rows begin with a label, so that even places do not always hold items.
    begin = torch.randint(2, (count, 1), generator=generator) + torch.arange(window)
    return rows.gather(1, begin), weights.gather(1, begin)


def said_again(rows: Tensor, periods: Tensor) -> Tensor:
    """`rows` (count, window) with only the first ids of each kept, as many as its period says, and these repeated."""
    return rows.gather(1, torch.arange(rows.shape[1]) % periods[:, None])


def guide_loss(attentions: Sequence[Tensor], periods: Tensor, previous: Head, induction: Head) -> Tensor:
    """How far two heads look past where they should, in nats: mean -log weight on the right place, summed over both.

    Args:
        attentions: of each layer, (windows, heads, query, key).
        periods: of each window, (windows,); where it is 0 nothing is asked of `induction`.
        previous: should look at the token before, everywhere but at the first.
        induction: should look at what followed the same token one period ago, from the second period on.
    """
    weights = attentions[previous.layer][:, previous.head]
    length = weights.shape[-1]
    back = _nats(weights.diagonal(-1, dim1=-2, dim2=-1)).mean()
    at = torch.arange(length, device=weights.device)
    periods = periods[:, None]
    answer = (at - periods + 1).clamp(0, length - 1)
    found = _nats(attentions[induction.layer][:, induction.head].gather(2, answer[..., None])[..., 0])
    asked = (periods > 0) & (at >= periods)
    return back + (found * asked).sum() / asked.sum().clamp(min=1)


def reading_loss(weights: Tensor, asked: Tensor, told: Tensor) -> Tensor:
    """How far a head looks past the labels of the examples that are of the question's class, in nats.

    Args:
        weights: of the head, (windows, query, key).
        asked: the class whose label comes next, (windows, query), -1 where none does.
        told: the class whose label stands here, (windows, key), -1 where none does.

    Returns:
        Mean -log of the weight on all such labels together, over the questions whose class was told before.
    """
    fits = ((asked[:, :, None] == told[:, None, :]) & (asked[:, :, None] >= 0)).float().tril()
    counted = (fits.sum(-1) > 0).float()
    return (_nats((weights * fits).sum(-1)) * counted).sum() / counted.sum().clamp(min=1)


def moving_loss(weights: Tensor, told: Tensor) -> Tensor:
    """How far a head, (windows, query, key), looks past the token before, asked at the tokens of labels; in nats."""
    back = _nats(weights.diagonal(-1, dim1=-2, dim2=-1))
    counted = (told[:, 1:] >= 0).float()
    return (back * counted).sum() / counted.sum().clamp(min=1)


def sorting_loss(stream: Tensor, sorts: Tensor, directions: Tensor) -> Tensor:
    """How badly the residual stream, (rows, width), tells the class of an item, in nats; `sorts` is -1 where not asked.

    `directions`, (classes, width), are fixed and random: nothing is learned here but the stream.
    """
    scores = functional.layer_norm(stream, stream.shape[-1:]) @ directions.T / stream.shape[-1] ** 0.5
    losses = functional.cross_entropy(scores, sorts.clamp(min=0), reduction="none")
    counted = (sorts >= 0).float()
    return (losses * counted).sum() / counted.sum().clamp(min=1)


def _nats(weights: Tensor) -> Tensor:
    return -weights.float().clamp_min(1e-6).log()


def positions(n_positions: int, width: int, size: float) -> Tensor:
    """(n_positions, width) sine and cosine pairs with wavelengths from 4 to 512 and amplitude `size`.

    After Vaswani et al. 2017, section 3.5, with other wavelengths. As the start of learned positions: one step back
    is then the same rotation everywhere, which a previous-token head need not learn for each position anew.
    """
    wavelengths = torch.logspace(2, 9, width // 2, base=2)
    angles = 2 * torch.pi * torch.arange(n_positions)[:, None] / wavelengths
    return size * torch.stack([angles.sin(), angles.cos()], dim=-1).flatten(1)
