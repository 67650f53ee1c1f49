"""GPT-2's training step written out: bf16 products, few and large operations, so that `torch.compile` can fuse them.

The library's own forward pass computes the same (`tests/pretrain/test_decoder.py`) and is used for all else. Here the
parameters are those of the library's model, by their names there; they and the residual stream stay in float32.

Measured on two Sapphire Rapids cores at width 256, 16 x 256 tokens, forward and backward pass: 7,200 tokens/s written
out in bf16, 11,800 with memory that is not handed back to the system after each step (`MALLOC_MMAP_THRESHOLD_`), 12,300
compiled, 13,900 with GELU by a sigmoid and the biases' gradients as products. One process for each core is half as fast
again as one process with two threads while other work goes on beside it.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.nn import functional
from transformers import GPT2Config, GPT2LMHeadModel

from . import drills
from .drills import Head

_BLOCKED = -1e4  # finite, so that a row with nothing to see gives no NaN
_GELU_INNER, _GELU_CUBIC = 1.5957691216057308, 0.044715  # 2 sqrt(2 / pi); Hendrycks and Gimpel 2016


class Guide(NamedTuple):
    """What four heads, and the stream before them, are told while they form: see the losses in `drills`."""

    periods: Tensor
    asked: Tensor
    told: Tensor
    sorts: Tensor
    directions: tuple[Tensor, Tensor]
    previous: Head
    induction: Head
    mover: Head
    reader: Head
    weight: float
    sorting: bool
    """Whether the mover, and the stream before and behind it, are told too."""

    def loss(self, looked: list[Tensor], streams: list[Tensor]) -> Tensor:
        """What the guide adds to the loss, from the attention weights of each layer and the stream behind it."""
        told = drills.guide_loss(looked, self.periods, self.previous, self.induction)
        told = told + drills.reading_loss(looked[self.reader.layer][:, self.reader.head], self.asked, self.told)
        if not self.sorting:
            return self.weight * told
        told = told + drills.moving_loss(looked[self.mover.layer][:, self.mover.head], self.told)
        for place, stream, direction in (
            (self.asked, streams[self.mover.layer - 1], self.directions[0]),
            (self.told, streams[self.mover.layer], self.directions[1]),
        ):
            told = told + drills.sorting_loss(stream, torch.where(place >= 0, self.sorts, -1).flatten(), direction)
        return self.weight * told


class _Linear(torch.autograd.Function):
    """x W + b; the gradient of b is a product too, which is faster than a sum over the rows."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        ctx.save_for_backward(x, weight)
        return torch.addmm(bias, x, weight)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        x, weight = ctx.saved_tensors
        grad = grads[0]
        return grad @ weight.T, x.T @ grad, (grad.new_ones(1, grad.shape[0]) @ grad)[0]


class _Gelu(torch.autograd.Function):
    """GELU by tanh as x sigmoid(2u), which is the same function: a sigmoid is cheaper than a tanh."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        ctx.save_for_backward(x)
        wide = x.float()
        return (wide * torch.sigmoid(_GELU_INNER * (wide + _GELU_CUBIC * wide * wide * wide))).to(x.dtype)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> Tensor:
        (x,) = ctx.saved_tensors
        wide = x.float()
        gate = torch.sigmoid(_GELU_INNER * (wide + _GELU_CUBIC * wide * wide * wide))
        slope = gate + wide * gate * (1 - gate) * _GELU_INNER * (1 + 3 * _GELU_CUBIC * wide * wide)
        return (grads[0].float() * slope).to(x.dtype)


def parameters_of(model: GPT2LMHeadModel) -> dict[str, Tensor]:
    """The parameters by the names that `training_loss` uses: the library's, less `transformer.` and `.weight`."""
    return {
        name.removeprefix("transformer.").removesuffix(".weight"): parameter
        for name, parameter in model.named_parameters()
    }


def training_loss(
    parameters: dict[str, Tensor],
    config: GPT2Config,
    ids: Tensor,
    weights: Tensor | None = None,
    dropout: Tensor | None = None,
    guide: Guide | None = None,
) -> Tensor:
    """Mean cross-entropy of every token but the first, in nats, each weighed by `weights`; a scalar in float32.

    Args:
        parameters: as `parameters_of` gives them.
        config: of the model.
        ids: (windows, window + 1).
        weights: (windows, window + 1) of each token as something to guess; the first is not used. None: all 1.
        dropout: (2 n_layers + 1, windows * window, width) factors on what is added to the residual stream; None: none.
        guide: adds its loss.
    """
    targets = ids[:, 1:].flatten()
    logits, looked, streams = run(parameters, config, ids[:, :-1], dropout)
    losses = functional.cross_entropy(logits.float(), targets, reduction="none")
    if weights is None:
        loss = losses.mean()
    else:
        of_each = weights[:, 1:].flatten()
        loss = (losses * of_each).sum() / of_each.sum()
    if guide is None:
        return loss
    return loss + guide.loss(looked, streams)


def run(
    parameters: dict[str, Tensor], config: GPT2Config, inputs: Tensor, dropout: Tensor | None = None
) -> tuple[Tensor, list[Tensor], list[Tensor]]:
    """One forward pass over `inputs`, (windows, window); `parameters`, `config` and `dropout` as in `training_loss`.

    Returns:
        Logits, (windows * window, vocabulary) in bfloat16; the attention weights of each layer, (windows, heads, query,
        key); the residual stream behind each layer, (windows * window, width).
    """
    n_windows, window = inputs.shape
    x = (parameters["wte"][inputs] + parameters["wpe"][:window]).flatten(0, 1)
    if dropout is not None:
        x = x * dropout[-1]
    blocked = torch.full((window, window), _BLOCKED, dtype=torch.bfloat16, device=inputs.device).triu(1)
    looked: list[Tensor] = []
    streams: list[Tensor] = []
    for layer in range(config.n_layer):
        added, attention = _attention(parameters, config, f"h.{layer}.", x, n_windows, blocked)
        looked.append(attention)
        x = x + (added if dropout is None else added * dropout[2 * layer])
        added = _mlp(parameters, f"h.{layer}.", x, config.layer_norm_epsilon)
        x = x + (added if dropout is None else added * dropout[2 * layer + 1])
        streams.append(x)
    logits = _norm(parameters, "ln_f", x, config.layer_norm_epsilon) @ parameters["wte"].to(torch.bfloat16).T
    return logits, looked, streams


def _norm(parameters: dict[str, Tensor], name: str, x: Tensor, epsilon: float) -> Tensor:
    scale, shift = parameters[name], parameters[name + ".bias"]
    return functional.layer_norm(x, x.shape[-1:], scale, shift, epsilon).to(torch.bfloat16)


def _linear(parameters: dict[str, Tensor], name: str, x: Tensor) -> Tensor:
    weight, bias = parameters[name].to(torch.bfloat16), parameters[name + ".bias"].to(torch.bfloat16)
    return _Linear.apply(x, weight, bias)


def _attention(
    parameters: dict[str, Tensor], config: GPT2Config, block: str, x: Tensor, n_windows: int, blocked: Tensor
) -> tuple[Tensor, Tensor]:
    """What attention adds to `x`, (rows, width), and its weights, (windows, heads, query, key)."""
    heads, width = config.n_head, config.n_embd // config.n_head
    h = _norm(parameters, block + "ln_1", x, config.layer_norm_epsilon)
    qkv = _linear(parameters, block + "attn.c_attn", h).view(n_windows, -1, 3, heads, width)
    query, key, value = qkv.permute(2, 0, 3, 1, 4)
    weights = torch.softmax(query @ key.transpose(-1, -2) * width**-0.5 + blocked, -1)
    mixed = (weights @ value).transpose(1, 2).reshape(-1, config.n_embd)
    return _linear(parameters, block + "attn.c_proj", mixed), weights


def _mlp(parameters: dict[str, Tensor], block: str, x: Tensor, epsilon: float) -> Tensor:
    h = _norm(parameters, block + "ln_2", x, epsilon)
    return _linear(parameters, block + "mlp.c_proj", _Gelu.apply(_linear(parameters, block + "mlp.c_fc", h)))


class DropoutPool:
    """Ready-made dropout factors: drawing them afresh in every step costs 8 % of it.

    Each call cuts its factors from one pool, beginning at a random place.
    """

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self._share, self._pool = 0.0, torch.empty(0)

    def draw(self, shape: tuple[int, ...], share: float, generator: torch.Generator) -> Tensor:
        """Factors of `shape`: 0 for a share of them, 1 / (1 - share) for the others."""
        size = 1
        for length in shape:
            size *= length
        if share != self._share or self._pool.numel() < size + (1 << 20):
            drawn = torch.rand(size + (1 << 20), generator=torch.Generator().manual_seed(0)) >= share
            self._share, self._pool = share, (drawn.to(torch.bfloat16) / (1 - share)).to(self._device)
        start = int(torch.randint(1 << 20, (1,), generator=generator))
        return self._pool[start : start + size].view(shape)
