"""The places that are changed in Gradio's scripts are there, once each, and the files are sent so."""

from __future__ import annotations

from fnmatch import fnmatch
from pathlib import Path

import pytest

from playground.serving import files, frontend
from playground.serving.frontend import CHANGES, Change


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.old[:40])
def test_every_change_finds_its_place_once(change: Change) -> None:
    """If a newer Gradio has moved it: see what its browser code does at each event, and change that, or delete it."""
    sent = [file for file in files._gradios().values() if fnmatch(file.path.name, change.name)]
    before = [file.path.read_text("utf-8").count(change.old) for file in sent]
    assert sum(before) == 1
    file = sent[before.index(1)]
    assert change.new in file.content.decode() and change.old not in file.content.decode().replace(change.new, "")


def test_another_gradio_is_left_as_it_is(tmp_path: Path) -> None:
    script = tmp_path / "Blocks-abcdefgh.js"
    script.write_text("const other = 1;")
    assert frontend.changed(script) == b"const other = 1;"
    assert frontend.changed(tmp_path / "core-abcdefgh.js") is None
