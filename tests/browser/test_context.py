"""Context in a browser: the rows follow the place, the columns the word that is exchanged."""

from __future__ import annotations

from collections.abc import Callable

from tests.browser.conftest import Visitor

Visit = Callable[..., Visitor]
TEXT = "Once upon a time, there was a little girl named Lily. She had a red ball. One day, Lily lost the ball."


def test_rows_and_columns_follow_what_is_chosen(visit: Visit) -> None:
    page = visit().open(tab="sampling", view="context", model="storyteller", text=TEXT)
    panel = page.panel("sampling")
    chances = panel.locator(".pg-context-bar > span:last-child")
    assert "“␣Lily” has" in page.reading("sampling") and "“␣Lily”" in panel.locator("h4").first.inner_text()
    before = chances.all_inner_texts()
    page.redraw("sampling", panel.locator(".pg-context-step[data-way=back]").click)
    page.wait_state(pos="20")
    assert chances.all_inner_texts() != before and "“,” has" in page.reading("sampling")
    token = panel.locator(".pg-context-tokens button")
    tall = "nodes => nodes.map(node => node.style.height)"
    bars = panel.locator(".pg-context-moves i.pg-model").evaluate_all(tall)
    page.redraw("sampling", token.nth(17).click)
    page.wait_state(context__changed="17")
    assert token.nth(17).get_attribute("aria-selected") == "true" and "Exchange “␣ball”" in page.reading("sampling")
    assert panel.locator(".pg-context-moves i.pg-model").evaluate_all(tall) != bars
    panel.locator(".pg-context-shares.pg-context-left > div").nth(17).hover()
    panel.locator(".pg-readout").get_by_text("At “␣ball” itself").wait_for()
    token.nth(17).focus()
    page.page.keyboard.press("ArrowLeft")
    page.redraw("sampling", lambda: page.page.keyboard.press("Enter"))
    page.wait_state(context__changed="16")


def test_the_whole_text_is_measured_and_an_encoder_is_sent_on(visit: Visit) -> None:
    page = visit(390, 844).open(tab="sampling", view="context", model="storyteller", text="The cat sat on the mat.")
    panel = page.panel("sampling")
    assert panel.locator(".pg-context-mean").count() == 0
    page.redraw("sampling", page.page.get_by_role("button", name="Measure the whole text").click)
    # row by row, as they are measured
    page.page.wait_for_function(
        "() => [...document.querySelectorAll('#sampling-view .pg-context-mean')]"
        ".filter((mean) => mean.innerText.includes('bits')).length > 2"
    )
    assert page.page.evaluate("document.documentElement.scrollWidth") <= 390
    page = visit().open(tab="sampling", view="context", model="cloze", text="The cat sat on the [MASK].")
    assert "continue a text" in panel_says(page)


def panel_says(page: Visitor) -> str:
    """What stands in the picture's place."""
    return str(page.panel("sampling").locator(".pg-message p").first.inner_text())
