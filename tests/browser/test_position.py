"""Positions in a browser: cells lead to curves, sizes make tables, forgetting is said."""

from __future__ import annotations

from collections.abc import Callable

from tests.browser.conftest import Visitor

Visit = Callable[..., Visitor]


def choose(page: Visitor, name: str) -> None:
    page.redraw("embeddings", lambda: page.page.get_by_label(name, exact=True).click())


def test_a_model_s_table_its_sum_and_a_table_of_any_size(visit: Visit) -> None:
    page = visit().open(tab="embeddings", view="position", model="storyteller", text="The cat sat", pos="1")
    panel = page.panel("embeddings")
    assert "256 positions" in page.reading("embeddings")
    assert "the text ends here (3 tokens)" in panel.locator(".js-plotly-plot").first.inner_text()
    drag = panel.locator(".js-plotly-plot .nsewdrag").first
    page.redraw("embeddings", lambda: drag.click(position={"x": 100, "y": 200}))
    assert int(page.state["position.at"]) > 50 and int(page.state["position.dimension"]) > 20
    title = panel.locator(".pg-part").nth(1).inner_text()
    assert title.startswith(f"Dimension {page.state['position.dimension']} ")
    choose(page, "token + position")
    assert "position row (length" in page.reading("embeddings") and page.state["pos"] == "1"
    page.redraw("embeddings", lambda: page.run("The dog ran"))
    assert "“␣ran” at position 2" in page.reading("embeddings")
    choose(page, "sines and cosines, any size")
    before = panel.locator(".pg-part").first.inner_text()
    width = page.page.locator("#embeddings-position-width input[type=number]")
    page.redraw("embeddings", lambda: width.fill("32") or width.press("Enter"))
    assert panel.locator(".pg-part").first.inner_text() == "64 positions × 32 dimensions" != before


def test_without_positions_an_encoder_knows_no_order(visit: Visit) -> None:
    text = "The cat sat on the [MASK]."
    page = visit(390, 844).open(tab="embeddings", view="position", model="cloze", text=text, position__show="forget")
    assert "word order is lost" in page.reading("embeddings")
    groups = page.panel("embeddings").locator(".pg-bar-group")
    first, turned, without, both = (groups.nth(i).locator(".pg-bar-label").all_inner_texts() for i in range(4))
    assert without == both and first != turned
    assert page.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.redraw("embeddings", lambda: page.run("</script> 👩‍👧 שלום [MASK]"))
    assert page.tone("embeddings") == "" and "without" in page.reading("embeddings")
