"""BertViz's three drawings in the page: they show what was captured, and a click in them is chosen everywhere."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.browser.conftest import Visitor

Visit = Callable[..., Visitor]
FRAME = "#attention-view iframe"
READY = "#attention-view [data-ready]"


def ready(page: Visitor) -> str:
    """How often BertViz has drawn."""
    return str(page.page.locator(READY).get_attribute("data-ready"))


@pytest.mark.parametrize("dark", [False, True])
def test_neurons_begin_with_the_chosen_token_and_follow_the_lists(visit: Visit, dark: bool) -> None:
    page = visit(color_scheme="dark" if dark else "light").open(
        tab="attention", view="bertviz", model="storyteller", text="The cat sat on the mat", pos="2", layer="1",
        head="3", bertviz__drawing="neuron", **({"__theme": "dark"} if dark else {}),
    )  # fmt: skip
    page.page.locator(READY).wait_for()
    inside = page.page.frame_locator(FRAME)
    assert inside.locator("#expanded").get_attribute("visibility") == "visible"
    assert inside.locator("#expanded #queries .element").count() == 6 * 32
    lit = inside.locator("#expanded #leftText .highlight").evaluate_all("nodes => nodes.map(n => n.style.opacity)")
    assert lit == ["0", "0", "1", "0", "0", "0"]
    before = inside.locator("#queries .element").first.get_attribute("data-value")
    page.redraw("attention", lambda: inside.locator("#playground-head").select_option("5"))
    page.wait_state(head="5", layer="1")
    assert "head 1.5" in page.reading("attention").lower()
    page.page.wait_for_function(
        "([frame, old]) => document.querySelector(frame).contentDocument"
        ".querySelector('#queries .element').dataset.value !== old",
        arg=[FRAME, before],
    )
    page.redraw("attention", lambda: inside.locator("#expanded #leftText text").nth(4).click())
    page.wait_state(pos="4")


def test_sentences_are_filtered_and_a_click_knows_its_place(visit: Visit) -> None:
    page = visit().open(
        tab="attention", view="bertviz", model="cloze", text="The cat sat. [SEP] The dog slept.", layer="1", head="2"
    )
    page.page.locator(READY).wait_for()
    inside = page.page.frame_locator(FRAME)
    assert inside.locator("#left text").count() == 11
    inside.locator("#filter").select_option("ba")
    assert inside.locator("#left text").all_text_contents() == ["the", "dog", "slept", ".", "[SEP]"]
    assert inside.locator("#right text").all_text_contents() == ["[CLS]", "the", "cat", "sat", ".", "[SEP]"]
    page.redraw("attention", lambda: inside.locator("#left text").nth(1).click())
    page.wait_state(pos="7")
    assert "“dog”" in page.reading("attention")


def test_a_head_chosen_in_the_large_drawing_is_chosen_on_every_view(visit: Visit) -> None:
    page = visit().open(
        tab="attention", view="bertviz", model="storyteller", text="The cat sat", bertviz__drawing="model"
    )
    page.page.locator(READY).wait_for()
    inside = page.page.frame_locator(FRAME)
    page.redraw("attention", lambda: inside.locator("#attn_background_4_2 ~ rect").click())
    page.wait_state(layer="4", head="2")
    page.view("attention", "text")
    assert page.reading("attention").startswith("In head 4.2")
