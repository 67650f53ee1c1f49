"""Plain forward passes over several rows of ids at once, where only some of the log-probabilities are wanted."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import torch
from torch import Tensor
from transformers.modeling_outputs import BaseModelOutput

from ..models import LoadedModel

MOST_TOKENS = 4096
"""Tokens of one pass: bounds memory."""


@torch.inference_mode()
def log_probs_at(
    model: LoadedModel,
    rows: Sequence[Sequence[int]],
    places: Sequence[Sequence[int]],
    source: Sequence[int] | None = None,
    cancelled: Callable[[], bool] = lambda: False,
) -> list[Tensor]:
    """log softmax of the logits at some places of each row.

    Rows of different lengths are filled up behind their end, which a causal model's earlier positions do not see; rows
    for an encoder must be of one length.

    Args:
        model: any kind.
        rows: ids of each row; an encoder–decoder's decoder input.
        places: positions of each row that are wanted.
        source: an encoder–decoder's source, the same for all rows.
        cancelled: asked before each pass; then the list ends early.

    Returns:
        For each row (n_places, vocab_size), float32.
    """
    module: Any = model.module
    encoded = None
    if source is not None:
        encoded = module.get_encoder()(torch.tensor([list(source)], device=module.device)).last_hidden_state
    found: list[Tensor] = []
    for part in _parts(rows):
        if cancelled():
            break
        longest = max(len(row) for row in part)
        # Filled up with its own last id: transformers would warn of a padding token.
        ids = torch.tensor([[*row, *[row[-1]] * (longest - len(row))] for row in part], device=module.device)
        given: dict[str, Any] = {"input_ids": ids}
        if encoded is not None:
            given = {"encoder_outputs": BaseModelOutput(encoded.expand(len(part), -1, -1)), "decoder_input_ids": ids}
        if model.info.kind != "encoder":
            given["use_cache"] = False
        logits = module(**given).logits
        for row in range(len(part)):
            wanted = list(places[len(found)])
            found.append(torch.log_softmax(logits[row, wanted].float(), dim=-1).cpu())
    return found


def _parts(rows: Sequence[Sequence[int]]) -> Iterator[Sequence[Sequence[int]]]:
    """Consecutive rows that together fit into one pass."""
    start = 0
    while start < len(rows):
        end, longest = start + 1, len(rows[start])
        while end < len(rows):
            longest = max(longest, len(rows[end]))
            if longest * (end + 1 - start) > MOST_TOKENS:
                break
            end += 1
        yield rows[start:end]
        start = end
