"""The look-up in a browser: rows and vectors follow the chosen token."""

from __future__ import annotations

from collections.abc import Callable

from tests.browser.conftest import Visitor

Visit = Callable[..., Visitor]
TEXT = "The king saw the queen, and the queen saw the king."


def hot(page: Visitor) -> str:
    """The id in the row of the table that stands out."""
    line = page.panel("embeddings").locator(".pg-lookup-line.pg-chosen")
    assert line.locator(".pg-lookup-hot").inner_text() == "1"
    return str(line.locator(".pg-lookup-id").first.inner_text())


def test_the_row_follows_the_token_by_click_and_by_key(visit: Visit) -> None:
    page = visit().open(tab="embeddings", view="lookup", model="storyteller", text=TEXT, pos="1")
    panel = page.panel("embeddings")
    king = hot(page)
    assert f"row {king} of 4,096" in page.reading("embeddings") and "(1, " in page.reading("embeddings")
    assert panel.locator(".pg-lookup-ribbon path").count() == 1
    chips = panel.locator(".pg-lookup-chips button")
    page.redraw("embeddings", chips.nth(4).click)
    page.wait_state(pos="4")
    queen = hot(page)
    assert queen != king
    page.redraw("embeddings", lambda: chips.nth(4).press("ArrowRight"))
    page.wait_state(pos="5")
    page.redraw("embeddings", panel.locator(".pg-lookup-vector").nth(1).click)
    assert hot(page) == king
    page.redraw("embeddings", lambda: page.page.get_by_label("nearest by angle").click())
    assert panel.locator(".pg-lookup-line").first.locator(".pg-lookup-id").first.inner_text() == king
    panel.locator(".pg-lookup-line canvas").first.hover(position={"x": 3, "y": 3})
    assert "number 0: " in panel.locator(".pg-readout").inner_text()
    page.redraw("embeddings", lambda: page.page.get_by_label("after the last layer").click())
    assert "After the last layer" in panel.locator(".pg-lookup-right .pg-part").inner_text()
    ribbon = panel.locator(".pg-lookup-ribbon")
    assert ribbon.locator("path").get_attribute("class") == "pg-lookup-through" and "6 layers" in ribbon.text_content()


def test_odd_texts_on_a_phone(visit: Visit) -> None:
    page = visit(390, 844).open(
        tab="embeddings", view="lookup", model="translator", text="</script> 👩‍👧 שלום", pos="0"
    )
    assert page.tone("embeddings") == "" and "multiplied by 16" in page.reading("embeddings")
    assert page.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.redraw("embeddings", lambda: page.run("a"))
    assert "(1, 2, 256)" in page.reading("embeddings")
