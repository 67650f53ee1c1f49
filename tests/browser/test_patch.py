"""Patching in a browser: typed texts are compared, a cell shows its answer, what cannot be compared is a sentence."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.browser.conftest import Visitor

Visit = Callable[..., Visitor]


def cell(page: Visitor, row: float, column: float, rows: int, columns: int) -> None:
    """Chooses a cell of the grid, the first row at the bottom."""
    cells = page.panel("forward").locator(".pg-grid-cells canvas").first
    box = cells.bounding_box()
    at = {"x": box["width"] * (column + 0.5) / columns, "y": box["height"] * (rows - row - 0.5) / rows}
    page.redraw("forward", lambda: cells.click(position=at))


def test_cells_show_their_answer_and_typed_texts_are_compared(visit: Visit) -> None:
    page = visit().open(tab="forward", view="patch", model="storyteller", text="Once upon a time")
    panel = page.panel("forward")
    assert "At the embedding all of it comes back through “␣dog→␣cat”" in page.reading("forward")
    cell(page, 6, 9, 7, 10)
    page.wait_state(layer="5", pos="9")
    assert panel.locator(".pg-pairs-said").inner_text() == "recovered: 1"
    cell(page, 6, 0, 7, 10)
    page.wait_state(layer="5", pos="0")
    assert panel.locator(".pg-pairs-said").inner_text() == "recovered: 0"
    typed = page.page.locator("#forward-patch-second textarea, #forward-patch-second input")
    page.redraw("forward", lambda: typed.fill("Lily saw a big tree. She ran to the"))
    assert "“␣dog→␣tree”" in page.reading("forward")
    page.redraw("forward", lambda: typed.fill("Lily saw a big crocodile. She ran to the"))
    said = panel.locator(".pg-message").inner_text()
    assert page.tone("forward") == "reason" and "“␣dog” (1 token)" in said
    page.redraw("forward", lambda: typed.fill("Lily saw a big dog. She ran to the"))
    assert "Both texts have the same answer" in panel.locator(".pg-message").inner_text()


def test_heads_and_directions_are_chosen(visit: Visit) -> None:
    page = visit().open(tab="forward", view="patch", model="storyteller", text="Once upon a time")
    before = page.reading("forward")
    page.redraw("forward", lambda: page.page.get_by_label("second → first").click())
    assert "the second text says" in page.reading("forward") != before
    page.redraw("forward", lambda: page.page.get_by_label("each head").click())
    assert "Of all heads" in page.reading("forward")
    cell(page, 2, 3, 6, 8)
    page.wait_state(patch__unit="3", layer="2")


@pytest.mark.parametrize(("model", "said"), [("cloze", "In the place of “[MASK]”"), ("translator", "After “␣The”")])
def test_every_kind_of_model_has_an_example_that_works(visit: Visit, model: str, said: str) -> None:
    page = visit().open(tab="forward", view="patch", model=model, text="Le chat [MASK].")
    assert page.tone("forward") == "" and said in page.reading("forward")
    where = page.page.locator("#forward-patch-where")
    assert where.is_visible() == (model == "translator")
    if model == "translator":
        page.redraw("forward", lambda: page.page.get_by_label("decoder’s cross-attention").click())
        assert page.page.locator("#forward-patch-cross").is_visible()
        assert not page.page.locator("#forward-patch-what").is_visible()


def test_markup_in_texts_stays_text(visit: Visit) -> None:
    texts = {"patch__first": "<b>Lily</b> </script> שלום dog", "patch__second": "<b>Lily</b> </script> שלום cat"}
    page = visit(390, 844).open(tab="forward", view="patch", model="storyteller", text="a", **texts)
    assert page.tone("forward") in ("", "reason") and page.panel("forward").locator("b b, script").count() == 0
