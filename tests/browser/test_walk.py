"""The walk in a browser: by arrow keys, buttons and clicks, through each kind of bundled model, and round again."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest

from playground import engine
from playground.engine import Prompt
from tests.browser.conftest import Visitor

Visit = Callable[..., Visitor]
STEP = "#forward-view .pg-walk-check"
TEXTS = {"storyteller": "Once upon a time", "cloze": "The cat sat on the [MASK].", "translator": "Le chat dort."}


def step_of(page: Visitor) -> str:
    return str(page.page.locator(STEP).get_attribute("data-step"))


def walk_to(page: Visitor, step: str) -> None:
    """Waits until the walk stands at a step."""
    page.page.wait_for_selector(f"{STEP}[data-step={step}]")


@pytest.mark.parametrize("model", TEXTS)
def test_every_model_is_walked_from_end_to_end_by_keys_alone(visit: Visit, model: str) -> None:
    page = visit(reduced_motion="reduce").open(tab="forward", view="walk", model=model, text=TEXTS[model])
    machine = page.page.locator("#forward-view .pg-walk-machine")
    machine.focus()
    seen = [step_of(page)]
    for _ in range(70):
        if seen[-1] == "write":
            break
        skip = page.panel("forward").get_by_role("button", name="Past the layers")
        if skip.is_visible() and seen[-1].endswith("attn-scores"):  # one layer of a tower in full
            page.redraw("forward", partial(skip.press, "Enter"))
            machine.focus()
        else:
            page.redraw("forward", lambda: page.page.keyboard.press("ArrowRight"))
        seen.append(step_of(page))
    sides = ["encoder-tokens", "encoder-row", "tokens"] if model == "translator" else ["tokens", "row"]
    wanted = [*sides, "logits", "softmax", "write"]
    assert [step for step in seen if step in wanted] == wanted and len(set(seen)) == len(seen)
    page.redraw("forward", lambda: page.page.keyboard.press("ArrowLeft"))
    assert step_of(page) == "softmax"
    assert machine.evaluate("node => node === document.activeElement"), "the keys go on working"


def test_parts_layers_and_heads_are_chosen_by_clicks(visit: Visit) -> None:
    page = visit().open(tab="forward", view="walk", model="storyteller", text="Once upon a time")
    panel = page.panel("forward")
    page.redraw("forward", lambda: panel.locator(".pg-walk-part[data-step=attn-softmax]").click())
    assert panel.locator(".pg-walk-part.pg-on").get_attribute("data-step") == "attn-softmax"
    page.redraw("forward", panel.locator(".pg-walk-block").nth(2).click)
    page.wait_state(layer="3")
    page.redraw("forward", panel.get_by_role("button", name="The next head").click)
    page.wait_state(head="1")
    page.redraw("forward", panel.locator(".pg-walk-name[data-pos='1']").click)
    page.wait_state(pos="1")
    assert page.state["walk.step"] == "attn-softmax"
    page.redraw("forward", panel.get_by_role("button", name="Walk by itself").click)
    assert step_of(page) == "attn-mix"
    panel.get_by_role("button", name="Walk by itself").click()
    page.redraw("forward", panel.get_by_role("button", name="Embed").click)
    assert step_of(page) == "row"


def test_a_token_is_written_and_the_machine_goes_round_again(visit: Visit) -> None:
    page = visit().open(tab="forward", view="walk", text="Once upon a", pos="2", walk__step="write")
    panel = page.panel("forward")
    again = panel.locator(".pg-walk-again")
    before = page.box.input_value()
    for n in (1, 2):
        new = str(panel.locator(".pg-walk-chip-new b").inner_text())
        count = panel.locator(".pg-walk-chip").count()
        again.click()
        page.page.wait_for_function(f"document.querySelectorAll('#forward-view .pg-walk-chip').length === {count + 1}")
        assert page.box.input_value() == (before := before + new.replace("␣", " ")), n
        assert panel.locator(".pg-walk-chip-chosen b").inner_text() == new
        assert step_of(page) == "write"


def test_an_encoder_fills_its_masks_one_by_one_and_any_token_can_be_masked(visit: Visit) -> None:
    text = "The [MASK] sat on the [MASK]."
    page = visit().open(tab="forward", view="walk", model="cloze", text=text, walk__step="write")
    panel = page.panel("forward")
    for left in (1, 0):
        panel.locator(".pg-walk-again").click()
        page.page.wait_for_function(f"document.querySelectorAll('#forward-view .pg-walk-chip-mask').length === {left}")
    filled = page.box.input_value()
    assert "[MASK]" not in filled and panel.locator(".pg-walk-again").count() == 0
    panel.locator(".pg-walk-chip").nth(3).click()  # [CLS] the … sat
    page.page.wait_for_selector("#forward-view .pg-walk-chip-mask")
    assert page.box.input_value() == filled.replace("sat", "[MASK]")
    assert panel.locator(".pg-chosen + .pg-walk-name").get_attribute("data-pos") == "3"


def test_a_translation_grows_word_by_word_until_its_end(visit: Visit) -> None:
    page = visit().open(tab="forward", view="walk", model="translator", text="Le chat dort.")
    panel = page.panel("forward")
    page.redraw("forward", panel.get_by_role("button", name="Start").click)
    page.wait_state(pos="0")
    page.redraw("forward", panel.get_by_role("button", name="Write", exact=False).first.click)
    rows = "#forward-view .pg-walk-cells tbody tr"
    grown = []
    while panel.locator(".pg-walk-again").count():
        grown.append(page.page.locator(rows).count())
        page.redraw("forward", panel.locator(".pg-walk-again").click)
    assert grown == list(range(1, len(grown) + 1)) and len(grown) > 3
    target = engine.trace(Prompt("translator", "Le chat dort.")).target
    assert panel.locator(".pg-walk-written q").inner_text() == target
    assert "end token" in panel.locator(".pg-walk-sentence").inner_text()


def test_the_scores_lead_to_the_same_head_on_the_tab_attention(visit: Visit) -> None:
    page = visit().open(
        tab="forward", view="walk", text="The cat sat", layer="1", head="2", pos="2", walk__step="attn-scores"
    )
    page.panel("forward").locator(".pg-walk-elsewhere").click()
    page.wait_drawn("attention")
    page.wait_state(tab="attention", view="steps", layer="1", head="2", pos="2")
    assert page.panel("attention").is_visible()
    page.page.go_back()
    walk_to(page, "attn-scores")
