"""The components in a real browser: pictures drawn, picks in Python, hostile tokens inert, nothing from elsewhere."""

from __future__ import annotations

import base64
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")

import gradio as gr

from playground.tabs import components
from playground.views import figures, theme

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

HOSTILE = ["<script>window.hacked = 1</script>", "<img src=x onerror='window.hacked = 2'>",
           "${window.hacked = 3}", "{{constructor.constructor('window.hacked = 4')()}}", "<b>bold</b>", "&lt;",
           "e\u0301\u0301\u0301", "x" * 200, "שלום", "\u202eright-to-left", "👩\u200d👩\u200d👧", "␣␣",
           "↵", "@query", ""]  # fmt: skip
WORDS = ["<|start|>", "The", "␣teach", "er", "␣taught", "␣the", "␣students", "."]
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
         "--disable-sync", "--no-first-run"]  # fmt: skip


def raw(array: np.ndarray) -> str:
    return base64.b64encode(np.ascontiguousarray(array).tobytes()).decode("ascii")


def view(picture: dict[str, Any], **parts: Any) -> dict[str, Any]:
    table = {"columns": ["token", "p"], "rows": [[text, 1 / 3] for text in HOSTILE]}
    rest = {"reading": "A reading.", "python": "print('hello')", "notes": ["A note."], "name": "stem"}
    return {"picture": picture, "table": table} | rest | parts


def tokens(texts: list[str], **more: Any) -> dict[str, Any]:
    return view(
        {
            "kind": "tokens",
            "tokens": [
                {"pos": i, "text": t, "piece": t, "id": 100 + i, "special": i == 0, "span": [i, i + 1], "bytes": len(t)}
                for i, t in enumerate(texts)
            ],
            "chosen": None,
            "text": "".join(texts),
        }
        | more
    )


def heads(layer: int, head: int, pos: int | None, texts: list[str] = WORDS) -> dict[str, Any]:
    n = len(texts)
    weights = np.tril(np.ones((2, 3, n, n), np.float32))
    weights /= weights.sum(-1, keepdims=True)
    return view(
        {
            "kind": "heads", "n_layers": 2, "n_heads": 3, "size_q": n, "size_k": n, "thumb_q": n, "thumb_k": n,
            "thumbs": raw((weights * 255).astype(np.uint8)), "weights": raw(weights[layer, head]), "rows": texts,
            "cols": texts, "causal": True, "chosen": {"layer": layer, "head": head}, "chosen_pos": pos,
        }
    )  # fmt: skip


def lens(texts: list[str] = WORDS) -> dict[str, Any]:
    share = np.linspace(0, 1, 3 * len(texts), dtype=np.float32)
    return view(
        {
            "kind": "lens", "layers": ["embed", "0", "1"], "tokens": texts,
            "cells": {"text": [texts] * 3, "p": raw(share)}, "norms": raw(share), "chosen": {"layer": 2, "pos": 1},
            "parts": [{"label": name, "norm": 1.5} for name in ("embed", "attn 0", "mlp 0", "attn 1", "mlp 1")],
        }
    )  # fmt: skip


def bars(values: list[float], texts: list[str] = WORDS) -> dict[str, Any]:
    rows = [
        {"label": text, "value": value, "before": 0.1, "id": i, "state": "cut" if i == 2 else "kept"}
        for i, (text, value) in enumerate(zip(texts, values, strict=False))
    ]
    return view({"kind": "bars", "groups": [{"title": "now", "bars": rows}], "unit": "%", "max": 1})


def generation(texts: list[str], running: bool) -> dict[str, Any]:
    steps = [{"text": text, "id": i, "p": 0.5, "rank": 1} for i, text in enumerate(texts)]
    return view(
        {
            "kind": "generation", "prompt": ["Once"], "steps": steps, "running": running,
            "ended_by": None if running else "end token",
        }
    )  # fmt: skip


def space(solid: bool, shift: float = 0.0, texts: list[str] = WORDS) -> dict[str, Any]:
    points = np.arange(3.0 * len(texts)).reshape(3, -1) % 5 + shift
    trace = {
        "type": "scatter3d" if solid else "scatter", "mode": "markers+text",
        "x": points[0], "y": points[1], "text": texts,
        "marker": {"color": "@query", "size": 12}, "customdata": list(range(len(texts))),
    }  # fmt: skip
    figure = figures.figure([trace | {"z": points[2]}], scene={}) if solid else figures.figure([trace])
    return view({"kind": "plotly", "figure": figure, "chosen": 1})


def build() -> Any:
    with gr.Blocks() as demo:
        components.facts("facts", {"items": [{"label": "window", "value": "8 of 16", "share": 0.5}]})
        picked = gr.Textbox(elem_id="picked", label="picked")
        with components.tab():
            with components.rail("first"):
                gr.Slider(0, 1, label="A control")
            with components.stage():
                panels = {name: components.panel(f"{name}-view", name, 240, empty="Nothing yet.") for name in (
                    "tokens", "heads", "lens", "bars", "generation", "flat", "solid", "empty")}  # fmt: skip

        def show_pick(event: gr.EventData) -> str:
            return str(sorted(event._data.items()))

        for panel in panels.values():
            panel.pick(show_pick, outputs=picked, api_visibility="private")
        for phase, (texts, shift) in {"start": (WORDS, 0.0), "next": (WORDS, 0.5), "hostile": (HOSTILE, 0.0)}.items():
            values = _values(texts, shift)
            # Plotly apart from the rest: most tests need no WebGL, which is slow without a graphics card.
            for button, names in {phase: list(values)[:5], f"{phase}-plots": list(values)[5:]}.items():
                gr.Button(button, elem_id=button).click(
                    lambda chosen=tuple(values[name] for name in names): list(chosen),
                    outputs=[panels[name] for name in names],
                    api_visibility="private",
                )
        with gr.Tabs():
            gr.Tab("First")
            with gr.Tab("Second"):
                late = components.panel("late-view", "late {{x}} ${1+1}", 333)
        gr.Button("late", elem_id="late").click(lambda: bars([0.5]), outputs=late, api_visibility="private")
        gr.Button("error", elem_id="error").click(
            lambda: {"message": "The text is too long. Shorten it.", "tone": "error"}, outputs=panels["bars"],
            api_visibility="private",
        )  # fmt: skip
    return demo


def _values(texts: list[str], shift: float) -> dict[str, dict[str, Any]]:
    return {
        "tokens": tokens(texts), "heads": heads(1, 2, 3, texts), "lens": lens(texts),
        "bars": bars([0.25 + shift, 0.125, 4e-6], texts), "generation": generation(texts[1:], running=False),
        "flat": space(False, shift, texts), "solid": space(True, shift, texts),
    }  # fmt: skip


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    demo = build()
    _, address, _ = demo.launch(
        server_name="127.0.0.1", server_port=port, prevent_thread_lock=True, quiet=True, run_history=False,
        ssr_mode=False, theme=components.page_theme(), head=components.head(),
        allowed_paths=components.allowed_paths(),
    )  # fmt: skip
    yield address
    demo.close()


@pytest.fixture
def page(browser: Any, url: str) -> Iterator[Any]:
    """A fresh page; afterwards: no error in it, and not one request to another host."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, accept_downloads=True)
    context.set_default_timeout(15_000)
    page = context.new_page()
    errors: list[str] = []
    foreign: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
    page.on("request", lambda request: foreign.append(request.url) if not _ours(request.url, url) else None)
    page.goto(url)
    page.wait_for_selector("#empty-view [data-drawn]")
    yield page
    context.close()
    assert not errors
    assert not foreign


def _ours(address: str, url: str) -> bool:
    return address.startswith((url, "data:", "blob:"))


def drawn(page: Any, name: str) -> int:
    return int(page.locator(f"#{name}-view [data-drawn]").get_attribute("data-drawn"))


def fill(page: Any, button: str, *names: str) -> None:
    """Presses a button and waits until the named pictures are drawn anew."""
    before = {name: drawn(page, name) for name in names}
    page.click(f"#{button}")
    for name, count in before.items():
        page.wait_for_function(
            "([name, count]) => Number(document.querySelector(`#${name}-view [data-drawn]`).dataset.drawn) > count",
            arg=[name, count],
        )


def expect_pick(page: Any, text: str) -> None:
    sync_api.expect(page.locator("#picked textarea, #picked input")).to_have_value(text)


def test_an_empty_panel_says_so(page: Any) -> None:
    message = page.locator("#empty-view .pg-message")
    sync_api.expect(message).to_be_visible()
    sync_api.expect(message).to_have_text("Nothing yet.")
    sync_api.expect(page.locator("#facts .pg-fact dd")).to_have_text("8 of 16")


def test_a_panel_in_an_unopened_tab_keeps_its_settings(page: Any) -> None:
    """Gradio forgets **props of a component to which a value is sent before its tab is opened."""
    page.click("#late")
    page.get_by_role("tab", name="Second").click()
    panel = page.locator("#late-view .pg-panel")
    sync_api.expect(panel.locator(".pg-bar-value")).to_have_text("50.0 %")
    assert panel.locator(".pg-frame").bounding_box()["height"] >= 333
    sync_api.expect(panel.get_by_role("tabpanel", name="late {{x}} ${1+1}: Picture")).to_be_visible()


def test_a_failure_is_a_sentence_and_the_next_picture_comes_back(page: Any) -> None:
    fill(page, "start", "bars")
    fill(page, "error", "bars")
    message = page.locator("#bars-view .pg-message")
    sync_api.expect(message).to_have_text("The text is too long. Shorten it.")
    fill(page, "start", "bars")
    sync_api.expect(message).to_be_hidden()
    sync_api.expect(page.locator("#bars-view .pg-bar-row")).to_have_count(3)


def test_a_chosen_token_reaches_python_by_mouse_and_by_keyboard(page: Any) -> None:
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
    expect_pick(page, "[('head', 1), ('layer', 1)]")
    box = grid.bounding_box()
    page.mouse.click(box["x"] + 26 + 8, box["y"] + 18 + 8)
    expect_pick(page, "[('head', 0), ('layer', 0)]")
    big = page.locator("#heads-view .pg-heads-map canvas").first
    big.focus()
    page.keyboard.press("ArrowDown")
    expect_pick(page, "[('pos', 4)]")


def test_the_number_under_the_pointer_is_the_number(page: Any) -> None:
    fill(page, "start", "heads")
    big = page.locator("#heads-view .pg-heads-map canvas").first
    big.scroll_into_view_if_needed()
    box = big.bounding_box()
    readout = page.locator("#heads-view .pg-heads-map .pg-readout")
    page.mouse.move(box["x"] + box["width"] - 5, box["y"] + box["height"] - 5)
    sync_api.expect(readout).to_contain_text(". (7) → . (7): 12.5 % · 0.125")
    page.mouse.move(box["x"] + box["width"] - 5, box["y"] + box["height"] * 0.55)
    sync_api.expect(readout).to_contain_text("masked")


def test_the_lens_gives_layer_and_place(page: Any) -> None:
    fill(page, "start", "lens")
    page.locator("#lens-view td[data-layer='0'][data-pos='3']").click()
    expect_pick(page, "[('layer', 0), ('pos', 3)]")
    sync_api.expect(page.locator("#lens-view .pg-stream-part")).to_have_count(5)


def test_a_bar_gives_its_token_and_keeps_its_element(page: Any) -> None:
    fill(page, "start", "bars")
    row = page.locator("#bars-view .pg-bar-row").first
    row.evaluate("node => { node.mine = true; }")
    sync_api.expect(row.locator(".pg-bar-value")).to_have_text("25.0 %")
    fill(page, "next", "bars")
    sync_api.expect(row.locator(".pg-bar-value")).to_have_text("75.0 %")
    assert row.evaluate("node => node.mine") is True
    sync_api.expect(page.locator("#bars-view .pg-bar-value").nth(2)).to_have_text("4e-4 %")
    row.click()
    expect_pick(page, "[('group', 0), ('id', 0), ('index', 0)]")


def test_generated_text_reads_as_text_and_says_what_ended_it(page: Any) -> None:
    fill(page, "start", "generation")
    text = page.locator("#generation-view .pg-gen-text")
    assert text.inner_text().startswith("OnceThe teacher taught the students.")
    sync_api.expect(page.locator("#generation-view .pg-gen-ended")).to_contain_text("end token")


def test_a_point_can_be_clicked_and_stands_for_its_token(page: Any) -> None:
    fill(page, "start-plots", "flat")
    point = page.locator("#flat-view .scatterlayer .trace").first.locator(".point").nth(3)
    point.scroll_into_view_if_needed()
    box = point.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.wait_for_selector("#flat-view .hoverlayer .hovertext")
    page.mouse.down()
    page.mouse.up()
    expect_pick(page, "[('curve', 0), ('customdata', 3), ('index', 3), ('pos', 3)]")


def test_plotlys_own_button_that_uploads_the_figure_is_not_there(page: Any) -> None:
    fill(page, "start-plots", "flat", "solid")
    titles = page.locator(".modebar-btn").evaluate_all("nodes => nodes.map(node => node.dataset.title)")
    assert titles
    assert not [title for title in titles if any(word in title.lower() for word in ("cloud", "share", "link"))]


def test_the_camera_survives_an_update(page: Any) -> None:
    fill(page, "start-plots", "solid")
    graph = "document.querySelector('#solid-view .pg-plot')"
    page.evaluate(f"Plotly.relayout({graph}, {{'scene.camera': {{eye: {{x: 0.1, y: 2.5, z: 0.2}}}}}})")
    fill(page, "next-plots", "solid")
    eye = page.evaluate(f"{graph}._fullLayout.scene._scene.getCamera().eye")
    assert eye["y"] == pytest.approx(2.5, abs=1e-3)
    x = page.evaluate(f"Array.from({graph}._fullData[0].x)")
    assert x[0] == pytest.approx(0.5), "the data did change"


def test_the_other_theme_recolours_the_figure(page: Any) -> None:
    fill(page, "start-plots", "flat")
    colour = "document.querySelector('#flat-view .pg-plot').data[0].marker.color"
    assert page.evaluate(colour) == theme.PALETTE["light"]["query"]
    before = drawn(page, "flat")
    page.evaluate("document.body.classList.add('dark')")
    page.wait_for_function(
        "count => Number(document.querySelector('#flat-view [data-drawn]').dataset.drawn) > count", arg=before
    )
    assert page.evaluate(colour) == theme.PALETTE["dark"]["query"]


def test_hostile_tokens_are_shown_as_they_are_and_do_nothing(page: Any) -> None:
    fill(page, "hostile", "tokens", "heads", "lens", "bars", "generation")
    fill(page, "hostile-plots", "flat", "solid")
    chips = page.locator("#tokens-view .pg-chip-text").all_inner_texts()
    assert chips[0] == HOSTILE[0] and chips[2] == HOSTILE[2] and chips[4] == "<b>bold</b>"
    labels = page.locator("#flat-view .textpoint").all_text_contents()
    assert [label.replace("\u2060", "") for label in labels[:6]] == HOSTILE[:6]
    for name in ("tokens", "heads", "lens", "bars"):
        page.locator(f"#{name}-view").get_by_role("tab", name="Table").click()
        assert HOSTILE[0] in page.locator(f"#{name}-view .pg-view-table").inner_text()
    assert page.evaluate("window.hacked") is None
    assert page.evaluate("document.querySelectorAll('.pg-panel :is(script, img)').length") == 0


def test_nothing_sticks_out_sideways_on_a_phone(page: Any) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    fill(page, "hostile", "tokens", "heads", "lens", "bars", "generation")
    fill(page, "hostile-plots", "flat", "solid")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    control = page.get_by_label("A control").first
    sync_api.expect(control).to_be_hidden()
    page.get_by_role("button", name="Controls").click()
    sync_api.expect(control).to_be_visible()


def test_a_token_under_the_pointer_lights_up_in_the_other_pictures(page: Any) -> None:
    fill(page, "start", "tokens", "lens", "heads")
    page.locator("#tokens-view .pg-chip").nth(4).hover()
    for place in ("#tokens-view .pg-chip.pg-hover", "#lens-view thead .pg-hover", "#heads-view .pg-word.pg-hover"):
        sync_api.expect(page.locator(place)).to_have_attribute("data-pos", "4")


def test_the_table_the_code_and_the_downloads(page: Any, tmp_path: Path) -> None:
    fill(page, "start", "bars")
    panel = page.locator("#bars-view")
    panel.get_by_role("tab", name="Picture").focus()
    page.keyboard.press("ArrowRight")
    sync_api.expect(panel.get_by_role("tab", name="Table")).to_have_attribute("aria-selected", "true")
    sync_api.expect(panel.locator("td.pg-number").first).to_have_text(str(1 / 3))
    panel.get_by_role("tab", name="Code").click()
    sync_api.expect(panel.locator("pre")).to_have_text("print('hello')")
    with page.expect_download() as waiting:
        panel.get_by_role("button", name="CSV").click()
    assert waiting.value.suggested_filename == "stem.csv"
    waiting.value.save_as(tmp_path / "stem.csv")
    lines = (tmp_path / "stem.csv").read_text(encoding="utf-8-sig").splitlines()
    assert lines[0] == "token,p" and lines[1] == f"{HOSTILE[0]},{1 / 3}"


def test_the_picture_comes_home_as_png(page: Any, tmp_path: Path) -> None:
    fill(page, "start", "heads")
    fill(page, "start-plots", "flat")
    for name in ("heads", "flat"):
        with page.expect_download() as waiting:
            page.locator(f"#{name}-view").get_by_role("button", name="PNG").click()
        waiting.value.save_as(tmp_path / f"{name}.png")
        assert (tmp_path / f"{name}.png").read_bytes()[:4] == b"\x89PNG"


def test_the_address_bar_holds_what_differs_from_the_defaults(page: Any) -> None:
    page.evaluate("Playground.state.set('tab', 'sampling')")
    assert page.evaluate("Playground.state.query()") == ""  # a link is read before anything may change it
    page.evaluate("window.playgroundRead = true")
    page.evaluate("Playground.state.set('layer', 3, 0); Playground.state.set('head', 0, 0)")
    assert page.evaluate("Playground.state.query()") == "?layer=3"
    # void: evaluate() would call the function that onBack returns, which stops the listening.
    page.evaluate("window.went = []; void Playground.state.onBack(query => window.went.push(query))")
    page.evaluate("Playground.state.push(); Playground.state.set('layer', 5, 0)")
    page.go_back()
    page.wait_for_function("window.went.length === 1")
    assert page.evaluate("window.went[0]") == "?layer=3"


def test_code_can_be_copied_where_the_browser_has_no_clipboard(page: Any) -> None:
    fill(page, "start", "bars")
    page.evaluate("Object.defineProperty(window, 'isSecureContext', {value: false})")
    page.evaluate("document.addEventListener('copy', () => { window.copied = document.activeElement.value; })")
    page.locator("#bars-view").get_by_role("button", name="Copy code").click()
    page.wait_for_function("window.copied === \"print('hello')\"")
