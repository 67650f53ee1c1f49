"""Run on a loaded model while another model's load is stuck and two downloads are under way: as quick as without?

``python -m tests.benchmarks.beside [--runs 40]``. Bounded, on loopback: the hub is a small server of this process. The
runs without stand before and after those beside, so that a machine that is busy meanwhile slows both.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import tempfile
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path
from statistics import median

from tests.hub_server import HubServer
from tests.tiny import tiny

from .connections import Client
from .load import text
from .server import Server, server
from .stuck_app import REACHED
from .visitors import Layout, Visitor

MOST = 1.20
"""Largest ratio of a run beside them to a run without."""
SLOW_S = 600.0


def save_tiny(folder: Path) -> None:
    """A model on disk."""
    model = tiny("gpt2")
    model.module.save_pretrained(folder)
    model.tokenizer.save_pretrained(folder)


async def runs(visitor: Visitor, count: int, seed: int) -> list[float]:
    """Seconds from Run to the picture, one text after another."""
    seconds = []
    for n in range(count):
        visitor.set("page-text", text(seed + n))
        began = time.perf_counter()
        await visitor.do("page-run", "click")
        seconds.append(time.perf_counter() - began)
    if visitor.refusals:
        raise RuntimeError(visitor.refusals[0])
    return seconds


async def until(found: Callable[[], bool], what: str, patience_s: float = 60.0) -> None:
    """Waits until ``found()`` is true."""
    give_up = time.monotonic() + patience_s
    while not found():
        if time.monotonic() > give_up:
            raise RuntimeError(f"{what} has not begun")
        await asyncio.sleep(0.1)


async def measured(running: Server, hub: HubServer, stuck: Path, count: int) -> tuple[list[float], list[float]]:
    """Seconds of the runs without (before and after), and of those beside."""
    async with AsyncExitStack() as stack:
        clients = [await stack.enter_async_context(Client(running.url)) for _ in range(4)]
        layout = Layout((await clients[0].get("/config")).json())
        mine, *others = (Visitor(client, layout) for client in clients)
        await mine.do(None, "load")
        await runs(mine, count // 2, 0)  # warms up
        without = await runs(mine, count, 1000)
        waiting = []

        async def begin(one: Visitor, model: str) -> None:
            one.set("page-model", model)
            waiting.append(asyncio.create_task(one.do("page-run", "click")))

        # The downloads first: between config and weights each looks at what the config promises, and waits for a load.
        for one, model in zip(others[:2], ("someone/first", "someone/second"), strict=True):
            await begin(one, model)
        await until(lambda: _slow(hub) == 2, "a download")
        await begin(others[2], str(stuck))
        await until(Path(stuck, REACHED).exists, "the load")
        beside = await runs(mine, count, 2000)
        if any(task.done() for task in waiting):
            raise RuntimeError("the load or a download has ended meanwhile")
        for one in others:
            await one.do("page-cancel", "click")
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        return without + await runs(mine, count, 3000), beside


def _slow(hub: HubServer) -> int:
    """Downloads of weights under way."""
    return len({request.split()[1] for request in hub.asked_for("model.safetensors") if request.startswith("GET")})


def main() -> None:
    """Runs it and prints the ratio; ends with status 1 where it is too large."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.beside", description=__doc__)
    parser.add_argument("--runs", type=int, default=40)
    options = parser.parse_args()
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    with tempfile.TemporaryDirectory() as home, HubServer() as hub:
        stuck = Path(home, "stuck")
        save_tiny(stuck)
        for name in ("someone/first", "someone/second"):
            hub.add(name, stuck, parameters=100_000)
        hub.slow_files["model.safetensors"] = SLOW_S
        environment = {"HF_ENDPOINT": hub.endpoint, "HF_HOME": home, "HF_HUB_OFFLINE": "0"}
        with server("tests.benchmarks.stuck_app", offline=False, **environment) as running:
            without, beside = asyncio.run(measured(running, hub, stuck, min(options.runs, 500)))
    ratio = median(beside) / median(without)
    alone_ms, beside_ms = 1000 * median(without), 1000 * median(beside)
    print(f"Run alone {alone_ms:.0f} ms; beside a stuck load and two downloads {beside_ms:.0f} ms")
    print(f"×{ratio:.2f}; bar ×{MOST:.2f}: {'held' if ratio <= MOST else 'NOT HELD'}")
    raise SystemExit(ratio > MOST)


if __name__ == "__main__":
    main()
