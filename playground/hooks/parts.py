"""Finds a model's parts by its architecture row, or by guesswork that admits what it did not find."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from torch import nn

from ..architectures import StackRow, architecture_of
from ..models import LoadedModel


@dataclass(frozen=True, eq=False)
class OwnAttention:
    """The projections of an attention that the family computes in its own way, where they explain its weights."""

    q: nn.Module
    k: nn.Module
    v: nn.Module
    out: nn.Module
    """Reads what the heads give, side by side."""
    n_heads: int
    scaling: float


@dataclass(frozen=True, eq=False)
class LayerParts:
    """The modules of one layer; None where the family has no such part."""

    layer: nn.Module
    attn: nn.Module | None
    cross: nn.Module | None
    mlp: nn.Module | None
    attn_norm: nn.Module | None
    cross_norm: nn.Module | None
    mlp_norm: nn.Module | None
    attn_scale: float = 1.0
    """Factor on what the module gives before it is added to the stream; ``cross_scale`` and ``mlp_scale`` likewise."""
    cross_scale: float = 1.0
    mlp_scale: float = 1.0
    attn_beside: tuple[nn.Module, float] | None = None
    """A second module whose output, times the number, is added with the attention's: Falcon-H1's state space."""
    mlp_beside: tuple[nn.Module, float] | None = None
    """The same beside the feed-forward: the expert that all tokens share, in GraniteMoeShared."""

    own: OwnAttention | None = None
    """Only where our attention function is not called."""

    @cached_property
    def attention_callers(self) -> dict[str, tuple[int, ...]]:
        """ "self" and "cross" → ids of the modules that may have called the attention function: all, where it is not
        known which module is the cross-attention."""
        inside = tuple(id(module) for module in self.layer.modules())
        if self.cross is None:
            return {"self": inside, "cross": inside}
        cross = set(map(id, self.cross.modules()))
        return {"self": tuple(i for i in inside if i not in cross), "cross": tuple(i for i in inside if i in cross)}


@dataclass(frozen=True, eq=False)
class StackParts:
    """The modules of one tower."""

    layers: tuple[LayerParts, ...]
    embed: nn.Module | None
    positions: nn.Module | None
    token_types: nn.Module | None
    embed_norm: nn.Module | None
    embed_scale: float
    final_norm: nn.Module | None
    post_norm: bool
    parallel: bool
    embed_described: bool = True
    """Whether ``embed``, ``positions``, ``token_types`` and ``embed_norm`` are all that enters the first layer."""

    def hooked(self) -> Iterator[nn.Module]:
        """Every module whose output is kept."""
        for part in (self.embed, self.positions, self.token_types, self.final_norm):
            if part is not None:
                yield part
        for layer in self.layers:
            beside = (pair[0] for pair in (layer.attn_beside, layer.mlp_beside) if pair is not None)
            own = () if layer.own is None else (layer.own.q, layer.own.k, layer.own.v)
            parts = (layer.layer, layer.attn, layer.cross, layer.mlp, *beside, *own)
            norms = (layer.attn_norm, layer.cross_norm, layer.mlp_norm) if self.post_norm else ()
            for part in (*parts, *norms):
                if part is not None:
                    yield part


@dataclass(frozen=True, eq=False)
class ModelParts:
    """Towers and the way out of a model."""

    stack: StackParts
    encoder: StackParts | None
    head: tuple[nn.Module, ...]
    """Modules from the final vector to the logits; empty when nobody has described the family."""
    out_scale: float
    """Factor on the final vector before the head."""
    described: bool
    """Whether it is known what each layer adds, and how the last vector becomes logits."""
    logit_scale: float = 1.0
    """Factor on what the head gives."""
    by_trial: bool = False
    """Found by watching the model, not by a row."""


def find(root: nn.Module, path: str | None) -> nn.Module | None:
    """The module at a dotted path, None when the path is None or leads nowhere in this variant of the family."""
    module: Any = root
    for name in (path or "").split("."):
        module = getattr(module, name, None) if path else None
        if module is None:
            return None
    return module


def described_parts(model: LoadedModel) -> ModelParts | None:
    """The parts of a model by its family's row; None where the family has none or the row does not fit."""
    architecture = architecture_of(model.info.family)
    if architecture is None or not isinstance(find(model.module, architecture.stack.layers), nn.ModuleList):
        return None
    root, config = model.module, model.module.config
    encoder = architecture.encoder
    scaled = architecture.scale_out_if is not None and bool(getattr(config, architecture.scale_out_if, False))
    head = tuple(part for path in architecture.head if (part := find(root, path)) is not None)
    factor = _number(config, architecture.logits_factor) / _number(config, architecture.logits_divisor)
    return ModelParts(
        stack=_stack(root, architecture.stack, config),
        encoder=_stack(root, encoder, config) if encoder is not None else None,
        head=head,
        out_scale=model.info.d_model**-0.5 if scaled else 1.0,
        described=True,
        logit_scale=factor,
    )


def _number(config: Any, name: str | None) -> float:
    """A multiplier of the config; 1 where the row names none."""
    return 1.0 if name is None else float(getattr(config, name, 1.0))


def _stack(root: nn.Module, row: StackRow, config: Any) -> StackParts:
    layers = find(root, row.layers)
    assert isinstance(layers, nn.ModuleList), row.layers
    pre_norm = getattr(config, row.pre_norm_if, True) if row.pre_norm_if else row.attn_norm is None
    outside = float(getattr(find(root, row.embed_scale_of), "embed_scale", 1.0)) if row.embed_scale_of else 1.0
    return StackParts(
        layers=tuple(_layer(layer, row, _number(config, row.residual_factor)) for layer in layers),
        embed=find(root, row.embed),
        positions=find(root, row.positions),
        token_types=find(root, row.token_types),
        embed_norm=find(root, row.embed_norm),
        embed_scale=outside * _number(config, row.embed_factor),
        final_norm=find(root, row.final_norm),
        post_norm=not pre_norm,
        parallel=row.parallel or bool(row.parallel_if and getattr(config, row.parallel_if, False)),
    )


def _layer(layer: nn.Module, row: StackRow, scale: float) -> LayerParts:
    return LayerParts(
        layer=layer,
        attn=find(layer, row.attn),
        cross=find(layer, row.cross),
        mlp=find(layer, row.mlp),
        attn_norm=find(layer, row.attn_norm),
        cross_norm=find(layer, row.cross_norm),
        mlp_norm=find(layer, row.mlp_norm),
        attn_scale=scale,
        cross_scale=scale if row.cross else 1.0,
        mlp_scale=scale,
    )


def bare_parts(model: LoadedModel) -> ModelParts:
    """What can be said of any model: its longest lists of equal modules are its layers. No more is claimed."""
    lists = {
        name: module
        for name, module in model.module.named_modules()
        if isinstance(module, nn.ModuleList) and len(module) > 0 and len({type(child) for child in module}) == 1
    }
    info = model.info

    def pick(n_layers: int | None, side: str) -> StackParts:
        fitting = [m for name, m in lists.items() if len(m) == n_layers and (not side or side in name)]
        layers = fitting[0] if fitting else nn.ModuleList()
        bare = tuple(LayerParts(layer, None, None, None, None, None, None) for layer in layers)
        return StackParts(bare, token_table(model, side), None, None, None, 1.0, None, False, True, False)

    both = info.kind == "encoder-decoder"
    return ModelParts(
        stack=pick(info.n_layers, "decoder" if both else ""),
        encoder=pick(info.n_encoder_layers, "encoder") if both else None,
        head=(),
        out_scale=1.0,
        described=False,
    )


def token_table(model: LoadedModel, side: str = "") -> nn.Module | None:
    """The token table of a model, or of its "encoder" or "decoder": the two may have tables of their own."""
    module: Any = model.module
    try:
        tower = {"encoder": module.get_encoder, "decoder": module.get_decoder}[side]() if side else module
        table = tower.get_input_embeddings()
    except (AttributeError, NotImplementedError):
        return None
    return table if isinstance(table, nn.Module) else None  # Perceiver gives a bare parameter
