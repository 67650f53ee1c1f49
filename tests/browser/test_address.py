"""The address bar as memory, the browser's own memory, and visitors who do not see each other."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from playground.catalog import SAMPLES
from playground.tabs import TABS
from tests.browser.conftest import Visitor

Visit = Callable[..., Visitor]
FIRST = {tab.id: tab.views[0].id for tab in TABS}
TEACHER = SAMPLES["decoder"]


def test_a_link_restores_the_page(visit: Visit) -> None:
    first = visit().open(
        model="storyteller",
        text="Once upon a time",
        tab="sampling",
        view="pipeline",
        temperature="1.7",
        top_k="3",
        pos="2",
    )
    again = visit().open(**first.state)
    for part, value in {"temperature": "1.7", "top-k": "3"}.items():
        assert again.page.locator(f"#sampling-{part} input[type=number]").input_value() == value
    assert again.reading("sampling") == first.reading("sampling")
    assert again.box.input_value() == "Once upon a time"


def test_nonsense_in_the_link_is_harmless(visit: Visit) -> None:
    page = visit().open(
        tab="sampling", view="none", temperature="hot", top_k="-3", pos="99999", layer="x", seed="1e9", done="x"
    )
    assert page.reading("sampling")


def test_back_and_forward_go_through_texts_tabs_views_and_models(visit: Visit) -> None:
    page = visit().open(model="storyteller", text="Once upon a time", tab="tokens", view="tokens")
    page.redraw("tokens", lambda: page.run("The cat sat"))
    page.wait_state(text="The cat sat")
    page.tab("attention")
    page.wait_state(tab="attention")
    page.view("attention", "bertviz")
    page.wait_state(view="bertviz")
    page.page.locator("#page-model input").click()
    page.page.get_by_role("option", name="translator").click()
    page.wait_state(model="translator")

    back: list[dict[str, str | None]] = [
        {"model": "storyteller", "text": "The cat sat", "tab": "attention", "view": "bertviz"},
        {"model": "storyteller", "text": "The cat sat", "tab": "attention", "view": None},
        {"model": "storyteller", "text": "The cat sat", "tab": "tokens", "view": None},
        {"model": "storyteller", "text": "Once upon a time", "tab": "tokens", "view": None},
    ]
    for place in back:
        page.page.go_back()
        _shows(page, place)
    for place in reversed(back[:-1]):
        page.page.go_forward()
        _shows(page, place)


def _shows(page: Visitor, place: dict[str, str | None]) -> None:
    """Address, boxes, tab and view agree, and the picture speaks of the text."""
    page.wait_state(**place)
    typed = "(text) => document.querySelector('#page-text textarea').value === text"
    page.page.wait_for_function(typed, arg=place["text"])
    tab, view = str(place["tab"]), place["view"]
    page.page.locator(f"#page-tabs [role=tab][aria-selected=true]#{tab}-tab-button").wait_for()
    if tab == "attention":
        page.page.locator(f"#attention-views [aria-selected=true][data-view={view or FIRST[tab]}]").wait_for()
    else:
        page.wait_reading(tab, f"{len(str(place['text']))} characters")
    page.wait_drawn(tab)
    assert page.tone(tab) == ""


def _slow_answers(page: Visitor, seconds: float) -> None:
    """Every answer to a click, a step back or a lesson takes its time, so that the next one comes before it."""

    def later(route: Any) -> None:
        time.sleep(seconds)
        route.continue_()

    page.page.route("**/gradio_api/run/**", later)


def test_two_steps_back_before_the_first_is_answered(visit: Visit) -> None:
    page = visit().open(model="storyteller", text="Once upon a time", tab="tokens", view="tokens")
    for tab in ("attention", "forward"):
        page.tab(tab)
        page.wait_state(tab=tab)
    _slow_answers(page, 0.3)
    page.page.evaluate("() => { history.back(); setTimeout(() => history.back(), 100); }")
    _shows(page, {"model": "storyteller", "text": "Once upon a time", "tab": "tokens", "view": None})
    page.page.wait_for_timeout(1500)  # nothing older comes after it
    _shows(page, {"model": "storyteller", "text": "Once upon a time", "tab": "tokens", "view": None})


def test_the_same_place_is_reached_again_after_going_back(visit: Visit) -> None:
    """Its address is the one that was written last, and must be written all the same."""
    page = visit().open(model="storyteller", text="Once upon a time", tab="tokens", view="tokens")
    for _ in range(2):
        page.tab("forward")
        page.wait_state(tab="forward")
        page.page.go_back()
        _shows(page, {"model": "storyteller", "text": "Once upon a time", "tab": "tokens", "view": None})


def test_the_last_of_several_clicks_counts_however_slow_the_answers(visit: Visit) -> None:
    page = visit().open(model="storyteller", text=TEACHER, tab="tokens", view="tokens")
    _slow_answers(page, 0.3)
    chips = page.panel("tokens").locator("[data-pos]")
    page.page.evaluate("(chips) => chips.forEach((chip, n) => setTimeout(() => chip.click(), 60 * n))", [
        chips.nth(n).element_handle() for n in (1, 4, 2)
    ])  # fmt: skip
    page.wait_state(pos="2")
    page.page.wait_for_timeout(1500)
    assert page.state["pos"] == "2"


def test_what_is_turned_and_chosen_makes_no_steps_back(visit: Visit) -> None:
    page = visit().open(model="storyteller", text="Once upon a time", tab="tokens", view="tokens")
    page.tab("attention")
    page.view("attention", "maps")
    page.wait_state(tab="attention")
    grid = page.panel("attention").locator(".pg-heads-grid canvas").first
    page.redraw("attention", lambda: grid.click(position={"x": 220, "y": 160}))
    page.redraw("attention", lambda: grid.click(position={"x": 120, "y": 120}))
    for _ in range(1 if FIRST["attention"] == "maps" else 2):
        page.page.go_back()
    page.wait_state(tab="tokens")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_theme_and_large_type_survive_a_reload(visit: Visit, scheme: str) -> None:
    page = visit(color_scheme=scheme).open(tab="tokens", view="tokens")
    first = _looks(page)
    page.page.locator("#page-theme").click()
    page.page.locator("#page-large").click()
    switched = _looks(page)
    assert switched["dark"] != first["dark"] == (scheme == "dark")
    assert switched["size"] == pytest.approx(1.5 * first["size"], rel=1e-3)
    page.page.reload()
    page.wait_drawn("tokens")
    assert _looks(page) == switched
    assert page.page.locator("#page-large").get_attribute("aria-pressed") == "true"


def _looks(page: Visitor) -> dict[str, Any]:
    return dict(
        page.page.evaluate(
            "() => ({ dark: document.body.classList.contains('dark'),"
            " size: parseFloat(getComputedStyle(document.querySelector('.pg-reading')).fontSize) })"
        )
    )


def test_two_visitors_see_their_own(visit: Visit, folders: dict[str, str]) -> None:
    one = visit().open(model="storyteller", tab="tokens", view="tokens", text="The king")
    two = visit().open(tab="tokens", view="tokens", model=folders["decoder"], text="A cat in the house")
    for _ in range(2):
        one.run("The queen")
        two.run("Once upon a time")
        one.wait_reading("tokens", "9 characters")
        two.wait_reading("tokens", "16 characters")
        for tab in ("attention", "sampling", "tokens"):
            one.tab(tab)
            two.tab(tab)
        assert "␣queen" in one.panel("tokens").inner_text() and "upon" in two.panel("tokens").inner_text()
        assert "storyteller" in one.page.locator("#page-facts").inner_text()
        assert one.state["model"] == "storyteller" and two.state["model"] == folders["decoder"]
        one.run("The king")
        two.run("A cat in the house")
        one.wait_reading("tokens", "8 characters")
        two.wait_reading("tokens", "18 characters")


# ---- faster than the page can draw ----


def test_twenty_thumbnails_end_in_the_last(visit: Visit) -> None:
    page = visit().open(model="storyteller", text=TEACHER, tab="attention", view="maps", layer="0", head="0")
    grid = page.panel("attention").locator(".pg-heads-grid canvas").first
    box = grid.bounding_box()
    for n in range(20):
        x, y = 30 + n * 53 % (box["width"] - 60), 30 + n * 37 % (box["height"] - 60)
        page.page.mouse.click(box["x"] + x, box["y"] + y)
    grid.click(position={"x": box["width"] - 20, "y": box["height"] - 20})
    page.wait_reading("attention", "In head 5.7")
    page.wait_state(layer="5", head="7")
    page.page.wait_for_timeout(700)  # nothing older comes after it
    assert page.reading("attention").startswith("In head 5.7") and page.state["head"] == "7"


def test_a_dragged_slider_ends_where_it_was_let_go(visit: Visit) -> None:
    page = visit().open(model="storyteller", text="Once upon a time", tab="sampling", view="pipeline")
    slider = page.page.locator("#sampling-temperature input[type=range]")
    for value in (*range(20, 0, -1), 2):
        moved = "(box, v) => { box.value = v; box.dispatchEvent(new Event('input', { bubbles: true })); }"
        slider.evaluate(moved, value / 10)
    page.wait_state(temperature="0.2")
    alone = visit().open(
        model="storyteller", text="Once upon a time", tab="sampling", view="pipeline", temperature="0.2"
    )
    page.wait_reading("sampling", alone.reading("sampling"))


def test_tabs_and_views_in_a_hurry_end_in_the_last(visit: Visit) -> None:
    page = visit().open(model="storyteller", text=TEACHER, tab="tokens", view="tokens")
    for tab in ("attention", "sampling", "tokens", "forward", "attention"):
        page.page.locator(f"#{tab}-tab-button").click()
    for view in ("bertviz", "text", "maps", "bertviz"):
        page.view_name("attention", view).click()
    page.wait_state(tab="attention", view="bertviz")
    page.panel("attention").locator("[data-kind=bertviz]").wait_for()
    page.page.wait_for_timeout(700)
    assert page.view_name("attention", "bertviz").get_attribute("aria-selected") == "true"
    assert page.state["view"] == "bertviz" and page.tone("attention") == ""
