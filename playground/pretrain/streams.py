"""Token streams: many short texts as one long row of ids, and windows drawn from it."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from transformers import PreTrainedTokenizerFast


class Stream:
    """Texts in a row, each preceded by the end-of-text id, with the places where they start."""

    def __init__(self, texts: Sequence[str], tokenizer: PreTrainedTokenizerFast, window: int) -> None:
        """Tokenize `texts`; raises ValueError if all of them together are shorter than one window."""
        end = tokenizer.eos_token_id
        ids: list[int] = []
        starts: list[int] = []
        for encoding in tokenizer.backend_tokenizer.encode_batch(list(texts), add_special_tokens=False):
            starts.append(len(ids))
            ids.append(end)
            ids.extend(encoding.ids)
        if len(ids) <= window:
            raise ValueError(f"{len(ids)} tokens of text are too few for windows of {window}.")
        self.ids = torch.tensor(ids, dtype=torch.int32)
        self.window = window
        last = len(ids) - window
        self.starts = torch.tensor([start for start in starts if start <= last] or [0])

    def draw(self, count: int, generator: torch.Generator) -> Tensor:
        """`count` windows of ids, (count, window): half begin with a text (past its end mark), half anywhere."""
        at_text = self.starts[torch.randint(len(self.starts), (count,), generator=generator)] + 1
        anywhere = torch.randint(len(self.ids) - self.window + 1, (count,), generator=generator)
        begin = torch.where(torch.rand(count, generator=generator) < 0.5, at_text, anywhere)
        begin = begin.clamp(max=len(self.ids) - self.window)
        return self.ids[begin[:, None] + torch.arange(self.window)].long()
