"""Tokens and Vocabulary in a browser: numbers follow what is typed and chosen, by mouse and by keyboard."""

from __future__ import annotations

import copy
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from playground import engine
from tests.browser.conftest import Visitor
from tests.tiny import tiny

Visit = Callable[..., Visitor]
LONG = "The little cat sat on the mat, and the dog looked at it. " * 30


def chips(page: Visitor) -> list[str]:
    """What the chips, or the cells of the middle level, show."""
    return page.panel("tokens").locator("[role=option][data-pos]").evaluate_all(
        "nodes => nodes.map((node) => (node.querySelector('.pg-chip-text') || node).textContent)"
    )  # fmt: skip


def choose(page: Visitor, label: str) -> None:
    """Takes a choice of the rail by what it says."""
    page.page.locator("#tokens-tab").get_by_role("radio", name=label, exact=True).check()


def test_the_strip_follows_text_form_and_window(visit: Visit) -> None:
    page = visit().open(tab="tokens", model="storyteller", text="I love AI 🧿")
    panel = page.panel("tokens")
    assert chips(page)[:2] == ["I", "␣love"] and panel.locator(".pg-whole-text").inner_text() == "🧿"
    assert [text.replace("\u00a0", " ") for text in chips(page)[-4:]] == ["F0", "9F", "A7", "BF"]
    panel.locator(".pg-chip").nth(1).focus()
    readout = panel.locator(".pg-readout")
    assert "5 bytes: 20 6C 6F 76 65" in readout.inner_text()
    page.page.keyboard.press("ArrowRight")
    page.redraw("tokens", partial(page.page.keyboard.press, "Enter"))
    page.wait_state(pos="2")
    page.page.keyboard.press("ArrowLeft")
    focused = page.page.evaluate("document.activeElement.getAttribute('aria-label')")
    assert focused.startswith("Token 1: ␣love"), "a choice leaves the focus on its token"
    page.redraw("tokens", partial(choose, page, "Words, tokens, characters"))
    words = panel.locator(".pg-level-block:not(.pg-level-names) .pg-level-word").all_inner_texts()
    assert words == ["I", "love", "AI", "🧿"] and panel.locator(".pg-level-token.pg-chosen").count() == 1
    assert f"{len(chips(page))} of 256 tokens" in panel.inner_text()
    assert not page.page.get_by_label("In the chat template").is_visible(), "this model has none"
    page.redraw("tokens", partial(choose, page, "Tokens"))
    page.redraw("tokens", lambda: page.run("Hello there"))
    assert "".join(chips(page)).replace("␣", " ") == "Hello there"


def test_a_text_that_is_too_long_is_refused_or_cut_by_choice_on_every_tab(visit: Visit) -> None:
    page = visit().open(tab="tokens", model="storyteller", text="The cat")
    panel = page.panel("tokens")
    page.run(LONG)
    assert "choose on the tab Tokens" in page.notice() and len(chips(page)) == 2, "refused, and the picture stays"
    note = page.page.locator("#page-notice .pg-note")
    assert not note.count()
    page.redraw("tokens", partial(choose, page, "cut at its end"))
    assert len(chips(page)) == 256 and "its end is left out" in page.notice()
    assert note.count() == 1, "a choice of the reader's own is no error"
    assert panel.locator(".pg-strip").get_attribute("data-more") == "below", "the rest of the strip is hinted at"
    out = panel.locator(".pg-source .pg-left-out")
    assert out.count() == 1 and LONG.endswith(str(out.text_content()))
    page.redraw("tokens", partial(choose, page, "cut at its start"))
    assert LONG.startswith(str(panel.locator(".pg-source .pg-left-out").text_content()))
    page.wait_state(tokens__cut="start")
    page.tab("attention")
    assert "its start is left out" in page.notice(), "said on every tab"
    assert page.state["text"] != LONG and LONG.endswith(page.state["text"])
    assert page.box.input_value().strip() == LONG.strip(), "nothing that was typed is lost"


def test_on_a_phone_no_long_word_is_cut_at_its_three_levels(visit: Visit) -> None:
    page = visit(width=390, height=844).open(
        tab="tokens", model="storyteller", text="The antidisestablishmentarianism", tokens__form="levels"
    )
    wide = "nodes => nodes.filter((node) => node.scrollWidth > node.clientWidth + 1).length"
    assert page.panel("tokens").locator(".pg-level-block, .pg-strip").evaluate_all(wide) == 0


@pytest.fixture(scope="module")
def talking(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A tiny model with a chat template, on disk."""
    folder, model = tmp_path_factory.mktemp("talking"), tiny("gpt2")
    model.module.save_pretrained(folder)
    tokenizer = copy.deepcopy(model.tokenizer)
    tokenizer.chat_template = "<|endoftext|>{{ messages[0].role }}: {{ messages[0].content }}<|endoftext|>"
    tokenizer.save_pretrained(folder)
    return str(Path(folder))


def test_the_chat_template_is_told_from_what_was_typed(visit: Visit, talking: str) -> None:
    page = visit().open(tab="tokens", model=talking, text="The cat", tokens__chat="true")
    panel = page.panel("tokens")
    typed = panel.locator(".pg-chip:not(.pg-template) .pg-chip-text").all_inner_texts()
    assert "".join(typed).replace("␣", " ").strip() == "The cat"
    assert panel.locator(".pg-chip.pg-template.pg-special").count() == 2
    assert "the chat template puts" in page.reading("tokens")
    panel.locator(".pg-chip").nth(1).click()
    assert "from the chat template" in panel.locator(".pg-readout").inner_text() and "pos" not in page.state


def test_special_tokens_lead_to_their_places(visit: Visit) -> None:
    page = visit(width=390, height=844).open(tab="tokens", model="cloze", text="The CAT sat on the [MASK].")
    panel = page.panel("tokens")
    mark = panel.locator(".pg-marks li", has_text="[MASK]")
    page.redraw("tokens", mark.get_by_role("button").click)
    page.wait_state(pos="6")
    assert panel.locator(".pg-chip.pg-chosen .pg-chip-text").inner_text() == "[MASK]"
    assert panel.locator(".pg-decoded mark").all_inner_texts()[:2] == ["the", "cat"]
    assert page.page.evaluate("document.documentElement.scrollWidth <= 390")


def test_the_vocabulary_is_searched_narrowed_leafed_through_and_followed(visit: Visit) -> None:
    page = visit().open(tab="tokens", view="vocabulary", model="storyteller", text="The cat")
    panel = page.panel("tokens")
    entries = panel.locator(".pg-vocabulary-entry")
    whole, _ = engine.searched("storyteller", "")
    assert f"{len(whole):,}" in page.reading("tokens") and entries.count() == 120
    page.redraw("tokens", panel.get_by_role("button", name="The next page").click)
    assert panel.locator(".pg-vocabulary-range").inner_text().startswith("121–240 of")
    box = page.page.locator("#tokens-vocabulary-find textarea, #tokens-vocabulary-find input").first
    page.redraw("tokens", lambda: box.fill("*ing"))
    _, found = engine.searched("storyteller", "*ing")
    assert panel.locator(".pg-vocabulary-range").inner_text() == f"1–120 of {len(found.ids)}", "from the first page on"
    assert all(text.endswith("ing") for text in panel.locator(".pg-vocabulary-text").all_inner_texts())
    kind = panel.locator(".pg-vocabulary-share[data-key=inside]")
    page.redraw("tokens", kind.click)
    _, inside = engine.searched("storyteller", "*ing", kind="inside")
    assert panel.locator(".pg-vocabulary-range").inner_text() == f"1–{len(inside.ids)} of {len(inside.ids)}"
    page.redraw("tokens", panel.locator(".pg-vocabulary-filter").click)
    entries.first.focus()
    page.page.keyboard.press("ArrowRight")
    page.redraw("tokens", lambda: page.page.keyboard.press("Enter"))
    chosen = int(found.ids[1])
    page.wait_state(vocabulary__token=str(chosen))
    assert f"id {chosen}" in panel.locator(".pg-vocabulary-card").inner_text()
    panel.locator(".pg-vocabulary-follow").click()
    page.wait_drawn("embeddings")
    page.wait_reading("embeddings", whole.texts[chosen])
    page.page.go_back()
    page.wait_state(tab="tokens", vocabulary__token=str(chosen), text="The cat")
