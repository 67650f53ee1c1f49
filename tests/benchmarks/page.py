"""What a reader waits for, in a real browser: ``python -m tests.benchmarks.page [--repeat N]``.

From a click, a key or a slider's movement to the repainted picture, server included. The large model has GPT-2's size
and random weights. Each time stands beside an empty round trip to the same server in the same run; the bars are for a
quiet machine.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from shutil import which
from statistics import median
from typing import Any
from urllib.parse import urlencode

from playground.analysis.writing_tree import BY_HAND, Run, WritingTree
from playground.engine import Prompt
from playground.tabs.sampling.write import mark

from .__main__ import gpt2_small, text_of
from .server import server

TIMED = """async ([tab, act]) => {
  const panel = document.getElementById(`${tab}-view`);
  const drawn = () => panel.querySelector('[data-drawn]').dataset.drawn;
  const before = drawn();
  const started = performance.now();
  new Function(act)();
  while (drawn() === before || panel.querySelector('[aria-busy=true]')) await new Promise(requestAnimationFrame);
  return performance.now() - started;
}"""
"""Does something and waits, frame by frame, until the tab's picture has been drawn again."""
READY = """(tab) => document.querySelector(`#${tab}-view .pg-reading`)?.innerText
  && !document.querySelector(`#${tab}-view [aria-busy=true]`)"""
EMPTY = """async () => {
  const started = performance.now();
  await (await fetch('/config', { method: 'HEAD' })).text();
  return performance.now() - started;
}"""
KEY = "document.querySelector('{where}').dispatchEvent(new KeyboardEvent('keydown', {{ key: '{key}', bubbles: true }}))"
CLICK = "document.querySelector('{where}').dispatchEvent(new MouseEvent('click', {{ bubbles: true }}))"
SLIDE = """const box = document.querySelector('{where} input[type=range]'); box.value = '{value}';
box.dispatchEvent(new Event('input', {{ bubbles: true }}))"""
GRID = "#attention-view .pg-heads-grid canvas"
NEXT = '#forward-view .pg-walk-steps button[title]:not([title=""]):nth-child(3)'
BRANCHES = 50


@contextmanager
def pages(folder: str) -> Iterator[Callable[..., Any]]:
    """Opens pages of a playground of its own that may read a folder."""
    from playwright.sync_api import sync_playwright

    with (
        server(PLAYGROUND_FOLDERS=folder, PLAYGROUND_MAX_PARAMETERS="200000000") as running,
        sync_playwright() as playwright,
    ):
        path = os.environ.get("PLAYGROUND_CHROMIUM") or which("chromium")
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])

        def opened(tab: str, **state: Any) -> Any:
            page = browser.new_page(viewport={"width": 1440, "height": 900})
            page.goto(f"{running.url}/?{urlencode({'tab': tab, **state})}")
            page.wait_for_function(READY, arg=tab, timeout=120_000)
            page.wait_for_timeout(1000)  # what comes after the first picture
            return page

        yield opened
        browser.close()


def told(page: Any, name: str, bar_ms: float, tab: str, acts: list[str], repeat: int) -> None:
    """Times some acts in turn and prints the median and the slowest."""
    took, empty = [], []
    for n in range(repeat * len(acts)):
        empty.append(page.evaluate(EMPTY))
        took.append(page.evaluate(TIMED, [tab, acts[n % len(acts)]]))
    middle = median(took)
    verdict = "held" if middle <= bar_ms else "NOT HELD"
    print(f"  {name:<44} {middle:6.0f} ms  slowest {max(took):6.0f}  empty {median(empty):4.0f}", end="")
    print(f"   bar {bar_ms:.0f} ms: {verdict}", flush=True)


def large(opened: Callable[..., Any], folder: str, repeat: int) -> None:
    """A model of GPT-2's size."""
    model = gpt2_small()
    text = text_of(model, 128)
    print("\nGPT-2's size, random weights")
    page = opened("attention", model=folder, text=text)
    keys = [KEY.format(where=GRID, key=key) for key in ("ArrowRight", "ArrowDown", "ArrowLeft", "ArrowUp")]
    told(page, "another head, 128 tokens", 120, "attention", keys, repeat)
    page.close()
    page = opened("forward", model=folder, text=text_of(model, 64), view="size")
    for view, bar_ms in (("walk", 400), ("lens", 400), ("contributions", 400), ("what-if", 400)):
        act = CLICK.format(where=f"#forward-views [data-view={view}]")
        told(page, f"Forward pass opens {view}, 64 tokens (once)", bar_ms, "forward", [act], 1)
    told(page, "Walk again", 400, "forward", [CLICK.format(where="#forward-views [data-view=walk]")], 1)
    told(page, "a step of the walk", 120, "forward", [CLICK.format(where=NEXT)], 4 * repeat)
    page.close()


def small(opened: Callable[..., Any], repeat: int) -> None:
    """The storyteller."""
    text = "Once upon a time there was a little girl"
    print("\nstoryteller")
    page = opened("sampling", model="storyteller", text=text, view="pipeline", temperature=0.7, top_k=40, top_p=0.9)
    slides = [SLIDE.format(where="#sampling-temperature", value=0.5 + n / 10) for n in range(8)]
    told(page, "Pipeline: a slider", 60, "sampling", slides, repeat)
    page.close()
    tree = WritingTree(
        tuple(Run(0 if n < 2 else 5 * n, (400 + n, *range(300, 310)), None, BY_HAND) for n in range(BRANCHES)), tip=11
    )
    state = {"write.tree": tree.text(mark(Prompt("storyteller", text)))}
    page = opened("sampling", model="storyteller", text=text, **state)
    nodes = page.evaluate("[...document.querySelectorAll('#sampling-view [data-node]')].map((one) => one.dataset.node)")
    clicks = [CLICK.format(where=f'#sampling-view [data-node="{node}"]') for node in nodes[5:400:50]]
    told(page, f"Write: a token of {BRANCHES} branches", 120, "sampling", clicks, repeat)
    page.close()


def main() -> None:
    """All of them."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.page", description=__doc__)
    parser.add_argument("--repeat", type=int, default=4, help="rounds of each measurement (default 4)")
    options = parser.parse_args()
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    with tempfile.TemporaryDirectory() as folder:
        model = gpt2_small()
        table: Any = model.module.get_input_embeddings()
        model.tokenizer.add_tokens([f"filler{n}" for n in range(len(table.weight) - len(model.tokenizer))])
        model.module.save_pretrained(folder)
        model.tokenizer.save_pretrained(folder)
        with pages(folder) as opened:
            small(opened, options.repeat)
            large(opened, folder, options.repeat)


if __name__ == "__main__":
    main()
