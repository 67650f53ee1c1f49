"""What lies in a folder of Hugging Face files, found out without reading the weights. Standard library only."""

from __future__ import annotations

import json
import struct
from math import prod
from pathlib import Path

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
        names = sorted(set(json.loads(index.read_text("utf-8"))["weight_map"].values()))
    except (OSError, ValueError, KeyError, AttributeError, TypeError) as error:
        raise PlaygroundError(f"The file {index} is damaged. Delete it and fetch the model again.") from error
    # A name with a folder in it would point outside: the hub's own index files never have one.
    return tuple(folder / Path(str(name)).name for name in names)


def count_parameters(folder: Path) -> int:
    """Parameters in the safetensors headers of `folder`: reads a few kilobytes, not the weights.

    Raises:
        PlaygroundError: a file is missing or damaged.
    """
    return sum(_header_parameters(path) for path in weight_files(folder))


def _header_parameters(path: Path) -> int:
    try:
        with path.open("rb") as file:
            (length,) = struct.unpack("<Q", file.read(8))
            if length > min(MAX_HEADER_BYTES, path.stat().st_size):
                raise ValueError("header longer than the file")
            header = json.loads(file.read(length))
        shapes = [entry["shape"] for name, entry in header.items() if name != "__metadata__"]
        return sum(prod(shape) for shape in shapes)
    except FileNotFoundError as error:
        raise PlaygroundError(f"The file {path} is missing. Fetch the model again.") from error
    except (OSError, ValueError, KeyError, TypeError, AttributeError, struct.error) as error:
        raise PlaygroundError(f"The file {path} is damaged. Delete it and fetch the model again.") from error
