"""What streaming costs: ``python -m tests.benchmarks.generation [--repeat N] [--threads N] [--cpu]``.

Our loop against ``model.generate`` in one run, the two taking turns: once as the page streams it, and once with every
stage of every step computed. The bar is 0.95 times the speed of ``model.generate``.
"""

from __future__ import annotations

import argparse
import os
import time
from typing import Any

import torch

from playground import SamplingSettings, generate, load_model
from playground.models import LoadedModel
from tests.benchmarks import __main__ as common
from tests.hooks.variants import twin

SLOWEST = 1 / 0.95
"""Largest ratio of our time to that of ``model.generate``."""
SETTINGS = SamplingSettings(max_new_tokens=40, temperature=0.8, top_k=50, top_p=0.9, seed=7)


def streaming(model: LoadedModel, name: str, repeat: int) -> None:
    """Our loop, without and with all stages computed, against ``model.generate``."""
    bare: Any = twin(model, "sdpa").module
    for module in (bare, model.module):
        module.generation_config.eos_token_id = None
    text = common.text_of(model, 20)
    ids = model.tokenizer(text, return_tensors="pt")["input_ids"]

    def with_every_stage() -> None:
        for step in generate(model, text, SETTINGS):
            assert len(step.stages) == 4

    contenders: dict[str, common.Work] = {
        "model.generate (sdpa)": lambda: bare.generate(ids, **SETTINGS.given()),
        "generate, streamed": lambda: list(generate(model, text, SETTINGS)),
        "generate, every stage computed": with_every_stage,
    }
    bars = dict.fromkeys(list(contenders)[1:], SLOWEST)
    common.report(f"{name}, {SETTINGS.max_new_tokens} new tokens", common.rounds(contenders, repeat), bars)


def main() -> None:
    """Both sizes."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.generation", description="What streaming costs.")
    parser.add_argument("--repeat", type=int, default=20, help="rounds of each measurement (default 20)")
    parser.add_argument("--threads", type=int, default=0, help="of torch (default: torch decides)")
    parser.add_argument("--cpu", action="store_true", help="measure CPU time instead of time (for busy machines)")
    options = parser.parse_args()
    if options.threads:
        torch.set_num_threads(options.threads)
    if options.cpu:
        common.clock = time.process_time
    print(f"torch {torch.__version__}, {torch.get_num_threads()} threads, load {os.getloadavg()[0]:.1f}")
    streaming(load_model("storyteller"), "storyteller", max(1, options.repeat))
    streaming(common.gpt2_small(), "gpt2-small, random weights", max(1, options.repeat // 3))


if __name__ == "__main__":
    main()
