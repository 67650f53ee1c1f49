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
from urllib.parse import urlencode

import pytest

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
         "--disable-sync", "--no-first-run"]  # fmt: skip
DRAWN = "(id) => Number(document.querySelector(`#${id} [data-drawn]`)?.dataset.drawn || 0)"
SAYS = """(id) => document.querySelector(`#${id} .pg-reading`)?.innerText
  || document.querySelector(`#${id} .pg-message[data-tone=error]:not([hidden])`)"""


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


class Visitor:
    """One visitor's page and what a test does with it."""

    def __init__(self, page: Any, url: str) -> None:
        self.page, self.url = page, url

    def open(self, **state: str) -> Visitor:
        """Opens the page at a link and waits until the first picture of the open tab stands."""
        self.page.goto(f"{self.url}/?{urlencode(state)}" if state else self.url)
        self.wait_drawn(f"{state.get('tab', 'attention')}-view")
        return self

    def drawn(self, panel: str) -> int:
        """How often a panel has drawn; 0 before it is on the page."""
        return int(self.page.evaluate(DRAWN, panel))

    def wait_drawn(self, panel: str, after: int = 0) -> None:
        """Waits for a draw later than the ``after``-th that says something: a reading, or why there is none."""
        self.page.wait_for_function(f"([id, n]) => ({DRAWN})(id) > n && ({SAYS})(id)", arg=[panel, after])

    def redraw(self, panel: str, act: Callable[[], Any]) -> None:
        """Does something and waits until the panel has drawn again."""
        before = self.drawn(panel)
        act()
        self.wait_drawn(panel, before)

    def tab(self, title: str, panel: str) -> None:
        """Opens a tab and waits for its picture."""
        self.page.get_by_role("tab", name=title, exact=True).click()
        self.wait_drawn(panel)

    def reading(self, panel: str) -> str:
        """The sentence under a picture."""
        return str(self.page.locator(f"#{panel} .pg-reading").inner_text())

    def run(self, text: str) -> None:
        """Types a text and runs it."""
        box = self.page.locator("#page-text textarea, #page-text input").first
        box.fill(text)
        self.page.locator("#page-run").click()

    def notice(self) -> str:
        """The sentence that says what went wrong, once there is one."""
        line = self.page.locator("#page-notice p")
        line.wait_for(state="visible")
        return str(line.inner_text())


@pytest.fixture
def visit(browser: Any, app_url: str) -> Iterator[Callable[..., Visitor]]:
    """Makes visitors, each with cookies and windows of their own; afterwards none may have seen an error."""
    contexts, errors, foreign = [], [], []

    def make(width: int = 1440, height: int = 900, **options: Any) -> Visitor:
        context = browser.new_context(viewport={"width": width, "height": height}, **options)
        context.set_default_timeout(60_000)  # the first page imports torch, maybe on one busy core
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
