"""Settings come from the environment, and a mistake in it is said in a sentence."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from playground.errors import PlaygroundError
from playground.settings import override, quiet_environment, read_settings, settings, variable_names


def test_values_are_read_from_the_environment() -> None:
    made = read_settings(
        {
            "PLAYGROUND_MAX_TOKENS": " 1_024 ",
            "PLAYGROUND_MAX_PARAMETERS": "1.6e9",
            "PLAYGROUND_MODELS": "storyteller, openai-community/gpt2,",
            "PLAYGROUND_FOLDERS": os.pathsep.join(["/srv/models", "~"]),
            "PLAYGROUND_OFFLINE": "yes",
            "PLAYGROUND_DEVICE": "cpu",
        }
    )
    assert (made.max_tokens, made.max_parameters, made.offline, made.device) == (1024, 1_600_000_000, True, "cpu")
    assert made.models == ("storyteller", "openai-community/gpt2")
    assert made.folders == (Path("/srv/models"), Path.home().resolve())


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("MAX_TOKENS", "many"), ("MAX_TOKENS", "0"), ("MAX_TOKENS", "1.5"), ("MAX_TOKENS", ""), ("MAX_TOKENS", "inf"),
        ("MAX_TOKENS", "nan"), ("WORKERS", "-1"), ("OFFLINE", "perhaps"), ("DEVICE", "tpu"),
    ],
)  # fmt: skip
def test_a_mistake_names_the_variable_and_the_value(name: str, text: str) -> None:
    with pytest.raises(PlaygroundError, match=f"PLAYGROUND_{name} is {text!r}; it wants "):
        read_settings({f"PLAYGROUND_{name}": text})


def test_folders_are_closed_in_a_space_unless_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    assert read_settings({}).folders is None
    monkeypatch.setenv("SPACE_ID", "someone/playground")
    assert read_settings({}).folders == ()
    assert read_settings({"PLAYGROUND_FOLDERS": "any"}).folders is None


def test_the_hub_library_s_own_switch_counts_too() -> None:
    assert read_settings({"HF_HUB_OFFLINE": "1"}).offline
    assert not read_settings({"HF_HUB_OFFLINE": "1", "PLAYGROUND_OFFLINE": "0"}).offline


def test_override_ends() -> None:
    before = settings()
    with pytest.raises(ZeroDivisionError), override(max_tokens=3):
        assert settings().max_tokens == 3
        raise ZeroDivisionError
    assert settings() is before


def test_every_variable_is_described() -> None:
    assert all(name.startswith("PLAYGROUND_") and about.endswith(".") for name, about in variable_names().items())


def test_the_user_s_own_choice_of_telemetry_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRADIO_ANALYTICS_ENABLED", "True")
    monkeypatch.delenv("HF_HUB_DISABLE_TELEMETRY", raising=False)
    quiet_environment()
    assert (os.environ["GRADIO_ANALYTICS_ENABLED"], os.environ["HF_HUB_DISABLE_TELEMETRY"]) == ("True", "1")
