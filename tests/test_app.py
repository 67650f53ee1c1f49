"""The command line, and what it hands to Gradio."""

from __future__ import annotations

import threading
from typing import Any

import gradio as gr
import pytest

import app
from playground import engine, ui
from playground.engine import Prompt
from playground.errors import PlaygroundError
from playground.settings import settings, use_settings


def test_nothing_need_be_said() -> None:
    options = app.arguments([])
    assert (options.host, options.port, options.model, options.offline) == (None, None, None, False)


def test_everything_can_be_said() -> None:
    options = app.arguments(["--host", "0.0.0.0", "--port", "7861", "--model", "my/model", "--offline"])
    assert (options.host, options.port, options.model, options.offline) == ("0.0.0.0", 7861, "my/model", True)


@pytest.mark.parametrize("argv", [["--port", "many"], ["--colour"], ["storyteller"]])
def test_what_is_no_argument_is_refused(argv: list[str]) -> None:
    with pytest.raises(SystemExit):
        app.arguments(argv)


class Started:
    """An app that was started without a server."""

    def __init__(self, argv: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
        self.given: dict[str, Any] = {}
        self.opened: list[str | None] = []
        self.warmed: list[Prompt] = []
        warm = threading.Event()

        def trace(prompt: Prompt, *_: Any) -> None:
            self.warmed.append(prompt)
            warm.set()
            raise PlaygroundError("not today")

        real = ui.build

        def build(model: str | None = None) -> gr.Blocks:
            self.opened.append(model)
            return real(model)

        monkeypatch.setattr(engine, "trace", trace)
        monkeypatch.setattr(ui, "build", build)
        monkeypatch.setattr(gr.Blocks, "launch", lambda _, **given: self.given.update(given))
        monkeypatch.delenv("HF_HUB_OFFLINE")
        use_settings(None)
        monkeypatch.setattr(app, "serve_until_stopped", lambda page: None)
        monkeypatch.setattr(app.os, "_exit", lambda status: None)
        monkeypatch.setattr(app, "keep_memory_flat", lambda: True)  # for this process it would be for good
        app.main(argv)
        assert warm.wait(20)


def test_gradio_is_left_to_its_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """None: Gradio then looks at GRADIO_SERVER_NAME and GRADIO_SERVER_PORT."""
    started = Started([], monkeypatch)
    assert started.given["server_name"] is None and started.given["server_port"] is None
    assert {"theme", "head", "app_kwargs"} <= set(started.given)
    assert started.opened == [None] and not settings().offline


def test_arguments_arrive(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLAYGROUND_OFFLINE", "0")  # and taken back after the test
    monkeypatch.setenv("PLAYGROUND_FOLDERS", "any")
    started = Started(["--host", "0.0.0.0", "--port", "7861", "--model", "cloze", "--offline"], monkeypatch)
    assert (started.given["server_name"], started.given["server_port"]) == ("0.0.0.0", 7861)
    assert started.opened == ["cloze"] and settings().offline and settings().folders is None


def test_the_model_that_is_asked_for_is_the_one_that_is_warmed_up(monkeypatch: pytest.MonkeyPatch) -> None:
    assert [p.model for p in Started(["--model", "my/model"], monkeypatch).warmed] == ["my/model"]


@pytest.mark.parametrize(
    ("argv", "environment", "sentence"),
    [
        ([], {"MAX_TOKENS": "abc"}, "PLAYGROUND_MAX_TOKENS is 'abc'; it wants a number"),
        ([], {"MODELS": "storyteller, storytellr"}, "There is no bundled model storytellr .there are .*storyteller"),
        ([], {"MODELS": "storyteller,/no/such/folder"}, "There is no folder '/no/such/folder'"),
        ([], {"MODELS": "storyteller,a b"}, "'a b' is not a model name"),
        (["--offline"], {"MODELS": "storyteller,someone/large"}, "someone/large is not on this machine"),
        (["--model", "storytellr"], {}, "There is no bundled model storytellr"),
        (["--model", "cloze"], {"MODELS": "storyteller"}, "cloze is not offered here"),
    ],
)
def test_what_cannot_be_is_said_at_the_start(
    argv: list[str], environment: dict[str, str], sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLAYGROUND_OFFLINE", "0")
    for name, value in environment.items():
        monkeypatch.setenv(f"PLAYGROUND_{name}", value)
    use_settings(None)
    with pytest.raises(SystemExit, match=sentence):
        app.main(argv)


@pytest.mark.parametrize(
    ("argv", "environment", "folders"),
    [
        ([], {}, None),
        (["--host", "127.0.0.1"], {}, None),
        (["--host", "0.0.0.0"], {}, ()),
        ([], {"GRADIO_SERVER_NAME": "0.0.0.0"}, ()),
        (["--host", "0.0.0.0"], {"PLAYGROUND_FOLDERS": "any"}, None),
    ],
)
def test_folders_are_closed_where_strangers_can_come(
    argv: list[str], environment: dict[str, str], folders: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLAYGROUND_FOLDERS", "x")  # so that it is taken back after the test
    monkeypatch.delenv("PLAYGROUND_FOLDERS")
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    use_settings(None)
    app.prepare(app.arguments(argv))
    assert settings().folders == folders
