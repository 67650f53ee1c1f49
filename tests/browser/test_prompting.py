"""The tab Prompting in a browser: the sheet of shots, two prompts, and a text's surprises."""

from __future__ import annotations

from collections.abc import Callable

from tests.browser.conftest import Visitor

Visit = Callable[..., Visitor]
ROWS = "#prompting-view .pg-shots-list > li"
DOTS = "#prompting-view .pg-curve-dot"
TEXT = "Once upon a time, there was a little girl."


def shots(visit: Visit, **state: str) -> Visitor:
    return visit().open(tab="prompting", model="storyteller", text=TEXT, **state)


def dots(page: Visitor) -> list[float]:
    """Heights of all points."""
    return [float(dot.get_attribute("cy")) for dot in page.page.locator(DOTS).all()]


def test_the_sheet_is_written_on_and_the_curve_follows(visit: Visit) -> None:
    page = shots(visit, shots__task="new-names")
    panel = page.panel("prompting")
    assert page.page.locator(ROWS).count() == 8 and len(dots(page)) == 2 * 9
    before = dots(page)
    label = page.page.locator(ROWS).nth(1).locator(".pg-shots-label")
    assert label.inner_text() == "river"
    page.redraw("prompting", label.click)
    assert label.inner_text() == "moon" and dots(page) != before
    assert "I don't like this chair. => moon" in page.state["shots.examples"]
    page.redraw("prompting", page.page.locator(ROWS).nth(7).get_by_title("Remove this example").click)
    assert page.page.locator(ROWS).count() == 7 and len(dots(page)) == 2 * 8
    moved = page.page.locator(ROWS).nth(1).locator("input")
    text = moved.input_value()
    page.redraw("prompting", page.page.locator(ROWS).nth(1).get_by_title("Move up").click)
    assert page.page.locator(ROWS).first.locator("input").input_value() == text
    page.redraw("prompting", lambda: panel.get_by_label("The case that is asked").fill("</script><b>ש👩‍👧"))
    assert page.state["shots.query"].startswith("</script>") and panel.locator("b", has_text="ש").count() == 0
    page.redraw("prompting", panel.get_by_role("button", name="Ready task: Reviews", exact=True).click)
    assert page.page.locator(ROWS).count() == 8 and "shots.examples" not in page.state


def test_a_point_a_flip_and_an_order_are_looked_at(visit: Visit) -> None:
    page = shots(visit)
    panel = page.panel("prompting")
    page.redraw("prompting", lambda: panel.locator(".pg-curve-column").nth(2).click())
    page.wait_state(**{"shots.n": "2"})
    assert page.page.locator(f"{ROWS}.pg-unused").count() == 6
    page.redraw("prompting", panel.get_by_role("button", name="Labels flipped").click)
    assert "flipped" in page.reading("prompting")
    page.redraw("prompting", lambda: panel.locator(".pg-curve-column").nth(3).click())
    assert page.page.locator(f"{ROWS} .pg-flipped").count() == 3
    for _ in range(5):
        page.redraw("prompting", page.page.locator(ROWS).last.get_by_title("Remove this example").click)
    page.page.locator("#prompting-shots-orders-go").click()
    page.wait_reading("prompting", "all 6 orders")
    assert len(dots(page)) == 2 * 6 and panel.locator(".pg-curve-band").count() == 2
    heads = panel.locator(".pg-group-picture[data-kind=tintedtext]").inner_text()
    assert "asked" in heads


def test_what_cannot_be_asked_is_said_and_the_sheet_stays(visit: Visit) -> None:
    page = shots(visit)
    panel = page.panel("prompting")
    page.redraw("prompting", lambda: panel.get_by_label("Label 1", exact=True).fill(""))
    page.wait_reading("prompting", "no tokens")
    assert page.page.locator(ROWS).count() == 8 and panel.locator(".pg-shots-trouble").is_visible()
    page.redraw("prompting", lambda: panel.get_by_label("Label 1", exact=True).fill("good"))
    page.wait_reading("prompting", "“")
    assert page.page.locator(ROWS).first.locator(".pg-shots-label").inner_text() == "good"


def test_two_prompts_are_written_on(visit: Visit) -> None:
    page = shots(visit, view="compare", compare__tokens="6")
    page.page.locator("#prompting-compare-write-go").click()
    page.page.wait_for_function("document.querySelectorAll('#prompting-view .pg-tinted').length === 4")
    texts = page.page.locator("#prompting-view .pg-tinted")
    page.page.wait_for_function(
        "[...document.querySelectorAll('#prompting-view .pg-tinted')].slice(2).every((p) => p.children.length > 5)"
    )
    assert "Sentiment" in texts.nth(1).inner_text() and page.page.locator("#prompting-view .pg-bar-group").count() == 2


def test_a_surprising_word_is_looked_at(visit: Visit) -> None:
    page = shots(visit, view="surprise")
    words = page.page.locator("#prompting-view .pg-tinted-word")
    page.redraw("prompting", words.nth(3).click)
    page.wait_state(pos="3")
    assert "Perplexity" in page.reading("prompting")
    mask = page.page.locator("#prompting-surprise-mask-go")
    assert mask.count() == 0 or not mask.is_visible(), "only an encoder is asked token by token"
    chosen = page.page.locator("#prompting-view .pg-bar-row.pg-chosen .pg-bar-label").inner_text()
    assert words.nth(3).inner_text() in chosen
    page.tab("tokens")
    assert page.page.locator("#tokens-view").is_visible() and page.state["pos"] == "3"
