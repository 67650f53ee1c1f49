"""What lies in a folder of Hugging Face files, found out without reading the weights. Standard library only."""

from __future__ import annotations

import json
import struct
from math import prod
from pathlib import Path
from typing import Any

from .errors import PlaygroundError

CONFIG = "config.json"
WEIGHTS = "model.safetensors"
WEIGHTS_INDEX = "model.safetensors.index.json"
TOKENIZER_FILES = (
    "tokenizer.json", "vocab.json", "vocab.txt", "merges.txt", "*.model", "*.spm", "*.bpe.codes",
)  # fmt: skip
SMALL_FILES = (
    CONFIG, WEIGHTS_INDEX, "generation_config.json", "tokenizer_config.json", "special_tokens_map.json",
    "added_tokens.json", "chat_template.jinja", *TOKENIZER_FILES,
)  # fmt: skip
# A header lists every tensor's name and shape; real ones are below 10 MB, a corrupt length is astronomically large.
MAX_HEADER_BYTES = 100_000_000
MAX_JSON_BYTES = 20_000_000
"""Of a config or an index; real ones are below 5 MB."""
WHOLE_NUMBERS = ("BOOL", "U8", "I8", "U16", "I16", "U32", "I32", "U64", "I64")
"""safetensors' types of tensors that are masks or counters, no weights of a model in full precision."""
DAMAGED = (OSError, ValueError, KeyError, TypeError, AttributeError, struct.error, RecursionError, OverflowError)
"""What reading a file raises that is not what it should be; brackets thousands deep are a RecursionError."""


def read_json(path: Path) -> Any:
    """What a small JSON file holds.

    Raises:
        PlaygroundError: not there, no file, too large, or damaged.
    """
    try:
        if not path.is_file() or path.stat().st_size > MAX_JSON_BYTES:  # a pipe would be waited for without end
            raise ValueError("no regular file of that size")
        return json.loads(path.read_text("utf-8"))
    except DAMAGED as error:
        raise PlaygroundError(f"The file {path} is damaged. Delete it and fetch the model again.") from error


def has_tokenizer(folder: Path) -> bool:
    """Whether a folder holds files of a tokenizer."""
    return any(any(folder.glob(pattern)) for pattern in TOKENIZER_FILES)


def weight_files(folder: Path) -> tuple[Path, ...]:
    """The safetensors files that make up the model in `folder`, as the index names them; () where there are none.

    Raises:
        PlaygroundError: the index cannot be read.
    """
    if (folder / WEIGHTS).exists():
        return (folder / WEIGHTS,)
    index = folder / WEIGHTS_INDEX
    if not index.exists():
        return ()
    try:
        names = sorted(set(read_json(index)["weight_map"].values()))
    except DAMAGED as error:
        raise PlaygroundError(f"The file {index} is damaged. Delete it and fetch the model again.") from error
    # A name with a folder in it would point outside: the hub's own index files never have one.
    return tuple(folder / Path(str(name)).name for name in names)


def count_parameters(folder: Path) -> int:
    """Parameters in the safetensors headers of `folder`: reads a few kilobytes, not the weights.

    Counters and causal masks, which old models were saved with, are no parameters.

    Raises:
        PlaygroundError: a file is missing or damaged.
    """
    return sum(_header_parameters(path) for path in weight_files(folder))


def _header_parameters(path: Path) -> int:
    if not path.exists():
        raise PlaygroundError(f"The file {path} is missing. Fetch the model again.")
    try:
        if not path.is_file():  # a pipe would be waited for without end
            raise ValueError("no regular file")
        with path.open("rb") as file:
            (length,) = struct.unpack("<Q", file.read(8))
            if length > min(MAX_HEADER_BYTES, path.stat().st_size):
                raise ValueError("header longer than the file")
            header = json.loads(file.read(length))
        entries = [entry for name, entry in header.items() if name != "__metadata__"]
        return sum(prod(entry["shape"]) for entry in entries if _is_weight(entry))
    except DAMAGED as error:
        raise PlaygroundError(f"The file {path} is damaged. Delete it and fetch the model again.") from error


def _is_weight(entry: dict[str, Any]) -> bool:
    is_mask = len(entry["shape"]) == 4 and entry["shape"][:2] == [1, 1]
    return entry["dtype"] not in WHOLE_NUMBERS and not is_mask
