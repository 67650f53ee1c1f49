"""How a model is loaded and which models stay loaded: the only place that holds weights.

A name becomes a folder (bundled, the user's own, or downloaded through `hub`), a folder becomes a `LoadedModel`.
Knows nothing of text, activations or pages.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from playground import catalog as _catalog
from playground import hub
from playground.catalog import CatalogEntry, catalog
from playground.errors import PlaygroundError
from playground.facts import ModelInfo, kind_by_architecture, read_info
from playground.hub import Progress
from playground.settings import free_bytes, settings

if TYPE_CHECKING:
    from transformers import PreTrainedConfig, PreTrainedModel, PreTrainedTokenizerBase

__all__ = ["CatalogEntry", "LoadedModel", "ModelInfo", "catalog", "load_model", "loaded", "unload", "wrap"]

BYTES_PER_PARAMETER = 4  # fp32
_WHAT_HEADS_DO = {"decoder": "next-token", "encoder": "masked-word", "encoder-decoder": "next-token"}


@dataclass(frozen=True, eq=False)
class LoadedModel:
    """A model ready to run: in eval mode, in fp32, without gradients. Its module never leaves the model layer."""

    info: ModelInfo
    module: PreTrainedModel
    tokenizer: PreTrainedTokenizerBase


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


def wrap(module: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, id: str = "mine") -> LoadedModel:
    """A `LoadedModel` of a module that someone holds already, for notebooks and tests. Puts it into eval mode.

    Raises:
        PlaygroundError: not a text model.
    """
    return _finish(module, tokenizer, id=id, kind=kind_of(module.config, id), source="folder", notes=[])


def _silent(fraction: float | None, sentence: str) -> None:
    """The progress of those who did not ask."""


# A name becomes a place


def _locate(name: str) -> _Place:
    name = name.strip()
    if not name:
        raise PlaygroundError("Name a model: a bundled one such as storyteller, a hub id, or the path of a folder.")
    if name in _catalog.bundled_names():
        return _permitted(_Place(name, "bundled", _catalog.BUNDLED / name))
    folder = _own_folder(name)
    if folder is not None:
        return _permitted(_Place(str(folder), "folder", folder))
    hub.check_id(name)
    return _permitted(_Place(_catalog.SHORT_NAMES.get(name, name), "hub", None))


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
        is_model = (folder / hub.CONFIG).is_file()
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
            f"There is no folder {folder}. Check the path, or type a hub id such as {_catalog.EXAMPLE}."
        )
    if not is_model:
        raise PlaygroundError(f"The folder {folder} holds no config.json, so it is no model. Choose the folder of one.")
    return folder


# A place becomes a loaded model


def _load(place: _Place, tell: Progress) -> LoadedModel:
    tell(None, f"Looking at {place.id}")
    folder = place.folder or hub.cached_folder(place.id) or _fetch(place.id, tell)
    config = _read_config(folder, place.id)
    kind = kind_of(config, place.id)
    if not hub.weight_files(folder):
        raise PlaygroundError(
            f"{place.id} has no model.safetensors. The playground loads safetensors only, which cannot carry code:"
            " save the model again with save_pretrained, or choose another one."
        )
    n_parameters = hub.count_parameters(folder)
    _check_size(place.id, n_parameters)
    _shelf.make_room(n_parameters * BYTES_PER_PARAMETER)
    tell(None, f"Reading the weights of {place.id}")
    tokenizer, notes = _read_tokenizer(folder, place.id)
    module, more_notes = _read_weights(folder, config, kind, place.id)
    return _finish(module, tokenizer, id=place.id, kind=kind, source=place.source, notes=[*notes, *more_notes])


def _fetch(repo_id: str, tell: Progress) -> Path:
    """Download a model: what it is and how large first, the weights only if they can be used."""
    listing = hub.look_up(repo_id)
    _check_size(repo_id, listing.n_parameters)
    folder = hub.download(listing, listing.small)
    kind_of(_read_config(folder, repo_id), repo_id)
    _require_tokenizer(folder, repo_id)
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


def _read_config(folder: Path, id: str) -> PreTrainedConfig:
    from transformers import AutoConfig

    try:
        # trust_remote_code=False said aloud: left out, transformers asks on the terminal and waits
        config = AutoConfig.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
    except Exception as error:  # a config is a stranger's file: anything can be wrong with it
        if "trust_remote_code" in str(error):
            raise PlaygroundError(
                f"{id} brings Python code of its own, which the playground never runs. Choose another model."
            ) from error
        raise PlaygroundError(
            f"The config.json of {id} names no model family that transformers knows, or is damaged."
            " Choose another model, or fetch it again."
        ) from error
    if getattr(config, "quantization_config", None):
        raise PlaygroundError(f"{id} is quantised and cannot run in fp32. Choose the original model it was made from.")
    return config


def kind_of(config: PreTrainedConfig, id: str) -> str:
    """`decoder`, `encoder` or `encoder-decoder`.

    Raises:
        PlaygroundError: the family does not read and write text.
    """
    from transformers.models.auto import modeling_auto as auto

    family = config.model_type
    if getattr(config, "is_encoder_decoder", False):
        kinds = ["encoder-decoder"] if family in auto.MODEL_FOR_SEQ_TO_SEQ_CAUSAL_LM_MAPPING_NAMES else []
    else:
        # masked first: bert and its kin are in both lists, and were trained to fill in words
        masked = ["encoder"] if family in auto.MODEL_FOR_MASKED_LM_MAPPING_NAMES else []
        causal = ["decoder"] if family in auto.MODEL_FOR_CAUSAL_LM_MAPPING_NAMES else []
        kinds = masked + causal
    if not kinds:
        raise PlaygroundError(
            f"{id} is no text model: transformers has no language-model head for the family {family!r}."
            " Choose a model that reads and writes text."
        )
    named = kind_by_architecture(config.architectures)
    return named if named in kinds else kinds[0]


def _require_tokenizer(folder: Path, id: str) -> None:
    # without files transformers makes an empty tokenizer for some families and says nothing
    if not any(any(folder.glob(pattern)) for pattern in hub.TOKENIZER_FILES):
        raise PlaygroundError(
            f"{id} has no tokenizer files, so text cannot be turned into tokens."
            " Save a tokenizer beside the model (tokenizer.save_pretrained), or choose another one."
        )


def _read_tokenizer(folder: Path, id: str) -> tuple[PreTrainedTokenizerBase, list[str]]:
    from transformers import AutoTokenizer

    _require_tokenizer(folder, id)
    try:
        tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
    except Exception as error:  # a stranger's files
        raise PlaygroundError(
            f"The tokenizer of {id} cannot be read: its files are damaged or of a kind that is not known here."
            " Choose another model, or fetch it again."
        ) from error
    if tokenizer.is_fast:
        return tokenizer, []
    return tokenizer, ["This tokenizer has no fast version, so tokens cannot be traced back to characters."]


def _read_weights(folder: Path, config: PreTrainedConfig, kind: str, id: str) -> tuple[PreTrainedModel, list[str]]:
    import torch
    import transformers

    auto = {
        "decoder": transformers.AutoModelForCausalLM,
        "encoder": transformers.AutoModelForMaskedLM,
        "encoder-decoder": transformers.AutoModelForSeq2SeqLM,
    }[kind]
    transformers.utils.logging.disable_progress_bar()  # ours is on the page
    try:
        module, report = auto.from_pretrained(
            folder,
            config=config,
            dtype=torch.float32,
            use_safetensors=True,
            local_files_only=True,
            trust_remote_code=False,
            output_loading_info=True,
        )
        module = module.to(_device())
    except Exception as error:
        if _is_out_of_memory(error):
            raise PlaygroundError(
                f"There is not enough memory for {id}. Close other programs or choose a smaller model."
            ) from error
        raise PlaygroundError(
            f"The weights of {id} cannot be loaded: they are damaged or do not fit its config.json."
            f" Delete {folder} and fetch the model again, or choose another one."
        ) from error
    return module, _missing_notes(module, set(report["missing_keys"]), kind, id)


def _device() -> str:
    import torch

    wanted = settings().device
    if wanted != "auto":
        return wanted
    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


def _is_out_of_memory(error: Exception) -> bool:
    import torch

    return isinstance(error, (MemoryError, torch.OutOfMemoryError)) or "can't allocate memory" in str(error)


def _missing_notes(module: PreTrainedModel, missing: set[str], kind: str, id: str) -> list[str]:
    """What to say about weights that were not in the files, which transformers fills with random numbers."""
    if not missing:
        return []
    body = sorted(name for name in missing if name.startswith(module.base_model_prefix + "."))
    if not body:
        return [f"The {_WHAT_HEADS_DO[kind]} head is not in the files: its numbers are random."]
    names = dict(module.named_parameters())
    if sum(names[name].numel() for name in body if name in names) * 2 > sum(p.numel() for p in names.values()):
        raise PlaygroundError(
            f"The weights of {id} do not belong to its config.json: most of the model is not in the files."
            " Choose another model, or fetch it again."
        )
    return [f"{len(missing)} weights are not in the files and are random, {body[0]} among them."]


def _finish(
    module: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, *, id: str, kind: str, source: str, notes: list[str]
) -> LoadedModel:
    module.eval().requires_grad_(False)
    info = read_info(module, tokenizer, id=id, kind=kind, source=source, notes=tuple(notes))
    if len(tokenizer) > info.vocab_size:
        more = f"The tokenizer knows {len(tokenizer)} tokens, the model {info.vocab_size}: the last ones cannot be fed."
        info = replace(info, notes=(*info.notes, more))
    return LoadedModel(info, module, tokenizer)
