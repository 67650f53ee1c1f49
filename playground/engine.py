"""The one place through which the page reaches models: a bounded pool over loading and capture, with a memory.

Everything goes in and comes out as plain picklable values (``Prompt``, ``Trace``, ``Lens``, ``ModelInfo``), never as a
torch module, so that model work can move to another process or machine without touching a tab. Results are found by
what was asked, not by who asked: two visitors cannot see each other's numbers, unless they ask for the same thing.

torch and transformers are imported inside the functions: the page opens before they are there.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass, fields, is_dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from . import models
from .analysis.embedding import nearest
from .analysis.sampling import SamplingSettings
from .errors import PlaygroundError
from .models import LoadedModel, ModelInfo
from .settings import settings
from .tokens import clean, vocabulary
from .trace import Trace

if TYPE_CHECKING:
    from .analysis.generation import Step
    from .analysis.lens import Lens
    from .hooks import Laws

Value = TypeVar("Value")
Progress = Callable[[float | None, str], None]


@dataclass(frozen=True)
class Prompt:
    """What one forward pass is asked to do."""

    model: str
    """Bundled name, hub id or folder."""
    text: str
    target: str | None = None
    """For an encoder–decoder: None lets the model write it."""


class _Memory:
    """Results by key, bounded by bytes, the least recently used forgotten first; each key is computed once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._results: OrderedDict[Hashable, tuple[Any, int]] = OrderedDict()
        self._busy: dict[Hashable, threading.Lock] = {}

    def get(self, key: Hashable, compute: Callable[[], Value]) -> Value:
        found, value = self._find(key)
        if found:
            return value
        with self._lock:
            busy = self._busy.setdefault(key, threading.Lock())
        try:
            with busy:
                found, value = self._find(key)
                if not found:
                    value = compute()
                    self._keep(key, value)
                return value
        finally:
            with self._lock:
                self._busy.pop(key, None)

    def _find(self, key: Hashable) -> tuple[bool, Any]:
        with self._lock:
            if key not in self._results:
                return False, None
            self._results.move_to_end(key)
            return True, self._results[key][0]

    def _keep(self, key: Hashable, value: Any) -> None:
        with self._lock:
            self._results[key] = (value, n_bytes(value))
            while len(self._results) > 1 and sum(size for _, size in self._results.values()) > settings().result_bytes:
                self._results.popitem(last=False)

    def clear(self) -> None:
        with self._lock:
            self._results.clear()


_memory = _Memory()
_pool: threading.BoundedSemaphore | None = None
_pool_lock = threading.Lock()


def _turn() -> threading.BoundedSemaphore:
    """As many forward passes and generations at once as ``settings().workers`` says; the others wait."""
    global _pool
    with _pool_lock:
        if _pool is None:
            _pool = threading.BoundedSemaphore(settings().workers)
            if settings().threads:
                import torch

                torch.set_num_threads(settings().threads)
        return _pool


def n_bytes(value: Any) -> int:
    """Bytes held by the arrays in nested records; memory that several of them share is counted once."""
    seen: dict[int, int] = {}

    def walk(node: Any) -> None:
        if isinstance(node, np.ndarray):
            while isinstance(node.base, np.ndarray):
                node = node.base
            # By address: one tensor gives a new array each time it is turned into numpy.
            address = node.__array_interface__["data"][0]
            seen[address] = max(seen.get(address, 0), node.nbytes)
        elif is_dataclass(node) and not isinstance(node, type):
            for field in fields(node):
                walk(getattr(node, field.name))
        elif isinstance(node, tuple | list):
            for item in node:
                walk(item)

    walk(value)
    return sum(seen.values())


def forget() -> None:
    """Drops every remembered result (not the models)."""
    _memory.clear()


def load(model: str, progress: Progress | None = None) -> ModelInfo:
    """Makes sure that a model is in memory and says what it is.

    Raises:
        PlaygroundError: see ``models.load_model``.
    """
    return models.load_model(model, progress).info


def trace(prompt: Prompt, progress: Progress | None = None) -> Trace:
    """The forward pass of a prompt: captured now, or remembered.

    Raises:
        PlaygroundError: the model cannot be loaded, or the text cannot be run.
    """
    return _memory.get(("trace", prompt), lambda: _capture(prompt, progress))


def _capture(prompt: Prompt, progress: Progress | None) -> Trace:
    model = models.load_model(prompt.model, progress)
    if not clean(prompt.text):
        raise PlaygroundError("There is no text yet, so there is nothing to run. Type a word or a sentence.")
    from .hooks import capture

    with _turn():
        return capture(model, prompt.text, prompt.target or None)


def _with_model(prompt: Prompt, what: str, compute: Callable[[LoadedModel, Trace], Value]) -> Value:
    traced = trace(prompt)

    def run() -> Value:
        model = models.load_model(prompt.model)
        with _turn():
            return compute(model, traced)

    return _memory.get((what, prompt), run)


def logit_lens(prompt: Prompt) -> Lens:
    """The read-out of every layer of a prompt's trace.

    Raises:
        PlaygroundError: the family's way out is not described.
    """
    from .analysis.lens import logit_lens as read_every_layer

    return _with_model(prompt, "lens", read_every_layer)


def laws(prompt: Prompt) -> Laws:
    """How far a prompt's trace is from the laws it must obey."""
    from .hooks import check_laws

    return _with_model(prompt, "laws", check_laws)


def names(model: str, token_ids: list[int]) -> list[str]:
    """Visible texts of ids in a model's vocabulary."""
    return vocabulary(models.load_model(model).tokenizer, token_ids)


def decoded(model: str, token_ids: list[int]) -> str:
    """What the tokenizer makes of ids, special ones included."""
    return str(models.load_model(model).tokenizer.decode(token_ids))


def nearest_tokens(model: str, token_id: int, count: int = 8) -> list[tuple[int, str, float]]:
    """The tokens whose rows of the token table make the smallest angle with a token's row: (id, text, cosine)."""
    from .hooks import embedding_table

    loaded = models.load_model(model)
    table = embedding_table(loaded)
    found = nearest(table, table[token_id], count, leave_out=(token_id,))
    texts = vocabulary(loaded.tokenizer, [i for i, _ in found])
    return [(i, text, cosine) for (i, cosine), text in zip(found, texts, strict=True)]


def mask_token(model: str) -> tuple[str, int] | None:
    """An encoder's mask token and its id; None where there is none."""
    tokenizer = models.load_model(model).tokenizer
    return (tokenizer.mask_token, tokenizer.mask_token_id) if tokenizer.mask_token is not None else None


def generate(
    prompt: Prompt, sampling: SamplingSettings, cancelled: Callable[[], bool] = lambda: False
) -> Iterator[Step]:
    """Streams a continuation. One token at a time takes its turn in the pool, so that a long run does not hold up
    another visitor's forward pass."""
    from .analysis.generation import generate as write

    steps = write(models.load_model(prompt.model), prompt.text, sampling, cancelled)
    while True:
        with _turn():
            step = next(steps, None)
        if step is None:
            return
        yield step
