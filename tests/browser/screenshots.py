"""``python -m tests.browser.screenshots``: makes the README's pictures anew, from the running app."""

from __future__ import annotations

import os
from pathlib import Path
from shutil import which

from playwright.sync_api import sync_playwright

from playground import ui
from playground.settings import quiet_environment
from tests.browser.conftest import FLAGS, Visitor, free_port

FOLDER = Path(__file__).parents[2] / "assets" / "screenshots"
SHOTS = {
    "attention": {"tab": "attention"},
    "forward": {"tab": "forward", "text": "Once upon a time, there was a little girl named"},
}


def main() -> None:
    """Opens the page in Chromium once for each picture."""
    quiet_environment()
    FOLDER.mkdir(parents=True, exist_ok=True)
    demo = ui.build()
    _, url, _ = demo.launch(
        server_name="127.0.0.1", server_port=free_port(), prevent_thread_lock=True, quiet=True, **ui.launch_options()
    )
    with sync_playwright() as playwright:
        path = os.environ.get("PLAYGROUND_CHROMIUM") or which("chromium")
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        for name, state in SHOTS.items():
            page = browser.new_page(viewport={"width": 1440, "height": 900})
            page.set_default_timeout(60_000)
            Visitor(page, url.rstrip("/")).open(**state)
            page.wait_for_timeout(1000)  # fonts, and the picture's last movement
            page.screenshot(path=FOLDER / f"{name}.png")
            print(FOLDER / f"{name}.png")
    demo.close()


if __name__ == "__main__":
    main()
