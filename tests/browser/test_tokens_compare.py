"""Compare, in a browser: this text, many languages, the wrong tokenizer; on a phone too."""

from __future__ import annotations

from collections.abc import Callable

from playground.analysis.tokenizers import SENTENCES
from tests.browser.conftest import Visitor

Visit = Callable[..., Visitor]
TEXT = "The café 世"


def test_the_rows_follow_the_text_and_the_choice(visit: Visit) -> None:
    page = visit().open(tab="tokens", view="compare", model="storyteller", text=TEXT)
    panel = page.panel("tokens")
    cells = panel.locator(".pg-tr-cell[data-row='0']")
    assert "".join(cells.all_text_contents()).startswith("The␣caf")
    counts = panel.locator(".pg-tr-count").all_inner_texts()
    assert len(counts) == 3 and panel.locator(".pg-tr-unknown").count() > 0
    page.redraw("tokens", lambda: page.run("The café 世界 again"))
    after = panel.locator(".pg-tr-count").all_inner_texts()
    assert int(after[0]) > int(counts[0])
    panel.locator(".pg-tr-cell[data-row='1']").first.hover()
    assert panel.locator(".pg-readout").inner_text().startswith("cloze: the (id ")
    fourth = page.page.locator("#tokens-compare-third input")
    fourth.fill("none")
    page.redraw("tokens", lambda: fourth.press("Enter"))
    assert panel.locator(".pg-tr-count").count() == 2


def test_languages_and_the_wrong_tokenizer(visit: Visit) -> None:
    page = visit().open(
        tab="tokens", view="compare", model="storyteller", text="The cat sat", compare__show="languages"
    )
    panel = page.panel("tokens")
    assert panel.locator(".pg-lt-name").count() == len(SENTENCES)
    panel.locator(".pg-lt-name", has_text="Hindi").hover()
    assert panel.locator(".pg-lt-sentence").inner_text() == next(s.text for s in SENTENCES if s.language == "Hindi")
    assert panel.locator(".pg-readout").inner_text().startswith("Hindi · storyteller: ")
    page.redraw("tokens", page.page.get_by_label("The wrong tokenizer").check)
    assert panel.locator(".pg-mr-column").count() == 5 and panel.locator(".pg-mr-bits").count() == 3
    assert "none of the pieces" in page.reading("tokens")
    assert not page.page.locator("#tokens-compare-third").is_visible(), "one other tokenizer is enough here"


def test_on_a_phone_nothing_scrolls_sideways_and_hebrew_runs_from_the_right(visit: Visit) -> None:
    page = visit(width=390, height=844).open(
        tab="tokens", view="compare", model="cloze", text="שלום </script>", compare__third="none"
    )
    assert page.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    lefts = page.page.evaluate(
        "Array.from(document.querySelectorAll('#tokens-view .pg-tr-column'), (node) => node.offsetLeft).slice(0, 3)"
    )
    assert lefts == sorted(lefts, reverse=True)
    page.open(tab="tokens", view="compare", model="storyteller", text="The old king walked to the market and bought it")
    cells = page.panel("tokens").locator(".pg-tr-cell[data-row='0']")
    tops = cells.evaluate_all("nodes => nodes.map((node) => node.getBoundingClientRect().top)")
    begins = cells.evaluate_all("nodes => nodes.map((node) => node.classList.contains('pg-tr-begins'))")
    assert len(set(tops)) > 1 and not all(begins)
    assert all(tops[i] == tops[i - 1] for i, first in enumerate(begins) if not first), "no token is torn"
    page.open(tab="tokens", view="compare", model="storyteller", text="The cat", compare__show="languages")
    frame = page.panel("tokens").locator(".pg-frame-scroll")
    assert frame.evaluate("node => node.scrollWidth <= node.clientWidth + 1"), "three tokenizers beside each other"
