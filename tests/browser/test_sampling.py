"""The sampling lab in a browser: cuts that are dragged, many draws, presets, settings side by side, and context."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.browser.conftest import Visitor

Visit = Callable[..., Visitor]
TEXT = "One day, the little boy went to the"


def drag(page: Visitor, line: str, dx: float, dy: float) -> None:
    """Drags one of the lines by so many pixels."""
    box = page.panel("sampling").locator(line).bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.page.mouse.move(x, y)
    page.page.mouse.down()
    page.page.mouse.move(x + dx, y + dy, steps=4)
    page.page.mouse.up()


@pytest.mark.parametrize(
    ("view", "model"), [("pipeline", "storyteller"), ("pipeline", "cloze"), ("by-hand", "storyteller")]
)
def test_cuts_are_dragged_and_counted(visit: Visit, view: str, model: str) -> None:
    text = "The cat sat on the [MASK]." if model == "cloze" else TEXT
    page = visit().open(tab="sampling", view=view, model=model, text=text, temperature="1.5", top_p="1")
    page.redraw("sampling", lambda: drag(page, ".pg-cut-p", 0, 45))
    page.page.wait_for_function("() => Number(new URLSearchParams(location.search).get('top_p')) < 0.9")
    assert page.panel("sampling").locator(".pg-cut-rules").inner_text().startswith("Runs here: the fewest that reach")
    box = page.page.locator("#sampling-top-p input[type=number]")
    page.page.wait_for_function(
        "() => document.querySelector('#sampling-top-p input[type=number]').value === "
        "new URLSearchParams(location.search).get('top_p')"
    )
    assert float(box.input_value()) < 0.9
    lines = page.panel("sampling").locator(".pg-cut-k")
    lines.focus()
    before = page.reading("sampling")
    page.redraw("sampling", lambda: page.page.keyboard.press("ArrowLeft"))
    assert "top_k" in page.state and page.reading("sampling")
    page.page.locator(f"#sampling-{view}-draw-go").click()
    page.wait_reading("sampling", "Of 200 draws")
    page.page.wait_for_function("() => new URLSearchParams(location.search).get('drawn') === '200.200.7'")
    counts = page.panel("sampling").locator("tbody .pg-stages-draws .pg-stages-value").all_inner_texts()
    assert sum(int(said.split(" / ")[0]) for said in counts if said) == 200, before


def test_all_stages_are_on_a_phone_and_what_is_removed_keeps_its_length(visit: Visit) -> None:
    page = visit(width=390, height=844).open(tab="sampling", view="pipeline", model="storyteller", text=TEXT)
    panel = page.panel("sampling")
    frame = panel.locator(".pg-stages-frame").bounding_box()
    last = panel.locator("thead th:not([hidden])").last.bounding_box()
    assert last["x"] + last["width"] <= frame["x"] + frame["width"] + 1
    lengths = panel.locator("tbody").evaluate(
        """(body) => [...body.querySelectorAll('.pg-stages-cut')].map((cell) =>
          [cell, cell.previousElementSibling].map((one) => one.querySelector('.pg-bar-fill').style.width))"""
    )
    assert lengths and all(cut == before for cut, before in lengths)


def test_presets_set_several_controls(visit: Visit) -> None:
    page = visit().open(tab="sampling", view="pipeline", model="storyteller", text=TEXT)
    marked = "() => document.querySelector('#sampling-presets input:checked')?.value"
    assert page.page.evaluate(marked) == "balanced"
    page.redraw("sampling", page.page.locator("#sampling-presets label", has_text="wild").click)
    page.wait_state(temperature="1.7", top_k="0", top_p="1")
    page.redraw("sampling", lambda: page.page.locator("#sampling-temperature input[type=range]").fill("0.5"))
    page.page.wait_for_function(f"() => ({marked})() === undefined")
    page.redraw("sampling", page.page.locator("#sampling-presets label", has_text="greedy").click)
    page.wait_reading("sampling", "greedy")


@pytest.mark.parametrize(("model", "text"), [("storyteller", TEXT), ("translator", "Le chat dort sur la table.")])
def test_settings_side_by_side(visit: Visit, model: str, text: str) -> None:
    page = visit().open(tab="sampling", view="compare", model=model, text=text, max_new_tokens="8", temperature="1.6")
    panel = page.panel("sampling")
    assert panel.locator(".pg-versus-first").count() >= 3
    page.page.locator("#sampling-compare-write-go").click()
    page.wait_reading("sampling", "weighed")
    page.wait_state(done="write")
    assert panel.locator(".pg-versus-column").count() == 3
    best = panel.locator(".pg-beam.pg-best text").all_text_contents()
    third = panel.locator(".pg-versus-column").nth(2).locator(".pg-gen-step").all_text_contents()
    assert best[0].replace("␣", " ").rstrip("…") in third[0] and len(best) == len(third)
