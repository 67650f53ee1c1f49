"""The components in a real browser: pictures drawn, picks in Python, hostile tokens inert, nothing from elsewhere.

The pictures are those of real views on tiny models (``pictures.VIEWS``), on a page of their own (``gallery``).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from playground.views import theme
from playground.views.pictures import Bars, Heads
from tests.browser import gallery
from tests.browser.conftest import free_port
from tests.browser.pictures import HOSTILE_TOKENS, TEXT, VIEWS, trace_of

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

FLAT = [name for name in VIEWS if name not in gallery.PLOTS]
USED = """(host) => {
  const box = host.getBoundingClientRect();
  const nodes = [...host.querySelectorAll('canvas, svg, iframe, button, input, tr')];
  const boxes = nodes.map((node) => node.getBoundingClientRect());
  const texts = document.createTreeWalker(host, NodeFilter.SHOW_TEXT);
  const range = document.createRange();
  while (texts.nextNode()) {
    if (!texts.currentNode.data.trim()) continue;
    range.selectNodeContents(texts.currentNode);
    boxes.push(range.getBoundingClientRect());
  }
  const seen = boxes.filter((b) => b.width > 2 && b.height > 2);
  const span = (low, high) => Math.max(...seen.map((b) => b[high])) - Math.min(...seen.map((b) => b[low]));
  return [span('left', 'right') / box.width, span('top', 'bottom') / box.height];
}"""
"""What share of a picture's room is used, across and down."""
MOVED = "([name, count]) => Number(document.querySelector(`#${name}-view [data-drawn]`).dataset.drawn) > count"


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    demo = gallery.build()
    yield gallery.launch(demo, free_port())
    demo.close()


@pytest.fixture
def errors() -> list[str]:
    """What went wrong in the page; a test that provokes something takes it out."""
    return []


@pytest.fixture
def page(browser: Any, url: str, errors: list[str]) -> Iterator[Any]:
    """A fresh page; afterwards: no error in it, and not one request to another host."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, accept_downloads=True)
    context.set_default_timeout(30_000)
    page = context.new_page()
    foreign: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
    page.on("request", lambda r: None if r.url.startswith((url, "data:", "blob:")) else foreign.append(r.url))
    page.goto(url)
    page.wait_for_selector("#empty-view [data-drawn]")
    yield page
    context.close()
    assert not errors
    assert not foreign


def drawn(page: Any, name: str) -> int:
    return int(page.locator(f"#{name}-view [data-drawn]").get_attribute("data-drawn"))


def fill(page: Any, text: str, *names: str) -> None:
    """Fills the named panels with the views of a text and waits until they are drawn."""
    before = {name: drawn(page, name) for name in names}
    for name in names:
        page.click(f"#{text}-{name}")
    for name, count in before.items():
        page.wait_for_function(MOVED, arg=[name, count])


def press(page: Any, button: str, name: str) -> None:
    """Presses a button and waits until a panel has drawn what it sends."""
    count = drawn(page, name)
    page.click(f"#{button}")
    page.wait_for_function(MOVED, arg=[name, count])


def expect_pick(page: Any, text: str) -> None:
    sync_api.expect(page.locator("#picked textarea, #picked input")).to_have_value(text)


# Panels


def test_an_empty_panel_says_so(page: Any) -> None:
    message = page.locator("#empty-view .pg-message")
    sync_api.expect(message).to_be_visible()
    sync_api.expect(message).to_have_text("Nothing yet.")


def test_a_panel_in_an_unopened_tab_keeps_its_settings(page: Any) -> None:
    """Gradio forgets **props of a component to which a value is sent before its tab is opened."""
    page.click("#late")
    page.get_by_role("tab", name="Second").click()
    panel = page.locator("#late-view .pg-panel")
    sync_api.expect(panel.locator(".pg-bar-value").first).to_contain_text("%")
    assert panel.locator(".pg-frame").bounding_box()["height"] >= 333
    sync_api.expect(panel.get_by_role("tabpanel", name="late {{x}} ${1+1}: Picture")).to_be_visible()


def test_a_failure_is_a_sentence_and_the_next_picture_comes_back(page: Any) -> None:
    fill(page, "start", "bars")
    press(page, "error", "bars")
    message = page.locator("#bars-view .pg-message")
    sync_api.expect(message).to_have_text("The text is too long. Shorten it.")
    fill(page, "start", "bars")
    sync_api.expect(message).to_be_hidden()
    sync_api.expect(page.locator("#bars-view .pg-bar-row")).to_have_count(15)


def test_a_model_that_is_offered_can_be_taken(page: Any) -> None:
    press(page, "reason", "bars")
    button = page.locator("#bars-view .pg-message").get_by_role("button", name="Take storyteller")
    button.click()
    expect_pick(page, "[('model', 'storyteller')]")
    press(page, "error", "bars")
    sync_api.expect(button).to_be_hidden()


def test_a_script_that_does_not_come_is_a_sentence_and_is_asked_for_again(page: Any, errors: list[str]) -> None:
    page.route(re.compile(r"/bars\.\w*\.?js"), lambda route: route.abort())
    fill(page, "start", "bars")
    message = page.locator("#bars-view .pg-message[data-tone=error]")
    sync_api.expect(message).to_contain_text("could not be drawn")
    page.unroute_all()
    press(page, "error", "bars")
    assert any("could not be loaded from this server" in said for said in errors)
    errors.clear()
    fill(page, "start", "bars")
    sync_api.expect(message).to_be_hidden()


def test_the_table_the_code_and_the_downloads(page: Any, tmp_path: Path) -> None:
    fill(page, "start", "bars")
    view = VIEWS["bars"](TEXT)
    panel = page.locator("#bars-view")
    panel.get_by_role("tab", name="Picture").focus()
    page.keyboard.press("ArrowRight")
    sync_api.expect(panel.get_by_role("tab", name="Table")).to_have_attribute("aria-selected", "true")
    sync_api.expect(panel.locator("tbody tr")).to_have_count(len(view.table.rows))
    panel.get_by_role("tab", name="Code").click()
    assert panel.locator("pre").inner_text() == view.python
    assert panel.locator("pre .pg-code-keyword").first.inner_text() == "from"
    with page.expect_download() as waiting:
        panel.get_by_role("button", name="CSV").click()
    assert waiting.value.suggested_filename == "next-token.csv"
    waiting.value.save_as(tmp_path / "numbers.csv")
    lines = (tmp_path / "numbers.csv").read_text(encoding="utf-8-sig").splitlines()
    assert lines[0] == ",".join(view.table.columns) and len(lines) == 1 + len(view.table.rows)


def test_a_table_of_sixteen_rows_is_seen_whole(page: Any) -> None:
    fill(page, "start", "lens-cross")
    panel = page.locator("#lens-cross-view")
    panel.get_by_role("tab", name="Table").click()
    box = panel.locator(".pg-view-table .pg-scroll")
    assert panel.locator("tbody tr").count() >= 16
    rows = box.evaluate("node => node.clientHeight / node.querySelector('tbody tr').offsetHeight")
    assert rows >= 17


def test_the_picture_comes_home_as_png(page: Any, tmp_path: Path) -> None:
    fill(page, "start", "heads")
    fill(page, "start", "flat")
    for name in ("heads", "flat"):
        with page.expect_download() as waiting:
            page.locator(f"#{name}-view").get_by_role("button", name="PNG").click()
        waiting.value.save_as(tmp_path / f"{name}.png")
        assert (tmp_path / f"{name}.png").read_bytes()[:4] == b"\x89PNG"


def test_code_can_be_copied_where_the_browser_has_no_clipboard(page: Any) -> None:
    fill(page, "start", "bars")
    page.evaluate("Object.defineProperty(window, 'isSecureContext', {value: false})")
    page.evaluate("document.addEventListener('copy', () => { window.copied = document.activeElement.value; })")
    page.locator("#bars-view").get_by_role("button", name="Copy code").click()
    page.wait_for_function("text => window.copied === text", arg=VIEWS["bars"](TEXT).python)


# Clicks: keys in the model's own coordinates


def test_a_token_is_chosen_by_mouse_and_by_keyboard(page: Any) -> None:
    fill(page, "start", "tokens")
    page.locator("#tokens-view .pg-chip").nth(2).click()
    expect_pick(page, "[('pos', 2)]")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect_pick(page, "[('pos', 3)]")


def test_heads_are_chosen_on_the_grid_and_rows_on_the_map(page: Any) -> None:
    fill(page, "start", "heads")
    grid = page.locator("#heads-view .pg-heads-grid canvas")
    grid.scroll_into_view_if_needed()
    grid.focus()
    page.keyboard.press("ArrowLeft")
    expect_pick(page, "[('head', 0), ('layer', 1)]")
    box = grid.bounding_box()
    page.mouse.click(box["x"] + box["width"] - 8, box["y"] + 40)
    expect_pick(page, "[('head', 3), ('layer', 0)]")
    big = page.locator("#heads-view .pg-heads-map canvas").first
    big.focus()
    page.keyboard.press("ArrowDown")
    expect_pick(page, "[('pos', 4)]")


def test_the_number_under_the_pointer_is_the_number(page: Any) -> None:
    fill(page, "start", "heads")
    picture = VIEWS["heads"](TEXT).picture
    assert isinstance(picture, Heads)
    big = page.locator("#heads-view .pg-heads-map canvas").first
    big.scroll_into_view_if_needed()
    box = big.bounding_box()
    readout = page.locator("#heads-view .pg-heads-map .pg-readout").first
    page.mouse.move(box["x"] + box["width"] - 5, box["y"] + box["height"] - 5)
    sync_api.expect(readout).to_contain_text(f"({float(f'{picture.weights[-1, -1]:.7g}')})")
    page.mouse.move(box["x"] + box["width"] - 5, box["y"] + box["height"] * 0.55)
    sync_api.expect(readout).to_contain_text("masked")


def test_the_lens_counts_layers_as_the_model_does(page: Any) -> None:
    fill(page, "start", "lens", "lens-cross")
    page.locator("#lens-view tbody tr").last.locator("td").nth(3).click()
    expect_pick(page, "[('layer', -1), ('pos', 3)]")
    page.locator("#lens-view tbody tr").first.locator("td").nth(1).click()
    expect_pick(page, "[('layer', 1), ('pos', 1)]")
    added = page.locator("#lens-cross-view .pg-lens-added .pg-lens-name").all_inner_texts()
    assert added[:3] == ["2 feed-forward", "2 cross-attention", "2 attention"] and added[-1] == "embedding"


def test_a_bar_gives_its_token_and_keeps_its_element(page: Any) -> None:
    fill(page, "start", "bars")
    picture = VIEWS["bars"](TEXT).picture
    assert isinstance(picture, Bars)
    row = page.locator("#bars-view .pg-bar-row").first
    row.evaluate("node => { node.mine = true; }")
    before = drawn(page, "bars")
    page.locator("#temperature input[type=range]").evaluate(
        "box => { box.value = '0.3'; box.dispatchEvent(new Event('input', { bubbles: true })); }"
    )
    page.wait_for_function(MOVED, arg=["bars", before])
    assert row.evaluate("node => node.mine") is True
    row.click()
    expect_pick(page, f"[('token_id', {picture.groups[0].bars[0].token_id})]")


def test_written_text_reads_as_text_and_a_click_looks_at_a_token(page: Any) -> None:
    fill(page, "start", "writing")
    text = page.locator("#writing-view .pg-gen-text")
    assert text.text_content().startswith("The cat sat on the mat. The cat")
    assert "␣" not in text.text_content()
    page.locator("#writing-view .pg-gen-step").nth(1).click()
    how = "t0.9k20p0.8s3"
    expect_pick(page, f"[('tree', 'mark~8.2~0-40.41.42.43.44-m-{how}~2-50--hand~6-51.52-x-greedy')]")


def test_a_point_stands_for_what_its_view_says(page: Any) -> None:
    """By the keys alone: to the next point, and choose it."""
    fill(page, "start", "flat")
    panel = page.locator("#flat-view")
    panel.locator("canvas.pg-cloud-canvas").focus()
    before = panel.locator(".pg-cloud-readout").inner_text()
    page.keyboard.press("ArrowLeft")
    sync_api.expect(panel.locator(".pg-cloud-readout")).not_to_have_text(before)
    name = panel.locator(".pg-cloud-readout").inner_text().split(" · ")[0]
    page.keyboard.press("Enter")
    pos = [token.text for token in trace_of("gpt2", TEXT).tokens].index(name)
    expect_pick(page, f"[('picked', 'a~~0.2-3'), ('pos', {pos})]")


def test_bertviz_chooses_a_head_and_keeps_what_is_shown_there(page: Any) -> None:
    fill(page, "start", "bertviz-head", "bertviz-model")
    head = page.frame_locator("#bertviz-head-view iframe")
    squares = head.locator("#vis svg > g").last.locator("rect")
    assert squares.count() == 4
    squares.nth(3).click()
    expect_pick(page, "[('head', 3), ('layer', 1)]")
    head.locator("#layer").select_option("0")
    expect_pick(page, "[('head', 3), ('layer', 0)]")
    head.locator("#left text").nth(2).click()
    expect_pick(page, "[('pos', 2)]")
    model = page.frame_locator("#bertviz-model-view iframe")
    model.locator("#attn_background_0_2 ~ rect").click()
    expect_pick(page, "[('head', 2), ('layer', 0)]")
    sync_api.expect(model.locator(".playground-chosen")).to_have_count(1)


# The whole


def test_no_label_covers_another(page: Any) -> None:
    fill(page, "start", "flat", "solid", "laid-out")
    for name in ("flat", "solid", "laid-out"):
        boxes = json.loads(page.locator(f"#{name}-view .pg-view-picture").get_attribute("data-labels"))
        assert len(boxes) >= 7
        for i, (left, right, top, bottom) in enumerate(boxes):
            for other in boxes[:i]:
                across = min(right, other[1]) - max(left, other[0])
                down = min(bottom, other[3]) - max(top, other[2])
                assert across <= 1 or down <= 1, "whole pixels"


def test_plotlys_own_button_that_uploads_the_figure_is_not_there(page: Any) -> None:
    fill(page, "start", "size")
    titles = page.locator(".modebar-btn").evaluate_all("nodes => nodes.map(node => node.dataset.title)")
    assert titles
    assert not [title for title in titles if any(word in title.lower() for word in ("cloud", "share", "link"))]


def test_the_camera_survives_an_update(page: Any) -> None:
    fill(page, "start", "solid")
    panel = page.locator("#solid-view")
    canvas = panel.locator("canvas.pg-cloud-canvas")
    panel.get_by_role("button", name="Nearer").click()
    sync_api.expect(canvas).to_have_attribute("data-zoom", "1.40")
    before = panel.locator(".pg-cloud-readout").inner_text()
    fill(page, "hostile", "solid")
    assert canvas.get_attribute("data-zoom") == "1.40"
    assert panel.locator(".pg-cloud-readout").inner_text() != before, "the data did change"
    panel.get_by_role("button", name="The whole plot again").click()
    sync_api.expect(canvas).to_have_attribute("data-zoom", "1.00")


def test_the_other_theme_recolours_figures_and_bertviz(page: Any) -> None:
    fill(page, "start", "flat")
    fill(page, "start", "bertviz-head")
    colour = """() => { const mark = document.querySelector('#flat-view .pg-cloud-mark');
      const of = mark.getContext('2d').getImageData(mark.width / 2, mark.height / 2, 1, 1).data;
      return '#' + [...of.slice(0, 3)].map((x) => x.toString(16).padStart(2, '0')).join(''); }"""
    assert page.evaluate(colour) == theme.PALETTE["light"]["attention"]
    counts = {name: drawn(page, name) for name in ("flat", "bertviz-head")}
    page.evaluate("document.body.classList.add('dark')")
    for name, count in counts.items():
        page.wait_for_function(MOVED, arg=[name, count])
    assert page.evaluate(colour) == theme.PALETTE["dark"]["attention"]
    inside = page.frame_locator("#bertviz-head-view iframe").locator("body")
    red, green, blue = (round(255 * c) for c in theme.rgb(theme.PALETTE["dark"]["surface"]))
    sync_api.expect(inside).to_have_css("background-color", f"rgb({red}, {green}, {blue})")


def test_hostile_tokens_are_shown_as_they_are_and_do_nothing(page: Any) -> None:
    fill(page, "hostile", *FLAT)
    fill(page, "hostile", *gallery.PLOTS)
    chips = page.locator("#tokens-view .pg-chip-text").all_text_contents()
    names = [token or "∅" for token in HOSTILE_TOKENS]
    assert chips == names[: len(chips)] and len(chips) > 10
    readout = page.locator("#flat-view .pg-cloud-readout").text_content()
    assert readout.startswith(HOSTILE_TOKENS[1]), "the chosen point"
    for name in ("tokens", "heads", "lens", "bars"):
        page.locator(f"#{name}-view").get_by_role("tab", name="Table").click()
        assert HOSTILE_TOKENS[0] in page.locator(f"#{name}-view .pg-view-table").inner_text()
    assert page.evaluate("window.hacked") is None
    assert page.evaluate("document.querySelectorAll('.pg-panel :is(script, img)').length") == 0


@pytest.mark.parametrize(("width", "scale"), [(390, 1), (390, 1.5), (1024, 1.5)])
def test_nothing_sticks_out_sideways(page: Any, width: int, scale: float) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    page.evaluate("scale => document.documentElement.style.setProperty('--pg-scale', String(scale))", scale)
    fill(page, "hostile", *FLAT)
    fill(page, "hostile", *gallery.PLOTS)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    wide = page.locator(".pg-view-picture").evaluate_all(
        "nodes => nodes.filter(node => node.scrollWidth > node.clientWidth + 1).map(node => node.id)"
    )
    assert not wide, "a picture scrolls inside a frame of its own, and its frame stays within the panel"


def test_a_picture_fills_two_thirds_of_its_room(page: Any) -> None:
    """At 1440 × 900, from the first thing drawn to the last, in both directions."""
    page.set_viewport_size({"width": 1440, "height": 900})
    fill(page, "start", *FLAT)
    fill(page, "start", *gallery.PLOTS)
    page.wait_for_timeout(400)  # bars and frames that grow
    small = {}
    for name in VIEWS:
        used = page.locator(f"#{name}-view .pg-view-picture").first.evaluate(USED)
        if min(used) < 0.66:
            small[name] = [round(share, 2) for share in used]
    assert not small


def test_a_token_under_the_pointer_lights_up_in_the_other_pictures(page: Any) -> None:
    fill(page, "start", "tokens", "lens", "heads")
    page.locator("#tokens-view .pg-chip").nth(4).hover()
    for place in ("#tokens-view .pg-chip.pg-hover", "#lens-view thead .pg-hover", "#heads-view .pg-word.pg-hover"):
        sync_api.expect(page.locator(place)).to_have_attribute("data-pos", "4")
