"""Tiny models beside the rows of `tests.tiny`: one family with another config, and models that nothing has hooked."""

from __future__ import annotations

import copy
from typing import Any

import torch

from playground.models import LoadedModel, wrap
from playground.trace import Trace
from tests.tiny import build

TEXT = "The cat sat on the mat. The dog sat on the cat."


def variant(family: str, **changes: Any) -> LoadedModel:
    """A tiny model of a family whose config differs from its row's: random weights, none of them 0 or 1."""
    plain = build(family)
    config_class = type(plain.module.config)
    config = config_class(**{**plain.module.config.to_dict(), **changes})
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        module = type(plain.module)(config)
        with torch.no_grad():
            for parameter in module.parameters():
                parameter.add_(0.1 * torch.randn_like(parameter))
    return wrap(module, plain.tokenizer, id=f"tiny-{family}-variant")


def twin(model: LoadedModel, attention: str | None = None) -> LoadedModel:
    """The same weights in a module that nobody has hooked, with transformers' own attention (None: as it chooses)."""
    old = model.module
    config = type(old.config)(**old.config.to_dict())
    config._attn_implementation = attention
    module = type(old)(config)
    module.load_state_dict(old.state_dict())
    if hasattr(old, "generation_config"):
        module.generation_config = copy.deepcopy(old.generation_config)
    return wrap(module, model.tokenizer, id=model.info.id)


@torch.inference_mode()
def plain_output(model: LoadedModel, trace: Trace, **extra: bool) -> Any:
    """What a module that nobody has hooked gives for the tokens of a trace."""
    device = model.module.device
    ids = torch.tensor([[t.token_id for t in trace.tokens]], device=device)
    inputs = {"input_ids": ids}
    if trace.encoder is not None:
        source = torch.tensor([[t.token_id for t in trace.encoder.tokens]], device=device)
        inputs = {"input_ids": source, "decoder_input_ids": ids}
    return model.module(**inputs, **extra)
