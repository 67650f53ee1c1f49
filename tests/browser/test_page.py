"""The page as a visitor meets it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from gradio_client import Client

from playground import engine
from playground.tabs import TABS as TAB_FILES
from tests.browser.conftest import SAYS, Visitor
from tests.tiny import tiny

Visit = Callable[..., Visitor]
TABS = {
    "Tokens": "tokens-view",
    "Embeddings": "embeddings-view",
    "Attention": "attention-view",
    "Forward pass": "forward-view",
    "Sampling": "sampling-view",
    "Prompting": "prompting-view",
}
HOSTILE = "<script>alert(1)</script> ${1+1} {{x}} <img src=x onerror=alert(2)>"


@pytest.fixture(scope="session")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Tiny models saved as a visitor would have them on disk: kind → folder."""
    saved = {}
    for kind, family in {
        "decoder": "qwen3",
        "encoder": "bert",
        "encoder-decoder": "marian",
        "undescribed": "gpt_neo",
    }.items():
        folder = tmp_path_factory.mktemp(kind)
        model = tiny(family)
        model.module.save_pretrained(folder)
        model.tokenizer.save_pretrained(folder)
        saved[kind] = str(folder)
    return saved


def test_opens_on_a_picture_that_speaks(visit: Visit) -> None:
    page = visit().open()
    assert "looks most at" in page.reading("attention-view")
    assert page.page.locator("#page-facts").inner_text().count("gpt2") == 1


def test_every_tab_shows_a_view_with_table_and_code(visit: Visit) -> None:
    page = visit().open()
    for title, panel in TABS.items():
        page.tab(title, panel)
        assert page.reading(panel), title
        for mode in ("Table", "Code", "Picture"):
            page.page.locator(f"#{panel}").get_by_role("tab", name=mode, exact=True).click()
        assert "load_model" in page.page.locator(f"#{panel} pre").first.text_content()
        assert page.page.locator(f"#{panel} table tbody tr").count() > 0


def test_looking_around_costs_no_forward_pass(visit: Visit) -> None:
    from playground.hooks import forward_count

    page = visit().open(tab="prompting")
    before = forward_count()
    for title, panel in TABS.items():
        page.tab(title, panel)
    page.tab("Sampling", "sampling-view")
    told = page.reading("sampling-view")
    slider = page.page.locator("#sampling-temperature input[type=range]")
    page.redraw("sampling-view", lambda: slider.fill("1.5"))
    page.page.wait_for_function(
        "(old) => document.querySelector('#sampling-view .pg-reading').innerText !== old", arg=told
    )
    page.redraw("sampling-view", lambda: page.page.locator("#sampling-do-sample input").uncheck())
    assert "greedy" in page.reading("sampling-view")
    assert forward_count() == before


@pytest.mark.parametrize("kind", ["decoder", "encoder", "encoder-decoder", "undescribed"])
def test_a_folder_of_each_kind(visit: Visit, folders: dict[str, str], kind: str) -> None:
    text = "The cat [MASK] on the mat." if kind == "encoder" else "The cat sat on the mat."
    # The tiny models read 64 tokens at most: too few for the prompts that the tab begins with.
    page = visit().open(
        model=folders[kind], text=text, tab="tokens", prompt_a=text, prompt_b=f"Once upon a time. {text}"
    )
    for title, panel in TABS.items():
        page.tab(title, panel)
        assert page.reading(panel), title
    assert page.page.locator("#page-target").is_visible() == (kind == "encoder-decoder")


def test_a_click_chooses_everywhere(visit: Visit) -> None:
    page = visit().open(tab="tokens")
    page.redraw("tokens-view", lambda: page.page.locator("#tokens-view .pg-chip").nth(1).click())
    assert "pos=1" in page.page.url
    page.tab("Attention", "attention-view")
    assert "“␣teacher” looks most at" in page.reading("attention-view")
    page.tab("Forward pass", "forward-view")
    assert page.reading("forward-view").startswith("After “␣teacher”")


def test_a_head_is_chosen_by_its_thumbnail_and_by_link(visit: Visit) -> None:
    page = visit().open(tab="attention", layer="5", head="7")
    assert page.reading("attention-view").startswith("In head 5.7")
    grid = page.page.locator("#attention-view .pg-heads-grid canvas").first
    page.redraw("attention-view", lambda: grid.click(position={"x": 40, "y": 35}))
    assert page.reading("attention-view").startswith("In head 0.0")
    assert "layer=0" in page.page.url and "head=0" in page.page.url


def test_a_link_restores_the_page(visit: Visit) -> None:
    first = visit().open(
        tab="sampling", text="Once upon a time", temperature="1.7", top_k="3", do_sample="true", seed="11"
    )
    again = visit().open(**_state(first.page.url))
    assert again.page.locator("#sampling-temperature input[type=number]").input_value() == "1.7"
    assert again.page.locator("#sampling-top-k input[type=number]").input_value() == "3"
    assert again.reading("sampling-view") == first.reading("sampling-view")
    assert again.page.locator("#page-text textarea, #page-text input").first.input_value() == "Once upon a time"


def _state(url: str) -> dict[str, str]:
    from urllib.parse import parse_qsl, urlsplit

    return dict(parse_qsl(urlsplit(url).query))


def test_back_goes_back(visit: Visit) -> None:
    page = visit().open(tab="tokens", text="Once upon a time")
    page.redraw("tokens-view", lambda: page.run("The cat sat"))
    page.page.wait_for_function("() => location.search.includes('cat')")
    page.redraw("tokens-view", page.page.go_back)
    page.page.wait_for_function("() => document.querySelector('#tokens-view').innerText.includes('upon')")
    assert page.page.locator("#page-text textarea, #page-text input").first.input_value() == "Once upon a time"


@pytest.mark.parametrize("drawing", ["head", "model"])
def test_bertviz_draws_the_captured_weights_without_its_network(visit: Visit, drawing: str) -> None:
    page = visit().open(tab="attention", drawing=drawing, text=HOSTILE)
    page.page.locator("#attention-view [data-ready]").wait_for()
    inside = page.page.frame_locator("#attention-view iframe")
    assert inside.locator("svg line, svg path").count() > 40
    if drawing == "head":
        assert "script" in inside.locator("svg").text_content()  # a token, drawn as text


@pytest.mark.parametrize(("typed", "shown"), [("5", "2"), ("2", "2"), ("0.5", "0.5")])
def test_a_typed_setting_is_brought_within_its_bounds(visit: Visit, typed: str, shown: str) -> None:
    page = visit().open(tab="sampling")
    box = page.page.locator("#sampling-temperature input[type=number]")
    page.redraw("sampling-view", lambda: box.press_sequentially(typed) if box.fill("") is None else None)
    assert box.input_value() == shown
    assert page.reading("sampling-view").startswith("The model's first choice")


def test_lessons_bring_models_texts_and_tabs(visit: Visit, folders: dict[str, str]) -> None:
    """A restored choice must not be checked against what the last model offered."""
    page = visit().open(tab="attention")
    for title in ("From French to English", "A sentence becomes tokens", "From French to English"):
        page.page.locator("#page-lessons input").click()
        page.page.get_by_role("option", name=title).click()
        panel = "attention-view" if title.startswith("From") else "tokens-view"
        said = "To write" if title.startswith("From") else "became 6 tokens"
        page.page.wait_for_function(f"([id, said]) => ({SAYS})(id)?.includes?.(said)", arg=[panel, said])


def test_nonsense_in_the_link_is_harmless(visit: Visit) -> None:
    page = visit().open(tab="sampling", temperature="hot", top_k="-3", pos="99999", layer="x", seed="1e9", nonsense="1")
    assert page.reading("sampling-view")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("", "no text yet", id="empty"),
        pytest.param("word " * 20_000, "tokens long", id="100,000 characters"),
        pytest.param("   ", None, id="spaces"),
        pytest.param("👩\u200d👩\u200d👧 e\u0301\u0301 naïve", None, id="emoji"),
        pytest.param(HOSTILE, None, id="markup"),
        pytest.param("a\u0000b", None, id="NUL"),
    ],
)
def test_odd_text(visit: Visit, text: str, said: str | None) -> None:
    page = visit().open(tab="tokens", text="Once")
    page.page.on("dialog", lambda dialog: pytest.fail(f"a script ran: {dialog.message}"))
    if said is None:
        page.redraw("tokens-view", lambda: page.run(text))
        for title, panel in TABS.items():
            page.tab(title, panel)
            assert page.reading(panel)
    else:
        page.run(text)
        assert said in page.notice()
    box = page.page.locator("#page-text textarea, #page-text input").first
    assert box.input_value() == text  # what was typed is kept
    if text == HOSTILE:
        page.tab("Tokens", "tokens-view")
        assert "alert(1)" in page.page.locator("#tokens-view .pg-source").inner_text()


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
    page = visit().open(tab="tokens")
    box = page.page.locator("#page-model input")
    box.fill(model)
    box.press("Enter")
    assert said in page.notice()
    assert "Traceback" not in page.notice()
    assert page.page.locator("#tokens-view .pg-chip").count() > 0  # the old picture stays
    assert page.page.locator("#page-text textarea, #page-text input").first.input_value()


def test_a_folder_that_is_no_model(visit: Visit, tmp_path: Path) -> None:
    page = visit().open(tab="tokens")
    box = page.page.locator("#page-model input")
    box.fill(str(tmp_path))
    box.press("Enter")
    assert "config.json" in page.notice()


def test_writing_streams_and_says_what_ended_it(visit: Visit) -> None:
    page = visit().open(tab="sampling", text="Once upon a time", max_new_tokens="5", do_sample="false")
    page.page.locator("#sampling-write").click()
    page.page.wait_for_function("() => document.querySelectorAll('#sampling-text .pg-gen-step').length === 5")
    page.page.wait_for_function("() => document.querySelector('#sampling-text').innerText.includes('cap of 5')")
    page.redraw("sampling-view", lambda: page.run("The king said"))
    page.page.locator("#sampling-text .pg-message", has_text="Press Write").wait_for(state="visible")


def test_writing_can_be_stopped(visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    def leisurely(*args: Any) -> Iterator[Any]:
        for step in write(*args):
            time.sleep(0.1)
            yield step

    write = engine.generate
    monkeypatch.setattr(engine, "generate", leisurely)
    page = visit().open(tab="sampling", text="Once upon a time", max_new_tokens="200")
    page.page.locator("#sampling-write").click()
    page.page.wait_for_function("() => document.querySelectorAll('#sampling-text .pg-gen-step').length > 2")
    page.page.locator("#sampling-stop").click()
    page.page.wait_for_function("() => document.querySelector('#sampling-text').innerText.includes('Stopped by hand')")
    written = page.page.locator("#sampling-text .pg-gen-step").count()
    page.page.wait_for_timeout(500)
    assert page.page.locator("#sampling-text .pg-gen-step").count() == written < 200


def test_an_encoder_is_not_asked_to_write(visit: Visit, folders: dict[str, str]) -> None:
    def shown(page: Any) -> list[bool]:
        parts = ("temperature", "write", "seed", "max-new-tokens", "text")
        return [page.page.locator(f"#sampling-{part}").is_visible() for part in parts]

    assert shown(visit().open(tab="sampling", text="Once upon a time")) == [True] * 5
    encoder = visit().open(model=folders["encoder"], text="The [MASK] sat.", tab="sampling")
    assert shown(encoder) == [True] + [False] * 4


def test_an_encoder_asks_for_its_mask(visit: Visit, folders: dict[str, str]) -> None:
    page = visit().open(model=folders["encoder"], text="The cat sat.", tab="tokens")
    for title, panel in (("Sampling", "sampling-view"), ("Prompting", "prompting-view")):
        page.tab(title, panel)
        assert "[MASK]" in page.page.locator(f"#{panel}").inner_text()


def test_two_visitors_see_their_own(visit: Visit, folders: dict[str, str]) -> None:
    one = visit().open(tab="tokens", text="The king")
    two = visit().open(tab="tokens", model=folders["decoder"], text="A cat in the house")
    for _ in range(2):
        one.redraw("tokens-view", lambda: one.run("The queen"))
        two.redraw("tokens-view", lambda: two.run("Once upon a time"))
        for title, panel in TABS.items():
            one.tab(title, panel)
            two.tab(title, panel)
        assert "queen" in one.page.locator("#tokens-view .pg-source").text_content()
        assert "upon" in two.page.locator("#tokens-view .pg-source").text_content()
        assert "gpt2" in one.page.locator("#page-facts").inner_text()
        assert "qwen3" in two.page.locator("#page-facts").inner_text()
        one.tab("Tokens", "tokens-view")
        two.tab("Tokens", "tokens-view")
        one.redraw("tokens-view", lambda: one.run("The king"))
        two.redraw("tokens-view", lambda: two.run("A cat in the house"))


@pytest.mark.parametrize("width", [1440, 1024, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_fits_its_screen(visit: Visit, width: int, scheme: str) -> None:
    page = visit(width=width, color_scheme=scheme)
    page.page.goto(f"{page.url}/?__theme={scheme}")
    page.wait_drawn("attention-view")
    for title, panel in TABS.items():
        page.page.get_by_role("tab", name=title, exact=True).click()  # none hides behind a menu, on a phone either
        page.wait_drawn(panel)
        sideways = page.page.evaluate(
            "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        assert sideways <= 0, f"{title} scrolls sideways by {sideways} pixels at {width}"
    if width == 1440:
        page.tab("Attention", "attention-view")
        top = page.page.locator("#attention-view canvas").first.bounding_box()
        assert top and top["y"] < 320  # a picture stands on the first screen


def test_the_api_answers_with_what_the_tabs_show(app_url: str) -> None:
    client = Client(app_url, verbose=False)
    named = client.view_api(print_info=False, return_format="dict")["named_endpoints"]
    assert set(named) == {f"/{tab.id}" for tab in TAB_FILES}  # and none of the plumbing
    shown = client.predict("storyteller", "The cat sat", {"layer": 1, "head": 2}, api_name="/attention")
    assert shown["reading"].startswith("In head 1.2")
    refused = client.predict("storyteller", "", {}, api_name="/tokens")
    assert refused["tone"] == "error" and "no text yet" in refused["message"]


def test_lists_close_when_the_keyboard_moves_on(visit: Visit) -> None:
    page = visit().open(tab="tokens")
    for _ in range(10):
        page.page.keyboard.press("Tab")
    shown = "[...document.querySelectorAll('ul.options')].some((list) => list.checkVisibility())"
    page.page.wait_for_function(f"() => !{shown}")
