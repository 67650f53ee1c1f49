"""The sequence that is being written and the model's cache of keys and values for it."""

from __future__ import annotations

import copy
import inspect
import threading
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from transformers import Cache, DynamicCache, EncoderDecoderCache
from transformers.cache_utils import DynamicLayer

from ...errors import PlaygroundError
from ...hooks import applied, decoder_start
from ...models import LoadedModel
from ...trace import Change


class Stepper:
    """Gives the logits of the next token, and takes the token that was chosen.

    Args:
        model: a decoder or an encoder–decoder.
        ids: the prompt (an encoder–decoder's source).
        copies: sequences that are written side by side from the same prompt.
        changes: made in every forward pass.

    Raises:
        PlaygroundError: changes that the family does not allow, or that are made for a text of one length.
    """

    def __init__(self, model: LoadedModel, ids: Sequence[int], copies: int = 1, changes: Sequence[Change] = ()) -> None:
        if any(change.value is not None and change.value.ndim == 2 for change in changes):
            raise PlaygroundError(
                "A change that sets every position of one text cannot be kept while the text grows. Change one place."
            )
        device = model.module.device
        self.model = model
        self.source = torch.tensor([list(ids)], device=device)
        self.sequence = self.source.repeat(copies, 1)
        """(copies, n): what the decoder has read so far, and the last token, which it reads next."""
        self.n_run = 0
        """Positions that the decoder has been run over, to show what the cache spares."""
        self._encoded: Any = None
        if model.info.kind == "encoder-decoder":
            self.sequence = torch.full((copies, 1), decoder_start(model), device=device)
            with torch.inference_mode(), applied(model, changes):
                self._encoded = model.module.get_encoder()(self.source)
                for name, value in self._encoded.items():
                    if isinstance(value, Tensor):
                        self._encoded[name] = value.repeat_interleave(copies, dim=0)
        self._lock = threading.Lock()  # the model's pass changes the cache layer by layer: no fork in the middle of it
        self._changes = tuple(changes)
        # Without a causal mask every new token changes what the earlier ones see, so nothing of them can be kept.
        self._use_cache = not any(change.site == "mask" for change in changes)
        self._cache: Any = None
        self._pending: Tensor | None = None
        """The next position's logits, once they were asked for: looked at first, drawn from later, run once."""
        self.n_cached = 0
        """Positions that the cache holds."""
        takes = inspect.signature(model.module.forward).parameters
        self._padded = {"attention_mask", "position_ids"} <= set(takes) and model.info.kind == "decoder"
        self._only_last = {"logits_to_keep": 1} if "logits_to_keep" in takes else {}

    @torch.inference_mode()
    def logits(self) -> Tensor:
        """(copies, vocab_size) for the next position, float32, not to be written into. Only what the cache does not
        hold yet is run."""
        with self._lock:
            if self._pending is None:
                self._pending = self._run()
            return self._pending

    def _run(self) -> Tensor:
        fresh = self.sequence[:, self.n_cached :]
        given: dict[str, Any] = {"past_key_values": self._cache, "use_cache": self._use_cache, **self._only_last}
        if self._encoded is None:
            given["input_ids"] = fresh
        else:
            given |= {"encoder_outputs": self._encoded, "decoder_input_ids": fresh}
        with applied(self.model, self._changes, start=self.n_cached):
            output = self.model.module(**given)
        self.n_run += fresh.shape[1]
        # A family without this kind of cache (Mamba, the first GPT) is run over the whole sequence each time.
        self._cache = getattr(output, "past_key_values", None) if self._use_cache else None
        self.n_cached = self.sequence.shape[1] if self._cache is not None else 0
        return output.logits[:, -1].to(torch.float32, copy=True)

    def cache_parts(self) -> list[tuple[int, int]]:
        """(address, bytes) of each tensor that the cache holds on to, as far as it is of the usual kind."""
        layers = [layer for part in _parts(self._cache) for layer in getattr(part, "layers", ())]
        tensors = [getattr(layer, name, None) for layer in layers for name in ("keys", "values")]
        storages = [t.untyped_storage() for t in tensors if isinstance(t, Tensor)]
        return [(s.data_ptr(), s.nbytes()) for s in storages]

    @property
    def joins(self) -> bool:
        """Whether its next token can be run in one pass with those of other texts: one text, one new token, nothing
        changed, and keys and values of the usual kind."""
        return (
            self._padded
            and self._pending is None
            and not self._changes
            and self.sequence.shape[0] == 1
            and self.n_cached == self.sequence.shape[1] - 1 > 0
            and type(self._cache) is DynamicCache
            and all(type(layer) is DynamicLayer for layer in self._cache.layers)
        )

    def append(self, token_id: int) -> None:
        """Feeds a token back."""
        self.sequence = torch.cat([self.sequence, self.sequence.new_tensor([[token_id]])], dim=-1)
        self._pending = None

    def replace(self, sequences: Tensor, parents: Tensor) -> None:
        """Takes other sequences (copies, n + 1); each continues the present one that ``parents`` names."""
        self.sequence, self._pending = sequences, None
        if self._cache is not None:
            self._cache.reorder_cache(parents)

    def fork(self, length: int) -> Stepper:
        """A stepper of its own for the first ``length`` ids of the sequence.

        It shares the keys and values with this one, so that its next logits cost one position, and nothing if they
        were asked for already. Where the cache cannot go back (a window that has slid, a recurrent state), its first
        step runs over all of them again.
        """
        with self._lock:
            return self.copy(length)

    def copy(self, length: int | None = None) -> Stepper:
        """As ``fork``, for whoever holds the stepper already. By default with all ids of the sequence."""
        length = self.sequence.shape[1] if length is None else length
        child = copy.copy(self)
        child._pending = self._pending if length == self.sequence.shape[1] else None
        wanted = self.n_cached if child._pending is not None else min(length - 1, self.n_cached)
        child._cache = _cut(self._cache, self.n_cached, wanted)
        child._lock = threading.Lock()
        child.n_cached = wanted if child._cache is not None else 0
        child.sequence = self.sequence[:, :length]
        child.n_run = 0
        return child


def _cut(cache: Any, n_cached: int, wanted: int) -> Any:
    """A cache of the first ``wanted`` positions over the same tensors; None where that cannot be had.

    The keys and values are not copied: a layer that takes a new position makes a new tensor of old and new ones.
    """
    if not isinstance(cache, Cache) or wanted == 0:
        return None
    shared = _shared(cache)
    try:
        if wanted < n_cached:
            shared.crop(wanted - n_cached)
    except (RuntimeError, ValueError, TypeError, NotImplementedError):
        return None
    return shared if shared.get_seq_length() == wanted else None


def _parts(cache: Any) -> tuple[Any, ...]:
    if isinstance(cache, EncoderDecoderCache):
        return cache.self_attention_cache, cache.cross_attention_cache
    return () if cache is None else (cache,)


def _shared(cache: Any) -> Any:
    shared = copy.copy(cache)
    if isinstance(shared, EncoderDecoderCache):
        shared.self_attention_cache = _shared(shared.self_attention_cache)
        shared.cross_attention_cache = _shared(shared.cross_attention_cache)
        shared.is_updated = dict(shared.is_updated)
    else:
        shared.layers = [copy.copy(layer) for layer in cache.layers]
    return shared
