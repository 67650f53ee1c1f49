"""What if, in a browser: switches change the answer, the map colours the heads, texts stand side by side."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.browser.conftest import Visitor

Visit = Callable[..., Visitor]
TEXT = "Once upon a time, there was a little girl named"


def switch(page: Visitor, name: str) -> None:
    """Chooses a switch and waits for the answer."""
    page.redraw("forward", page.panel("forward").locator(f".pg-switch-one[data-name='{name}']").click)


def after(page: Visitor) -> list[str]:
    """What stands to the right of the names."""
    return page.panel("forward").locator(".pg-pairs-right .pg-pairs-value").all_inner_texts()


def test_switches_change_the_answer_and_the_address(visit: Visit) -> None:
    page = visit().open(tab="forward", view="what-if", model="storyteller", text=TEXT)
    panel = page.panel("forward")
    as_it_is = after(page)
    assert as_it_is == panel.locator(".pg-pairs-left .pg-pairs-value").all_inner_texts()
    assert "No single head matters more" in page.reading("forward"), "a small model is mapped at once"
    switch(page, "b1")
    page.wait_state(**{"what-if__off": "b1"})
    assert after(page) != as_it_is and "Layer 1 left out" in page.reading("forward")
    assert "bits apart" in panel.locator(".pg-pairs-said").inner_text()
    assert panel.locator("[data-name=b1]").get_attribute("aria-pressed") == "true"
    switch(page, "mask")
    page.wait_state(**{"what-if__off": "b1 mask"})
    page.redraw("forward", panel.get_by_role("button", name="Everything on again").click)
    assert after(page) == as_it_is and panel.locator("[aria-pressed=true].pg-switch-one").count() == 0
    page.redraw("forward", panel.locator(".pg-continued-chip[data-pos='2']").click)
    page.wait_state(pos="2")
    assert after(page) != as_it_is


def test_switches_are_reached_by_keys(visit: Visit) -> None:
    page = visit(390, 844).open(tab="forward", view="what-if", model="storyteller", text=TEXT)
    cell = page.panel("forward").locator("[data-name='h0.0']")
    page.panel("forward").locator("[data-name='h5.0']").focus()
    for key in ("ArrowRight", "ArrowDown", "ArrowDown"):
        page.page.keyboard.press(key)
    page.redraw("forward", lambda: page.page.keyboard.press("Enter"))
    page.wait_state(**{"what-if__off": "h3.1"})
    assert cell.count() == 1
    assert page.page.evaluate("document.activeElement.dataset.name") == "h3.1", "the keys go on working"


def test_both_texts_are_written_and_stay_until_the_switches_change(visit: Visit) -> None:
    page = visit().open(tab="forward", view="what-if", model="storyteller", text=TEXT, **{"what-if__off": "positions"})
    lines = page.panel("forward").locator(".pg-continued-line")
    assert lines.count() == 0
    page.page.locator("#forward-what-if-write-go").click()
    page.page.wait_for_function("document.querySelectorAll('#forward-view .pg-continued-line').length === 2")
    page.wait_state(done="write")
    texts = lines.locator(".pg-continued-text").all_inner_texts()
    assert texts[0] != texts[1]
    page.redraw("forward", page.panel("forward").locator(".pg-continued-chip[data-pos='2']").click)
    assert lines.locator(".pg-continued-text").all_inner_texts() == texts, (
        "they belong to the switches, not to the place"
    )
    switch(page, "scale")
    assert lines.count() == 0


def test_all_heads_are_mapped_by_the_button(visit: Visit) -> None:
    page = visit().open(
        tab="forward", view="what-if", model="translator", text="Le petit chat noir dort dans la maison."
    )
    heads = page.panel("forward").locator(".pg-switch-head")
    page.page.locator("#forward-what-if-map-go").click()
    page.wait_state(done="map")
    said = [heads.nth(n).get_attribute("title") for n in (0, 30, 71)]
    assert heads.count() == 72 and all("the logit of" in title for title in said)
    switch(page, "c1.0")
    assert "the logit of" in heads.nth(5).get_attribute("title"), "the map stays"


@pytest.mark.parametrize(
    ("model", "text"),
    [
        ("cloze", "The cat sat on the [MASK]."),
        ("storyteller", "</script> 👩‍👧 שלום"),
        ("storyteller", "a"),
        ("storyteller", "the cat " * 100),
    ],
)
def test_every_kind_of_model_and_text_is_shown(visit: Visit, model: str, text: str) -> None:
    page = visit().open(tab="forward", view="what-if", model=model, text=text, **{"what-if__off": "m0 positions"})
    assert page.tone("forward") == "" and "No feed-forward in layer 0 and no positions" in page.reading("forward")


def test_what_another_model_has_is_said(visit: Visit) -> None:
    page = visit().open(tab="forward", view="what-if", model="storyteller", text="a", **{"what-if__off": "eh0.1"})
    assert "could not be made" in page.reading("forward") and page.tone("forward") == ""
