"""What a loaded model's parts are good for once it is prepared: the read-out, the token table, the laws of a trace."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from ..errors import PlaygroundError
from ..models import LoadedModel
from ..trace import Array, Trace, frozen
from .laws import Laws, measure
from .prepare import prepare
from .unembed import unembed


@torch.inference_mode()
def read_out(model: LoadedModel, resid: Array, *, normed: bool = False) -> Array:
    """Logits (…, vocab_size) for vectors (…, d_model) of the residual stream: the logit lens (nostalgebraist 2020).

    ``unembed(final_norm(resid))`` with whatever the family puts between them: BERT's prediction head, T5's factor,
    Granite's divisor, Marian's bias, Gemma's soft cap. With ``normed=True`` the vectors are past the final norm.

    Raises:
        PlaygroundError: nobody has described the family's way out.
    """
    parts = prepare(model).parts
    if not parts.head:
        raise PlaygroundError(
            f"The way from the stream to the logits is not described for the family {model.info.family}, so there is "
            "no read-out after each layer. The other tabs work."
        )
    parameter = next(model.module.parameters())
    hidden = torch.from_numpy(np.array(resid, dtype=np.float32)).to(parameter.device, parameter.dtype)
    return unembed(model.module, parts, hidden, normed=normed).float().cpu().numpy()


@torch.inference_mode()
def embedding_table(model: LoadedModel) -> Array:
    """The token table (vocab_size, d_model) as stored: a view on the CPU, read-only."""
    weight = model.module.get_input_embeddings().weight
    assert isinstance(weight, Tensor)
    return frozen(weight.detach().float().cpu().numpy())


def check_laws(model: LoadedModel, trace: Trace) -> Laws:
    """Recomputes every step of a trace from its inputs; each number is the largest |difference|."""
    return measure(model.module, prepare(model).parts, trace)
