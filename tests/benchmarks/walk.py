"""What a walk costs on a model of GPT-2's size, 64 tokens: ``python -m tests.benchmarks.walk [--repeat N]``.

Opening a layer is one more pass and all its steps; a step inside it is the numbers that are sent; the walk and the
lens are opened with nothing there but the trace. Each beside a plain
captured pass of the same text in the same run, for on a busy machine only the ratio means something.
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Callable
from itertools import count
from statistics import median
from unittest.mock import patch

from playground import capture, engine, models
from playground.engine import Prompt
from playground.serving.memory import keep_memory_flat
from playground.tabs.contract import Asked, Look
from playground.tabs.forward.lens import LENS
from playground.tabs.forward.walk import WALK
from playground.views.view import Payload
from tests.benchmarks.__main__ import gpt2_small, rounds, text_of

TOKENS = 64
OPEN_MS, STEP_MS, STEP_BYTES = 400, 120, 300_000
LAYER = 5


def walked(prompt: Prompt, step: str, layer: int = LAYER, head: int = 1, known: tuple[str, ...] = ()) -> Payload:
    """What the page sends for a step."""
    asked = Asked(prompt, Look(layer=layer, head=head, pos=TOKENS - 1), {"step": step})
    return WALK.show(asked).payload(known)


def lens(prompt: Prompt) -> Payload:
    """What the page sends for the lens."""
    values = {"side": "target", "cell": "guess", "follow": ""}
    return LENS.show(Asked(prompt, Look(pos=TOKENS - 1), values)).payload(())


def measured(repeat: int) -> None:
    """Times of opening, of a step and of another head, and the bytes of every step."""
    line = engine.line()
    model = line.run("making", gpt2_small)  # as on the page, where no other thread ever computes
    with patch.object(models, "load_model", lambda *_: model):
        prompt = Prompt("gpt2-small", text_of(model, TOKENS))
        opened = walked(prompt, "tokens")
        names = opened["picture"]["names"]
        known = tuple(opened["kept"])
        turn = count()

        def fresh_layer() -> None:
            for kept in (("machine", LAYER, TOKENS - 1, 0), ("out", TOKENS - 1), ("in", LAYER, TOKENS - 1, 1, False)):
                assert engine.work._memory.drop(("walk", prompt, *kept))
            assert engine.work._memory.drop(("playground.analysis.walk.inside", "inside_layer", prompt, LAYER))
            json.dumps(walked(prompt, "attn-softmax"))

        def opening(draw: Callable[[], Payload]) -> Callable[[], None]:
            """A view's first picture, where of all that is reckoned only the trace is there."""

            def fresh() -> None:
                memory = engine.work._memory
                for key in [key for key in memory._kept if key != ("trace", prompt)]:
                    memory.drop(key)
                json.dumps(draw())

            return fresh

        def step() -> None:
            json.dumps(walked(prompt, names[next(turn) % len(names)], known=known))

        def another_head() -> None:
            engine.work._memory.drop(("walk", prompt, "in", LAYER, TOKENS - 1, 2, False))
            json.dumps(walked(prompt, "attn-softmax", head=2, known=known))

        seconds = rounds(
            {"plain capture": lambda: line.run("plain", lambda: capture(model, prompt.text)),
             "opening a layer": fresh_layer, "a step": step, "another head": another_head},
            repeat,
        )  # fmt: skip
        # behind the others, for these forget what those look up
        views = {"opening the walk": lambda: walked(prompt, "tokens"), "opening the lens": lambda: lens(prompt)}
        seconds |= rounds({name: opening(draw) for name, draw in views.items()}, repeat)
        base = seconds["plain capture"]
        print(f"\nthe walk, gpt2-small, {TOKENS} tokens ({repeat} rounds)")
        for name, times in seconds.items():
            bar = STEP_MS if name in ("a step", "another head") else OPEN_MS if "opening" in name else None
            took, ratio = 1000 * median(times), median(a / b for a, b in zip(times, base, strict=True))
            verdict = "" if bar is None else f"   bar {bar} ms: {'held' if took <= bar else 'NOT HELD'}"
            print(f"  {name:<18} {took:8.1f} ms  ×{ratio:.2f}{verdict}")
        sizes = {name: len(json.dumps(walked(prompt, name, known=known))) for name in names}
        largest = max(sizes, key=lambda name: sizes[name])
        held = "held" if sizes[largest] <= STEP_BYTES else "NOT HELD"
        print(f"  opening sends {len(json.dumps(opened)):,} bytes; the largest step, {largest}, {sizes[largest]:,};")
        print(f"  half of the steps less than {int(median(sizes.values())):,}   bar {STEP_BYTES:,}: {held}")


def main() -> None:
    """The whole measurement."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.walk", description=__doc__)
    parser.add_argument("--repeat", type=int, default=9, help="rounds (default 9)")
    options = parser.parse_args()
    keep_memory_flat()  # as the app does
    print(f"load {os.getloadavg()[0]:.1f}")
    measured(options.repeat)


if __name__ == "__main__":
    main()
