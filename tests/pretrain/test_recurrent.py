"""The recurrent network: training lowers the loss, and what is saved is what the page reads, as its card says."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import PreTrainedTokenizerFast

from playground.analysis.recurrent import FOLDER
from playground.pretrain import corpora, recurrent
from playground.pretrain.streams import Stream

from .corpus import write_corpora

TOKENIZER = FOLDER.parent / "storyteller"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_corpora(tmp_path_factory.mktemp("corpora"))


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recurrent, "WINDOW", 24)
    monkeypatch.setattr(recurrent, "RATE", 0.03)  # 40 steps are a quick rise and a quick fall of it


def test_a_few_steps_lower_the_bits_of_texts_not_trained_on(folder: Path) -> None:
    tokenizer = PreTrainedTokenizerFast.from_pretrained(TOKENIZER, local_files_only=True)
    texts, held = corpora.split(corpora.stories(folder), corpora.STORIES_HELD_OUT)
    torch.manual_seed(0)
    model = recurrent.Recurrent(len(tokenizer), width=48, state=48)
    before = recurrent.held_out_bits(model, tokenizer, held[:2])
    assert before[1] == pytest.approx(math.log2(len(tokenizer)), abs=1), "it begins without a preference"
    n_tokens = recurrent.train(model, Stream(texts, tokenizer, 25), steps=40, seed=0)
    after = recurrent.held_out_bits(model, tokenizer, held[:2])
    assert n_tokens == 40 * recurrent.BATCH * 24
    assert after[1] < before[1] - 2 and after[0] / before[0] == pytest.approx(after[1] / before[1])


def test_the_command_saves_what_the_card_tells(folder: Path, tmp_path: Path) -> None:
    given = ["--corpora", str(folder), "--tokenizer", str(TOKENIZER), "--out", str(tmp_path), "--steps", "2"]
    assert recurrent.main(given) == 0
    record = json.loads((tmp_path / "training.json").read_text())
    assert record["tokens"] == 2 * recurrent.BATCH * 24 and record["state"] == recurrent.STATE
    assert f"{record['bits_per_byte']:.2f} bits per byte" in (tmp_path / "README.md").read_text()
    assert sum(array.size for array in np.load(tmp_path / "weights.npz").values()) == record["parameters"]


def test_the_bundled_one_was_made_by_this_file() -> None:
    """Sizes of its weights, whole steps of its training, and a card that tells its own run."""
    record = json.loads((FOLDER / "training.json").read_text())
    arrays = np.load(FOLDER / "weights.npz")
    assert arrays["w_state"].shape == (3 * recurrent.STATE, recurrent.STATE) and record["state"] == recurrent.STATE
    assert arrays["embedding"].shape[1] == recurrent.WIDTH and record["tokens"] % (recurrent.BATCH * 128) == 0
    assert sum(array.size for array in arrays.values()) == record["parameters"]
    assert f"{record['bits_per_byte']:.2f} bits per byte" in (FOLDER / "README.md").read_text()
    assert record["bits_per_byte"] < 1.3
