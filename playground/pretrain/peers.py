"""Several processes that train one model: each takes a part of every batch, and they average their gradients.

Started with `python -m torch.distributed.run --nproc-per-node 2 -m playground.pretrain …`. On a CPU that other work
shares, one process for each core beats one process with as many threads: it waits once in a step, not at every
operation.
"""

from __future__ import annotations

import os
from collections.abc import Iterable

import torch
from torch import Tensor, distributed


class Peers:
    """This process among its peers; alone, all of this costs nothing."""

    def __init__(self) -> None:
        self.count, self.rank = int(os.environ.get("WORLD_SIZE", 1)), int(os.environ.get("RANK", 0))
        if self.count > 1 and not distributed.is_initialized():
            torch.set_num_threads(max(1, (os.cpu_count() or 1) // self.count))
            distributed.init_process_group("gloo")

    @property
    def first(self) -> bool:
        """Whether this process is the one that reports, saves and measures."""
        return self.rank == 0

    def part(self, batch: dict[str, Tensor]) -> dict[str, Tensor]:
        """Every `count`-th row of the batch, another one in each process."""
        return {name: rows[self.rank :: self.count] for name, rows in batch.items()}

    def average(self, parameters: Iterable[Tensor]) -> None:
        """Set the gradients in all processes to their mean, exchanged in bfloat16."""
        if self.count == 1:
            return
        gradients = [p.grad for p in parameters if p.grad is not None]
        flat = torch.cat([gradient.flatten() for gradient in gradients]).to(torch.bfloat16)
        distributed.all_reduce(flat)
        parts = (flat.float() / self.count).split([gradient.numel() for gradient in gradients])
        for gradient, part in zip(gradients, parts, strict=True):
            gradient.copy_(part.view_as(gradient))

    def agreed(self, value: float) -> float:
        """The value of the first process, in all of them: clocks differ."""
        if self.count == 1:
            return value
        shared = torch.tensor([value], dtype=torch.float64)
        distributed.broadcast(shared, 0)
        return float(shared)
