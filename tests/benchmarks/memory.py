"""Whether memory stays where the settings put it: ``python -m tests.benchmarks.memory [--runs 2000]``.

Different texts of about 200 tokens, each from a visitor of its own, through the page's events and its endpoints in
turn. Once results fill the memory that they may take, the line must be flat. Bounded, offline, on loopback.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import time
from contextlib import AsyncExitStack

from .connections import Client
from .load import text
from .server import Server, server
from .visitors import Layout, Visitor, together

AT_ONCE = 8
POINTS = 20
"""Lines of the table."""
GROWTH = 0.05
"""By how much the second half of the run may lie above the first, of which the first quarter does not count."""
WORDS = 160


async def one_run(visitor: Visitor, seed: int) -> None:
    """A text by the page (its Run and a tab), or by an endpoint, as a program would ask it."""
    if seed % 2:
        visitor.set("page-text", text(seed, WORDS))
        await visitor.do("page-run", "click")
        await visitor.do("attention-tab", "select")
    else:
        given = {"model": "storyteller", "text": text(seed, WORDS)}
        asked = await visitor.client.post("/gradio_api/call/v2/attention_maps", json=given)
        await visitor.client.get(f"/gradio_api/call/attention_maps/{asked.json()['event_id']}")


async def course(running: Server, runs: int) -> list[float]:
    """Resident memory in MB after each part of the runs."""
    points = []
    async with AsyncExitStack() as stack:
        clients = [await stack.enter_async_context(Client(running.url)) for _ in range(AT_ONCE)]
        layout = Layout((await clients[0].get("/config")).json())
        part = max(AT_ONCE, runs // POINTS)
        began = time.monotonic()
        for first in range(0, runs, part):
            for n in range(first, min(first + part, runs), AT_ONCE):
                await together([one_run(Visitor(client, layout), n + i) for i, client in enumerate(clients)])
            points.append(running.resident_mb())
            print(f"{first + part:6d} runs {points[-1]:8.0f} MB {time.monotonic() - began:8.0f} s", flush=True)
        await asyncio.sleep(6)  # until free memory was given back once more
    points.append(running.resident_mb())
    print(f" afterwards {points[-1]:8.0f} MB")
    return points


def verdict(points: list[float]) -> str:
    """Compares the highest points of the second and third quarter with those of the last."""
    settled = points[len(points) // 4 : -1]
    first, last = max(settled[: len(settled) // 2]), max(settled[len(settled) // 2 :])
    growth = last / first - 1
    return f"highest {first:.0f} MB, then {last:.0f} MB: {growth:+.1%}, {'flat' if growth <= GROWTH else 'NOT FLAT'}"


def main() -> None:
    """Runs the course and prints the table."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.memory", description=__doc__)
    parser.add_argument("--runs", type=int, default=2000)
    options = parser.parse_args()
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; settings as they are by default")
    with server() as running:
        points = asyncio.run(course(running, min(options.runs, 10_000)))
        print(verdict(points))
        print(f"tracebacks in the log: {running.log.read_text().count('Traceback')}")


if __name__ == "__main__":
    main()
