"""The space in a browser: points are found, chosen, circled and turned, and what is said follows."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import pytest

from tests.browser.conftest import Visitor

Visit = Callable[..., Visitor]
TAB = "embeddings"
TEXTS = {
    "storyteller": " king queen dog cat happy sad",
    "cloze": "The cat [MASK] a dog.",
    "translator": "Le chat noir dort.",
}


@pytest.mark.parametrize("model", TEXTS)
def test_a_token_a_neighbour_and_another_level(visit: Visit, model: str) -> None:
    page = visit().open(tab=TAB, model=model, text=TEXTS[model])
    panel = page.panel(TAB)
    said = panel.locator(".pg-cloud-said")
    assert "of the nearest rows of the token table" in said.inner_text()
    search = panel.get_by_label("Find a token in the plot")
    wanted = {"storyteller": "dog", "cloze": "cat", "translator": "chat"}[model]
    search.fill(wanted)
    hits = panel.locator(".pg-cloud-hits")
    assert int(hits.inner_text().split()[0]) >= 1
    page.redraw(TAB, lambda: search.press("Enter"))
    assert f"the way of “␣{wanted}”" in page.reading(TAB) or f"the way of “{wanted}”" in page.reading(TAB)
    assert panel.locator(".pg-cloud-readout").inner_text().strip("␣").startswith(wanted)
    assert "pos" in page.state
    search.fill("")
    box = page.page.locator("#embeddings-space-level input")
    box.fill("after layer 1")
    page.redraw(TAB, lambda: box.press("Enter"))
    assert "after layer 1" in said.inner_text() and "nearest rows" not in said.inner_text()
    assert not page.page.locator("#embeddings-space-around").is_visible(), "no row of the table lies at this level"


def test_the_text_and_what_is_nearest_have_their_names_on_a_phone(visit: Visit) -> None:
    page = visit(390, 844).open(tab=TAB, text="The teacher taught the students with the book.")
    panel = page.panel(TAB)
    named = json.loads(panel.locator(".pg-view-picture").first.get_attribute("data-named"))
    nearest = re.findall(r"␣\w+", panel.locator(".pg-cloud-readout").inner_text().split(" · ", 2)[2])
    assert len(nearest) == 6 and set(nearest) <= set(named)
    assert {"␣teacher", "␣students", "␣book", "␣taught", "␣with"} <= set(named)


def test_words_are_circled_coloured_and_laid_out(visit: Visit) -> None:
    page = visit().open(tab=TAB, text="The cat sat", space__points="words")
    panel = page.panel(TAB)
    canvas = panel.locator("canvas.pg-cloud-canvas")
    assert int(re.search(r"For (\d+) of 69 words", page.reading(TAB))[1]) > 60  # type: ignore[index]
    panel.get_by_role("button", name="Draw a line around points").click()
    box = canvas.bounding_box()

    def around() -> None:
        at = [(0.01, 0.02), (0.3, 0.02), (0.3, 0.9), (0.01, 0.9)]
        pixels = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in at]
        page.page.mouse.move(*pixels[0])
        page.page.mouse.down()
        for pixel in pixels[1:]:
            page.page.mouse.move(*pixel, steps=4)
        page.page.mouse.up()

    page.redraw(TAB, around)
    circled = int(page.reading(TAB).split()[0])
    assert circled > 5 and "points circled" in page.reading(TAB)
    panel.get_by_role("tab", name="Table").click()
    assert panel.locator(".pg-view-table tbody tr").count() == circled
    assert page.state["space.picked"].count("~") == 2
    panel.get_by_role("tab", name="Picture").click()
    assert not page.page.locator("#embeddings-space-layout-go").is_visible()
    page.redraw(TAB, page.page.locator("#embeddings-space-method label").nth(1).click)
    assert "t-SNE" in panel.locator(".pg-cloud-said").inner_text()
    assert page.page.locator("#embeddings-space-layout-go").is_visible()
    assert f"{circled} points circled" in page.reading(TAB), "the same words, elsewhere"
    group = panel.locator(".pg-cloud-group").first
    group.click()
    assert group.get_attribute("aria-pressed") == "true"
    page.redraw(TAB, page.page.locator("#embeddings-space-dimensions label").nth(1).click)
    assert canvas.get_attribute("data-axes") == "3"


def test_a_layout_can_be_watched_and_stopped_and_is_kept_by_a_link(visit: Visit) -> None:
    many = {"space__points": "vocabulary", "space__many": "2000", "space__method": "tsne"}
    page = visit().open(tab=TAB, text="The cat", **many)
    panel = page.panel(TAB)
    said, go = panel.locator(".pg-cloud-said"), page.page.locator("#embeddings-space-layout-go")
    assert "PCA" in said.inner_text()
    go.click()
    page.page.locator("#embeddings-stop").click()
    go.wait_for(state="visible")
    step = int(re.search(r"step (\d+) of", said.inner_text())[1])  # type: ignore[index]
    assert step < 750 and page.state.get("done") is None
    few = page.page.locator("#embeddings-space-many input[type=number]")
    few.fill("250")
    page.redraw(TAB, lambda: few.press("Tab"))
    assert "250 of the 4,096" in said.inner_text() and "PCA" in said.inner_text()
    go.click()
    page.wait_reading(TAB, "says little")
    page.wait_state(done="layout")
    assert "step 750 of 750" in said.inner_text()


def test_a_phone_and_odd_texts(visit: Visit) -> None:
    page = visit(390, 844, has_touch=True).open(tab=TAB, text="a")
    for text in ("</script> 🧿 שלום", "cat cat cat"):
        page.redraw(TAB, lambda text=text: page.run(text))  # type: ignore[misc]
        assert not page.tone(TAB) and page.page.evaluate("document.documentElement.scrollWidth") == 390
