"""A class on one small machine: ``python -m tests.benchmarks.load [--visitors 60]``.

Everybody opens the page at the same moment, opens a lesson, runs texts of their own, looks at every tab, turns a
control and lets the model write; then far more runs come at once than may wait. Bounded, offline, on loopback. The
visitors share the machine's cores with the server: a class on computers of its own waits less. The table tells the
processor time of both.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import re
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import httpx

from .connections import Client
from .server import Server, server
from .visitors import Layout, Visitor, together

WORDS = re.findall(r"\w+", "the cat sat on a mat and one little dog ran to her big red house where mother was happy")
TABS = ("tokens", "embeddings", "attention", "forward", "sampling", "prompting")
BARS_S = {"open to first picture": 3.0, "write 40 tokens": 6.0}
"""The 95th percentiles that the playground allows itself with 60 visitors on two quiet cores."""


@dataclass
class Phase:
    """What the visitors have done and how long each of them waited."""

    name: str
    seconds: list[float] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    cpu_s: float = 0.0
    client_s: float = 0.0
    """Processor time of the visitors themselves, which in a class their own computers spend."""

    def row(self) -> str:
        """One line of the table."""
        times = sorted(self.seconds) or [0.0]
        middle, late, last = times[len(times) // 2], times[int(0.95 * (len(times) - 1))], times[-1]
        bar = BARS_S.get(self.name)
        verdict = "" if bar is None else f"  bar {bar:.0f} s: {'held' if late <= bar else 'NOT HELD'}"
        counts = f"{len(times):5d} {len(self.refused):8d}"
        processor = f"{self.cpu_s:9.1f} {self.client_s:9.1f}"
        return f"{self.name:<24}{counts} {middle:8.2f} {late:8.2f} {last:8.2f} {processor}{verdict}"


HEADER = f"{'':<24}{'times':>5} {'refused':>8} {'p50 s':>8} {'p95 s':>8} {'max s':>8} {'server s':>9} {'visitors':>9}"


def fetched(url: str) -> list[str]:
    """What a browser fetches until the first picture stands, found with a Chromium."""
    from playwright.sync_api import sync_playwright

    paths: list[str] = []
    with sync_playwright() as playwright:
        path = os.environ.get("PLAYGROUND_CHROMIUM") or None
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        page = browser.new_page()
        page.on("request", lambda request: paths.append(request.url) if request.method == "GET" else None)
        page.goto(url)
        page.wait_for_function("document.querySelector('.pg-panel svg, .pg-panel canvas')", timeout=60_000)
        browser.close()
    files = [urlsplit(url).path for url in paths]
    return [path for path in dict.fromkeys(files) if not path.startswith(("/gradio_api/queue", "/gradio_api/heart"))]


async def timed(phase: Phase, visitor: Visitor, work: Callable[[], Awaitable[object]]) -> None:
    """One visitor's work, its time and its refusals into the phase."""
    began, before = time.perf_counter(), len(visitor.refusals)
    try:
        await work()
    except (OSError, asyncio.TimeoutError) as error:
        visitor.refusals.append(f"{type(error).__name__}: {error}")
    phase.seconds.append(time.perf_counter() - began)
    phase.refused += visitor.refusals[before:]


async def open_page(visitor: Visitor, files: list[str]) -> None:
    """The page, its files as a browser fetches them (six at a time), and its first run."""
    home, *others = files
    await visitor.client.get(home)

    async def fetch(path: str) -> None:
        if (answer := await visitor.client.get(path)).status_code != 200:
            raise OSError(f"{path}: {answer.status_code}")

    await together([fetch(path) for path in others])
    await visitor.do(None, "load")


def text(seed: int, n: int = 12) -> str:
    """A text that nobody else has."""
    words = random.Random(seed)
    return " ".join(words.choice(WORDS) for _ in range(n)) + "."


async def run_text(visitor: Visitor, seed: int) -> None:
    """Types a text and presses Run."""
    visitor.set("page-text", text(seed))
    await visitor.do("page-run", "click")


async def look_around(visitor: Visitor) -> None:
    """Every tab, one after another, and a turn of a control."""
    for tab in TABS:
        await visitor.do(f"{tab}-tab", "select")
    visitor.set("sampling-temperature", 0.5)
    await visitor.do("sampling-temperature", "input")


def client_of(running: Server) -> httpx.AsyncClient:
    """The connections of one browser."""
    return httpx.AsyncClient(
        base_url=running.url, trust_env=False, verify=False, timeout=300, headers={"accept-encoding": "gzip, br"}
    )


async def class_of(running: Server, visitors: int, runs: int) -> list[Phase]:
    """All phases."""
    files = await asyncio.to_thread(fetched, running.url)
    async with AsyncExitStack() as stack:
        # one for each, as with browsers: a pool that all share looks through all its connections for every request
        clients = [await stack.enter_async_context(Client(running.url)) for _ in range(max(visitors, runs))]
        layout = Layout((await clients[0].get("/config")).json())
        people = [Visitor(client, layout) for client in clients[:visitors]]
        crowd = [Visitor(client, layout) for client in clients[:runs]]
        phases: list[Phase] = []

        async def phase(name: str, everyone: list[Visitor], work: Callable[[int, Visitor], Awaitable[object]]) -> None:
            made, used, spent = Phase(name), running.cpu_s(), time.process_time()
            await together([timed(made, one, lambda n=n, one=one: work(n, one)) for n, one in enumerate(everyone)])  # type: ignore[misc]
            made.cpu_s, made.client_s = running.cpu_s() - used, time.process_time() - spent
            print(made.row(), flush=True)
            phases.append(made)

        print(f"{len(files)} files to open the page\n{HEADER}")
        await phase("open alone", people[:1], lambda n, one: open_page(one, files))
        await phase("open to first picture", people, lambda n, one: open_page(one, files))
        await phase("open a lesson", people, lambda n, one: one.tell("lesson", {"number": 1 + n % 6}))
        for turn in range(3):
            await phase(f"own text {turn + 1}", people, lambda n, one, turn=turn: run_text(one, 1000 * turn + n))  # type: ignore[misc]
        await phase("all tabs and a slider", people, lambda n, one: look_around(one))
        await phase("write alone", people[:1], lambda n, one: one.do("sampling-write-write-go", "click"))
        await phase("write 40 tokens", people, lambda n, one: one.do("sampling-write-write-go", "click"))
        await phase(f"{runs} runs at once", crowd, lambda n, one: run_text(one, 10_000 + n))
        return phases


def _speed_s() -> float:
    """How quick this machine is at the moment, to compare two runs by: rented ones vary by half."""
    began, total = time.perf_counter(), 0
    for n in range(10_000_000):
        total += n * n
    return time.perf_counter() - began


def main() -> None:
    """Runs the class and prints the table."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.load", description=__doc__)
    parser.add_argument("--visitors", type=int, default=60)
    parser.add_argument("--runs", type=int, default=400, help="runs at once at the end")
    options = parser.parse_args()
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; ten million additions take {_speed_s():.2f} s")
    with server() as running:
        phases = asyncio.run(class_of(running, min(options.visitors, 200), min(options.runs, 1000)))
        refusals = sorted({sentence for phase in phases for sentence in phase.refused})
        server_s, visitors_s = (sum(getattr(phase, name) for phase in phases) for name in ("cpu_s", "client_s"))
        print(f"the visitors took {visitors_s / (server_s + visitors_s):.0%} of the processor time")
        print(f"memory {running.resident_mb():.0f} MB; load now {os.getloadavg()[0]:.1f}")
        print("\n".join(["refused with:", *refusals[:10]]) if refusals else "nobody was refused")
        log = running.log.read_text()
        print(f"tracebacks in the log: {log.count('Traceback')}")


if __name__ == "__main__":
    main()
