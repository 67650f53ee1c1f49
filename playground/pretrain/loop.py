"""The training loop: steps or minutes, bf16 autocast, progress lines, checkpoints that a later run resumes from.

A task hands over batches by step number, so a resumed run sees the batches that an unbroken one would have seen.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

import torch
from torch import Tensor
from transformers import PreTrainedModel, PreTrainedTokenizerFast

from .optim import Optimisers, Rates, rate_factor
from .peers import Peers

CHECKPOINT = "checkpoint.pt"


class Task(Protocol):
    """What a model is trained to do: its text in batches, its loss, its figures on text held out."""

    name: str
    rates: Rates
    warm_up: int
    autocast: bool
    """Whether the loop runs `loss` under bf16 autocast; False where `loss` chooses its own precision."""

    guided: Mapping[tuple[int, int], str]
    """Heads that the training tells where to look, (layer, head), and what they are to look at, in words."""

    @property
    def model(self) -> PreTrainedModel:
        """The model, trained in place."""

    @property
    def tokenizer(self) -> PreTrainedTokenizerFast:
        """The tokenizer that the model is trained with."""

    def batch(self, step: int, progress: float) -> dict[str, Tensor]:
        """The batch of this step, where a share of `progress` of the run is over; the same whenever asked."""

    def loss(self, batch: dict[str, Tensor]) -> Tensor:
        """The scalar to minimise, in nats per predicted token."""

    def validate(self) -> dict[str, float]:
        """Figures on held-out text, by name with unit; cheap enough to ask every few minutes."""


class Watcher(Protocol):
    """Somebody who looks at the model while it trains, and changes nothing in it."""

    def wants(self, step: int) -> bool:
        """Whether to be shown the model before this step."""

    def look(self, task: Task, state: RunState) -> None:
        """Look at the model, which is in eval mode, where the run stands."""


@dataclass
class RunState:
    """Where a run stands: steps taken, seconds trained, tokens seen, and the progress lines so far."""

    step: int = 0
    elapsed_s: float = 0.0
    tokens: int = 0
    loss: float = float("nan")


@dataclass(frozen=True)
class RunSettings:
    """How long and where a run goes; give `steps` or `minutes` (training time, pauses not counted)."""

    work: Path
    steps: int | None = None
    minutes: float | None = None
    resume: bool = False
    behind: RunState = field(default_factory=RunState)
    """Where the run before ended, if this one goes on from its weights: `steps` and `minutes` count from there."""
    device: str = "auto"
    report_every: int = 50
    validate_every_s: float = 240.0
    save_every_s: float = 120.0

    def __post_init__(self) -> None:
        if (self.steps is None) == (self.minutes is None):
            raise ValueError("Give either steps or minutes.")

    def progress(self, step: int, elapsed_s: float) -> float:
        """How much of the run is done, from 0 to 1 and beyond."""
        if self.steps is not None:
            return (step - self.behind.step) / self.steps
        return (elapsed_s - self.behind.elapsed_s) / (60.0 * self.minutes) if self.minutes else 1.0


def pick_device(wanted: str) -> torch.device:
    """`auto` takes CUDA where there is one, else the CPU; anything else is taken at its word."""
    if wanted == "auto":
        wanted = "cuda" if torch.cuda.is_available() else "cpu"
    return torch.device(wanted)


def train(task: Task, settings: RunSettings, watcher: Watcher | None = None) -> RunState:
    """Train `task.model` in place until the settings say enough; leaves a checkpoint in `settings.work`.

    The watcher is shown the model before the first step, after every step that it wants, and at the end.
    """
    peers = Peers()
    device = next(task.model.parameters()).device
    optimisers = Optimisers(task.model, task.rates)
    state = load_checkpoint(task, settings.work, optimisers) if settings.resume else replace(settings.behind)
    task.model.train()
    started, before = time.monotonic(), state.elapsed_s
    last_saved = last_validated = started
    recent: list[float] = []
    while (progress := peers.agreed(settings.progress(state.step, state.elapsed_s))) < 1.0:
        if peers.first and watcher is not None and watcher.wants(state.step):
            _show(task, watcher, state)
        whole = task.batch(state.step, progress)
        batch = {name: part.to(device) for name, part in peers.part(whole).items()}
        factor = rate_factor(state.step - settings.behind.step, progress, task.warm_up)
        recent.append(_step(task, batch, optimisers, factor, peers))
        state.step += 1
        state.tokens += whole["input_ids"].numel()
        state.elapsed_s = before + time.monotonic() - started
        if not peers.first:
            continue
        if state.step % settings.report_every == 0:
            state.loss = sum(recent) / len(recent)
            recent.clear()
            _report(task.name, state, settings)
        now = time.monotonic()
        if now - last_validated > settings.validate_every_s:
            _report_figures(task, state, settings.work)
            last_validated = now
        if now - last_saved > settings.save_every_s:
            save_checkpoint(task, settings.work, optimisers, state)
            last_saved = now
    if recent:
        state.loss = sum(recent) / len(recent)
    if peers.first:
        save_checkpoint(task, settings.work, optimisers, state)
        if watcher is not None:
            _show(task, watcher, state)
    task.model.eval()
    return state


def _show(task: Task, watcher: Watcher, state: RunState) -> None:
    task.model.eval()
    watcher.look(task, state)
    task.model.train()


def _step(task: Task, batch: dict[str, Tensor], optimisers: Optimisers, factor: float, peers: Peers) -> float:
    with torch.autocast(batch["input_ids"].device.type, dtype=torch.bfloat16, enabled=task.autocast):
        loss = task.loss(batch)
    loss.backward()
    peers.average(task.model.parameters())
    torch.nn.utils.clip_grad_norm_(task.model.parameters(), 1.0)
    optimisers.step(factor)
    return float(loss.detach())


def _report(name: str, state: RunState, settings: RunSettings) -> None:
    done = min(1.0, settings.progress(state.step, state.elapsed_s))
    rate = state.tokens / max(state.elapsed_s, 1e-9)
    print(
        f"{name}  {done:6.1%}  step {state.step:6d}  loss {state.loss:.4f} nats/token  {rate:,.0f} tokens/s"
        f"  {state.elapsed_s / 60:.1f} min",
        flush=True,
    )


def _report_figures(task: Task, state: RunState, work: Path) -> None:
    task.model.eval()
    figures = task.validate()
    task.model.train()
    line = {"step": state.step, "elapsed_s": round(state.elapsed_s), "loss": state.loss, **figures}
    with (work / "log.jsonl").open("a", encoding="utf-8") as log:
        log.write(json.dumps(line) + "\n")
    print(f"{task.name}  held out: " + "  ".join(f"{name} {value:.4f}" for name, value in figures.items()), flush=True)


def save_checkpoint(task: Task, work: Path, optimisers: Optimisers, state: RunState) -> None:
    """Write weights, optimiser states and counters, first beside the old file and then over it."""
    work.mkdir(parents=True, exist_ok=True)
    content = {"model": task.model.state_dict(), "optimisers": optimisers.state_dict(), "state": vars(state)}
    torch.save(content, work / (CHECKPOINT + ".new"))
    (work / (CHECKPOINT + ".new")).replace(work / CHECKPOINT)


def load_checkpoint(task: Task, work: Path, optimisers: Optimisers | None) -> RunState:
    """Restore a checkpoint into the task (and the optimisers, if given); raises FileNotFoundError with advice."""
    path = work / CHECKPOINT
    if not path.is_file():
        raise FileNotFoundError(f"There is no checkpoint at {path}. Start without --resume.")
    content = torch.load(path, map_location="cpu", weights_only=True)
    task.model.load_state_dict(content["model"])
    if optimisers is not None:
        optimisers.load_state_dict(content["optimisers"])
    return RunState(**content["state"])
