"""What a loaded model's parts are good for once it is prepared: the read-out, the token table, the laws of a trace."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

from ..errors import PlaygroundError
from ..models import LoadedModel
from ..trace import Array, Trace, frozen
from .laws import Laws, measure
from .prepare import prepare
from .unembed import WayOut


@torch.inference_mode()
def read_out(model: LoadedModel, resid: Array, *, normed: bool = False) -> Array:
    """Logits (…, vocab_size) for vectors (…, d_model) of the residual stream: the logit lens (nostalgebraist 2020).

    ``unembed(final_norm(resid))`` with whatever the family puts between them: BERT's prediction head, T5's factor,
    Granite's divisor, Marian's bias, Gemma's soft cap. With ``normed=True`` the vectors are past the final norm.

    Raises:
        PlaygroundError: nobody has described the family's way out.
    """
    way = _way_out(model)
    return way.logits(way.before(_placed(model, resid), normed=normed)).float().cpu().numpy()


class PiecewiseReadOut:
    """The read-out of many vectors, a piece of the vocabulary at a time: all of it at once is hundreds of megabytes
    that are slow to fill and slow to go through."""

    @torch.inference_mode()
    def __init__(self, model: LoadedModel, resid: Array) -> None:
        """Of vectors (n, d_model) of the stream.

        Raises:
            PlaygroundError: nobody has described the family's way out.
        """
        self._way = _way_out(model)
        self._before = self._way.before(_placed(model, resid))

    @torch.inference_mode()
    def pieces(self, size: int) -> Iterator[tuple[int, Tensor]]:
        """(first id, logits (n, up to ``size``)) in the order of the ids, in float32 on the CPU; one piece with
        everything where the head cannot be cut."""
        whole = self._way.n_tokens
        if whole is None:
            yield 0, self._way.logits(self._before).float().cpu()
            return
        for start in range(0, whole, size):
            yield start, self._way.logits(self._before, slice(start, min(start + size, whole))).float().cpu()

    @torch.inference_mode()
    def of(self, ids: Tensor) -> Tensor:
        """(n, len(ids)): the logits of some tokens, in float32 on the CPU."""
        if self._way.n_tokens is None:
            return self._way.logits(self._before)[..., ids].float().cpu()
        return self._way.logits(self._before, ids.to(self._before.device)).float().cpu()


def is_read_out(model: LoadedModel) -> bool:
    """Whether the family's way from the stream to the logits is known."""
    return bool(prepare(model).parts.head)


def _way_out(model: LoadedModel) -> WayOut:
    if not is_read_out(model):
        raise PlaygroundError(
            f"The way from the stream to the logits is not described for the family {model.info.family}, so there is "
            "no read-out after each layer. The other tabs work."
        )
    return WayOut(model.module, prepare(model).parts)


def _placed(model: LoadedModel, resid: Array) -> Tensor:
    parameter = next(model.module.parameters())
    return torch.from_numpy(np.array(resid, dtype=np.float32)).to(parameter.device, parameter.dtype)


@torch.inference_mode()
def embedding_table(model: LoadedModel) -> Array:
    """The token table (vocab_size, d_model) as stored: a view on the CPU, read-only."""
    weight = model.module.get_input_embeddings().weight
    assert isinstance(weight, Tensor)
    return frozen(weight.detach().float().cpu().numpy())


def check_laws(model: LoadedModel, trace: Trace) -> Laws:
    """Recomputes every step of a trace from its inputs; each number is the largest |difference|."""
    return measure(model.module, prepare(model).parts, trace)
