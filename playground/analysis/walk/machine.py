"""The whole way through a model as its parts: what stands where, how large, and what each writes at a token."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import takewhile
from typing import Any

import numpy as np
from torch import nn

from ...hooks import prepare
from ...hooks.parts import StackParts
from ...models import LoadedModel
from ...trace import Array, Attention, Layer, Stack, Trace
from ...trace.arrays import ReadOnly
from ...trace.detail import LayerDetail
from ..attention.maps import is_causal
from .entry import parts_of
from .inside import Inside, Tower


@dataclass(frozen=True)
class Part:
    """Something that writes into the stream."""

    name: str
    """"attn", "cross" or "mlp"; below the first layer "token", "position", "sentence"."""
    n_parameters: int | None
    """None where it is not known which of the model's parameters are its own."""
    length: float
    """Euclidean length of what it adds at the chosen token."""
    stream: float
    """Length of the stream after it."""
    shape: tuple[int, ...] = ()
    """Attention: heads, and numbers in each; feed-forward: its hidden numbers; a table: its rows. () where unknown."""


@dataclass(frozen=True)
class Block:
    """One layer."""

    layer: int
    parts: tuple[Part, ...]
    """In the order in which they are added; empty where the family does not tell them apart."""
    parallel: bool
    """Whether all parts read the same stream and are added in one sum."""
    n_parameters: int


@dataclass(frozen=True, eq=False)
class TowerMap(ReadOnly):
    """One tower over one text."""

    side: str
    """"main" (the only tower, or the decoder) or "encoder"."""
    order: str
    """"pre-norm", "post-norm" or "parallel"."""
    entry: tuple[Part, ...]
    blocks: tuple[Block, ...]
    pos: int
    """The chosen token."""
    causal: bool
    """No token sees a later one."""
    levels: Array
    """(n_layers + 1, seq): length of the stream below the first layer and after each."""
    final_norm: bool
    n_parameters: int
    """Of all its layers."""


@dataclass(frozen=True)
class Machine:
    """A model on one text."""

    main: TowerMap
    encoder: TowerMap | None
    d_model: int
    vocab_size: int
    table_parameters: int
    """Of the token table, and of the position table where there is one."""
    head_parameters: int
    """From the final vector to the logits; 0 where the token table is used again."""
    n_parameters: int


def machine_of(model: LoadedModel, trace: Trace, inside: Inside, pos: int, source_pos: int) -> Machine:
    """The parts of a model with what they write at one token.

    Args:
        model: of the trace.
        trace: the forward pass.
        inside: any layer of it: tells which modules its parts are.
        pos: the chosen token.
        source_pos: the chosen token of the source, of an encoder–decoder.
    """
    encoder = None
    if trace.encoder is not None and inside.encoder is not None:
        encoder = _tower(model, trace.encoder, inside.encoder, inside.number, source_pos, "encoder")
    module: Any = model.module
    tables = {id(p): p.numel() for stack in _stacks(model) for p in _own(stack.embed) + _own(stack.positions)}
    head = {id(p): p.numel() for part in prepare(model).parts.head for p in part.parameters() if id(p) not in tables}
    return Machine(
        _tower(model, trace, inside.main, inside.number, pos, "main"),
        encoder,
        model.info.d_model,
        trace.logits.shape[1],
        sum(tables.values()),
        sum(head.values()),
        sum(p.numel() for p in module.parameters()),
    )


def _stacks(model: LoadedModel) -> list[StackParts]:
    parts = prepare(model).parts
    return [parts.stack, *([parts.encoder] if parts.encoder is not None else [])]


def _own(module: nn.Module | None) -> list[nn.Parameter]:
    return [] if module is None else list(module.parameters())


def _tower(model: LoadedModel, stack: Stack, tower: Tower, number: int, pos: int, side: str) -> TowerMap:
    parts = parts_of(model, encoder=side == "encoder")
    roots = _roots(model, parts, tower, number)
    hidden = _hidden(tower)
    blocks = tuple(
        _block(part.layer, layer, n, pos, roots, hidden)
        for n, (layer, part) in enumerate(zip(stack.layers, parts.layers, strict=False))
    )
    resids = [stack.layers[0].resid_pre, *(layer.resid_post for layer in stack.layers)] if stack.layers else []
    levels = [np.linalg.norm(resid, axis=-1) for resid in resids]
    parallel = any(block.parallel for block in blocks)
    looking = [layer.attention for layer in stack.layers if layer.attention is not None]
    return TowerMap(
        side,
        "post-norm" if parts.post_norm else "parallel" if parallel else "pre-norm",
        _entry(parts, stack, pos),
        blocks,
        pos,
        bool(looking) and is_causal(looking),
        np.stack(levels).astype(np.float32) if levels else np.zeros((0, len(stack)), np.float32),
        tower.last is not None,
        sum(block.n_parameters for block in blocks),
    )


def _entry(parts: StackParts, stack: Stack, pos: int) -> tuple[Part, ...]:
    """What is added up below the first layer."""
    rows = [("token", stack.embeddings, parts.embed), ("position", stack.positions, parts.positions),
            ("sentence", stack.token_types, parts.token_types)]  # fmt: skip
    found, total = [], None
    for name, values, module in rows:
        if values is None:
            continue
        row = values[min(pos, len(values) - 1)]
        total = row if total is None else total + row
        n = sum(p.numel() for p in _own(module))
        shape = tuple(getattr(getattr(module, "weight", None), "shape", ()))[:1]
        found.append(Part(name, n, float(np.linalg.norm(row)), float(np.linalg.norm(total)), shape))
    return tuple(found)


def _roots(model: LoadedModel, parts: StackParts, tower: Tower, number: int) -> dict[str, list[str]]:
    """Which modules a part consists of: paths within a layer, found in the layer whose steps are known."""
    if tower.layer is None or number >= len(parts.layers):
        return {}
    own = parts.layers[number].layer
    prefix = next(path for path, module in model.module.named_modules() if module is own) + "."
    detail = tower.layer.detail or LayerDetail((), None, None, None)
    found: dict[str, list[str]] = {}
    for name, steps in (("attn", detail.attention), ("cross", detail.cross_attention)):
        if steps is not None and steps.q is not None and steps.out is not None:
            paths = [linear.path.removeprefix(prefix) for linear in (steps.q, steps.k, steps.v, steps.out) if linear]
            above = _above(paths)
            found[name] = [above] if above else paths
    if detail.mlp is not None:
        linears = [linear for linear in (detail.mlp.first, detail.mlp.up, detail.mlp.down) if linear is not None]
        found["mlp"] = sorted({linear.path.removeprefix(prefix) for linear in linears})
    norms = {norm.path.removeprefix(prefix) for norm in detail.norms}
    return {**found, "norms": sorted(norms)}


def _above(paths: list[str]) -> str:
    """The deepest module that all paths lead through; "" for the layer itself."""
    steps = zip(*(path.split(".")[:-1] for path in paths), strict=False)
    return ".".join(names[0] for names in takewhile(lambda names: len(set(names)) == 1, steps))


def _counted(layer: nn.Module, roots: dict[str, list[str]], name: str) -> int | None:
    """Parameters of a part of a layer, its norms not counted."""
    if name not in roots:
        return None
    norms = tuple(f"{path}." for path in roots["norms"])
    wanted = tuple(f"{path}." for path in roots[name])
    named = [(path, p) for path, p in layer.named_parameters() if path.startswith(wanted)]
    return sum(p.numel() for path, p in named if not path.startswith(norms)) or None


def _hidden(tower: Tower) -> tuple[int, ...]:
    """Width of the feed-forward, found in the layer whose steps are known."""
    detail = tower.layer.detail if tower.layer is not None else None
    return () if detail is None or detail.mlp is None else (detail.mlp.down.entered.shape[1],)


def _heads(attention: Attention | None) -> tuple[int, ...]:
    if attention is None:
        return ()
    return (attention.n_heads,) if attention.head_out is None else (attention.n_heads, attention.head_out.shape[-1])


def _block(
    module: nn.Module, layer: Layer, n: int, pos: int, roots: dict[str, list[str]], hidden: tuple[int, ...]
) -> Block:
    known = [("attn", layer.attn_out, layer.resid_mid), ("cross", layer.cross_out, layer.resid_mid_cross),
             ("mlp", layer.mlp_out, layer.resid_post)]  # fmt: skip
    shape = layer.resid_pre.shape
    there = [(name, added, left) for name, added, left in known if added is not None and added.shape == shape]
    parallel = len(there) == 2 and layer.resid_mid is None
    parts = []
    for name, added, after in there:
        left = layer.resid_post if after is None else after
        length, stream = float(np.linalg.norm(added[pos])), float(np.linalg.norm(left[pos]))
        shape = hidden if name == "mlp" else _heads(layer.attention if name == "attn" else layer.cross_attention)
        parts.append(Part(name, _counted(module, roots, name), length, stream, shape))
    return Block(n, tuple(parts), parallel, sum(p.numel() for p in module.parameters()))
