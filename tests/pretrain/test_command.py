"""The command line: what can be mended by the user is one sentence, not a traceback."""

from __future__ import annotations

from pathlib import Path

import pytest

from playground.pretrain.__main__ import main, parser
from playground.pretrain.cards import TEXTS, card
from playground.pretrain.evaluation import MEASURES, Figure, table
from playground.pretrain.export import RunRecord
from playground.pretrain.tasks import DEFAULT_MINUTES, TASKS


def test_every_model_can_be_trained_measured_and_described() -> None:
    assert set(TASKS) == set(MEASURES) == set(TEXTS) == set(DEFAULT_MINUTES)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["storyteller", "--corpora", "{empty}", "--work", "{empty}/w", "--steps", "1"], "--corpora"),
        (["cloze", "--corpora", "{empty}", "--work", "{empty}/w", "--resume"], "without --resume"),
        (["evaluate", "translator", "--corpora", "{empty}", "--models", "{empty}"], "holds no model"),
    ],
)
def test_a_mistake_is_told_in_a_sentence(
    options: list[str], sentence: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([option.replace("{empty}", str(tmp_path)) for option in options]) == 2
    told = capsys.readouterr().err.strip()
    assert sentence in told and "\n" not in told


def test_minutes_and_steps_exclude_each_other() -> None:
    with pytest.raises(SystemExit):
        parser().parse_args(["cloze", "--corpora", ".", "--minutes", "1", "--steps", "2"])


def test_a_missed_bar_is_said_in_table_and_card() -> None:
    figures = [Figure("cloze", "top-1", 39.0, 40, unit="%"), Figure("cloze", "loss", 1.0, 1.2, at_most=True)]
    assert "| NO " in table(figures) and "| yes " in table(figures)
    record = RunRecord("cloze", 7, 10, 1.0, 1000, 3.2, "python -m playground.pretrain cloze", 5)
    assert "Not met: top-1." in card(TEXTS["cloze"], record, figures)
