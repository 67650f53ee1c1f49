"""The README promises what is there."""

from __future__ import annotations

import re
from pathlib import Path

from playground.settings import variable_names
from playground.tabs import TABS

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")


def test_every_setting_is_in_the_table() -> None:
    table = set(re.findall(r"^\| `(PLAYGROUND_\w+)`", README, flags=re.MULTILINE))
    assert table == set(variable_names())


def test_ci_runs_the_readmes_test_command() -> None:
    section = README.split("## Test it")[1]
    command = re.search(r"```\n(.+)\n```", section)
    assert command
    assert f"exec {command[1]}\n" in (ROOT / ".ci" / "run").read_text("utf-8")


def test_the_card_names_the_gradio_that_is_pinned() -> None:
    version = re.search(r"^sdk_version: (\S+)$", README, flags=re.MULTILINE)
    assert version
    assert f"gradio=={version[1]}\n" in (ROOT / "requirements.txt").read_text("utf-8")


def test_every_file_that_is_named_is_there() -> None:
    named = re.findall(r"(?:playground|assets|tests)/[\w./-]+\.(?:py|md|json|png)", README)
    assert named
    assert not [name for name in named if not re.search("NAME|NOUN|counts", name) and not (ROOT / name).exists()]


def test_every_view_is_in_the_table() -> None:
    rows = re.findall(r"^\| \*\*(.+?)\*\* \| (.+?) \|", README, flags=re.MULTILINE)
    views = [(tab.title, view.title) for tab in TABS for view in tab.views]
    assert rows == views, "README, “What you see”: a line for each view, in the order of the page"
