"""From the residual stream to logits, and from ids to rows of the token table, by the model's own modules."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

from ..errors import PlaygroundError
from ..models import LoadedModel
from ..trace import Array, frozen
from .prepare import prepare


def _tensor(model: LoadedModel, array: Array) -> Tensor:
    parameter = next(model.module.parameters())
    return torch.from_numpy(np.array(array, dtype=np.float32)).to(parameter.device, parameter.dtype)


def _numpy(tensor: Tensor) -> Array:
    return tensor.float().cpu().numpy()


@torch.inference_mode()
def normalise(model: LoadedModel, resid: Array) -> Array:
    """The final norm applied to vectors (…, d_model); the same vectors where the family has none (post-norm).

    Never apply it to ``Trace.final`` or to transformers' ``hidden_states[-1]``: both are normed already.
    """
    norm = prepare(model).parts.stack.final_norm
    return resid if norm is None else _numpy(norm(_tensor(model, resid)))


@torch.inference_mode()
def read_out(model: LoadedModel, resid: Array, *, normed: bool = False) -> Array:
    """Logits (…, vocab_size) for vectors (…, d_model) of the residual stream: the logit lens (nostalgebraist 2020).

    ``unembed(final_norm(resid))`` with whatever the family puts between them: BERT's prediction head, T5's factor,
    Marian's bias, Gemma's soft cap. With ``normed=True`` the vectors are already past the final norm.

    Raises:
        PlaygroundError: nobody has described the family's way out.
    """
    parts = prepare(model).parts
    if not parts.head:
        raise PlaygroundError(
            f"The way from the stream to the logits is not described for the family {model.info.family}, so there is "
            "no read-out after each layer. The other tabs work."
        )
    hidden = _tensor(model, resid)
    if parts.stack.final_norm is not None and not normed:
        hidden = parts.stack.final_norm(hidden)
    if parts.out_scale != 1.0:
        hidden = hidden * parts.out_scale
    for module in parts.head:
        hidden = module(hidden)
    bias: Any = getattr(model.module, "final_logits_bias", None)
    if bias is not None:
        hidden = hidden + bias.reshape(-1)
    cap = getattr(model.module.config, "final_logit_softcapping", None)
    if cap is not None:
        hidden = torch.tanh(hidden / cap) * cap
    return _numpy(hidden)


@torch.inference_mode()
def embedding_table(model: LoadedModel) -> Array:
    """The token table (vocab_size, d_model) as stored: a view on the CPU, read-only."""
    weight = model.module.get_input_embeddings().weight
    assert isinstance(weight, Tensor)
    return frozen(weight.detach().float().cpu().numpy())


def embedding_rows(model: LoadedModel, token_ids: list[int]) -> Array:
    """Rows of the token table for ids: (len(token_ids), d_model)."""
    return embedding_table(model)[np.asarray(token_ids, dtype=np.int64)]
