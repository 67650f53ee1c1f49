"""How large a model will be, by its config.json alone, before anything of it is built or downloaded.

The headers of the weight files tell only what is in the files; what is built follows the config, and whatever the
files lack is made up of random numbers. A config is a stranger's file: its numbers may be wrong, or meant to do harm.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .errors import PlaygroundError
from .facts import ALIASES
from .files import CONFIG, read_json
from .loading import auto_class, import_family
from .timelimit import time_limit

if TYPE_CHECKING:
    from transformers import PreTrainedConfig, PreTrainedModel

LARGEST = {
    "n_layers": 1_000, "n_heads": 10_000, "n_kv_heads": 10_000, "head_dim": 100_000, "d_model": 1_000_000,
    "d_mlp": 10_000_000, "vocab_size": 10_000_000, "context": 100_000_000,
}  # fmt: skip
"""Far beyond every model there is: what is larger is a mistake, and some families make a list as long."""
AT_LEAST_ONE = ("n_layers", "n_heads", "d_model", "vocab_size")
MORE_LAYERS = ("encoder_layers", "decoder_layers", "num_encoder_layers")
MISSING, SPARE = 2.1, 4
"""Largest ratio of what a config describes to what is in the files, and of what is in the files to what it describes:
a head that is missing at most doubles a model, and half the weights of a small picture-and-text model are its eyes."""
MAX_MODULES = 100_000
"""Parts of one model; the largest mixtures of experts have some ten thousand."""
MAX_SECONDS = 10.0
"""For building the model without memory, which takes 0.02 s for GPT-2 and 1 s for 400 layers of it."""


@dataclass(frozen=True)
class Estimate:
    """What will be built."""

    n_parameters: int
    """Shared ones counted once."""
    n_bytes: int
    """Parameters in float32, and buffers."""


def check_numbers(folder: Path, id: str) -> None:
    """Refuse a config.json whose sizes no model can have, before a config object is made of it.

    Raises:
        PlaygroundError: a size is not a number, below one, or absurdly large; or the file is damaged.
    """
    config = read_json(folder / CONFIG)
    if not isinstance(config, dict):
        raise PlaygroundError(f"The config.json of {id} is damaged. Choose another model, or fetch it again.")
    parts = [config, *(part for part in config.values() if isinstance(part, dict))]  # text_config, decoder, …
    for part in parts:
        for fact, names in ALIASES.items():
            more = MORE_LAYERS if fact == "n_layers" else ()
            for name in (*names, *more):
                _check_number(part.get(name), name, fact, id)


def _check_number(value: Any, name: str, fact: str, id: str) -> None:
    for number in value if isinstance(value, list) else [value]:  # one entry per layer in a few families
        if number is None or isinstance(number, list | dict | str):  # what a family makes of these is its own affair
            continue
        low = 1 if fact in AT_LEAST_ONE else -1  # −1 says "not set" in some
        if not low <= number <= LARGEST[fact]:
            raise PlaygroundError(
                f"The config.json of {id} says {name} = {_shown(number)}, which no model can have."
                " Correct the file, fetch the model again, or choose another one."
            )


def _shown(number: float) -> str:
    text = str(number)
    return text if len(text) <= 15 else f"{text[:12]}… ({len(text)} characters)"


def check_agreement(promised: int, found: int, id: str) -> None:
    """Refuse weight files that are not those of the model which the config describes.

    Args:
        promised: parameters of the model that will be built.
        found: parameters in the files. More than promised where they hold a head or a tower that is not used here,
            fewer where a head is missing, which is never larger than the table of tokens beside it.
        id: the model's name, for the sentence.

    Raises:
        PlaygroundError: one is several times the other.
    """
    if promised > MISSING * found or found > SPARE * promised:
        raise PlaygroundError(
            f"The weights of {id} do not belong to its config.json: the files hold {found:,} parameters, and the config"
            f" describes a model of {promised:,}. Choose another model, or fetch it again."
        )


def estimate(config: PreTrainedConfig, kind: str, id: str) -> Estimate | None:
    """Build the model without memory and count; None where a family cannot be built so.

    Raises:
        PlaygroundError: it has too many parts, or takes too long.
    """
    module = laid_out(config, kind, id)
    if module is None:
        return None
    n_parameters = sum(parameter.numel() for parameter in module.parameters())
    return Estimate(n_parameters, 4 * n_parameters + sum(tensor.nbytes for tensor in module.buffers()))


def laid_out(config: PreTrainedConfig, kind: str, id: str) -> PreTrainedModel | None:
    """The model that a config describes, built without memory (on torch's meta device): shapes and no numbers; None
    where a family cannot be built so.

    Raises:
        PlaygroundError: it has too many parts, or takes too long.
    """
    import torch

    absurd = PlaygroundError(
        f"The config.json of {id} describes a model too large to be built here. Choose a smaller one."
    )
    too_slow = PlaygroundError(
        f"Laying out the parts of {id} took more than {MAX_SECONDS:.0f} s. Choose a smaller model, or try again when"
        " the machine is less busy."
    )
    try:
        import_family(config, kind)
        with time_limit(MAX_SECONDS, too_slow), _counted_modules(absurd), torch.device("meta"):
            module: PreTrainedModel = auto_class(kind).from_config(config, trust_remote_code=False)
    except PlaygroundError:
        raise
    except Exception:  # from_pretrained builds it in the same way first, and will say what is wrong
        return None
    return module


@contextmanager
def _counted_modules(error: PlaygroundError) -> Iterator[None]:
    """Raises ``error`` where this thread makes too many modules."""
    from torch.nn.modules.module import register_module_module_registration_hook

    me, count = threading.get_ident(), 0

    def count_one(*_: Any) -> None:
        nonlocal count
        count += threading.get_ident() == me
        if count > MAX_MODULES:
            raise error

    handle = register_module_module_registration_hook(count_one)
    try:
        yield
    finally:
        handle.remove()
