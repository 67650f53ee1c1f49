"""How a model is loaded and which models stay loaded: the only place that holds weights.

`locating` says where a name leads: to a folder, or to the hub, whose files `downloads` fetches. A folder becomes a
`LoadedModel`.
Knows nothing of text, activations or pages.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import downloads, hub
from .cache import Memory
from .catalog import EXAMPLE, CatalogEntry, catalog
from .errors import PlaygroundError
from .estimate import Estimate, check_agreement, check_numbers, estimate
from .facts import ModelInfo
from .files import CONFIG, count_parameters, weight_files
from .hub import Progress
from .loading import (
    LoadedModel,
    check_vocabulary,
    finish,
    kind_of,
    read_config,
    read_tokenizer,
    read_weights,
    require_tokenizer,
    warm_up,
    wrap,
)
from .locating import Place, locate
from .settings import free_bytes, settings
from .timelimit import time_limit

if TYPE_CHECKING:
    from transformers import PreTrainedConfig, PreTrainedTokenizerBase

__all__ = [
    "CatalogEntry", "LoadedModel", "ModelInfo", "catalog", "load_model", "load_tokenizer", "loaded", "unload",
    "warm_up", "wrap",
]  # fmt: skip

BYTES_PER_PARAMETER = 4  # fp32
MAX_CONFIG_BYTES = 1_000_000
MOST_TOKENIZERS = 8
"""Tokenizers that are kept without their models."""


@dataclass(frozen=True)
class Blueprint:
    """What a model is to be, by its config."""

    id: str
    kind: str
    """`decoder`, `encoder` or `encoder-decoder`."""
    source: str
    """`bundled`, `hub` or `folder`."""
    config: PreTrainedConfig


def new_memory() -> Memory[LoadedModel]:
    """An empty memory of models, as large as ``settings().cache_bytes`` allows."""
    return Memory(lambda: settings().cache_bytes, lambda model: model.info.n_bytes)


_memory = new_memory()
_tokenizers: Memory[PreTrainedTokenizerBase] = Memory(lambda: MOST_TOKENIZERS, lambda _: 1)
"""Those of models that are not loaded."""
_one_reader = threading.Lock()
"""transformers reads one model at a time: ``from_pretrained`` in two threads leaves weights on the meta device, and a
first import in two threads finds the package half made. Downloads need not wait, nor do models that are there."""


def load_model(name: str, progress: Progress | None = None) -> LoadedModel:
    """The model called `name`: a bundled name, a folder that exists, or a hub id, tried in this order.

    Two threads that ask for the same model load it once. `progress` gets a fraction (0–1 or None) and a sentence;
    what it raises, to cancel, goes through.

    Raises:
        PlaygroundError: unknown, not allowed, too large, not a text model, damaged, no network, no memory: one
            sentence that says what to do next.
    """
    tell = progress or _silent
    place = locate(name)
    return _memory.get(
        place.key,
        lambda: _load(place, tell),
        lambda: tell(None, f"Waiting for {place.id}: another visitor is loading it"),
    )


def load_tokenizer(name: str) -> PreTrainedTokenizerBase:
    """The tokenizer of a model that is on this machine, without its weights; the hub is not asked.

    Raises:
        PlaygroundError: it is not allowed, not on this machine, or damaged.
    """
    if name in {info.id for info in loaded()}:
        return load_model(name).tokenizer
    place = locate(name)
    folder = place.folder or hub.cached_folder(place.id)
    if folder is None:
        raise hub.not_here(place.id, "only tokenizers that are here already are compared")

    def read() -> PreTrainedTokenizerBase:
        with _one_reader:
            return read_tokenizer(folder, place.id)[0]

    return _tokenizers.get(place.key, read)


def check_name(name: str) -> None:
    """Finds out, without loading or asking the hub, whether `name` can lead to a model.

    Raises:
        PlaygroundError: it is not allowed, names nothing here, or would have to be fetched while offline.
    """
    place = locate(name)
    if place.folder is not None or hub.cached_folder(place.id) is not None:
        return
    if "/" not in place.id:
        there = ", ".join(entry.id for entry in catalog() if entry.source == "bundled")
        raise PlaygroundError(
            f"There is no bundled model {name} (there are {there or 'none'}). Correct the name; a model of the hub is"
            f" named with its owner, such as {EXAMPLE}."
        )
    if settings().offline:
        raise hub.not_here(place.id, "the playground runs offline")


def loaded() -> tuple[ModelInfo, ...]:
    """The models in memory, the least recently used first."""
    return tuple(model.info for model in _memory.values())


def unload(name: str) -> bool:
    """Let go of a model; False if it was not loaded."""
    return _memory.drop(locate(name).key)


def blueprint(name: str) -> Blueprint:
    """A model's config without its weights; of a model of the hub that was never downloaded, the config alone is.

    Raises:
        PlaygroundError: see ``load_model``; the hub would have to be asked and cannot be.
    """
    place = locate(name)
    folder = place.folder or hub.cached_folder(place.id) or hub.config_folder(place.id) or _fetch_config(place.id)
    check_numbers(folder, place.id)
    config = read_config(folder, place.id)
    return Blueprint(place.id, kind_of(config, place.id), place.source, config)


def _silent(fraction: float | None, sentence: str) -> None:
    """The progress of those who did not ask."""


# A place becomes a loaded model


def _load(place: Place, tell: Progress) -> LoadedModel:
    tell(None, f"Looking at {place.id}")
    folder = place.folder or hub.cached_folder(place.id) or _fetch(place.id, tell)
    with _reading(place.id, tell):
        return _read(place, folder, tell)


@contextmanager
def _reading(id: str, tell: Progress) -> Iterator[None]:
    """The one reader's turn, waited for and held no longer than ``settings().load_timeout_s``."""
    patience_s = settings().load_timeout_s
    give_up = time.monotonic() + patience_s
    while not _one_reader.acquire(timeout=0.5):
        if time.monotonic() > give_up:
            raise PlaygroundError(
                f"Another model has been loading for more than {patience_s} s, so {id} cannot be loaded now."
                " Choose a model that is loaded already, or try again later."
            )
        tell(None, f"Waiting to load {id}: another model is being loaded")
    too_slow = PlaygroundError(
        f"{id} took more than {patience_s} s to load, so it was given up. Choose a smaller model, or raise"
        " PLAYGROUND_LOAD_TIMEOUT_S if the disk is slow."
    )
    try:
        with time_limit(patience_s, too_slow):
            yield
    finally:
        _one_reader.release()


def _read(place: Place, folder: Path, tell: Progress) -> LoadedModel:
    config, kind, promised = _promise(folder, place.id)
    if not weight_files(folder):
        raise PlaygroundError(
            f"{place.id} has no model.safetensors. The playground loads safetensors only, which cannot carry code:"
            " save the model again with save_pretrained, or choose another one."
        )
    found = count_parameters(folder)
    if promised is not None:
        check_agreement(promised.n_parameters, found, place.id)
    _check_size(place.id, max(found, promised.n_parameters if promised else 0))
    _make_room(place.id, max(found * BYTES_PER_PARAMETER, promised.n_bytes if promised else 0))
    tell(None, f"Reading the weights of {place.id}")
    tokenizer, notes = read_tokenizer(folder, place.id)
    module, more_notes = read_weights(folder, config, kind, place.id)
    table: Any = module.get_input_embeddings()
    check_vocabulary(tokenizer, len(table.weight), place.id)
    return finish(module, tokenizer, id=place.id, kind=kind, source=place.source, notes=[*notes, *more_notes])


def _promise(folder: Path, id: str) -> tuple[PreTrainedConfig, str, Estimate | None]:
    """What a folder's config describes, its numbers looked at before anything is made of them."""
    check_numbers(folder, id)
    config = read_config(folder, id)
    kind = kind_of(config, id)
    return config, kind, estimate(config, kind, id)


def _fetch(repo_id: str, tell: Progress) -> Path:
    """Download a model: what it is and how large first, the weights only if they can be used."""
    listing = hub.look_up(repo_id)
    _check_size(repo_id, listing.n_parameters)
    downloads.check_room(listing)
    with downloads.lane(repo_id, tell):
        folder = downloads.download(listing, listing.small, lambda *_: tell(None, f"Looking at {repo_id}"))
        with _reading(repo_id, tell):
            _, _, promised = _promise(folder, repo_id)
            require_tokenizer(folder, repo_id)
        _check_size(repo_id, promised.n_parameters if promised else 0)
        return downloads.download(listing, listing.weights, tell)


def _fetch_config(repo_id: str) -> Path:
    """Download the config of a model, a few kilobytes."""
    listing = hub.look_up(repo_id)
    if listing.sizes.get(CONFIG, 0) > MAX_CONFIG_BYTES:
        raise PlaygroundError(f"The config.json of {repo_id} is too large to be one. Choose another model.")
    return downloads.download(listing, (CONFIG,), _silent)


def _check_size(id: str, n_parameters: int) -> None:
    limit = settings().max_parameters
    if n_parameters > limit:
        raise PlaygroundError(
            f"{id} has {_millions(n_parameters)} parameters; at most {_millions(limit)} are allowed here."
            " Choose a smaller model, or raise PLAYGROUND_MAX_PARAMETERS if the machine can hold it."
        )


def _make_room(id: str, n_bytes: int) -> None:
    """Forget models until ``n_bytes`` more are within the bound and free in memory."""
    free = free_bytes()
    if free is not None and n_bytes > free + _memory.size:
        raise PlaygroundError(
            f"{id} needs about {n_bytes / 1e9:.1f} GB of memory and {free / 1e9:.1f} GB are free."
            " Close other programs or choose a smaller model."
        )
    _memory.make_room(n_bytes)
    while free is not None and n_bytes > free and len(_memory):
        _memory.forget_oldest()
        free = free_bytes()


def _millions(count: int) -> str:
    return f"{count / 1e9:.2f} billion" if count >= 1e9 else f"{count / 1e6:,.1f} million"
