"""Why this split, in a browser: steps, play, other words, each kind of tokenizer, a phone."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.browser.conftest import Visitor

Visit = Callable[..., Visitor]
TEXT = "The unbelievable teacher"


def seen(page: Visitor) -> list[str]:
    """Texts of the bricks that stand."""
    return list(page.panel("tokens").locator(".pg-sp-brick:not(.pg-sp-later) .pg-sp-text").all_inner_texts())


def test_a_word_is_spelled_step_by_step(visit: Visit) -> None:
    page = visit(reduced_motion="reduce").open(tab="tokens", view="split", model="storyteller", text=TEXT)
    panel = page.panel("tokens")
    tokens = panel.locator(".pg-sp-token > span").all_inner_texts()
    assert "".join(tokens) == "␣unbelievable" and f"became {len(tokens)} tokens" in page.reading("tokens")
    everything = seen(page)
    page.redraw("tokens", panel.locator(".pg-sp-stop[data-stop=spell]").click)
    assert seen(page) == list("␣unbelievable")
    page.wait_state(split__step="3")
    for n in range(1, 3):
        page.redraw("tokens", panel.get_by_role("button", name="One step on").click)
        assert seen(page) == everything[: len("␣unbelievable") + n], "one brick more"
        assert panel.locator(".pg-sp-told h4").inner_text().startswith(f"Merge {n} of ")
        assert panel.locator(".pg-sp-option.pg-sp-on").count() == 1
    panel.locator(".pg-sp-frame").focus()
    page.redraw("tokens", lambda: page.page.keyboard.press("ArrowLeft"))
    page.wait_state(split__step="4")
    page.redraw("tokens", panel.get_by_role("button", name="Walk through").click)
    page.wait_state(split__step="5")
    panel.get_by_role("button", name="Walk through").click()
    page.redraw("tokens", lambda: panel.locator(".pg-sp-slider").fill("0"))
    assert panel.locator(".pg-sp-told h4").inner_text() == "The text" and seen(page) == []


def test_another_word_and_another_text(visit: Visit) -> None:
    page = visit().open(tab="tokens", view="split", model="storyteller", text=TEXT)
    panel = page.panel("tokens")
    page.redraw("tokens", panel.locator("[data-word]", has_text="teacher").click)
    assert "“␣teacher” became" in page.reading("tokens")
    pos = page.state["pos"]
    page.view("tokens", "tokens")
    assert panel.locator(".pg-chip.pg-chosen .pg-chip-pos").inner_text() == pos, "the same token is chosen there"
    page.view("tokens", "split")
    page.redraw("tokens", lambda: page.run("The unbelievable </script> שלום 👩"))
    assert "</script>" in "".join(panel.locator("[data-word]").all_inner_texts()).replace("\n", "")


@pytest.mark.parametrize(
    ("model", "text", "said"), [("cloze", "The Café [MASK]", "by WordPiece"), ("translator", "J’aime", "by Unigram")]
)
def test_other_rules_and_a_phone(visit: Visit, model: str, text: str, said: str) -> None:
    page = visit(width=390, height=844).open(tab="tokens", view="split", model=model, text=text)
    assert said in page.reading("tokens")
    assert page.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    panel = page.panel("tokens")
    changed = panel.locator(".pg-sp-line[data-stop=normal] .pg-sp-chip").first.inner_text()
    assert changed.strip("␣") == {"cloze": "the␣cafe", "translator": "J'aime"}[model]
    page.redraw("tokens", panel.locator(".pg-sp-stop[data-stop=spell]").click)
    before = len(seen(page))
    page.redraw("tokens", panel.get_by_role("button", name="One step on").click)
    assert len(seen(page)) > before


def test_what_was_found_in_a_long_word_stands_together_at_the_end(visit: Visit) -> None:
    page = visit().open(tab="tokens", view="split", model="cloze", text="antidisestablishmentarianism שלום")
    panel = page.panel("tokens")
    found = panel.locator(".pg-sp-final")
    assert found.count() == panel.locator(".pg-sp-token").count() > 5
    frame = panel.locator(".pg-sp-frame").bounding_box()
    for box in found.evaluate_all("nodes => nodes.map((node) => node.getBoundingClientRect().toJSON())"):
        assert frame["x"] <= box["left"] and box["right"] <= frame["x"] + frame["width"]
        assert frame["y"] <= box["top"] and box["bottom"] <= frame["y"] + frame["height"]
