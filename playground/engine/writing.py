"""Texts that are written behind a prompt, and what the model has read of them, kept for whoever goes on from there."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from .. import models
from ..analysis.sampling import SamplingSettings
from ..settings import settings
from . import work
from .rounds import Rounds
from .work import Prompt, check_texts, line, load, streamed

if TYPE_CHECKING:
    from ..analysis.generation import BeamTree, Branches, FilledMask, MaskFills, Step, WrittenToken
    from ..analysis.sampling import Stages
    from ..models import LoadedModel


def generate(
    prompt: Prompt,
    sampling: SamplingSettings,
    cancelled: Callable[[], bool] = lambda: False,
    written: Sequence[int] | None = None,
    begun: int | None = None,
) -> Iterator[Step]:
    """Streams a continuation, one token a turn.

    Args:
        prompt: an encoder–decoder's target is not read, for this writes one.
        sampling: how to draw.
        cancelled: asked before each token.
        written: ids of the tokens that stand behind the text already; what the model has read of them is kept for the
            next who goes on from any of them. None: a run of its own, of which nothing is kept.
        begun: written tokens before the run that is gone on with, see ``Draft.fork``.

    Raises:
        PlaygroundError: an encoder cannot continue text; the text cannot be run; too many wait already.
    """
    check_texts(prompt)
    model = models.load_model(prompt.model)
    if written is None or model.info.kind == "encoder":
        from ..analysis.generation import generate as write

        return streamed(write(model, prompt.text, sampling, cancelled), "token")
    return _rounds_of(model).write(_branches(prompt).write(written, sampling, begun), cancelled)


def fill_masks(
    prompt: Prompt,
    sampling: SamplingSettings,
    cancelled: Callable[[], bool] = lambda: False,
    written: Sequence[int] = (),
    begun: int | None = None,
) -> Iterator[FilledMask]:
    """Fills an encoder's masks one by one, the surest first; the arguments are those of ``generate``.

    Raises:
        PlaygroundError: no encoder, or no mask in the text.
    """
    check_texts(prompt)
    return streamed(_fills(prompt).write(written, sampling, begun, cancelled), "mask")


def beams(
    prompt: Prompt,
    sampling: SamplingSettings,
    num_beams: int,
    length_penalty: float,
    cancelled: Callable[[], bool] = lambda: False,
) -> Iterator[BeamTree]:
    """Streams a beam search, one step of all beams a turn.

    Raises:
        PlaygroundError: as ``generate``.
    """
    check_texts(prompt)
    from ..analysis.generation import beam_search

    found = beam_search(
        models.load_model(prompt.model), prompt.text, sampling, num_beams, length_penalty, cancelled=cancelled
    )
    return streamed(found, "beams")


def written_tokens(prompt: Prompt, texts: tuple[tuple[int, ...], ...]) -> list[tuple[WrittenToken, ...]]:
    """What the model thinks of the tokens of texts that go on from a prompt (an encoder's: that fill its masks)."""
    store: Branches | MaskFills = _fills(prompt) if load(prompt.model).kind == "encoder" else _branches(prompt)
    known = [store.known(ids) for ids in texts]
    if None not in known:
        return [tokens for tokens in known if tokens is not None]
    return line().run("token", lambda: [store.tokens(ids) for ids in texts])


def ahead(
    prompt: Prompt, written: tuple[int, ...], sampling: SamplingSettings, begun: int | None = None
) -> tuple[int | None, Stages] | None:
    """The stages of the token that would be drawn behind ``written``; for an encoder with the place of the mask that
    it would fill next, and None where no mask is left."""
    if load(prompt.model).kind == "encoder":
        fills = _fills(prompt)
        return line().run("mask", lambda: fills.ahead(written, sampling, begun))
    rounds = _rounds_of(models.load_model(prompt.model))
    return None, rounds.look(_branches(prompt).looking(written, sampling, begun))


MOST_PROMPTS = 256
"""Prompts whose texts are kept with what the model has read of them."""
TEXTS_SHARE = 0.25
"""Of ``settings().result_bytes``, for keys and values of the texts of all prompts together."""
_texts: OrderedDict[tuple[str, str, str], tuple[LoadedModel, Branches | MaskFills]] = OrderedDict()
_texts_lock = threading.Lock()


_rounds: WeakKeyDictionary[Any, Rounds] = WeakKeyDictionary()
"""By the model's module: one that was put away and loaded anew is another."""


def _rounds_of(model: LoadedModel) -> Rounds:
    with _texts_lock:
        return _rounds.setdefault(model.module, Rounds())


def _branches(prompt: Prompt) -> Branches:
    from ..analysis.generation import Branches

    found = _store("texts", prompt, Branches)
    assert isinstance(found, Branches)
    return found


def _fills(prompt: Prompt) -> MaskFills:
    from ..analysis.generation import MaskFills

    found = _store("masks", prompt, MaskFills)
    assert isinstance(found, MaskFills)
    return found


def _store(kind: str, prompt: Prompt, make: Callable[[LoadedModel, str], Branches | MaskFills]) -> Branches | MaskFills:
    """All texts of a prompt, by anyone. Those of models that were put away go with them."""
    model, key = models.load_model(prompt.model), (kind, prompt.model, prompt.text)
    there = {info.id for info in models.loaded()} | {model.info.id}
    with _texts_lock:
        for old in [k for k, (owner, _) in _texts.items() if owner.info.id not in there]:
            del _texts[old]
        known = _texts.get(key)
        if known is None or known[0] is not model:
            _trim_texts()
            known = _texts[key] = (model, make(model, prompt.text))
        _texts.move_to_end(key)
    return known[1]


def _trim_texts() -> None:
    """Lets go of the texts that nobody asked for the longest. A class must fit: a text that was let go is read again
    token by token."""
    sizes = {key: store.n_bytes for key, (_, store) in _texts.items()}
    total, limit = sum(sizes.values()), TEXTS_SHARE * settings().result_bytes
    while _texts and (total > limit or len(_texts) >= MOST_PROMPTS):
        total -= sizes[_texts.popitem(last=False)[0]]


def forget() -> None:
    """Drops every remembered result and text (not the models)."""
    work.forget_results()
    with _texts_lock:
        _texts.clear()
