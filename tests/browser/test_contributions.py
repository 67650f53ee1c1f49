"""The contributions in a browser: bars and map follow the tokens that are typed, and lead to the head."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.browser.conftest import Visitor

Visit = Callable[..., Visitor]
TEXT = "Once upon a time, there was a little girl named"


def total(page: Visitor) -> str:
    """The number at the end of the bars."""
    return str(page.panel("forward").locator(".pg-signed-sum .pg-signed-value").inner_text())


def test_bars_follow_the_typed_tokens_and_cells_lead_to_heads(visit: Visit) -> None:
    page = visit().open(tab="forward", view="contributions", model="storyteller", text=TEXT)
    panel = page.panel("forward")
    assert "rank 1" in page.reading("forward") and "✓" in panel.locator(".pg-signed-badge").inner_text()
    alone = total(page)
    page.redraw(
        "forward",
        lambda: page.page.locator("#forward-contributions-against textarea, #forward-contributions-against input").fill(
            "Max"
        ),
    )
    assert "that of “␣Max”" in page.reading("forward") and total(page) != alone
    page.wait_state(contributions__against="Max")
    largest = panel.locator(".pg-signed-label").first.inner_text()
    page.redraw("forward", lambda: page.page.get_by_label("layer by layer").click())
    assert panel.locator(".pg-signed-label").first.inner_text() == "embedding" != largest
    cells = panel.locator(".pg-grid-cells canvas").first
    box = cells.bounding_box()
    rows, columns = 6, 8
    at = {"x": box["width"] * 5.5 / columns, "y": box["height"] * (rows - 3 - 0.5) / rows}
    page.redraw("forward", lambda: cells.click(position=at))
    page.wait_state(layer="3", head="5")
    assert panel.locator(".pg-grid-maps + .pg-readout").inner_text().startswith("layer 3 · head 5: ")
    assert panel.locator(".pg-signed-row.pg-chosen .pg-signed-label").inner_text() == "attention 3"


def test_cells_are_reached_by_keys_and_said(visit: Visit) -> None:
    page = visit(390, 844).open(
        tab="forward", view="contributions", model="storyteller", text=TEXT, layer="2", head="0"
    )
    cells = page.panel("forward").locator(".pg-grid-cells canvas").first
    cells.focus()
    for key in ("ArrowUp", "ArrowRight"):
        page.page.keyboard.press(key)
    assert page.panel("forward").locator(".pg-grid-maps + .pg-readout").inner_text().startswith("layer 3 · head 1: ")
    page.redraw("forward", lambda: page.page.keyboard.press("Enter"))
    page.wait_state(layer="3", head="1")


@pytest.mark.parametrize(
    ("model", "text", "word", "said"),
    [
        ("cloze", "The cat sat on the [MASK].", "table", "At “[MASK]”"),
        ("translator", "Le chat dort.", "", "After"),
        ("storyteller", "</script> 👩‍👧 שלום", "Jacqueline", "“␣J”"),
        ("storyteller", "a", "", "rank 1"),
    ],
)
def test_every_kind_of_model_and_text_is_taken_apart(visit: Visit, model: str, text: str, word: str, said: str) -> None:
    page = visit().open(tab="forward", view="contributions", model=model, text=text, contributions__token=word)
    assert page.tone("forward") == "" and said in page.reading("forward")


def test_a_word_without_a_token_is_a_sentence(visit: Visit) -> None:
    page = visit().open(
        tab="forward", view="contributions", model="storyteller", text=TEXT, contributions__token="#99999"
    )
    assert page.tone("forward") == "reason"
