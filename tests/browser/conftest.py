"""A real Chromium in front of the real page. Every page is watched: an error in it or a request to another host fails.

The server runs in this process, so that tests can count forward passes.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from shutil import which
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest

from playground.tabs import TABS
from tests.tiny import UNDESCRIBED, tiny

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
         "--disable-sync", "--no-first-run"]  # fmt: skip
DRAWN = "(id) => Number(document.querySelector(`#${id} [data-drawn]`)?.dataset.drawn || 0)"
BUSY = "(id) => document.querySelector(`#${id} [aria-busy=true]`) !== null"
SAYS = """(id) => document.querySelector(`#${id} .pg-reading`)?.innerText || document
  .querySelector(`#${id} .pg-message:is([data-tone=error], [data-tone=reason]):not([hidden]) p`)?.innerText"""
KINDS = {"decoder": "qwen3", "encoder": "bert", "encoder-decoder": "marian", "undescribed": UNDESCRIBED[0]}
"""Kind of model → the family of a tiny one."""


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """One Chromium for all tests."""
    with sync_api.sync_playwright() as playwright:
        path = (
            os.environ.get("PLAYGROUND_CHROMIUM")
            or which("chromium")
            or which("chromium-browser")
            or which("google-chrome")
        )
        if not path and not Path(playwright.chromium.executable_path).exists():
            pytest.skip("no Chromium found: `python3 -m tests` installs one")
        running = playwright.chromium.launch(executable_path=path or None, args=FLAGS)
        yield running
        running.close()


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.fixture(scope="session")
def app_url() -> Iterator[str]:
    """The whole app, launched as app.py launches it."""
    from playground import ui

    demo = ui.build()
    _, address, _ = demo.launch(
        server_name="127.0.0.1", server_port=free_port(), prevent_thread_lock=True, quiet=True, **ui.launch_options()
    )
    yield address.rstrip("/")
    demo.close()


@pytest.fixture(scope="session")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Tiny models saved as a visitor would have them on disk: kind → folder."""
    saved = {}
    for kind, family in KINDS.items():
        folder = tmp_path_factory.mktemp(kind)
        model = tiny(family)
        model.module.save_pretrained(folder)
        model.tokenizer.save_pretrained(folder)
        saved[kind] = str(folder)
    return saved


class Visitor:
    """One visitor's page and what a test does with it."""

    def __init__(self, page: Any, url: str) -> None:
        self.page, self.url = page, url

    def open(self, **state: str) -> Visitor:
        """Opens the page at a link and waits until the first picture of the open tab stands.

        A key with a dot in it (``compare.a``) is written with two underscores: ``compare__a``.
        """
        query = urlencode({key.replace("__", "."): value for key, value in state.items()})
        self.page.goto(f"{self.url}/?{query}" if state else self.url)
        self.wait_drawn(state.get("tab", TABS[0].id))
        return self

    # ---- panels: each tab has one ----

    def drawn(self, tab: str) -> int:
        """How often a tab's panel has drawn; 0 before it is on the page."""
        return int(self.page.evaluate(DRAWN, f"{tab}-view"))

    def wait_drawn(self, tab: str, after: int = 0) -> None:
        """Waits for a draw later than the ``after``-th that says something: a reading, or why there is none."""
        self.page.wait_for_function(
            f"([id, n]) => ({DRAWN})(id) > n && ({SAYS})(id) && !({BUSY})(id)", arg=[f"{tab}-view", after]
        )

    def redraw(self, tab: str, act: Callable[[], Any]) -> None:
        """Does something and waits until the tab's panel has drawn again."""
        before = self.drawn(tab)
        act()
        self.wait_drawn(tab, before)

    def panel(self, tab: str) -> Any:
        """A tab's panel."""
        return self.page.locator(f"#{tab}-view")

    def reading(self, tab: str) -> str:
        """The sentence under a picture."""
        return str(self.panel(tab).locator(".pg-reading").inner_text())

    def wait_reading(self, tab: str, said: str) -> None:
        """Waits until a panel's sentence, or the one in its picture's place, holds ``said``."""
        self.page.wait_for_function(f"([id, said]) => ({SAYS})(id)?.includes(said)", arg=[f"{tab}-view", said])

    def tone(self, tab: str) -> str:
        """``reason`` or ``error`` where a sentence stands in the picture's place; "" where a picture does."""
        told = self.panel(tab).locator(".pg-message:not([hidden])")
        return str(told.get_attribute("data-tone")) if told.count() else ""

    # ---- tabs and views ----

    def tab(self, tab: str) -> None:
        """Opens a tab and waits for its picture."""
        self.page.locator(f"#{tab}-tab-button").click()  # a view may have the same name
        self.wait_drawn(tab)

    def view_name(self, tab: str, view: str) -> Any:
        """The name of a view in its tab's row; no row is to be seen where a tab has one view."""
        return self.page.locator(f"#{tab}-views [data-view={view}]")

    def view(self, tab: str, view: str) -> None:
        """Opens a view of the open tab and waits for its picture."""
        if self.view_name(tab, view).get_attribute("aria-selected") != "true":
            self.redraw(tab, self.view_name(tab, view).click)

    # ---- the path of lessons ----

    def lesson(self, number: int) -> None:
        """Opens a lesson on the path; those of another tab are unfolded first."""
        path = self.page.locator("#page-lessons")
        step = path.locator(f"[data-lesson='{number}']")
        if not step.is_visible():
            path.locator(f".pg-group:has([data-lesson='{number}']) .pg-group-name").click()
        step.click()

    # ---- the text line and the address ----

    @property
    def box(self) -> Any:
        """The box of the text."""
        return self.page.locator("#page-text textarea, #page-text input").first

    def run(self, text: str) -> None:
        """Types a text and runs it."""
        self.box.fill(text)
        self.page.locator("#page-run").click()

    def notice(self) -> str:
        """The sentence that says what went wrong, once there is one."""
        line = self.page.locator("#page-notice p")
        line.wait_for(state="visible")
        return str(line.inner_text())

    @property
    def state(self) -> dict[str, str]:
        """What the address bar says."""
        return dict(parse_qsl(urlsplit(self.page.url).query))

    def wait_state(self, **state: str | None) -> None:
        """Waits until the address bar says so; None for a key that is not there."""
        self.page.wait_for_function(
            "(wanted) => Object.entries(wanted).every(([key, value]) =>"
            " new URLSearchParams(location.search).get(key) === value)",
            arg={key.replace("__", "."): value for key, value in state.items()},
        )


@pytest.fixture
def visit(browser: Any, app_url: str) -> Iterator[Callable[..., Visitor]]:
    """Makes visitors, each with cookies and windows of their own; afterwards none may have seen an error."""
    contexts, errors, foreign = [], [], []

    def make(width: int = 1440, height: int = 900, **options: Any) -> Visitor:
        context = browser.new_context(viewport={"width": width, "height": height}, **options)
        context.set_default_timeout(30_000)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
        page.on("request", lambda r: None if r.url.startswith((app_url, "data:", "blob:")) else foreign.append(r.url))
        return Visitor(page, app_url)

    yield make
    for context in contexts:
        context.close()
    assert not errors
    assert not foreign
