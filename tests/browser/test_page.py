"""The page as a visitor meets it: every tab and view, models of every kind, odd texts, clicks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from gradio_client import Client

from playground import engine
from playground.catalog import SAMPLES, catalog
from playground.hooks import forward_count
from playground.lessons import lessons
from playground.tabs import TABS
from playground.tabs.contract import Tab, TabView
from tests.browser.conftest import Visitor

Visit = Callable[..., Visitor]
VIEWS = [pytest.param(tab, view, id=f"{tab.id}-{view.id}") for tab in TABS for view in tab.views]
BUNDLED = [entry.id for entry in catalog() if entry.source == "bundled"]
PHONE_TOP = 400
"""Pixels of 844 above a picture, at most: it begins in the first half of a phone's first screen."""
HOSTILE = "<script>alert(1)</script> ${1+1} {{x}} <img src=x onerror=alert(2)>"


def test_opens_on_the_first_lesson(visit: Visit) -> None:
    page, first = visit().open(), lessons()[0]
    assert "tokens" in page.reading(first.state["tab"])
    assert page.page.locator("#page-lessons [aria-current=step]").inner_text().split() == ["1", *first.title.split()]
    assert page.page.locator("#page-lessons .pg-look").inner_text() == first.look
    facts = page.page.locator("#page-facts")
    assert first.state["model"] in facts.inner_text() and not facts.locator("dl").is_visible()
    facts.locator("summary").click()
    assert "gpt2" in facts.locator("dl").inner_text()


@pytest.mark.parametrize(("tab", "view"), VIEWS)
def test_a_view_opens_by_its_link_and_has_table_and_code(visit: Visit, tab: Tab, view: TabView) -> None:
    page = visit().open(model="storyteller", text="Once upon a time", tab=tab.id, view=view.id)
    page.wait_state(tab=tab.id, view=None if view is tab.views[0] else view.id)
    if len(tab.views) > 1:
        assert page.view_name(tab.id, view.id).get_attribute("aria-selected") == "true"
    assert page.tone(tab.id) == "" and page.reading(tab.id)
    panel = page.panel(tab.id)
    for mode in ("Table", "Code", "Picture"):
        panel.get_by_role("tab", name=mode, exact=True).click()
    assert "import" in panel.locator("pre").first.text_content()
    assert panel.locator(".pg-view-table tbody tr").count() > 0 or view.actions, "only work not started yet has no rows"


def _look_through(page: Visitor, each: Callable[[Tab, TabView], None]) -> None:
    """Opens every tab and view by the mouse, the tab that the page opened with first."""
    for tab in sorted(TABS, key=lambda tab: tab.id != page.state["tab"]):
        page.tab(tab.id)
        for view in tab.views:
            page.view(tab.id, view.id)
            each(tab, view)


@pytest.mark.parametrize("model", BUNDLED)
def test_every_view_serves_a_bundled_model_or_says_which_one_it_serves(visit: Visit, model: str) -> None:
    sample = next(entry.sample for entry in catalog() if entry.id == model)
    page, info = visit().open(model=model, text=sample, tab="tokens", view="tokens"), engine.load(model)

    def each(tab: Tab, view: TabView) -> None:
        unsuited = view.suits(info) if view.needs_prompt else None
        if unsuited is None:
            assert page.tone(tab.id) == "" and page.reading(tab.id), f"{tab.id}, {view.id}"
            return
        name = page.view_name(tab.id, view.id)
        assert name.get_attribute("title") == unsuited.sentence and "pg-unsuited" in name.get_attribute("class")
        assert page.tone(tab.id) == "reason"
        assert page.panel(tab.id).locator(".pg-offer").is_visible() == (unsuited.model is not None)

    _look_through(page, each)
    assert page.page.locator("#page-target").is_visible() == (info.kind == "encoder-decoder")


@pytest.mark.parametrize("kind", ["decoder", "encoder", "encoder-decoder", "undescribed"])
def test_no_view_fails_on_a_folder_of_any_kind(visit: Visit, folders: dict[str, str], kind: str) -> None:
    page = visit().open(model=folders[kind], text=SAMPLES.get(kind, SAMPLES["decoder"]), tab="tokens")
    assert page.tone("tokens") == "" and page.reading("tokens")
    _look_through(page, lambda tab, view: _not_red(page, tab, view))


def _not_red(page: Visitor, tab: Tab, view: TabView) -> None:
    assert page.tone(tab.id) != "error", f"{tab.id}, {view.id}: {page.panel(tab.id).inner_text()}"


def test_a_view_that_does_not_suit_offers_a_model_that_does(visit: Visit) -> None:
    page = visit().open(model="cloze", text="The cat sat on the [MASK].", tab="sampling", view="compare")
    page.redraw("sampling", page.panel("sampling").get_by_role("button", name="Take storyteller").click)
    page.wait_state(model="storyteller", tab="sampling", view="compare")
    assert page.tone("sampling") == "" and page.reading("sampling")
    assert page.box.input_value() == SAMPLES["decoder"]
    assert page.view_name("sampling", "compare").get_attribute("class") in ("", None)


def test_looking_around_costs_no_forward_pass(visit: Visit) -> None:
    """What has been looked at once is never computed again; a setting is applied to what is there already."""
    page = visit().open(model="storyteller", text="The cat sat by the door", tab="tokens")
    _look_through(page, lambda tab, view: None)
    before = forward_count()
    _look_through(page, lambda tab, view: None)
    page.tab("sampling")
    page.view("sampling", "pipeline")
    told = page.reading("sampling")
    page.page.locator("#sampling-temperature input[type=range]").fill("1.5")
    moved = "(old) => document.querySelector('#sampling-view .pg-reading').innerText !== old"
    page.page.wait_for_function(moved, arg=told)
    page.page.locator("#sampling-do-sample input").uncheck()
    page.wait_reading("sampling", "greedy")
    assert forward_count() == before


def test_one_run_serves_every_view_that_needs_no_more_than_it_keeps(visit: Visit) -> None:
    views = (("embeddings", "space"), ("attention", "maps"), ("forward", "lens"), ("sampling", "pipeline"))
    text, before = "A dog ran to the sea", forward_count()
    for tab, view in views:
        visit().open(model="storyteller", text=text, tab=tab, view=view)
    assert forward_count() == before + 1


# ---- clicks ----


def test_a_click_chooses_everywhere(visit: Visit) -> None:
    page = visit().open(model="storyteller", text=SAMPLES["decoder"], tab="tokens", view="tokens")
    page.redraw("tokens", page.panel("tokens").get_by_text("teacher", exact=False).last.click)
    page.wait_state(pos="1")
    page.tab("attention")
    page.view("attention", "maps")
    assert "“␣teacher” looks most at" in page.reading("attention")
    page.tab("forward")
    page.view("forward", "lens")
    assert page.reading("forward").startswith("After “␣teacher”")


def test_a_head_is_chosen_by_its_thumbnail_and_by_link(visit: Visit) -> None:
    page = visit().open(tab="attention", view="maps", layer="5", head="7")
    assert page.reading("attention").startswith("In head 5.7")
    grid = page.panel("attention").locator(".pg-heads-grid canvas").first
    page.redraw("attention", lambda: grid.click(position={"x": 40, "y": 35}))
    assert page.reading("attention").startswith("In head 0.0")
    page.wait_state(layer="0", head="0")


@pytest.mark.parametrize("drawing", ["head", "model", "neuron"])
def test_bertviz_draws_what_was_captured_without_its_network(visit: Visit, drawing: str) -> None:
    page = visit().open(model="storyteller", tab="attention", view="bertviz", bertviz__drawing=drawing, text=HOSTILE)
    page.panel("attention").locator("[data-ready]").wait_for()
    inside = page.page.frame_locator("#attention-view iframe")
    assert inside.locator("svg line, svg path").count() > 40
    if drawing != "model":
        assert "script" in inside.locator("svg").text_content()  # a token, drawn as text


@pytest.mark.parametrize(("typed", "shown"), [("5", "2"), ("2", "2"), ("0.5", "0.5")])
def test_a_typed_setting_is_brought_within_its_bounds(visit: Visit, typed: str, shown: str) -> None:
    page = visit().open(tab="sampling", view="pipeline")
    box = page.page.locator("#sampling-temperature input[type=number]")
    page.redraw("sampling", lambda: box.press_sequentially(typed) if box.fill("") is None else None)
    assert box.input_value() == shown
    assert "first choice" in page.reading("sampling")


def test_an_encoder_is_not_asked_to_write(visit: Visit) -> None:
    def shown(page: Visitor) -> list[bool]:
        parts = ("temperature", "write-write-go", "seed", "max-new-tokens")
        return [page.page.locator(f"#sampling-{part}").is_visible() for part in parts]

    writer = visit().open(tab="sampling", view="write", text="Once upon a time")
    assert shown(writer) == [True] * 4
    encoder = visit().open(model="cloze", text=SAMPLES["encoder"], tab="sampling", view="pipeline")
    assert shown(encoder) == [True, False, True, False]


def test_an_encoder_asks_for_its_mask(visit: Visit, folders: dict[str, str]) -> None:
    page = visit().open(model=folders["encoder"], text="The cat sat.", tab="sampling", view="pipeline")
    assert page.tone("sampling") == "reason" and "[MASK]" in page.panel("sampling").inner_text()


# ---- what visitors type ----


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("", "no text yet", id="empty"),
        pytest.param("word " * 20_000, "Shorten it", id="100,000 characters"),
        pytest.param("   ", None, id="spaces"),
        pytest.param("👩\u200d👩\u200d👧 e\u0301\u0301 naïve", None, id="emoji"),
        pytest.param(HOSTILE, None, id="markup"),
        pytest.param("a\u0000b", None, id="NUL"),
    ],
)
def test_odd_text(visit: Visit, text: str, said: str | None) -> None:
    page = visit().open(tab="tokens", view="tokens", text="Once", model="storyteller")
    page.page.on("dialog", lambda dialog: pytest.fail(f"a script ran: {dialog.message}"))
    if said is None:
        page.redraw("tokens", lambda: page.run(text))
        _look_through(page, lambda tab, view: _not_red(page, tab, view))
    else:
        page.run(text)
        assert said in page.notice()
    assert page.box.input_value() == text  # what was typed is kept
    if text == HOSTILE:
        page.tab("tokens")
        page.view("tokens", "tokens")
        assert "alert(1)" in page.panel("tokens").inner_text()


@pytest.mark.parametrize(
    ("model", "said"),
    [
        ("no-such/model", "offline"),
        ("nonsense with spaces", "model"),
        ("/no/such/folder", "folder"),
        ("../../etc", "folder"),
    ],
)
def test_a_model_that_is_none(visit: Visit, model: str, said: str) -> None:
    page = visit().open(tab="tokens", view="tokens")
    told = page.reading("tokens")
    _type_model(page, model)
    assert said in page.notice() and "Traceback" not in page.notice()
    assert page.reading("tokens") == told  # the old picture stays, and the text
    assert page.box.input_value()


def _type_model(page: Visitor, model: str) -> None:
    box = page.page.locator("#page-model input")
    box.fill(model)
    box.press("Enter")


def test_a_folder_that_is_no_model(visit: Visit, tmp_path: Path) -> None:
    page = visit().open(tab="tokens", view="tokens")
    _type_model(page, str(tmp_path))
    assert "config.json" in page.notice()


# ---- screens and programs ----


@pytest.mark.parametrize(("width", "height"), [(1920, 1080), (1024, 768), (390, 844)])
def test_fits_its_screen(visit: Visit, width: int, height: int) -> None:
    """No tab hides behind a menu, the page never scrolls sideways, the picture begins in the first screen."""
    page = visit(width=width, height=height).open(
        model="storyteller", text=SAMPLES["decoder"], tab="tokens", view="tokens"
    )

    def each(tab: Tab, view: TabView) -> None:
        sideways = page.page.evaluate("() => document.scrollingElement.scrollWidth - innerWidth")
        assert sideways <= 0, f"{tab.id}, {view.id} scrolls sideways by {sideways} pixels at {width}"
        page.page.evaluate("() => scrollTo(0, 0)")
        top = page.panel(tab.id).locator(".pg-frame").bounding_box()["y"]
        bound = PHONE_TOP if width < 760 else height * 0.5
        if any(control.large or control.wide for control in tab.controls_of(view)):
            bound += 0.17 * height  # a view's own texts stand before its picture
        assert top < bound, f"{tab.id}, {view.id}: the picture begins {top} pixels down"

    _look_through(page, each)


def test_the_api_answers_with_what_the_views_show(app_url: str) -> None:
    client = Client(app_url, verbose=False)
    named = client.view_api(print_info=False, return_format="dict")["named_endpoints"]
    first = {f"/{tab.id}_{view.id}".replace("-", "_") for tab in TABS for view in tab.views}
    assert first <= set(named) and all(name.rsplit("_", 1)[0] in first for name in set(named) - first)  # no plumbing
    shown = client.predict("storyteller", "The cat sat", layer=1, head=2, api_name="/attention_maps")
    assert shown["reading"].startswith("In head 1.2")
    refused: Any = client.predict("storyteller", "", api_name="/tokens_tokens")
    assert refused["tone"] == "reason" and "no text yet" in refused["message"]
