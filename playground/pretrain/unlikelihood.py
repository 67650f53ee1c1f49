"""Unlikelihood on a model's own text: less of what it repeats where it writes the likeliest word each time.

A small model that writes greedily falls into loops: what was said once becomes likelier still. Welleck et al. 2019
("Neural Text Generation with Unlikelihood Training", arXiv 1908.04319, section 5.2) let it write on from the beginning
of a text and then make less likely every token that completes a run of tokens which stands further up already. What
people wrote is not touched: there, saying something again is learned as before.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional
from transformers import GPT2LMHeadModel

RUN = 4
"""Tokens of a run that counts as said again: the length that `evaluation.text.repetition` measures."""


@torch.no_grad()
def greedy_rows(model: GPT2LMHeadModel, begun: Tensor, n_new: int) -> Tensor:
    """`begun` (rows, length) ids, each row written on with the likeliest token `n_new` times: (rows, length + n_new).

    A row goes on behind an end-of-text token; `said_again` does not look there.
    """
    rows = fresh = begun
    past = None
    for _ in range(n_new):
        out = model(fresh, past_key_values=past, use_cache=True)
        past, fresh = out.past_key_values, out.logits[:, -1:].argmax(-1)
        rows = torch.cat([rows, fresh], dim=1)
    return rows


def said_again(rows: Tensor, begin: int, end_id: int, run: int = RUN) -> Tensor:
    """Which tokens complete a run of `run` tokens that stands earlier in their row.

    Args:
        rows: (rows, length) ids.
        begin: place of the first token that was written by the model; what stands before is never marked.
        end_id: of the end-of-text token; from the first that was written on nothing is marked.

    Returns:
        (rows, length) of True and False.
    """
    marked = torch.zeros(rows.shape, dtype=torch.bool)
    for number, row in enumerate(rows.tolist()):
        seen: set[tuple[int, ...]] = set()
        for place in range(run - 1, len(row)):
            if place >= begin and row[place] == end_id:
                break
            gram = tuple(row[place - run + 1 : place + 1])
            marked[number, place] = place >= begin and gram in seen
            seen.add(gram)
    return marked.to(rows.device)


def unlikelihood_loss(logits: Tensor, rows: Tensor, marked: Tensor, begin: int) -> Tensor:
    """Mean of -log(1 - p) in nats over the tokens from `begin` on, where those that are not `marked` count 0.

    Args:
        logits: (rows, length - 1, vocabulary), each for the token behind it.
        rows: (rows, length) ids; p is the probability of each.
        marked: (rows, length), as `said_again` gives it.
        begin: place of the first token that counts, at least 1.
    """
    log_p = functional.log_softmax(logits.float(), -1).gather(-1, rows[:, 1:, None])[..., 0]
    # Where p rounds to 1 the gradient would be without bound.
    nats = -torch.log((1 - log_p.exp()).clamp(min=1e-4))
    return (nats * marked[:, 1:])[:, begin - 1 :].mean()
