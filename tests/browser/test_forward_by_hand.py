"""The worked examples in a browser: figures follow what is typed, controls stand beside their example only."""

from __future__ import annotations

from collections.abc import Callable

from tests.browser.conftest import Visitor

Visit = Callable[..., Visitor]


def fill(page: Visitor, key: str, text: str) -> None:
    """Types into one of the view's controls and waits for the picture."""
    box = page.page.locator(f"#forward-by-hand-{key} textarea, #forward-by-hand-{key} input").first
    page.redraw("forward", lambda: box.fill(text))


def test_the_network_follows_what_is_typed(visit: Visit) -> None:
    page = visit().open(tab="forward", view="by-hand")
    panel = page.panel("forward")
    assert "gives 2.1" in page.reading("forward")
    out = panel.locator("[data-neuron=o0] .pg-network-number")
    assert out.text_content() == "2.1"
    fill(page, "x", "2, 1")
    assert out.text_content() == "2.35" and "[2, 1]" in page.reading("forward")
    page.redraw("forward", panel.locator("[data-neuron=h1]").click)
    assert panel.locator(".pg-network-formula p").first.inner_text() == "h₂: (−1) · 2 + 0.5 · 1 − 0.5 = −2"
    page.wait_state(**{"by-hand__neuron": "h1"})
    page.redraw("forward", lambda: page.page.locator("#forward-by-hand-act").get_by_label("Sigmoid").click())
    assert panel.locator(".pg-network-formula p").last.inner_text() == "Sigmoid(−2) = 0.119"
    fill(page, "hidden", "1, 2")
    assert "Line 1 of the hidden neurons has 2 numbers" in panel.locator(".pg-message").inner_text()


def test_each_example_has_its_own_controls(visit: Visit) -> None:
    page = visit().open(tab="forward", view="by-hand")
    shown = {key: page.page.locator(f"#forward-by-hand-{key}") for key in ("x", "vector", "beta", "z", "act")}

    def there() -> set[str]:
        return {key for key, node in shown.items() if node.is_visible()}

    assert there() == {"x", "act"}
    page.redraw("forward", lambda: page.page.get_by_label("A norm").click())
    shown["vector"].wait_for()
    assert there() == {"vector", "beta"} and "the mean, 5" in page.reading("forward")
    page.redraw("forward", page.panel("forward").locator(".pg-normed-column").first.click)
    assert page.panel("forward").locator(".pg-normed-formula p").first.inner_text() == "(2 − 5) / 2 = −1.5"
    page.redraw("forward", lambda: page.page.get_by_label("RMSNorm").click())
    shown["beta"].wait_for(state="hidden")
    page.redraw("forward", lambda: page.page.get_by_label("Activations").click())
    shown["z"].wait_for()
    assert there() == {"z", "act"}
    page.redraw("forward", page.panel("forward").locator(".pg-acts-row[data-act=GELU]").click)
    assert page.reading("forward").startswith("GELU makes 0.841 of 1;")


def test_a_link_opens_its_example(visit: Visit) -> None:
    state = {"by-hand__example": "activations", "by-hand__z": "-2.0", "by-hand__act": "SiLU"}
    page = visit(390, 844).open(tab="forward", view="by-hand", **state)
    assert page.reading("forward").startswith("SiLU makes −0.238 of −2;")
