"""The size of a model in a browser: numbers follow the text, the precision and the model beside it."""

from __future__ import annotations

from collections.abc import Callable

from tests.browser.conftest import Visitor

Visit = Callable[..., Visitor]


def numbers(page: Visitor) -> list[str]:
    """The totals beside the bars."""
    return list(page.panel("forward").locator(".pg-stacked-total").all_inner_texts())


def test_work_follows_the_text_and_memory_the_precision(visit: Visit) -> None:
    page = visit().open(tab="forward", view="size", model="storyteller", text="Once upon a time")
    before = numbers(page)
    assert len(before) == 6 and before[0] in page.reading("forward")
    page.redraw("forward", lambda: page.run("Once upon a time, there was a little dog"))
    after = numbers(page)
    assert after[:5] == before[:5] and after[5] != before[5], "a longer text is more work for the same weights"
    page.redraw("forward", lambda: page.page.get_by_label("int4").click())
    assert "int4" in page.panel("forward").locator(".pg-group-member h4").last.inner_text()
    page.panel("forward").locator(".pg-plot .scatterlayer").first.wait_for(state="attached")


def test_another_model_stands_beside_it_or_a_sentence_does(visit: Visit) -> None:
    page = visit(390, 844).open(
        tab="forward", view="size", model="cloze", text="The [MASK] sat.", size__beside="translator"
    )
    assert len(numbers(page)) == 12 and "translator has" in page.reading("forward")
    page = visit().open(tab="forward", view="size", model="translator", text="Le chat dort.", size__beside="nobody")
    assert page.tone("forward") == "" and len(numbers(page)) == 6 and "nobody" in page.reading("forward")
