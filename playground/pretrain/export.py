"""Saving a trained model the plain Hugging Face way: fp16 safetensors in shards under 10 MB, tokenizer, settings."""

from __future__ import annotations

import copy
import json
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn
from transformers import GenerationConfig, PreTrainedModel, PreTrainedTokenizerFast

SHARD = "9MB"
RECORD = "training.json"


@dataclass(frozen=True)
class RunRecord:
    """What is worth knowing of a finished run; kept beside the weights, and told in the card."""

    name: str
    seed: int
    steps: int
    minutes: float
    tokens: int
    train_loss_nats: float
    command: str
    n_parameters: int
    machine: str = ""
    note: str = ""
    guided_heads: tuple[dict[str, Any], ...] = ()
    """Heads that were told where to look: `layer`, `head` and, in words, what each `looks_at`."""


def save_model(
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerFast,
    generation: GenerationConfig | None,
    record: RunRecord,
    out: Path,
) -> None:
    """Write model, tokenizer, generation settings and run record to `out`, replacing an older model there."""
    clear(out)
    half = copy.deepcopy(model).eval()
    nn.Module.to(half, "cpu", torch.float16)
    half.set_attn_implementation("eager")
    if generation is not None:
        half.generation_config = generation
    half.save_pretrained(out, max_shard_size=SHARD)
    save_tokenizer(tokenizer, out)
    for weights in out.glob("*.safetensors"):
        weights.chmod(0o644)  # written readable by their owner alone
    write_record(record, out)


def write_record(record: RunRecord, folder: Path) -> None:
    """Write the record into `folder`."""
    (folder / RECORD).write_text(json.dumps(asdict(record), indent=2) + "\n", encoding="utf-8")


def read_record(folder: Path) -> RunRecord:
    """The record that `write_record` wrote; FileNotFoundError in a sentence if there is none."""
    path = folder / RECORD
    if not path.is_file():
        raise FileNotFoundError(f"There is no {RECORD} in {folder}: the run there has not ended.")
    return RunRecord(**json.loads(path.read_text(encoding="utf-8")))


def save_tokenizer(tokenizer: PreTrainedTokenizerFast, out: Path) -> None:
    """Write the tokenizer under the class name that releases 4 and 5 of transformers both know."""
    tokenizer.save_pretrained(out)
    path = out / "tokenizer_config.json"
    settings = json.loads(path.read_text(encoding="utf-8"))
    kept = {key: value for key, value in settings.items() if key not in ("is_local", "local_files_only", "backend")}
    kept["tokenizer_class"] = "PreTrainedTokenizerFast"
    path.write_text(json.dumps(kept, indent=2) + "\n", encoding="utf-8")


def clear(out: Path) -> None:
    """Make `out` an empty folder; raises ValueError if it holds something that is no model of ours."""
    if out.exists() and any(out.iterdir()) and not (out / "config.json").is_file():
        raise ValueError(f"{out} is not empty and holds no model. Give another folder with --out.")
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
