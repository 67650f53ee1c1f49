"""Attention in a browser: one head step by step, by hand with typed numbers, and maps sorted and laid side by side."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.browser.conftest import Visitor

Visit = Callable[..., Visitor]
TEXT = "The teacher taught the students with the book."
TOLD = "#attention-view .pg-hs-told"


@pytest.mark.parametrize(
    ("model", "text", "which", "scheme"),
    [("storyteller", TEXT, "self", "light"), ("cloze", "The cat sat on the [MASK].", "self", "dark"),
     ("translator", "Le chat dort.", "cross", "light")],
)  # fmt: skip
def test_a_head_is_walked_by_keys_alone(visit: Visit, model: str, text: str, which: str, scheme: str) -> None:
    page = visit(color_scheme=scheme).open(tab="attention", view="steps", model=model, text=text, which=which)
    table = page.page.locator("#attention-view .pg-hs-frame")
    table.focus()
    seen = [page.page.locator(TOLD).get_attribute("data-step")]
    for _ in range(7):
        page.redraw("attention", lambda: page.page.keyboard.press("ArrowRight"))
        seen.append(page.page.locator(TOLD).get_attribute("data-step"))
    assert seen == ["all", "qkv", "dot", "scale", "mask", "softmax", "mix", "out"]
    assert page.page.locator(f"{TOLD} .pg-hs-check.pg-exact").count() == 1
    assert page.page.locator("#attention-view .pg-hs-shares button").count() == 8
    page.wait_state(steps__step="out")
    chosen = page.page.locator("#attention-view tr.pg-hs-chosen")
    before = chosen.get_attribute("data-key")
    up = before != "0"
    page.redraw("attention", lambda: page.page.keyboard.press("ArrowUp" if up else "ArrowDown"))
    assert int(chosen.get_attribute("data-key")) == int(before) + (-1 if up else 1)


def test_numbers_follow_the_word_the_head_and_the_key(visit: Visit) -> None:
    page = visit().open(tab="attention", view="steps", model="storyteller", text=TEXT, layer="2", head="3")
    panel = page.panel("attention")
    weights = panel.locator("td.pg-hs-share")
    first = weights.all_inner_texts()
    page.redraw("attention", panel.locator(".pg-hs-word").nth(4).click)
    page.wait_state(pos="4")
    masked = panel.locator("td.pg-hs-masked")
    assert weights.all_inner_texts() != first and masked.count() == 4, "four tokens come after the fifth of nine"
    page.redraw("attention", panel.get_by_role("button", name="The next head").click)
    page.wait_state(head="4")
    page.redraw("attention", panel.locator("tr[data-key='1']").click)
    page.wait_state(steps__key="1")
    assert "teacher" in panel.locator(".pg-hs-under h5").inner_text()
    page.redraw("attention", page.page.get_by_label("The whole matrix").check)
    assert panel.locator(".pg-mx-matrix").count() == 8
    assert panel.locator(".pg-mx-check.pg-exact").count() == 1


def test_cat_and_sat_to_four_digits(visit: Visit) -> None:
    page = visit().open(tab="attention", view="by-hand", model="storyteller", text=TEXT)
    panel = page.panel("attention")
    panel.get_by_role("tab", name="Table").click()
    cells = panel.locator("td.pg-number").all_inner_texts()
    assert [round(float(cell), 4) for cell in cells] == [0.4502, 0.5498, 0.4305, 0.5695]
    panel.get_by_role("tab", name="Picture").click()
    said = panel.locator(".pg-mx-words").inner_text()
    assert "0.2000" in said or "0.4000" in said
    assert "0.7650" in said and panel.locator(".pg-mx-list td").nth(10).inner_text() == "0.2268"
    page.redraw("attention", page.page.get_by_label("Causal mask").check)
    assert "Cat” gives 100 %" in page.reading("attention")
    box = page.page.locator("#attention-by-hand-tokens textarea")
    page.redraw("attention", lambda: box.fill("</script> 1 | 2 | 3\n👩‍👩‍👧 0 | 1 | 2"))
    assert "</script>" in page.reading("attention")
    page.redraw("attention", lambda: box.fill("Cat 1 | 2"))
    assert page.tone("attention") == "reason"
    page.redraw("attention", page.page.get_by_role("button", name="Take the chosen head").click)
    page.page.wait_for_selector("#attention-view .pg-mx-check.pg-exact")


def test_maps_are_sorted_and_stand_side_by_side(visit: Visit) -> None:
    page = visit().open(tab="attention", view="maps", model="storyteller", text=TEXT, maps__beside="the mask lifted")
    panel = page.panel("attention")
    assert panel.locator(".pg-heads-other canvas").first.is_visible()
    assert "With the mask lifted" in page.reading("attention")
    page.redraw("attention", page.page.get_by_label("Leave out first and special tokens").check)
    assert "left out" in panel.locator(".pg-heads-grid h4").inner_text()
    page.wait_state(maps__hide="true")
    grid = panel.locator(".pg-heads-grid canvas")
    grid.focus()
    page.redraw("attention", lambda: page.page.keyboard.press("ArrowDown"))
    assert page.state["layer"].isdigit()


@pytest.mark.parametrize("view", ["steps", "by-hand"])
def test_on_a_phone_nothing_sticks_out(visit: Visit, view: str) -> None:
    page = visit(390, 844).open(tab="attention", view=view, model="storyteller", text=TEXT)
    assert page.page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.panel("attention").bounding_box()["y"] < 0.68 * 844
