"""A text that has changed is marked until it has run, and runs by itself where the model is quick."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from playground.hooks import forward_count
from playground.lessons import lessons
from playground.tabs import running
from tests.browser.conftest import Visitor

Visit = Callable[..., Visitor]
STALE = "() => document.body.classList.contains('pg-stale')"
# All keys at once, so that no pause between two of them depends on how busy the machine is.
TYPE = """([selector, text]) => {
  const box = document.querySelector(selector);
  for (let end = 1; end <= text.length; end += 1) {
    box.value = text.slice(0, end);
    box.dispatchEvent(new Event('input', { bubbles: true }));
  }
}"""
TEXT = "#page-text textarea, #page-text input"


def typed(page: Visitor, text: str, box: str = TEXT) -> None:
    """Types key by key, faster than anyone can."""
    page.page.evaluate(TYPE, [box, text])


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every model counts as slow."""
    monkeypatch.setattr(running, "QUICK_MS", 0.0)


def test_a_quick_model_runs_by_itself_once_the_keys_rest(visit: Visit) -> None:
    page = visit().open(tab="tokens", view="tokens", text="Once", model="storyteller")
    before = forward_count()
    typed(page, "The king had three daughters")
    assert page.page.evaluate(STALE)
    page.wait_reading("tokens", "28 characters")
    page.page.wait_for_function(f"() => !({STALE})()")
    page.wait_state(text="The king had three daughters")
    assert forward_count() == before + 1, "one run for all keys"


def test_the_last_of_several_texts_is_the_one_that_is_shown(visit: Visit) -> None:
    page = visit().open(tab="tokens", view="tokens", text="Once", model="storyteller")
    for text in ("A", "A cat", "A cat and", "A cat and a dog"):
        typed(page, text)
        page.page.keyboard.press("Enter") if text == "A cat" else page.page.locator("#page-run").click()
    page.wait_state(text="A cat and a dog")
    page.wait_reading("tokens", "15 characters")
    assert page.box.input_value() == "A cat and a dog" and not page.page.evaluate(STALE)


def test_a_slow_model_waits_for_run_or_enter(visit: Visit, slow: None) -> None:
    page = visit().open(tab="tokens", view="tokens", text="Once", model="storyteller")
    told, before = page.reading("tokens"), forward_count()
    typed(page, "The queen")
    says = "() => getComputedStyle(document.querySelector('#tokens-view .pg-frame'), '::before').content"
    assert "press Run" in page.page.evaluate(says)
    page.page.wait_for_timeout(1500)
    assert forward_count() == before and page.reading("tokens") == told and page.page.evaluate(STALE)
    page.box.press("Enter")
    page.wait_reading("tokens", "9 characters")
    assert not page.page.evaluate(STALE)
    typed(page, "The queen and")
    page.page.locator("#page-run").click()
    page.wait_reading("tokens", "13 characters")


def test_what_is_typed_back_is_not_marked(visit: Visit, slow: None) -> None:
    page = visit().open(tab="tokens", view="tokens", text="Once", model="storyteller")
    typed(page, "Once more")
    assert page.page.evaluate(STALE)
    typed(page, "Once")
    assert not page.page.evaluate(STALE)


def test_a_text_that_cannot_run_stays_marked(visit: Visit) -> None:
    page = visit().open(tab="tokens", view="tokens", text="Once", model="storyteller")
    page.run("word " * 5000)
    assert "Shorten it" in page.notice() and page.page.evaluate(STALE)


def test_the_target_is_a_text_too(visit: Visit) -> None:
    page = visit().open(tab="tokens", view="tokens", model="translator", text="J'aime le chat.", tokens__side="target")
    typed(page, "I like the cat very much.", "#page-target textarea")
    assert page.page.evaluate(STALE)
    page.wait_state(target="I like the cat very much.")
    page.wait_reading("tokens", "25 characters")


def test_the_prompts_of_prompting_act_while_one_types(visit: Visit) -> None:
    page = visit().open(tab="prompting", view="compare", model="storyteller", text="Once")
    before = forward_count()
    page.redraw("prompting", lambda: typed(page, "Once upon a", "#prompting-compare-a textarea"))
    page.wait_state(compare__a="Once upon a")
    assert "time" in page.panel("prompting").inner_text() and forward_count() == before + 1


def test_the_prompts_of_prompting_wait_for_a_slow_model(visit: Visit, slow: None) -> None:
    page = visit().open(tab="prompting", view="compare", model="storyteller", text="Once")
    before = forward_count()
    box = page.page.locator("#prompting-compare-a textarea")
    box.fill("The sun was very")
    marked = page.page.locator(".pg-stale-own #prompting-view")
    assert marked.count() == 1
    page.page.wait_for_timeout(1200)
    assert forward_count() == before and page.state.get("compare.a") is None
    page.redraw("prompting", box.blur)
    page.wait_state(compare__a="The sun was very")
    assert marked.count() == 0 and forward_count() == before + 1


def test_what_belonged_to_the_old_text_goes(visit: Visit) -> None:
    """The written story, the lesson's hint, the chosen token."""
    page = visit().open(tab="sampling", view="write", text="Once upon a time", max_new_tokens="5", do_sample="false")
    page.page.locator("#sampling-write-write-go").click()
    page.wait_reading("sampling", "5 tokens")
    page.redraw("sampling", lambda: page.run("The king said"))
    page.wait_reading("sampling", "Nothing is written yet")
    page.wait_state(done=None)
    lesson = next(le for le in lessons() if not le.any_text and le.state["tab"] == "attention")
    page.lesson(lesson.number)
    look = page.page.locator("#page-lessons .pg-look")
    look.filter(has_text=lesson.look).wait_for()
    page.wait_drawn("attention")
    page.redraw("attention", lambda: page.run("Another sentence"))
    look.wait_for(state="hidden")
    assert page.page.locator("#page-lessons [aria-current]").count() == 0
