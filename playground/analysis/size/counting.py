"""How large a model is and what a run of it costs, counted from the shapes of its weights: no weight is read.

A parameter belongs to the part whose module holds it; which part a module is, its name tells (``part_of``). A weight
matrix takes one multiply–add per weight and token; attention takes one per head, pair of tokens and number of a head,
once for q·k and once for weights·v. That is table 1 of Kaplan et al. 2020, "Scaling Laws for Neural Language Models",
whose FLOPs are two for each multiply–add.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any, cast

from torch import nn

from ...errors import PlaygroundError
from ...estimate import laid_out
from ...facts import ModelInfo, decoder_config, read_info
from ...models import LoadedModel, blueprint
from ...trace import Trace
from .records import PARTS, Costs, ModelSize

_IN_A_LAYER = re.compile(r"\.\d+\.")
_CROSS = re.compile(r"encoder_attn|encdecattention|cross_?attn|cross_?attention")
_ATTENTION = re.compile(r"attn|attention")
_OTHER_MIXER = re.compile(r"mixer|mamba|ssm|rwkv|linear_attn|conv")
_POSITIONS = re.compile(r"pos|wpe")
_KEY_OR_VALUE = re.compile(r"(^|\.)(k|v|key|value)(_proj|_lin)?$")
_EXPERTS = re.compile(r"(^|\.)experts?(\.|$)")


def size_of(model: LoadedModel, trace: Trace | None = None) -> ModelSize:
    """The size of a loaded model. ``trace`` is not looked at: it is there for ``engine.analysed``."""
    return counted(model.module, model.info)


def size_by_config(name: str) -> ModelSize:
    """The size of a model that is not loaded, by its config alone: it is built without memory.

    Raises:
        PlaygroundError: there is no such model, its config is not here, or the family cannot be built so.
    """
    plan = blueprint(name)
    module = laid_out(plan.config, plan.kind, plan.id)
    if module is None:
        raise PlaygroundError(f"{plan.id} cannot be laid out by its config alone. Choose another model beside it.")
    # A tokenizer would tell no more than the longest text, which the config of every model here has.
    return counted(module, read_info(module, cast(Any, None), id=plan.id, kind=plan.kind, source=plan.source))


def counted(module: nn.Module, info: ModelInfo) -> ModelSize:
    """Counts the weights of a module, on whatever device."""
    tied = module.get_output_embeddings() is not None and _tied(module)  # type: ignore[operator]
    config: Any = module.config
    parameters: Counter[str] = Counter()
    for path, owner, tensor in _own_parameters(module):
        parameters[part_of(module, path, owner)] += tensor.numel()
    heads = getattr(config, "encoder_attention_heads", None) or getattr(config, "num_heads", None) or info.n_heads
    return ModelSize(
        info=info,
        parameters={part: parameters[part] for part in PARTS if parameters[part]},
        tied=tied,
        costs=_costs(module, info),
        encoder_heads=int(heads) if info.n_encoder_layers else 0,
    )


def _tied(module: Any) -> bool:
    out, table = module.get_output_embeddings(), module.get_input_embeddings()
    return getattr(out, "weight", None) is getattr(table, "weight", False)


def _own_parameters(module: nn.Module) -> Iterator[tuple[str, nn.Module, nn.Parameter]]:
    """(path of the module, module, parameter), each parameter once: the token table before whoever shares it."""
    table: Any = module.get_input_embeddings()  # type: ignore[operator]
    paths = {id(owner): path for path, owner in module.named_modules()}
    named = [(paths.get(id(table), "embed"), table), *module.named_modules()]
    seen: set[int] = set()
    for path, owner in named:
        for tensor in owner.parameters(recurse=False):
            if id(tensor) not in seen:
                seen.add(id(tensor))
                yield path, owner, tensor


def part_of(module: Any, path: str, owner: nn.Module) -> str:
    """Which of ``PARTS`` a module of a model belongs to, by its path and class."""
    name = path.lower()
    if owner is module.get_input_embeddings() or name.endswith(("embed_tokens", "shared", "word_embeddings")):
        return "token table"
    if "norm" in type(owner).__name__.lower():
        return "norms"
    inner = _IN_A_LAYER.search(f"{name}.")
    if inner is None:
        if isinstance(owner, nn.Embedding) or type(owner).__name__.endswith("Embedding"):
            return "positions" if _POSITIONS.search(name) else "other"
        return "output head" if _is_head(module, path, owner) else "other"
    within = name[inner.start() :]
    if _CROSS.search(within):
        return "cross-attention"
    if _OTHER_MIXER.search(within):
        return "other"
    return "attention" if _ATTENTION.search(within) else "feed-forward"


def _is_head(module: Any, path: str, owner: nn.Module) -> bool:
    """Outside the body, which transformers names by ``base_model_prefix``, or the unembedding itself."""
    base = module.base_model
    prefix = next((f"{name}." for name, child in module.named_children() if child is base), None)
    outside = prefix is not None and not f"{path}.".startswith(prefix)
    return owner is module.get_output_embeddings() or outside


def _costs(module: nn.Module, info: ModelInfo) -> Costs:
    """Every matrix once for each time that a token meets it."""
    main, encoder, memory = Counter[str](), Counter[str](), Counter[str]()
    config: Any = decoder_config(module.config)  # type: ignore[arg-type]
    groups = getattr(config, "num_hidden_groups", None)  # ALBERT goes through the same layers again and again
    again = info.n_layers / groups if groups else 1
    share = _share_of_experts(config)
    for path, owner in module.named_modules():
        weights = sum(t.numel() for t in owner.parameters(recurse=False) if t.ndim > 1)
        if not weights or isinstance(owner, nn.Embedding) or not _is_matrix(owner, path):
            continue
        part = part_of(module, path, owner)
        cost = weights * (again if _IN_A_LAYER.search(f"{path}.") else 1) * (share if _EXPERTS.search(path) else 1)
        if part == "cross-attention" and _KEY_OR_VALUE.search(path.lower()):
            memory[part] += cost
        elif info.n_encoder_layers and re.match(r"(model\.|transformer\.)?encoder\.", path):
            encoder[part] += cost
        else:
            main[part] += cost
    return Costs(dict(main), dict(encoder), dict(memory))


def _is_matrix(owner: nn.Module, path: str) -> bool:
    """Something that vectors are multiplied by: a linear layer, GPT-2's Conv1D, or experts stacked into one array."""
    linear = isinstance(owner, nn.Linear) or type(owner).__name__ == "Conv1D"
    return linear or bool(_EXPERTS.search(path))


def _share_of_experts(config: Any) -> float:
    """Of a mixture of experts, the share that one token is sent to."""
    names = ("num_local_experts", "num_experts", "n_routed_experts")
    every = next((n for name in names if (n := getattr(config, name, None))), 0)
    chosen = getattr(config, "num_experts_per_tok", None) or getattr(config, "num_experts_per_token", None)
    return chosen / every if every and chosen else 1.0
