"""Work that a button starts: it streams, stops within one step at any moment, is in sight, and stands in the link."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from playground import engine
from tests.browser.conftest import Visitor

Visit = Callable[..., Visitor]
WRITE, STOP = "#sampling-write-write-go", "#sampling-stop"
START = "Once upon a time"


class Paced:
    """``engine.generate`` that gives each token only when the test allows it."""

    def __init__(self, generate: Callable[..., Iterator[Any]]) -> None:
        self.generate, self.allowed, self.given = generate, threading.Semaphore(0), 0
        self.ended = threading.Event()

    def __call__(self, prompt: Any, settings: Any, cancelled: Callable[[], bool], *rest: Any) -> Iterator[Any]:
        try:
            for step in self.generate(prompt, settings, cancelled, *rest):
                self.given += 1
                yield step
                self.allowed.acquire(timeout=60)
        finally:
            self.ended.set()

    def allow(self, tokens: int) -> None:
        """Lets some more tokens pass."""
        for _ in range(tokens):
            self.allowed.release()


@pytest.fixture
def paced(monkeypatch: pytest.MonkeyPatch) -> Iterator[Paced]:
    made = Paced(engine.generate)
    monkeypatch.setattr(engine, "generate", made)
    yield made
    made.allow(1000)


def written(page: Visitor) -> Any:
    """The tokens that stand in the picture."""
    return page.panel("sampling").locator(".pg-gen-step")


def test_writing_streams_and_says_what_ended_it(visit: Visit) -> None:
    page = visit().open(tab="sampling", view="write", text=START, max_new_tokens="5", do_sample="false")
    page.page.locator(WRITE).click()
    page.wait_reading("sampling", "cap of 5")
    assert written(page).count() == 5
    assert page.page.locator(WRITE).is_visible() and not page.page.locator(STOP).is_visible()


@pytest.mark.parametrize("tokens", [1, 2, 30, 120])
def test_stop_ends_within_one_token_and_keeps_what_was_written(visit: Visit, paced: Paced, tokens: int) -> None:
    page = visit().open(tab="sampling", view="write", model="storyteller", text=START, max_new_tokens="240", top_p="1")
    page.page.locator(WRITE).click()
    paced.allow(tokens - 1)
    page.page.wait_for_function("() => document.querySelector('#sampling-stop').checkVisibility()")
    while paced.given < tokens and not paced.ended.is_set():
        page.page.wait_for_timeout(50)
    if paced.ended.is_set():
        pytest.skip(f"the model ended by itself after {paced.given} tokens")  # pragma: no cover
    page.page.locator(STOP).click()
    page.page.wait_for_timeout(300)  # for Stop to arrive while the work waits
    paced.allow(1)
    page.wait_reading("sampling", "stopped by hand")
    assert paced.ended.wait(10) and tokens <= paced.given <= tokens + 1
    assert tokens <= written(page).count() <= tokens + 1
    page.page.wait_for_timeout(500)
    assert "stopped by hand" in page.reading("sampling") and page.tone("sampling") == ""
    page.page.locator(WRITE).wait_for(state="visible")


def test_stop_before_the_first_token_leaves_nothing_written(visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    begun, go = threading.Event(), threading.Event()

    def waiting(*args: Any) -> Iterator[Any]:
        begun.set()
        go.wait(60)
        yield from generate(*args)

    generate = engine.generate
    monkeypatch.setattr(engine, "generate", waiting)
    page = visit().open(tab="sampling", view="write", model="storyteller", text=START)
    page.page.locator(WRITE).click()
    assert begun.wait(20)
    page.page.locator(STOP).click()
    page.page.wait_for_timeout(300)
    go.set()
    page.page.locator(WRITE).wait_for(state="visible")
    assert written(page).count() <= 1 and page.tone("sampling") == ""


def test_another_view_does_not_disturb_the_writing(visit: Visit, paced: Paced) -> None:
    """What was written meanwhile stands there when the view is opened again; nothing of it shows elsewhere."""
    page = visit().open(tab="sampling", view="write", model="storyteller", text=START, max_new_tokens="8")
    page.page.locator(WRITE).click()
    page.page.wait_for_function("() => document.querySelector('#sampling-stop').checkVisibility()")
    page.view("sampling", "pipeline")
    paced.allow(20)
    assert paced.ended.wait(20)
    page.page.wait_for_timeout(300)
    assert "first choice" in page.reading("sampling")
    page.view("sampling", "write")
    assert written(page).count() == paced.given


def test_a_new_text_ends_the_writing_of_the_old(visit: Visit, paced: Paced) -> None:
    page = visit().open(tab="sampling", view="write", model="storyteller", text=START, temperature="1.5")
    page.page.locator(WRITE).click()
    page.page.wait_for_function("() => document.querySelector('#sampling-stop').checkVisibility()")
    page.run("The king said")
    page.wait_state(text="The king said")
    paced.allow(1)
    assert paced.ended.wait(10)
    page.wait_reading("sampling", "Nothing is written yet")
    page.page.wait_for_timeout(500)
    assert written(page).count() == 0 and "king" in page.panel("sampling").inner_text()


def test_a_link_holds_the_story(visit: Visit) -> None:
    one = visit().open(tab="sampling", view="write", model="storyteller", text=START, max_new_tokens="12", seed="3")
    one.page.locator(WRITE).click()
    one.wait_reading("sampling", "12 tokens")
    one.page.wait_for_function("() => new URLSearchParams(location.search).get('write.tree')")
    story = one.panel("sampling").locator(".pg-gen-text").inner_text()
    two = visit().open(**one.state)
    two.wait_reading("sampling", one.reading("sampling"))
    assert two.panel("sampling").locator(".pg-gen-text").inner_text() == story


def test_a_setting_turned_after_writing_leaves_the_story(visit: Visit) -> None:
    """It reshapes what could come next, and stands in the link beside the story."""
    page = visit().open(tab="sampling", view="write", model="storyteller", text=START, max_new_tokens="4")
    page.page.locator(WRITE).click()
    page.wait_reading("sampling", "cap of 4")
    bar = page.panel("sampling").locator(".pg-gen-aside .pg-bar-value").first
    before = bar.inner_text()
    page.redraw("sampling", lambda: page.page.locator("#sampling-temperature input[type=range]").fill("1.5"))
    page.wait_state(temperature="1.5")
    assert written(page).count() == 4 and bar.inner_text() != before


def bars(page: Visitor) -> Any:
    """What could stand at the place that is looked at."""
    return page.panel("sampling").locator(".pg-gen-aside .pg-bar-row.pg-pickable")


def test_a_text_forks_at_a_token_and_is_pruned(visit: Visit) -> None:
    page = visit().open(tab="sampling", model="storyteller", text=START, max_new_tokens="8", top_p="1")
    panel = page.panel("sampling")
    page.page.locator(WRITE).click()
    page.wait_reading("sampling", "cap of 8")
    page.page.locator(STOP).wait_for(state="hidden")  # the last draw of the work may not be taken for a click's
    first = panel.locator(".pg-gen-steps").inner_text()
    page.redraw("sampling", written(page).nth(3).click)
    assert panel.locator(".pg-gen-step.pg-at").count() == 1
    other = bars(page).filter(has_not=page.page.locator(".pg-chosen")).nth(2)
    word = other.locator(".pg-bar-label").inner_text().replace("␣", " ")
    page.redraw("sampling", other.click)
    assert written(page).count() == 4 and written(page).nth(3).text_content() == word
    assert panel.locator(".pg-lanes-list li").count() == 2
    page.page.locator("#sampling-write-next-go").click()
    page.wait_reading("sampling", "5 tokens")
    page.page.locator(STOP).wait_for(state="hidden")
    page.redraw("sampling", panel.locator(".pg-lane-go").first.click)
    assert panel.locator(".pg-gen-steps").inner_text() == first
    page.redraw("sampling", panel.locator(".pg-lane-cut").nth(1).click)
    assert panel.locator(".pg-lanes-list li").count() == 1 and written(page).count() == 8
    page.redraw("sampling", panel.get_by_role("button", name="Start over").click)
    page.wait_reading("sampling", "Nothing is written yet")


def test_one_by_one_the_tokens_are_those_of_one_run(visit: Visit) -> None:
    given = {"tab": "sampling", "model": "storyteller", "text": START, "max_new_tokens": "4", "top_p": "1", "seed": "5"}
    whole, single = visit().open(**given), visit().open(**given)
    whole.page.locator(WRITE).click()
    whole.wait_reading("sampling", "cap of 4")
    for n in range(1, 5):
        single.page.locator("#sampling-write-next-go").click()
        single.wait_reading("sampling", f"{n} token")
        single.page.locator("#sampling-write-next-go").wait_for(state="visible")
    assert single.panel("sampling").locator(".pg-gen-steps").inner_text() == whole.panel("sampling").locator(
        ".pg-gen-steps"
    ).inner_text()
    assert single.state["write.tree"] == whole.state["write.tree"]


def test_an_encoder_fills_its_masks_one_by_one(visit: Visit) -> None:
    page = visit().open(tab="sampling", model="cloze", text="The [MASK] sat on the [MASK].")
    marked = page.panel("sampling").locator(".pg-gen-next")
    assert marked.count() == 1 and marked.inner_text() == "[MASK]"
    page.page.locator("#sampling-write-next-go").click()
    page.wait_reading("sampling", "1 mask filled")
    assert marked.count() == 1 and written(page).count() == 1
    assert "[MASK]" in page.panel("sampling").locator(".pg-gen-text").inner_text()
    page.page.locator(WRITE).click()
    page.wait_reading("sampling", "every mask is filled")
    assert written(page).count() == 2 and marked.count() == 0
    assert "one masked word" in page.panel("sampling").locator(".pg-foot .pg-notes").inner_text()


@pytest.mark.parametrize(("width", "height"), [(1440, 900), (1024, 768), (390, 844)])
def test_button_and_result_are_on_one_screen(visit: Visit, width: int, height: int) -> None:
    page = visit(width=width, height=height).open(
        tab="sampling", view="write", model="storyteller", text=START, max_new_tokens="12"
    )
    page.page.locator(WRITE).scroll_into_view_if_needed()
    page.page.locator(WRITE).click()
    page.wait_reading("sampling", "12 tokens")
    page.page.wait_for_timeout(400)  # the scroll's movement
    top = page.page.locator(WRITE).bounding_box()
    story = page.panel("sampling").locator(".pg-gen-steps").bounding_box()
    assert top["y"] >= 0 and story["y"] + min(story["height"], 60) <= height
