"""What looking costs: ``python -m tests.benchmarks [--repeat N] [--only WORD]`` (writing: ``….generation``).

Everything is measured side by side in one run, the contenders taking turns, so that a busy machine slows all of them
alike. A ratio is the median over the rounds of the ratio within a round.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable
from statistics import median
from typing import Any

os.environ.setdefault("HF_HUB_OFFLINE", "1")
from playground.settings import quiet_environment

quiet_environment()

import torch  # noqa: E402
import transformers  # noqa: E402

from playground import capture, load_model, models, wrap  # noqa: E402
from playground.models import LoadedModel  # noqa: E402
from playground.serving.memory import keep_memory_flat  # noqa: E402
from tests.hooks.variants import twin  # noqa: E402
from tests.tiny import tiny_tokenizer  # noqa: E402

Work = Callable[[], Any]
STORY = "Once upon a time, there was a little girl named Lily. She loved to play in the garden with her dog. "
BARS = {"gpt2-small": 1.10, "storyteller": 1.35}
"""Largest ratio of capture to the bare forward pass that the playground allows itself."""


clock: Callable[[], float] = time.perf_counter
"""``--cpu`` measures this process's own work instead: on a machine that is busy with something else."""


def rounds(contenders: dict[str, Work], repeat: int) -> dict[str, list[float]]:
    """Seconds of each contender in each round; the order turns, and what came first is not always first."""
    for work in contenders.values():
        work()
    names = list(contenders)
    seconds: dict[str, list[float]] = {name: [] for name in names}
    for n in range(repeat):
        for name in names[n % len(names) :] + names[: n % len(names)]:
            started = clock()
            contenders[name]()
            seconds[name].append(clock() - started)
    return seconds


def report(title: str, seconds: dict[str, list[float]], bars: dict[str, float] | None = None) -> None:
    """One table: milliseconds and ratios to the first contender."""
    print(f"\n{title} ({len(next(iter(seconds.values())))} rounds)")
    base = next(iter(seconds.values()))
    for name, times in seconds.items():
        ratio = median(a / b for a, b in zip(times, base, strict=True))
        bar = (bars or {}).get(name)
        verdict = "" if bar is None else f"   bar {bar:.2f}: {'held' if ratio <= bar else 'NOT HELD'}"
        print(f"  {name:<42} {1000 * median(times):9.2f} ms  ×{ratio:.3f}{verdict}")


def gpt2_small() -> LoadedModel:
    """As large as GPT-2 small, random weights."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        module = transformers.GPT2LMHeadModel(transformers.GPT2Config())
    return wrap(module, tiny_tokenizer("bpe"), id="gpt2-small")


def text_of(model: LoadedModel, n_tokens: int) -> str:
    """Text that gives this many tokens."""
    encoded = model.tokenizer(STORY * 10, return_offsets_mapping=True)
    return (STORY * 10)[: encoded["offset_mapping"][n_tokens - 1][1]]


@torch.inference_mode()
def _run(module: Any, ids: torch.Tensor, **extra: bool) -> None:
    module(input_ids=ids, use_cache=False, **extra)


def capturing(model: LoadedModel, name: str, n_tokens: int, repeat: int) -> None:
    """Capture against the bare forward pass and against transformers' own way to look inside."""
    text = text_of(model, n_tokens)
    ids = model.tokenizer(text, return_tensors="pt")["input_ids"]
    bare, eager = twin(model, "sdpa").module, twin(model, "eager").module
    assert ids.shape == (1, n_tokens) and bare.config._attn_implementation == "sdpa"
    ours = f"capture of {n_tokens} tokens"
    contenders: dict[str, Work] = {
        "bare forward (sdpa)": lambda: _run(bare, ids),
        ours: lambda: capture(model, text),
        "output_attentions + hidden_states (eager)": lambda: _run(
            eager, ids, output_attentions=True, output_hidden_states=True
        ),
    }
    report(f"capture, {name}, {n_tokens} tokens", rounds(contenders, repeat), {ours: BARS[name]})


def loading(repeat: int) -> None:
    """From disk to a model that runs, libraries imported already."""

    def load() -> None:
        models.unload("storyteller")
        load_model("storyteller")

    report("load_model('storyteller')", rounds({"load": load}, repeat))


def main() -> None:
    """All measurements, or those whose name has the given word in it."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description="What looking costs.")
    parser.add_argument("--repeat", type=int, default=30, help="rounds of each measurement (default 30)")
    parser.add_argument("--only", default="", help="capture or load")
    parser.add_argument("--threads", type=int, default=0, help="of torch (default: torch decides)")
    parser.add_argument("--cpu", action="store_true", help="measure CPU time instead of time (for busy machines)")
    options = parser.parse_args()
    if options.threads:
        torch.set_num_threads(options.threads)
    if options.cpu:
        global clock
        clock = time.process_time
    keep_memory_flat()  # as the app does
    started, repeat = time.perf_counter(), max(1, options.repeat)
    print(f"torch {torch.__version__}, {torch.get_num_threads()} threads, load {os.getloadavg()[0]:.1f}")
    large, story = gpt2_small(), load_model("storyteller")
    if options.only in "capture":
        capturing(large, "gpt2-small", 64, repeat)
        capturing(story, "storyteller", 20, 3 * repeat)
        capturing(story, "storyteller", 64, 3 * repeat)
    if options.only in "load":
        loading(max(1, repeat // 3))
    print(f"\n{time.perf_counter() - started:.0f} s, load now {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
