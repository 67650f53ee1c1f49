"""The walk in a browser: by arrow keys, by its buttons and by clicks, through each kind of bundled model."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.browser.conftest import Visitor

Visit = Callable[..., Visitor]
STEP = "#forward-view .pg-walk-check"


@pytest.mark.parametrize(
    ("model", "text", "start", "ways"),
    [
        ("storyteller", "Once upon a time", "mlp-add", ["attn-norm", "attn-qkv", "attn-heads"]),
        ("cloze", "The cat sat on the [MASK].", "mlp-after", ["attn-qkv", "attn-heads", "attn-scores"]),
        ("translator", "Le chat dort.", "encoder-end", ["row", "position", "sum", "attn-qkv"]),
    ],
)
def test_arrow_keys_lead_from_step_to_step(visit: Visit, model: str, text: str, start: str, ways: list[str]) -> None:
    page = visit().open(tab="forward", view="walk", model=model, text=text, layer="2", walk__step=start)
    machine = page.page.locator("#forward-view .pg-walk-machine")
    machine.focus()
    for step in ways:
        page.redraw("forward", lambda: page.page.keyboard.press("ArrowRight"))
        assert page.page.locator(STEP).get_attribute("data-step") == step
        assert page.page.locator(f"{STEP}.pg-exact").count() == 1
    page.redraw("forward", lambda: page.page.keyboard.press("ArrowLeft"))
    assert page.page.locator(STEP).get_attribute("data-step") == ways[-2]
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
    assert page.page.locator(STEP).get_attribute("data-step") == "attn-mix"
    panel.get_by_role("button", name="Walk by itself").click()
