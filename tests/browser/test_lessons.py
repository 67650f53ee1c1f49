"""The path of lessons, and the page without a mouse."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from playground.lessons import Lesson, lessons
from tests.browser.conftest import Visitor

Visit = Callable[..., Visitor]


def told(page: Visitor, lesson: Lesson | None) -> None:
    """Waits until the path tells this lesson's hint (None: no hint); its number and no other is marked then."""
    hint = page.page.locator("#page-lessons .pg-look")
    current = page.page.locator("#page-lessons [aria-current=step]")
    if lesson is None:
        hint.wait_for(state="hidden")
        assert current.count() == 0
        return
    hint.filter(has_text=lesson.look).wait_for()
    assert current.count() == 1 and current.inner_text().startswith(str(lesson.number))


def shows(page: Visitor, lesson: Lesson) -> None:
    """Number, hint and what is open agree."""
    tab = lesson.state["tab"]
    told(page, lesson)
    page.wait_state(**{key.replace(".", "__"): lesson.state[key] for key in ("model", "text", "tab")})
    page.wait_drawn(tab)
    assert page.tone(tab) == "" and page.reading(tab)
    assert page.box.input_value() == lesson.state["text"]


def test_every_lesson_opens_from_the_one_before(visit: Visit) -> None:
    page = visit().open()
    for lesson in (*lessons()[1:], lessons()[0]):
        page.lesson(lesson.number)
        shows(page, lesson)
        for key in ("layer", "head", "pos"):
            assert page.state.get(key) == lesson.state.get(key) or key not in lesson.state


@pytest.mark.parametrize("lesson", lessons(), ids=lambda lesson: str(lesson.number))
def test_a_lesson_opens_by_its_link(visit: Visit, lesson: Lesson) -> None:
    shows(visit().open(**lesson.state), lesson)


def test_a_lesson_stays_open_on_a_detour_and_not_with_another_text(visit: Visit) -> None:
    """Number and hint agree all the way, also when the reader goes back."""
    first, lesson = lessons()[0], next(le for le in lessons()[1:] if not le.any_text)
    page = visit().open()
    page.lesson(lesson.number)
    shows(page, lesson)
    page.tab("sampling")
    page.wait_state(tab="sampling")
    told(page, lesson)
    hint = page.page.locator("#page-lessons .pg-look").inner_text()
    assert hint.startswith("On the tab "), "a caption that is about another tab says so"
    page.redraw("sampling", lambda: page.run("Quite another text"))
    told(page, None)
    page.page.go_back()
    page.wait_state(tab="sampling", text=lesson.state["text"])
    page.page.go_back()
    shows(page, lesson)
    page.lesson(first.number)
    shows(page, first)


def test_lessons_in_a_hurry_end_in_the_last(visit: Visit) -> None:
    page, last = visit().open(), lessons()[1]
    for lesson in (*lessons()[2:6], last):
        page.lesson(lesson.number)
    shows(page, last)
    page.page.wait_for_timeout(700)  # nothing older comes after it
    shows(page, last)


def test_what_is_chosen_in_a_lesson_belongs_to_it(visit: Visit) -> None:
    page, lesson = visit().open(), next(le for le in lessons() if le.state["tab"] == "attention")
    page.lesson(lesson.number)
    shows(page, lesson)
    grid = page.panel("attention").locator(".pg-heads-grid canvas").first
    page.redraw("attention", lambda: grid.click(position={"x": 200, "y": 150}))
    shows(page, lesson)


def test_the_next_lesson_follows_through_all_tabs(visit: Visit) -> None:
    page = visit().open()
    following = page.page.locator("#page-lessons .pg-next")
    for lesson in lessons()[1:4]:
        assert str(lesson.number) in following.inner_text() and lesson.title in following.inner_text()
        following.click()
        shows(page, lesson)
    page.lesson(lessons()[-1].number)
    shows(page, lessons()[-1])
    following.wait_for(state="hidden")


@pytest.mark.parametrize(("width", "lines"), [(1440, 1), (1024, 1), (390, 1)])
def test_the_path_is_one_line_with_the_open_tabs_lessons(visit: Visit, width: int, lines: int) -> None:
    page = visit(width=width, height=844).open(tab="attention", view="maps", model="storyteller", text="The cat")
    line = page.page.locator("#page-lessons .pg-path-line")
    page.page.wait_for_function("() => document.querySelector('[data-group=attention][aria-expanded=true]')")
    assert line.bounding_box()["height"] < 40 * lines
    if width == 390:
        page.page.locator("#page-lessons .pg-here").click()
    mine = [le.number for le in lessons() if le.state["tab"] == "attention"]
    steps = page.page.locator("#page-lessons [data-lesson]")
    shown = [int(step.get_attribute("data-lesson")) for step in steps.all() if step.is_visible()]
    assert shown == mine
    page.page.locator("#page-lessons [data-group=sampling]").click()
    assert not steps.nth(mine[0] - 1).is_visible()
    page.lesson(next(le.number for le in lessons() if le.state["tab"] == "sampling"))
    page.wait_state(tab="sampling")


# ---- without a mouse ----


def press_until(page: Visitor, key: str, selector: str, most: int = 60) -> None:
    """Presses a key until the focus is on what the selector names."""
    for _ in range(most):
        if page.page.evaluate("(s) => document.activeElement.matches(s)", selector):
            return
        page.page.keyboard.press(key)
    pytest.fail(f"{selector} is not reached by {key}")


def test_lessons_tabs_and_views_by_the_keyboard(visit: Visit) -> None:
    page, third = visit().open(), next(le for le in lessons() if le.state["tab"] == "attention")
    press_until(page, "Tab", "[data-group=attention]")
    page.page.keyboard.press("Enter")
    press_until(page, "Tab", f"[data-lesson='{third.number}']")
    page.page.keyboard.press("Enter")
    shows(page, third)
    press_until(page, "Tab", "#page-text textarea")
    press_until(page, "Tab", "#attention-tab-button")
    press_until(page, "Tab", "#attention-views [aria-selected=true]")
    page.redraw("attention", lambda: page.page.keyboard.press("ArrowRight"))
    page.wait_state(view="steps")
    page.redraw("attention", lambda: page.page.keyboard.press("ArrowLeft"))
    page.wait_state(view=None)
    press_until(page, "Shift+Tab", "#attention-tab-button")
    page.page.keyboard.press("ArrowRight")
    page.wait_state(tab="forward")
    page.wait_drawn("forward")
    page.page.keyboard.press("ArrowRight")
    page.wait_state(tab="sampling")
    page.wait_drawn("sampling")


@pytest.mark.parametrize(
    ("tab", "view", "keys"),
    [
        ("tokens", "tokens", ["ArrowRight", "Enter"]),
        ("attention", "maps", ["ArrowRight"]),
        ("forward", "lens", ["ArrowUp", "Enter"]),
    ],
)
def test_a_picture_is_reached_and_turned_by_the_keyboard(visit: Visit, tab: str, view: str, keys: list[str]) -> None:
    page = visit().open(tab=tab, view=view, model="storyteller", text="The cat sat", pos="1", layer="2", head="2")
    page.wait_state(pos="1")
    before = page.page.evaluate("() => location.search")
    page.page.locator(f"#{tab}-tab-button").focus()
    press_until(page, "Tab", f"#{tab}-view .pg-view-picture *")
    for key in keys:
        page.page.keyboard.press(key)
    page.page.wait_for_function("(old) => location.search !== old", arg=before)


def test_lists_close_when_the_keyboard_moves_on(visit: Visit) -> None:
    page = visit().open(tab="tokens", view="tokens")
    page.page.locator("#page-model input").click()
    options = page.page.locator("#page-model [role=option]")
    options.first.wait_for(state="visible")
    page.page.keyboard.press("Tab")
    options.first.wait_for(state="hidden")
