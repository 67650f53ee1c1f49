"""The doctor's report: true of what works, and of what does not."""

from __future__ import annotations

from pathlib import Path

import pytest

from playground import catalog, doctor, models
from playground.hooks import laws
from playground.settings import override, use_settings
from tests.tiny import build


@pytest.fixture(autouse=True)
def bundled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """One small bundled model, `teller`."""
    monkeypatch.setattr(catalog, "BUNDLED", tmp_path / "models")
    monkeypatch.setattr(models, "_memory", models.new_memory())
    made = build("gpt2")
    made.module.save_pretrained(tmp_path / "models" / "teller")
    made.tokenizer.save_pretrained(tmp_path / "models" / "teller")
    return tmp_path / "models" / "teller"


def test_a_machine_on_which_all_works(capsys: pytest.CaptureFixture[str]) -> None:
    with override(max_tokens=100):
        assert doctor.main([]) == 0
    said = capsys.readouterr().out
    assert "teller" in said and "the laws hold" in said and "PLAYGROUND_MAX_TOKENS  100" in said
    assert "by the processor" in said and said.rstrip().endswith("Everything works.")
    ready, away = (next(line for line in said.splitlines() if word in line) for word in ("ready", "fetched first"))
    assert "teller" in ready and "openai-community/gpt2" in away


def test_a_damaged_model_is_named_with_its_reason(bundled: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (bundled / "model.safetensors").write_bytes(b"x" * 100)
    assert doctor.main([]) == 1
    said = capsys.readouterr().out
    assert "is damaged" in said and "1 of 1 models do not work here" in said


def test_a_model_that_does_not_tell_the_truth_is_found_out(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    real = laws.broken
    monkeypatch.setattr(laws, "broken", lambda *given: (*real(*given), "residual"))
    assert doctor.main([]) == 1
    assert "these laws do NOT hold: residual" in capsys.readouterr().out


def test_models_that_are_named_are_tried(bundled: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert doctor.main([str(bundled), "someone/nowhere"]) == 1
    said = capsys.readouterr().out
    assert said.count("the laws hold") == 2 and "someone/nowhere is not on this machine" in said


def test_settings_that_cannot_be_read_are_a_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PLAYGROUND_MAX_TOKENS", "abc")
    use_settings(None)
    assert doctor.main([]) == 1
    assert "PLAYGROUND_MAX_TOKENS is 'abc'" in capsys.readouterr().out
