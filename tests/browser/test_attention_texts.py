"""Attention over the text, what heads do, and while writing, in a browser: numbers follow what is pointed at."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.browser.conftest import Visitor

Visit = Callable[..., Visitor]
TEXT = "The cat sat on the mat."


def heading(page: Visitor, role: str) -> str:
    """Of the text that shows where a word looks ("query") or who looks at it ("key")."""
    return str(page.panel("attention").locator(f".pg-look-heading.pg-look-{role}").inner_text())


def words(page: Visitor, role: str) -> Any:
    """The words of one of the two texts."""
    return page.panel("attention").locator(f".pg-look-as-{role} .pg-look-word")


def longest_bar(page: Visitor, role: str) -> tuple[float, float]:
    """Of the bars beneath one of the two texts: the number beside the first in percent, its length in percent."""
    row = page.panel("attention").locator(f".pg-look-as-{role} .pg-bar-row").first
    width = row.locator(".pg-bar-fill").evaluate("bar => parseFloat(bar.style.width)")
    return float(row.locator(".pg-bar-value").inner_text().rstrip(" %\u202f\xa0")), float(width)


def test_both_texts_have_one_scale(visit: Visit) -> None:
    """A bar on the left is as long as one on the right where their numbers are equal."""
    page = visit().open(
        tab="attention", view="text", model="cloze", text="The girl lost her ball and [MASK] was sad.",
        layer="1", head="3", pos="7",
    )  # fmt: skip
    ends = page.panel("attention").locator(".pg-look-panel .pg-legend > span:nth-child(3)").all_inner_texts()
    assert len(ends) == 2 and ends[0] == ends[1]
    (looks, left), (seen, right) = longest_bar(page, "query"), longest_bar(page, "key")
    assert looks > 3 * seen and left / right == pytest.approx(looks / seen, rel=0.05)


@pytest.mark.parametrize(("model", "n"), [("storyteller", 7), ("cloze", 9)])
def test_a_word_shows_where_it_looks_by_pointer_and_keys(visit: Visit, model: str, n: int) -> None:
    page = visit().open(tab="attention", view="text", model=model, text=TEXT, layer="1", head="2", pos="3")
    assert words(page, "query").count() == words(page, "key").count() == n
    chosen, first = heading(page, "query"), page.panel("attention").locator(".pg-look-list").first
    before = first.inner_text()
    words(page, "query").nth(4).hover()
    assert heading(page, "query") != chosen and first.inner_text() != before
    page.panel("attention").locator(".pg-legend").first.hover()  # leaves the word
    page.redraw("attention", lambda: words(page, "key").nth(2).click())
    page.wait_state(pos="2")
    words(page, "query").nth(2).focus()
    page.page.keyboard.press("ArrowRight")
    page.redraw("attention", lambda: page.page.keyboard.press("Enter"))
    page.wait_state(pos="3")
    assert heading(page, "query") == chosen


def test_measures_and_heads_change_the_numbers(visit: Visit) -> None:
    page = visit(390, 844).open(tab="attention", view="text", model="storyteller", text=TEXT, layer="1", head="2")
    said = {page.reading("attention")}
    page.redraw("attention", page.panel("attention").get_by_role("radiogroup", name="Head").get_by_text("5").click)
    page.wait_state(head="5", layer="1")
    page.page.locator("#attention-rail-toggle button").click()  # on a phone the controls are folded
    said.add(page.reading("attention"))
    for measure in ("Rollout through the layers", "Attention × |value|, whole layer"):
        page.redraw("attention", page.page.locator("#attention-text-measure").get_by_label(measure).click)
        said.add(page.reading("attention"))
    assert len(said) == 4
    assert page.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_across_two_texts_each_side_lights_the_other(visit: Visit) -> None:
    page = visit(color_scheme="dark").open(
        tab="attention", view="text", model="translator", text="Le chat noir dort.", which="cross", pos="1"
    )
    assert page.panel("attention").locator(".pg-look-across path").count() > 0
    words(page, "key").nth(1).hover()
    assert "looks at “chat”" in heading(page, "query")
    shares = words(page, "query").evaluate_all("nodes => nodes.map(node => Number(node.style.getPropertyValue('--a')))")
    assert max(shares) > 0


@pytest.mark.parametrize("text", ["</script> 👩‍👧 שלום", "Hi", " ".join(["the"] * 200)])
def test_odd_texts_are_read_as_they_are(visit: Visit, text: str) -> None:
    page = visit().open(tab="attention", view="text", model="storyteller", text=text)
    shown = "".join(words(page, "query").all_text_contents())
    for letter in text.replace(" ", "").replace("\u200d", ""):
        assert letter in shown


def test_a_cell_chooses_head_and_habit(visit: Visit) -> None:
    page = visit().open(
        tab="attention", view="roles", model="storyteller", text="red moon cat tree red moon cat tree red", layer="0",
        head="0",
    )  # fmt: skip
    panel = page.panel("attention")
    page.redraw("attention", page.page.locator("#attention-roles-score").get_by_label("Previous token").click)
    assert "0.0 (" in page.reading("attention") and "the token before" in page.reading("attention")
    second = panel.locator(".pg-signed-row").nth(1)
    name = second.locator(".pg-signed-label").inner_text().removeprefix("head ")
    page.redraw("attention", second.click)
    layer, head = name.split(".")
    page.wait_state(layer=layer, head=head)
    assert f"Head {name} on the text" in panel.inner_text()


@pytest.mark.parametrize(
    ("model", "text", "which"),
    [("storyteller", "Once upon a time", "self"), ("translator", "Le chat noir dort.", "cross")],
)
def test_the_map_grows_and_the_slider_goes_back(visit: Visit, model: str, text: str, which: str) -> None:
    page = visit().open(
        tab="attention", view="writing", model=model, text=text, which=which, writing__n_new="6", writing__by="heads"
    )
    assert "Nothing is written yet" in page.reading("attention")
    page.page.locator("#attention-writing-write-go").click()
    page.page.wait_for_function("new URLSearchParams(location.search).has('writing.written')")
    last = page.reading("attention")
    assert last.startswith("Step ")
    n = words(page, "query").count()
    assert n >= 4
    slider = page.panel("attention").locator(".pg-look-steps input")
    slider.focus()
    page.redraw("attention", lambda: page.page.keyboard.press("Home"))
    page.wait_state(writing__step="0")
    assert page.reading("attention").startswith(f"Step 1 of {n}")
    again = visit().open(**page.state)
    assert again.reading("attention") == page.reading("attention")
    page.redraw("attention", page.panel("attention").get_by_role("radiogroup", name="Layer").get_by_text("1").click)
    assert "mean of layer 1" in page.reading("attention")


def test_an_encoder_writes_nothing_and_another_model_is_offered(visit: Visit) -> None:
    page = visit().open(tab="attention", view="writing", model="cloze", text="The cat [MASK].")
    assert page.tone("attention") == "reason"
    page.panel("attention").locator(".pg-offer").click()
    page.wait_state(model="storyteller", view="writing")
