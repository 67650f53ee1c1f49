"""What the tab Tokens costs: ``python -m tests.benchmarks.tokens [paint] [search] [compare]``.

``paint``: a text of 2,000 tokens from its payload to painted chips, and at three levels, in a Chromium of its own; the
limit counts from the answer's arrival. ``search``: the vocabulary at 250,000 tokens. ``compare``: five
tokenizers on 10,000 characters, and the way of such a text to its tokens. All are measured as processor
time of the process that does the work, which other work on the machine changes less than the time on the clock.
"""

from __future__ import annotations

import argparse
import copy
import os
import time
from collections.abc import Callable
from dataclasses import replace
from statistics import median
from types import SimpleNamespace
from typing import Any, cast

import numpy as np

from playground import load_model, segmentation
from playground.analysis.tokenization import Form, strip_of
from playground.analysis.tokenizers import compare_tokenizers
from playground.analysis.vocabulary import Order, Vocabulary, search, vocabulary_of
from playground.models import load_tokenizer
from playground.tokens import describe, encode
from playground.trace import Trace
from playground.views.tokenization import tokens_view
from playground.views.tokenization.vocabulary import Looking, vocabulary_view
from playground.views.tokenizers import token_rows_view
from playground.views.view import Payload

TOKENS, PAINT_MS = 2_000, 300
ENTRIES, SEARCH_MS = 250_000, 100
CHARACTERS, COMPARE_MS = 10_000, 300
QUERIES = ("", "e", "un", " the", "un*", "*ing", "*a*e*", "???", "[a-e]*[0-9]", "#4000-4100")

DRAW = """(value) => {
  const picture = Playground.parts().open(value);
  const old = document.querySelector('#tokens-view .pg-view-picture');
  const host = old.cloneNode(false);
  old.after(host);
  const panel = { room: { width: host.clientWidth, height: 560 }, pick() {} };
  const begun = performance.now();
  Playground.kinds.tokens(host, panel).draw(picture);
  host.getBoundingClientRect();
  return new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => {
    const chips = host.querySelectorAll('[data-pos][role=option]').length;
    const spent = performance.now() - begun;
    host.remove();
    done([chips, spent]);
  })));
}"""


def payload(form: Form) -> Payload:
    """The strip of 2,000 tokens of storyteller's, as the browser gets it; the model itself reads fewer at once."""
    model = load_model("storyteller")
    sentence = "The unbelievable teacher understood naïve students 🧿, isn't it? "
    text = sentence * (1 + TOKENS // len(encode(model.tokenizer, sentence)))
    tokens = describe(model.tokenizer, encode(model.tokenizer, text * 2)[: TOKENS + 80], None)
    whole = str(model.tokenizer.decode([t.token_id for t in tokens]))
    tokens = describe(model.tokenizer, [t.token_id for t in tokens], whole)[:TOKENS]
    trace = cast(Trace, SimpleNamespace(text=whole, tokens=tokens, encoder=None, target=None))
    return tokens_view(
        strip_of(model, trace, None, "source", form, "refuse"), "", kind="decoder", chosen=None, show_special=True
    ).payload()


def paint(repeat: int) -> None:
    """From the payload to what is on the screen."""
    from playwright.sync_api import sync_playwright

    from tests.benchmarks.server import server
    from tests.browser.conftest import FLAGS

    with server() as running, sync_playwright() as playwright:
        path = os.environ.get("PLAYGROUND_CHROMIUM") or "/usr/bin/chromium"
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.goto(f"{running.url}/?model=storyteller&text=The+cat&tab=tokens")
        page.wait_for_selector("#tokens-view .pg-chip")
        metrics = page.context.new_cdp_session(page)
        metrics.send("Performance.enable")

        def cpu() -> float:
            found = metrics.send("Performance.getMetrics")["metrics"]
            return float(next(m["value"] for m in found if m["name"] == "ProcessTime"))

        for form in ("tokens", "levels"):
            value, spent, clock = payload(form), [], []
            for _ in range(repeat):
                begun = cpu()
                chips, took = page.evaluate(DRAW, value)
                spent.append(1000 * (cpu() - begun))
                clock.append(took)
            print(
                f"paint {chips:,} tokens as {form}: {median(spent):.0f} ms of processor, {median(clock):.0f} ms on the "
                f"clock (limit {PAINT_MS} on the clock of a free machine)"
            )
        browser.close()


def large(vocabulary: Vocabulary) -> Vocabulary:
    """A vocabulary of 250,000 entries: another, many times over."""
    times = -(-ENTRIES // len(vocabulary.texts))

    def grown(values: Any) -> Any:
        return np.tile(values, times) if isinstance(values, np.ndarray) else values * times

    fields = ("pieces", "texts", "lower", "raw", "n_characters", "kinds", "script", "there")
    return replace(vocabulary, **{name: grown(getattr(vocabulary, name)) for name in fields})


def find(repeat: int) -> None:
    """Searches, and the whole answer with page, bars and payload."""
    model = load_model("storyteller")
    began = time.process_time()
    model.tokenizer.__dict__.pop("_playground_vocabulary", None)
    made = vocabulary_of(model)
    seconds = time.process_time() - began
    vocabulary = large(made)
    print(f"made once: {1e6 * seconds / len(made.texts):.1f} s for a million tokens")
    worst = 0.0
    for query in QUERIES:
        for order in ("id", "longest"):

            def answer(query: str = query, order: str = order) -> int:
                found = search(vocabulary, query, order=cast(Order, order))
                looking = Looking(query, "all", "all", 0, 0, None, None, "bytes", len(vocabulary.texts))
                vocabulary_view(vocabulary, found, looking, "").payload()
                return len(found.ids)

            ms, n = timed(answer, repeat)
            worst = max(worst, ms)
            print(f"  {query!r:14} {order:8} {n:8,} found {ms:6.1f} ms of processor")
    print(f"search {len(vocabulary):,} tokens: worst {worst:.0f} ms of processor (limit {SEARCH_MS})")


def compare(repeat: int) -> None:
    """Five tokenizers on one text: the bundled ones, two of them twice, read anew so that nothing is shared."""
    names = ("storyteller", "cloze", "translator", "storyteller", "cloze")
    five = {f"{name} {n}": copy.deepcopy(load_tokenizer(name)) for n, name in enumerate(names)}
    for title, sentence in (
        ("plain English", "The unbelievable teacher taught the students with the book. "),
        ("several scripts", "The unbelievable café is open, 世界 привет 👩! "),
    ):
        text = (sentence * CHARACTERS)[:CHARACTERS]
        ms, n = timed(lambda text=text: len(compare_tokenizers(five, text).stretches), repeat)  # type: ignore[misc]
        print(f"compare, {title}: {n:,} stretches, {ms:.0f} ms of processor (limit {COMPARE_MS})")
        found = compare_tokenizers(five, text)
        ms, n = timed(lambda found=found: len(str(token_rows_view(found, "").payload())), repeat)  # type: ignore[misc]
        print(f"  its picture: {ms:.0f} ms, {n / 1e6:.1f} MB")
        for name in names[:3]:
            tokenizer = load_tokenizer(name)
            ms, n = timed(lambda t=tokenizer, text=text: len(segmentation(t, text).ids), repeat)  # type: ignore[misc]
            print(f"  {name}: the way to its {n:,} tokens replayed in {ms:.0f} ms of processor")


def timed(work: Callable[[], int], repeat: int) -> tuple[float, int]:
    """Median processor time in milliseconds, and what the work gave."""
    spent, given = [], 0
    for _ in range(repeat):
        begun = time.process_time()
        given = work()
        spent.append(1000 * (time.process_time() - begun))
    return median(spent), given


WHAT: dict[str, Callable[[int], None]] = {"paint": paint, "search": find, "compare": compare}


def main() -> None:
    """Runs what is named, or all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", nargs="*", choices=[*WHAT, []])
    parser.add_argument("--repeat", type=int, default=5)
    given = parser.parse_args()
    for name in given.what or WHAT:
        WHAT[name](given.repeat)


if __name__ == "__main__":
    main()
