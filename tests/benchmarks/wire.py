"""What travels to the browser, and how long it takes: ``python -m tests.benchmarks.wire [--browser]``.

Bytes are of the payload as JSON, before any compression by a web server. Times are medians on this machine, side by
side with the time that the same numbers take as decimal text, so that a busy machine slows both alike.
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import time
from collections.abc import Callable
from shutil import which
from statistics import median
from typing import Any

import numpy as np

from playground.analysis.attention import AttentionMaps, thumbnails
from playground.trace import Attention, Token
from playground.views.attention import Heads, attention_view
from playground.views.view import Payload

LAYERS, HEADS = 12, 12
BUDGETS = {128: {"open": 1_500_000, "click": 150_000}, 512: {"click": 1_300_000}}
"""Tokens → bytes that opening the view and a click in it may send."""
MILLISECONDS = 150
"""On the server, for a click at 512 tokens."""
REPAINT_MS = 60
"""From a slider's movement to the picture, in the browser, on a quiet machine."""


def maps_of(n: int, causal: bool) -> AttentionMaps:
    """Random attention of the shape of GPT-2 small: softmax of normal scores, so that every number is in use."""
    rng = np.random.default_rng(0)
    layers = []
    for _ in range(LAYERS):
        scores = 2 * rng.standard_normal((HEADS, n, n), dtype=np.float32)
        if causal:
            scores[:, np.triu(np.ones((n, n), bool), 1)] = -np.inf
        exp = np.exp(scores - scores.max(-1, keepdims=True))
        layers.append(Attention(weights=exp / exp.sum(-1, keepdims=True)))
    tokens = tuple(Token(token_id=i, piece=f"Ġword{i}", text=f"␣word{i}", span=None, special=False, n_bytes=6)
                   for i in range(n))  # fmt: skip
    nothing = (((),) * HEADS,) * LAYERS
    return AttentionMaps("self", tuple(layers), tokens, tokens, thumbnails(layers), n > 48, nothing, causal, (0, 0))


def timed(work: Callable[[], Any], repeat: int) -> float:
    """Median milliseconds."""
    seconds = []
    for _ in range(repeat):
        started = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - started)
    return 1000 * median(seconds)


def measured(n: int, causal: bool, repeat: int) -> None:
    """Bytes and milliseconds of opening the view, of a click on another head, and of a click on a row."""
    maps = maps_of(n, causal)

    def payload(layer: int, head: int, pos: int, known: Any = ()) -> Payload:
        return attention_view(Heads(maps, layer, head, pos, "trace = capture(model, text)\n")).payload(known)

    opened = payload(0, 0, n - 1)
    kinds = {
        "open": lambda: payload(0, 0, n - 1),
        "click": lambda: payload(5, 7, n - 1, opened["kept"]),
        "row": lambda: payload(0, 0, 3, opened["kept"]),
    }
    print(f"\n{LAYERS} × {HEADS} heads × {n} tokens, {'causal' if causal else 'both sides seen'}")
    as_text = timed(lambda: json.dumps(maps.layers[5].weights[7].tolist()), repeat)
    for name, work in kinds.items():
        size, took = len(json.dumps(work())), timed(lambda work=work: json.dumps(work()), repeat)  # type: ignore[misc]
        budget = BUDGETS[n].get(name)
        verdict = "" if budget is None else f"   budget {budget:,}: {'held' if size < budget else 'NOT HELD'}"
        if n == 512 and name == "click":
            verdict += f"; {MILLISECONDS} ms: {'held' if took < MILLISECONDS else 'NOT HELD'}"
        print(f"  {name:<6} {size:>10,} bytes  {took:7.1f} ms  ×{took / as_text:.2f} of one head as text{verdict}")


SLIDE = """async ([slider, target, repeat]) => {
  const box = document.querySelector(`${slider} input[type=range]`);
  const state = () => document.querySelector(target).dataset.drawn || document.querySelector(target).value;
  const times = [];
  for (let i = 0; i < repeat; i++) {
    const before = state();
    const started = performance.now();
    box.value = String(0.5 + 0.01 * (i % 100));
    box.dispatchEvent(new Event('input', { bubbles: true }));
    while (state() === before) await new Promise(requestAnimationFrame);
    times.push(performance.now() - started);
  }
  return times;
}"""
"""Moves a slider and waits, frame by frame, until what it changes has changed."""


def repainting(repeat: int) -> None:
    """From a slider's movement to the repainted bars, server included, beside a slider that only moves a number."""
    from playwright.sync_api import sync_playwright

    from tests.browser import gallery
    from tests.browser.pictures import TEXT, bars

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    demo = gallery.build()
    url = gallery.launch(demo, port)
    with sync_playwright() as playwright:
        path = os.environ.get("PLAYGROUND_CHROMIUM") or which("chromium")
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page()
        page.goto(url)
        page.wait_for_selector("#bars-view [data-drawn]")
        page.evaluate(SLIDE, ["#temperature", "#bars-view [data-drawn]", 3])  # fetches the script
        bare, painted = [], []
        for _ in range(repeat):
            bare += page.evaluate(SLIDE, ["#bare", "#echo :is(textarea, input)", 2])
            painted += page.evaluate(SLIDE, ["#temperature", "#bars-view [data-drawn]", 2])
        browser.close()
    demo.close()
    started = time.process_time()
    for n in range(50):
        size = len(json.dumps(bars(TEXT, 0.5 + n / 50).payload()))
    work = 1000 * (time.process_time() - started) / 50
    took, least = median(painted), median(bare)
    print(f"\nslider to repainted bars  {took:.0f} ms; an empty round trip {least:.0f} ms: ×{took / least:.2f}")
    print(f"  {work:.1f} ms of work on the server; {size:,} bytes")
    print(f"  bar {REPAINT_MS} ms on a quiet machine: {'held' if took < REPAINT_MS else 'NOT HELD'} at this load")


def main() -> None:
    """All measurements; with ``--browser`` the slider too."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.wire", description=__doc__)
    parser.add_argument("--repeat", type=int, default=9, help="rounds of each measurement (default 9)")
    parser.add_argument("--browser", action="store_true", help="measure a slider in a real browser, too")
    options = parser.parse_args()
    print(f"load {os.getloadavg()[0]:.1f}")
    for n in (128, 512):
        for causal in (True, False):
            measured(n, causal, options.repeat)
    if options.browser:
        repainting(options.repeat)


if __name__ == "__main__":
    main()
