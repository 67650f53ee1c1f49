"""Opening a finished model folder the plain Hugging Face way, without the network."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from transformers import AutoTokenizer


def open_model(auto_class: Any, folder: Path) -> tuple[Any, Any]:
    """(model in float32 and eval mode, tokenizer); raises FileNotFoundError if `folder` holds no model."""
    if not (folder / "config.json").is_file():
        raise FileNotFoundError(f"{folder} holds no model. Train it first: python -m playground.pretrain {folder.name}")
    model = auto_class.from_pretrained(folder, dtype=torch.float32, local_files_only=True, attn_implementation="eager")
    return model.eval(), AutoTokenizer.from_pretrained(folder, local_files_only=True)
