"""The lens in a browser: what a cell says, the token that is followed, and what stands beside a cell."""

from __future__ import annotations

from collections.abc import Callable

from tests.browser.conftest import Visitor

Visit = Callable[..., Visitor]
TEXT = "Once upon a time, there was a little girl named"


def test_a_cell_says_what_is_chosen_and_leads_to_its_best_tokens(visit: Visit) -> None:
    page = visit().open(tab="forward", view="lens", model="storyteller", text=TEXT)
    panel = page.panel("forward")
    corner = panel.locator("tbody tr").first.locator("td").last
    best = panel.locator(".pg-lens-best").first.locator(".pg-lens-name")
    assert corner.locator(".pg-lens-guess").inner_text() == best.first.inner_text()
    chance = corner.locator(".pg-lens-p").inner_text()
    page.redraw("forward", lambda: page.page.locator("#forward-lens-cell").get_by_label("entropy").click())
    assert corner.locator(".pg-lens-p").inner_text() != chance and "bits" in panel.locator(".pg-legend").inner_text()
    typed = page.page.locator("#forward-lens-follow textarea, #forward-lens-follow input")
    page.redraw("forward", lambda: typed.fill("Lily"))
    page.wait_state(lens__cell="entropy", lens__follow="Lily")
    assert "“␣Lily” stands highest after" in page.reading("forward")
    first = best.all_inner_texts()
    page.redraw("forward", lambda: panel.locator("tbody tr").last.locator("td").nth(2).click())
    page.wait_state(layer="-1", pos="2")
    assert best.all_inner_texts() != first
    assert "embedding" in panel.locator(".pg-lens-beside h4").first.inner_text()


def test_columns_beyond_the_frame_are_told_and_reached(visit: Visit) -> None:
    page = visit(390, 844).open(tab="forward", view="lens", model="storyteller", text=TEXT, pos="0")
    more = page.panel("forward").locator(".pg-lens-more[data-way=right]")
    told = int(more.inner_text().split()[0])
    assert told > 0
    more.click()
    page.page.wait_for_function(
        "told => { const m = document.querySelector('#forward-view .pg-lens-more[data-way=right]');"
        " return m.hidden || Number(m.textContent.split(' ')[0]) < told; }",
        arg=told,
    )
    assert page.panel("forward").locator(".pg-lens-more[data-way=left]").inner_text().startswith("‹ ")


def test_masks_are_marked_and_an_encoder_of_two_towers_has_lengths_only(visit: Visit) -> None:
    page = visit().open(tab="forward", view="lens", model="cloze", text="The [MASK] sat on the [MASK].")
    marked = page.panel("forward").locator("thead .pg-asked .pg-lens-token")
    assert marked.all_inner_texts() == ["[MASK]", "[MASK]"]
    page = visit().open(tab="forward", view="lens", model="translator", text="Le chat dort.")
    assert "start token" in page.panel("forward").locator(".pg-notes").inner_text()
    page.redraw(
        "forward", lambda: page.page.locator("#forward-lens-side").get_by_label("Source text (encoder)").click()
    )
    assert "stream shrinks" in page.reading("forward")
    assert not page.page.locator("#forward-lens-cell").is_visible(), "a control stands only where it acts"
