"""The sequence that is being written and the model's cache of keys and values for it."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from ...hooks import decoder_start
from ...models import LoadedModel


class Stepper:
    """Gives the logits of the next token, and takes the token that was chosen.

    Args:
        model: a decoder or an encoder–decoder.
        ids: the prompt (an encoder–decoder's source).
        written: an encoder–decoder's target so far, after its start token.
    """

    def __init__(self, model: LoadedModel, ids: Sequence[int], written: Sequence[int] = ()) -> None:
        self.model = model
        self.source = torch.tensor([list(ids)], device=model.module.device)
        self.cache: Any = None
        self.encoded: Any = None
        self.sequence = self.source
        """(1, n): what the decoder has read so far."""
        if model.info.kind == "encoder-decoder":
            self.sequence = torch.tensor([[decoder_start(model), *written]], device=model.module.device)
            with torch.inference_mode():
                self.encoded = model.module.get_encoder()(self.source)
        self.n_run = 0
        """Positions that the decoder has been run over, to show what the cache spares."""
        takes = inspect.signature(model.module.forward).parameters
        self._only_last = {"logits_to_keep": 1} if "logits_to_keep" in takes else {}

    @torch.inference_mode()
    def logits(self) -> Tensor:
        """(1, vocab_size) for the next position, float32. Only what the cache does not hold yet is run."""
        fresh = self.sequence if self.cache is None else self.sequence[:, -1:]
        self.n_run += fresh.shape[1]
        given: dict[str, Any] = {"past_key_values": self.cache, "use_cache": True, **self._only_last}
        if self.encoded is None:
            output = self.model.module(input_ids=fresh, **given)
        else:
            output = self.model.module(encoder_outputs=self.encoded, decoder_input_ids=fresh, **given)
        # A family without this kind of cache (Mamba, the first GPT) is run over the whole sequence each time.
        self.cache = getattr(output, "past_key_values", None)
        return output.logits[:, -1].to(torch.float32, copy=True)

    def append(self, token_id: int) -> None:
        """Feeds a token back."""
        self.sequence = torch.cat([self.sequence, self.sequence.new_tensor([[token_id]])], dim=-1)
