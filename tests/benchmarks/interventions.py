"""What maps and walks cost: ``python -m tests.benchmarks.interventions [--repeat N] [--cpu]``.

Each contender beside what it replaces, taking turns in one run: the ablation map of 12 × 12 heads against one capture
for each head, the patching grid of the storyteller, detail of one layer against a plain capture.
"""

from __future__ import annotations

import argparse
import os
import time
from statistics import median

import torch

from playground import (
    Change,
    ablation_map,
    capture,
    direct_logit_attribution,
    load_model,
    patching_grid,
)
from playground.analysis.what_if import changed
from tests.benchmarks import __main__ as bench
from tests.benchmarks.__main__ import gpt2_small, report, rounds, text_of

LEAST_GAIN = 4.0
"""An ablation map must be this many times as fast as its heads one by one."""
GRID_SECONDS = 1.0
OPENING_MS = 400
"""A view must open in this time once its trace is there."""
HEADS = 6
"""Of 144, captured one by one for the comparison: a round of all of them takes minutes."""


def ablation(repeat: int) -> None:
    """12 × 12 heads on 32 tokens, at GPT-2's size: the whole map, and six heads from six layers one by one."""
    model = gpt2_small()
    text = text_of(model, 32)
    some = [Change.zero_head(2 * n, n) for n in range(HEADS)]
    seconds = rounds(
        {
            "map of 144 heads": lambda: ablation_map(model, text, 7),
            f"{HEADS} heads one by one": lambda: [capture(model, text, changes=[change]) for change in some],
        },
        repeat,
    )
    ours, theirs = seconds.values()
    gain = median(b / HEADS * 144 / a for a, b in zip(ours, theirs, strict=True))
    print(f"\nablation map, gpt2-small, 32 tokens: {median(ours):.1f} s, {gain:.1f} × as fast as one by one", end="")
    print(f"   bar {LEAST_GAIN:.0f}: {'held' if gain >= LEAST_GAIN else 'NOT HELD'}")


def patching(repeat: int) -> None:
    """20 tokens × 7 depths of the storyteller."""
    model = load_model("storyteller")
    texts = ["Lily saw a big dog in the park. She was happy and ran fast to the", ""]
    texts[1] = texts[0].replace("dog", "cat")
    ids = [capture(model, text).tokens for text in texts]
    lead = [[t.token_id for t in tokens] for tokens in ids]
    # filled up to 20 tokens at the front, where both are alike
    lead = [[lead[0][0]] * (20 - len(row)) + row for row in lead]
    seconds = rounds(
        {
            "plain capture": lambda: capture(model, lead[0]),
            "patching grid": lambda: patching_grid(model, *lead, clean_id=5, corrupt_id=9),
        },
        repeat,
    )
    report("patching grid, storyteller, 20 tokens", seconds)
    taken = median(seconds["patching grid"])
    print(f"  {taken:.2f} s   bar {GRID_SECONDS:.0f} s: {'held' if taken <= GRID_SECONDS else 'NOT HELD'}")


def switching(repeat: int) -> None:
    """One switch of What if at GPT-2's size with 64 tokens: the changed pass and its divergences."""
    model = gpt2_small()
    trace = capture(model, text_of(model, 64))
    seconds = rounds(
        {
            "plain capture": lambda: capture(model, text_of(model, 64)),
            "as it is": lambda: changed(model, trace, (), False, 63),
            "a head off": lambda: changed(model, trace, ("h3.4",), False, 63),
            "positions off": lambda: changed(model, trace, ("positions",), False, 63),
        },
        repeat,
    )
    report("what if, gpt2-small, 64 tokens", seconds)
    taken = 1000 * median(seconds["as it is"])
    print(f"  opening {taken:.0f} ms   bar {OPENING_MS} ms: {'held' if taken <= OPENING_MS else 'NOT HELD'}")


def looking_closer(repeat: int) -> None:
    """Detail of one layer, and a logit taken apart, at GPT-2's size with 64 tokens."""
    model = gpt2_small()
    text = text_of(model, 64)
    trace = capture(model, text, detail=5)
    direct_logit_attribution(model, trace)
    seconds = rounds(
        {
            "plain capture": lambda: capture(model, text),
            "capture with detail of one layer": lambda: capture(model, text, detail=5),
            "capture with two changes": lambda: capture(
                model, text, changes=[Change.zero_head(3, 4), Change.skip_mlp(7)]
            ),
            "direct logit attribution of a trace": lambda: direct_logit_attribution(model, trace),
        },
        repeat,
    )
    report("looking closer, gpt2-small, 64 tokens", seconds)


def main() -> None:
    """All of them."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.interventions", description="What maps cost.")
    parser.add_argument("--repeat", type=int, default=5, help="rounds of each measurement (default 5)")
    parser.add_argument("--cpu", action="store_true", help="measure CPU time instead of time (for busy machines)")
    options = parser.parse_args()
    if options.cpu:
        bench.clock = time.process_time
    print(f"torch {torch.__version__}, {torch.get_num_threads()} threads, load {os.getloadavg()[0]:.1f}")
    ablation(options.repeat)
    patching(3 * options.repeat)
    switching(options.repeat)
    looking_closer(3 * options.repeat)


if __name__ == "__main__":
    main()
