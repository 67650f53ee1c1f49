"""``python3 -m playground doctor [MODEL …]``: what this machine can do, before a class finds out.

Loads every bundled model and looks whether it tells the truth (the laws of a captured pass), says what works without a
network and how many visitors there is room for. Models of the hub that are named are fetched ahead.
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import fields
from pathlib import Path

from .settings import PREFIX, Settings, free_bytes, memory_bytes, quiet_environment, read_settings, settings

quiet_environment()  # before anything below imports torch or the hub's library

from .catalog import CatalogEntry, catalog  # noqa: E402
from .errors import PlaygroundError  # noqa: E402
from .hub import cached_folder  # noqa: E402

EVERY_S = 20.0
"""How often somebody who works with the page lets a text run: an assumption, said beside the number."""
SHARE = 0.5
"""Of the processors that runs may take; tabs, sliders and writing take the rest."""
PAGE_S = 0.05
"""Processor time that the page takes for a run beside the model, on one core: from tests/benchmarks/load.py."""
REPEATS = 5


def main(argv: Sequence[str] | None = None) -> int:
    """Prints the report; exit status 0 if everything that was tried works."""
    parser = argparse.ArgumentParser(prog="python3 -m playground doctor", description="What this machine can do.")
    parser.add_argument("models", nargs="*", help="models to fetch and try: hub ids, or folders")
    names = parser.parse_args(argv).models
    try:
        settings()
    except PlaygroundError as error:
        print(error)
        return 1
    machine()
    bundled = [entry for entry in catalog() if entry.source == "bundled"]
    title("Bundled models")
    times = [try_model(entry.id, entry.sample) for entry in bundled]
    if names:
        title("Models that were asked for")
        times += [fetch(name) for name in names]
    offline()
    if times and times[0] is not None:
        visitors(bundled[0].id if bundled else names[0], times[0])
    failed = sum(one is None for one in times)
    print("\nEverything works." if times and not failed else f"\n{failed} of {len(times)} models do not work here.")
    return 0 if times and not failed else 1


def title(words: str) -> None:
    """A heading."""
    print(f"\n{words}")


def line(name: str, value: object) -> None:
    """One fact."""
    print(f"  {name:<22} {value}", flush=True)


def machine() -> None:
    """Cores, memory, device, and the settings that are not as they are by default."""
    import torch
    import transformers

    from .loading import device

    title("This machine")
    line("system", f"{platform.system()} {platform.machine()}, Python {platform.python_version()}")
    line("libraries", f"torch {torch.__version__}, transformers {transformers.__version__}")
    line("cores", os.cpu_count())
    line("memory", f"{_gb(memory_bytes())}, of which {_gb(free_bytes())} are free")
    line("models run on", device())
    line("disk for models", f"{_gb(shutil.disk_usage(Path.home()).free)} free")
    title("Settings that differ from their defaults")
    given, usual = settings(), read_settings({})
    changed = [item.name for item in fields(Settings) if getattr(given, item.name) != getattr(usual, item.name)]
    for name in changed:
        line(PREFIX + name.upper(), getattr(given, name))
    if not changed:
        print("  none")


def _gb(n_bytes: int | None) -> str:
    return "unknown" if n_bytes is None else f"{n_bytes / 1e9:.1f} GB"


def try_model(name: str, text: str, progress: Callable[[float | None, str], None] | None = None) -> float | None:
    """Loads a model, runs a text and checks the laws; gives the seconds of a run, None where something is wrong."""
    from .hooks import capture
    from .hooks.laws import broken
    from .hooks.prepare import prepare
    from .models import load_model

    try:
        began = time.perf_counter()
        model = load_model(name, progress)
        loaded_s = time.perf_counter() - began
        trace = capture(model, text)
        wrong = broken(model.module, prepare(model).parts, trace)
        seconds = statistics.median(_seconds(lambda: capture(model, text)) for _ in range(REPEATS))
    except PlaygroundError as error:
        line(name, error)
        return None
    truth = "the laws hold" if not wrong else f"these laws do NOT hold: {', '.join(wrong)}"
    size = f"{model.info.n_parameters / 1e6:.1f} M parameters"
    line(name, f"{size}, loaded in {loaded_s:.1f} s, a run takes {1000 * seconds:.0f} ms; {truth}")
    for note in dict.fromkeys((*model.info.notes, *trace.missing)):
        line("", note)
    return None if wrong else seconds


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def fetch(name: str) -> float | None:
    """Brings a model here if it is not, with its progress, and tries it."""
    from .catalog import SAMPLES

    told = [""]

    def tell(fraction: float | None, sentence: str) -> None:
        percent = "" if fraction is None else f"{int(10 * fraction) * 10} %"
        if (now := f"{sentence.partition(':')[0]} {percent}") != told[0]:
            told[0] = now
            line(name, now)

    entry: CatalogEntry | None = next((one for one in catalog() if one.id == name), None)
    return try_model(name, entry.sample if entry else SAMPLES["decoder"], tell)


def offline() -> None:
    """What can be shown with the network cable pulled out."""
    title("Without a network")
    there = [entry.id for entry in catalog() if entry.source == "bundled" or cached_folder(entry.id) is not None]
    away = [entry.id for entry in catalog() if entry.id not in there]
    line("ready", ", ".join(there) or "nothing")
    line("to be fetched first", ", ".join(away) or "nothing")


def visitors(name: str, run_s: float) -> None:
    """How many may work with the page at once, by the time of a run; what that rests on is said beside it."""
    title("Room for visitors")
    cores = min(settings().workers, os.cpu_count() or 1)
    count = int(SHARE * EVERY_S / max(PAGE_S, (PAGE_S + run_s) / cores))
    line("by the processor", f"about {count} on {name}, if each runs a text every {EVERY_S:.0f} s")
    total = settings().cache_bytes + settings().result_bytes
    line("memory at most", f"about {_gb(total + 10**9)}: {_gb(settings().cache_bytes)} of models and")
    line("", f"{_gb(settings().result_bytes)} of results (both bounds are settings), and 1 GB for the rest")
    free = free_bytes()
    if free is not None and total + 10**9 > free:
        line("", f"only {_gb(free)} are free now: lower PLAYGROUND_CACHE_BYTES or PLAYGROUND_RESULT_BYTES")


if __name__ == "__main__":
    sys.exit(main())
