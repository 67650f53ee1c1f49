"""How a model is loaded and which models stay loaded: the only place that holds weights.

A name becomes a folder (bundled, the user's own, or downloaded through `hub`), a folder becomes a `LoadedModel`.
Knows nothing of text, activations or pages.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path

from . import hub
from .catalog import EXAMPLE, SHORT_NAMES, CatalogEntry, bundled_folder, catalog
from .errors import PlaygroundError
from .facts import ModelInfo
from .files import CONFIG, count_parameters, weight_files
from .hub import Progress
from .loading import (
    LoadedModel,
    finish,
    kind_of,
    read_config,
    read_tokenizer,
    read_weights,
    require_tokenizer,
    warm_up,
    wrap,
)
from .settings import free_bytes, settings

__all__ = ["CatalogEntry", "LoadedModel", "ModelInfo", "catalog", "load_model", "loaded", "unload", "warm_up", "wrap"]

BYTES_PER_PARAMETER = 4  # fp32


@dataclass(frozen=True)
class _Place:
    """Where a name leads: `key` names the model in the cache, `folder` is None until the hub's files are here."""

    id: str
    source: str
    folder: Path | None

    @property
    def key(self) -> str:
        return f"{self.source}:{self.folder or self.id}"


class _Shelf:
    """Loaded models, the least recently used first, and the loads under way. Safe for threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._models: OrderedDict[str, LoadedModel] = OrderedDict()
        self._loading: dict[str, Future[LoadedModel]] = {}

    def get(self, key: str, load: Callable[[], LoadedModel], wait: Callable[[], None]) -> LoadedModel:
        """The model under `key`; `load` it unless another thread does so already: then `wait` is told."""
        while True:
            with self._lock:
                if key in self._models:
                    self._models.move_to_end(key)
                    return self._models[key]
                ahead = self._loading.get(key)
                if ahead is None:
                    self._loading[key] = Future()
            if ahead is None:
                return self._load(key, load)
            wait()
            error = ahead.exception()
            if isinstance(error, PlaygroundError):  # what the other thread met, we would meet too
                raise error
            # loaded: found on the next turn; cancelled by its own visitor: our turn to load it

    def _load(self, key: str, load: Callable[[], LoadedModel]) -> LoadedModel:
        model, failure = None, None
        try:
            model = load()
            return model
        except BaseException as error:
            failure = error
            raise
        finally:
            with self._lock:
                future = self._loading.pop(key)
                if model is not None:
                    self._models[key] = model
                    self._trim(room_for=0)
            if failure is not None:
                future.set_exception(failure)
            elif model is not None:
                future.set_result(model)

    def make_room(self, n_bytes: int) -> None:
        """Let go of models until `n_bytes` more fit. Whoever runs one of them still keeps it alive until done."""
        with self._lock:
            self._trim(room_for=n_bytes)

    def _trim(self, room_for: int) -> None:
        keep = 0 if room_for else 1  # the newest stays, however large
        while len(self._models) > keep and room_for + self._bytes() > settings().cache_bytes:
            self._models.popitem(last=False)

    def _bytes(self) -> int:
        return sum(model.info.n_bytes for model in self._models.values())

    def infos(self) -> tuple[ModelInfo, ...]:
        with self._lock:
            return tuple(model.info for model in self._models.values())

    def drop(self, key: str) -> bool:
        with self._lock:
            return self._models.pop(key, None) is not None


_shelf = _Shelf()
_one_reader = threading.Lock()
"""transformers reads one model at a time: ``from_pretrained`` in two threads leaves weights on the meta device, and a
first import in two threads finds the package half made. Downloads need not wait."""


def load_model(name: str, progress: Progress | None = None) -> LoadedModel:
    """The model called `name`: a bundled name, a folder that exists, or a hub id, tried in this order.

    Two threads that ask for the same model load it once. `progress` gets a fraction (0–1 or None) and a sentence;
    what it raises, to cancel, goes through.

    Raises:
        PlaygroundError: unknown, not allowed, too large, not a text model, damaged, no network, no memory: one
            sentence that says what to do next.
    """
    tell = progress or _silent
    place = _locate(name)
    return _shelf.get(
        place.key,
        load=lambda: _load(place, tell),
        wait=lambda: tell(None, f"Waiting for {place.id}: another visitor is loading it"),
    )


def loaded() -> tuple[ModelInfo, ...]:
    """The models in memory, the least recently used first."""
    return _shelf.infos()


def unload(name: str) -> bool:
    """Let go of a model; False if it was not loaded."""
    return _shelf.drop(_locate(name).key)


def _silent(fraction: float | None, sentence: str) -> None:
    """The progress of those who did not ask."""


# A name becomes a place


def _locate(name: str) -> _Place:
    name = name.strip()
    if not name:
        raise PlaygroundError("Name a model: a bundled one such as storyteller, a hub id, or the path of a folder.")
    bundled = bundled_folder(name)
    if bundled is not None:
        return _permitted(_Place(name, "bundled", bundled))
    folder = _own_folder(name)
    if folder is not None:
        return _permitted(_Place(str(folder), "folder", folder))
    hub.check_id(name)
    return _permitted(_Place(SHORT_NAMES.get(name, name), "hub", None))


def _permitted(place: _Place) -> _Place:
    allowed = settings().models
    if allowed and place.id not in allowed:
        raise PlaygroundError(f"{place.id} is not offered here. Choose one of: {', '.join(allowed)}.")
    return place


def _own_folder(name: str) -> Path | None:
    """The folder that `name` means, or None where it is to be taken for a hub id.

    Raises:
        PlaygroundError: it can only be a folder, but is none, is not allowed or holds no model.
    """
    if "\0" in name or "://" in name or len(name) > 1024:
        return None
    is_path = name.startswith(("/", ".", "~")) or "\\" in name or name.count("/") > 1 or Path(name).is_absolute()
    try:
        folder = Path(name).expanduser().resolve()
        is_model = (folder / CONFIG).is_file()
    except (OSError, RuntimeError, ValueError):  # no such user, a loop of links, a part too long
        return None
    if not is_path and not is_model:
        return None
    roots = settings().folders
    if roots is not None and not any(folder.is_relative_to(root) for root in roots):
        # the same words whether it exists or not: strangers must not learn what is on this machine
        if is_path:
            raise PlaygroundError("That folder is not among the allowed ones. Choose a model from the list.")
        return None
    if not folder.is_dir():
        raise PlaygroundError(
            f"There is no folder {hub.shown(name)}. Check the path, or type a hub id such as {EXAMPLE}."
        )
    if not is_model:
        raise PlaygroundError(
            f"The folder {hub.shown(name)} holds no config.json, so it is no model. Choose the folder of one."
        )
    return folder


# A place becomes a loaded model


def _load(place: _Place, tell: Progress) -> LoadedModel:
    tell(None, f"Looking at {place.id}")
    folder = place.folder or hub.cached_folder(place.id) or _fetch(place.id, tell)
    with _one_reader:
        return _read(place, folder, tell)


def _read(place: _Place, folder: Path, tell: Progress) -> LoadedModel:
    config = read_config(folder, place.id)
    kind = kind_of(config, place.id)
    if not weight_files(folder):
        raise PlaygroundError(
            f"{place.id} has no model.safetensors. The playground loads safetensors only, which cannot carry code:"
            " save the model again with save_pretrained, or choose another one."
        )
    n_parameters = count_parameters(folder)
    _check_size(place.id, n_parameters)
    _shelf.make_room(n_parameters * BYTES_PER_PARAMETER)
    tell(None, f"Reading the weights of {place.id}")
    tokenizer, notes = read_tokenizer(folder, place.id)
    module, more_notes = read_weights(folder, config, kind, place.id)
    return finish(module, tokenizer, id=place.id, kind=kind, source=place.source, notes=[*notes, *more_notes])


def _fetch(repo_id: str, tell: Progress) -> Path:
    """Download a model: what it is and how large first, the weights only if they can be used."""
    listing = hub.look_up(repo_id)
    _check_size(repo_id, listing.n_parameters)
    folder = hub.download(listing, listing.small)
    with _one_reader:
        kind_of(read_config(folder, repo_id), repo_id)
        require_tokenizer(folder, repo_id)
    return hub.download(listing, listing.weights, tell)


def _check_size(id: str, n_parameters: int) -> None:
    limit = settings().max_parameters
    if n_parameters > limit:
        raise PlaygroundError(
            f"{id} has {_millions(n_parameters)} parameters; at most {_millions(limit)} are allowed here."
            " Choose a smaller model, or raise PLAYGROUND_MAX_PARAMETERS if the machine can hold it."
        )
    free, needed = free_bytes(), n_parameters * BYTES_PER_PARAMETER
    if free is not None and needed > free + sum(info.n_bytes for info in loaded()):
        raise PlaygroundError(
            f"{id} needs about {needed / 1e9:.1f} GB of memory and {free / 1e9:.1f} GB are free."
            " Close other programs or choose a smaller model."
        )


def _millions(count: int) -> str:
    return f"{count / 1e9:.2f} billion" if count >= 1e9 else f"{count / 1e6:,.1f} million"
