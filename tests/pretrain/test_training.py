"""A few seconds of training on 50 kB of text: the loss falls, an interrupted run goes on where it stood."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from playground.pretrain import cloze, storyteller, translator
from playground.pretrain.export import RunRecord, save_model
from playground.pretrain.loop import RunSettings, Task, load_checkpoint, train
from playground.pretrain.optim import Rates, rate_factor
from playground.pretrain.sizes import Size
from playground.pretrain.storyteller import Storyteller, generation_settings
from playground.pretrain.tasks import TASKS
from playground.pretrain.translator import Translator, target_logits

from .corpus import write_corpora

TINY = Size(n_layers=1, n_heads=2, d_model=32, batch_tokens=1024)
CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_corpora(tmp_path_factory.mktemp("corpora"))


@pytest.fixture(autouse=True)
def little_grammar(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (storyteller, cloze):
        monkeypatch.setattr(module, "GRAMMAR", dict.fromkeys(("people", "scenes"), 60))
    monkeypatch.setattr(translator, "GENERATED_PAIRS", 300)


def mean_loss(task: Task) -> float:
    task.model.eval()
    with torch.no_grad():
        return sum(float(task.loss(task.batch(step, 0.0))) for step in range(4)) / 4


@pytest.mark.parametrize("name", TASKS)
def test_loss_falls_from_that_of_a_blind_guess(
    name: str, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storyteller, "STAGES", storyteller.STAGES[-1:])  # the one with text
    monkeypatch.setattr(Storyteller, "rates", Rates(matrices=1e-2, others=1e-2))  # a tiny model bears more
    task = TASKS[name](folder, 0, CPU, TINY)
    task.warm_up = 5
    before = mean_loss(task)
    assert before == pytest.approx(math.log(len(task.tokenizer)), rel=0.25)
    train(task, RunSettings(tmp_path, steps=60, report_every=30))
    figures = task.validate()
    assert all(math.isfinite(value) for value in figures.values())
    again = TASKS[name](folder, 0, CPU, TINY, tokenizer=task.tokenizer)  # trained anew it may have a piece more
    again.model.load_state_dict(task.model.state_dict())
    assert mean_loss(again) < 0.93 * before


def test_a_resumed_run_ends_where_an_unbroken_one_ends(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storyteller, "STAGES", storyteller.STAGES[-1:])  # with text, episodes and dropout
    whole = Storyteller(folder, 0, CPU, TINY)
    train(whole, RunSettings(tmp_path / "whole", steps=6))

    class InterruptionError(Exception):
        pass

    broken = Storyteller(folder, 0, CPU, TINY)
    plain_batch = broken.batch

    def batch_or_stop(step: int, progress: float) -> dict[str, torch.Tensor]:
        if step == 4:
            raise InterruptionError
        return plain_batch(step, progress)

    broken.batch = batch_or_stop  # type: ignore[method-assign]
    settings = RunSettings(tmp_path / "broken", steps=6, save_every_s=0.0)
    with pytest.raises(InterruptionError):
        train(broken, settings)
    resumed = Storyteller(folder, 0, CPU, TINY)
    state = train(resumed, RunSettings(tmp_path / "broken", steps=6, resume=True))
    assert state.step == 6
    for name, expected in whole.model.state_dict().items():
        assert torch.equal(resumed.model.state_dict()[name], expected), name


def test_resuming_without_a_checkpoint_says_what_to_do(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="without --resume"):
        load_checkpoint(Storyteller(folder, 0, CPU, TINY), tmp_path, None)


def test_saved_model_opens_alone_and_gives_the_logits_of_the_trained_one(folder: Path, tmp_path: Path) -> None:
    task = Storyteller(folder, 0, CPU, TINY)
    record = RunRecord("storyteller", 0, 0, 0.0, 0, 0.0, "", 0)
    save_model(task.model, task.tokenizer, generation_settings(task.tokenizer), record, tmp_path / "out")
    model = AutoModelForCausalLM.from_pretrained(tmp_path / "out", dtype=torch.float32, local_files_only=True)
    tokenizer = AutoTokenizer.from_pretrained(tmp_path / "out", local_files_only=True)
    ids = tokenizer("The king and the queen", return_tensors="pt")["input_ids"]
    with torch.no_grad():
        ours = task.model.eval().half().float()(ids).logits
        torch.testing.assert_close(model(ids).logits, ours, atol=1e-4, rtol=1e-4)


def test_a_folder_with_other_things_is_not_overwritten(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work", encoding="utf-8")
    task = Storyteller(folder, 0, CPU, TINY)
    with pytest.raises(ValueError, match="holds no model"):
        save_model(task.model, task.tokenizer, None, RunRecord("storyteller", 0, 0, 0.0, 0, 0.0, "", 0), tmp_path)
    assert (tmp_path / "thesis.txt").exists()


def test_padding_beside_a_pair_does_not_change_its_logits(folder: Path) -> None:
    task = Translator(folder, 0, CPU, TINY)
    task.model.eval()
    batch = task.batch(0, 0.0)
    short = int(batch["attention_mask"].sum(1).argmin())
    n = int(batch["attention_mask"][short].sum())
    one = {name: part[short : short + 1] for name, part in batch.items()}
    alone = one | {"input_ids": one["input_ids"][:, :n], "attention_mask": one["attention_mask"][:, :n]}
    with torch.no_grad():
        torch.testing.assert_close(
            target_logits(task.model, batch)[short], target_logits(task.model, alone)[0], atol=1e-4, rtol=1e-4
        )


def test_rate_rises_and_then_falls_to_nothing() -> None:
    assert rate_factor(0, 0.0, 10) == pytest.approx(0.1)
    assert rate_factor(50, 0.5, 10) == pytest.approx(0.5)
    assert rate_factor(99, 1.0, 10) == 0.0
