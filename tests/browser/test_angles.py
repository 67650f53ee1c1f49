"""Angles in a browser: two words, a chosen neighbour, a sum and its ready examples, and the numbers follow."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.browser.conftest import Visitor

Visit = Callable[..., Visitor]
TAB = "embeddings"
TEXTS = {"storyteller": "The king saw", "cloze": "The [MASK] sat.", "translator": "Le chat dort."}


def typed(page: Visitor, key: str, word: str) -> None:
    box = page.page.locator(f"#embeddings-angles-{key} :is(textarea, input)")
    page.redraw(TAB, lambda: box.fill(word))


@pytest.mark.parametrize("model", TEXTS)
def test_a_neighbour_is_chosen_and_the_mean_is_taken_away(visit: Visit, model: str) -> None:
    page = visit().open(tab=TAB, view="angles", model=model, text=TEXTS[model])
    panel = page.panel(TAB)
    angle = panel.locator(".pg-arrows-arc text")
    before = angle.text_content()
    page.redraw(TAB, panel.locator(".pg-signed-row").nth(6).click)
    name = panel.locator(".pg-signed-row.pg-chosen .pg-signed-label").inner_text()
    assert angle.text_content() != before and f"“{name}” make an angle of {angle.text_content()}" in page.reading(TAB)
    assert "angles.second" in page.state
    reading = page.reading(TAB)
    page.redraw(TAB, page.page.locator("#embeddings-angles-centre label").nth(1).click)
    assert page.reading(TAB) != reading and "mean" in panel.locator(".pg-arrows-point text").all_text_contents()


def test_a_sum_is_typed_and_a_ready_one_chosen(visit: Visit) -> None:
    page = visit(reduced_motion="reduce").open(tab=TAB, view="angles", text="The king saw", angles__show="sum")
    panel = page.panel(TAB)
    assert "Nearest to king − man + woman is “␣queen”" in page.reading(TAB)
    assert panel.locator(".pg-sum[aria-pressed=true]").count() == 1
    page.redraw(TAB, panel.locator(".pg-sum").nth(5).click)
    assert page.page.locator("#embeddings-angles-a :is(textarea, input)").input_value() == "bigger"
    assert "The hoped-for “smaller” comes 1st" in page.reading(TAB)
    page.redraw(TAB, page.page.locator("#embeddings-angles-inputs input").check)
    assert "␣bigger" in panel.locator(".pg-signed-label").all_inner_texts()
    typed(page, "a", "</script><b>x")
    assert "</script><b>x − big + small" in page.reading(TAB)
    typed(page, "a", "")
    assert page.tone(TAB) == "reason"
    typed(page, "a", "שלום")
    assert not page.tone(TAB)


def test_a_phone(visit: Visit) -> None:
    page = visit(390, 844).open(tab=TAB, view="angles", text="a")
    page.page.get_by_role("button", name="Controls").first.click()
    for show in (1, 0):
        page.redraw(TAB, page.page.locator("#embeddings-angles-show label").nth(show).click)
        assert page.page.evaluate("document.documentElement.scrollWidth") == 390
