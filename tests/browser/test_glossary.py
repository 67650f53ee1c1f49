"""Terms of the field have a card: under the pointer, by the keyboard and by a tap, and nothing moves."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from playground.tabs.components import ASSETS
from tests.browser.conftest import Visitor

Visit = Callable[..., Visitor]
SAYS = {entry["term"]: entry["says"] for entry in json.loads((ASSETS / "glossary.json").read_text(encoding="utf-8"))}
TEMPERATURE = "#sampling-temperature [data-term=temperature]"


def shown(page: Visitor) -> str:
    """What the open card says, once there is one."""
    card = page.page.locator("#pg-card")
    card.wait_for(state="visible")
    return str(card.locator("span").inner_text())


def test_a_card_shows_under_the_pointer_and_moves_nothing(visit: Visit) -> None:
    page = visit().open(tab="sampling", view="pipeline", model="storyteller", text="The cat")
    word, card = page.page.locator(TEMPERATURE), page.page.locator("#pg-card")
    word.wait_for()
    frame = page.panel("sampling").locator(".pg-frame")
    before = frame.bounding_box()
    word.hover()
    assert shown(page) == SAYS["temperature"] and frame.bounding_box() == before
    card.hover()  # it stays while the pointer is on it
    page.page.wait_for_timeout(400)
    assert card.is_visible()
    page.page.mouse.move(5, 5)
    card.wait_for(state="hidden")


def test_a_card_shows_by_the_keyboard_and_is_described_to_screen_readers(visit: Visit) -> None:
    page = visit().open(tab="attention", view="maps", model="storyteller", text="The cat")
    word = page.page.locator("#attention-rail .pg-help:visible [data-term=head]")
    word.wait_for()
    page.page.keyboard.press("Tab")  # the focus is shown from now on
    word.focus()
    assert shown(page) == SAYS["head"]
    described = page.page.locator(f"#{word.get_attribute('aria-describedby')}")
    assert described.text_content() == SAYS["head"]
    page.page.keyboard.press("Escape")
    page.page.locator("#pg-card").wait_for(state="hidden")


def test_a_card_shows_by_a_tap_and_turns_no_control(visit: Visit) -> None:
    page = visit(width=390, height=844, has_touch=True, is_mobile=True).open(tab="sampling", view="by-hand")
    page.page.locator("#sampling-rail-toggle button").tap()
    box = page.page.locator("#sampling-do-sample input")
    on = box.is_checked()
    page.page.locator("#sampling-do-sample [data-term=do_sample]").tap()
    assert shown(page) == SAYS["do_sample"] and box.is_checked() == on
    card: Any = page.page.locator("#pg-card").bounding_box()
    assert card["x"] >= 0 and card["x"] + card["width"] <= 390
    page.page.locator(".pg-title h1").tap()
    page.page.locator("#pg-card").wait_for(state="hidden")


@pytest.mark.parametrize("tab", ["tokens", "embeddings", "attention", "forward", "sampling", "prompting"])
def test_every_tab_explains_its_words_and_says_the_same_sentence_as_before(visit: Visit, tab: str) -> None:
    page = visit().open(tab=tab, model="storyteller", text="The token of the layer")
    words = page.page.locator(f"#{tab}-rail .pg-help:visible .pg-term")
    words.first.wait_for()
    terms = [str(word.get_attribute("aria-describedby")) for word in words.all()]
    assert len(set(terms)) == len(terms), "each term once in a place"
    inside = (
        "() => [...document.querySelectorAll('.pg-reading .pg-term')].map((word) => word.previousSibling?.data || '')"
    )
    assert not [before for before in page.page.evaluate(inside) if before.endswith(("“", "␣"))], "a visitor's own word"


def test_a_new_sentence_is_explained_too(visit: Visit) -> None:
    page = visit().open(tab="tokens", model="storyteller", text="The cat")
    term = page.panel("tokens").locator(".pg-reading .pg-term")
    term.first.wait_for()
    page.redraw("tokens", lambda: page.run("The token “logit” here"))
    page.wait_reading("tokens", "22 characters")
    term.first.wait_for()
