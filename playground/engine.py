"""The one place through which the page reaches models: loading, capture and analysis, remembered and in turns.

Everything goes in and comes out as plain picklable values (``Prompt``, ``Trace``, ``Lens``, ``ModelInfo``), never as a
torch module, so that model work can move to another process or machine without touching a tab. Results are found by
what was asked, not by who asked: two visitors cannot see each other's numbers, unless they ask for the same thing.

A new analysis takes two lines here: import its function inside a function of ours, and hand it to ``analysed`` (one
result) or ``streamed`` (one after another). torch and transformers are imported inside the functions: the page opens
before they are there.
"""

from __future__ import annotations

import os
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar

from . import models
from .analysis.sampling import SamplingSettings
from .cache import Memory, n_bytes
from .errors import PlaygroundError
from .models import ModelInfo
from .settings import settings
from .tokens import clean, kind_of_pieces, vocabulary
from .trace import Trace
from .turns import Line, Wait

if TYPE_CHECKING:
    from .analysis.attention import AttentionMaps
    from .analysis.attention.steps import HeadSteps
    from .analysis.embedding.angles import Word
    from .analysis.embedding.arithmetic import WordSum
    from .analysis.embedding.table import TokenTable
    from .analysis.generation import BeamTree, Branches, FilledMask, MaskFills, Step, WrittenToken
    from .analysis.lens import Lens
    from .analysis.sampling import Stages
    from .analysis.typed import TypedToken
    from .analysis.vocabulary import Search, Vocabulary
    from .analysis.walk import Inside, Walk
    from .hooks import Laws
    from .models import LoadedModel

Value = TypeVar("Value")
Progress = Callable[[float | None, str], None]
"""Called with how much is done (0–1, or None where that is unknown) and a sentence. May raise, to cancel."""


LONG = 512
"""Tokens from which on a view does without a second pass that keeps inner steps."""
SLICE_S = 0.01
"""How long one turn of work that streams may last while others wait."""


@dataclass(frozen=True)
class Prompt:
    """What one forward pass is asked to do."""

    model: str
    """Bundled name, hub id or folder."""
    text: str
    target: str | None = None
    """For an encoder–decoder: None lets the model write it."""
    whole: str | None = None
    """The text as it was typed, where ``text`` is what is left of one that is too long; see ``fitted``."""

    @property
    def typed(self) -> str:
        """The text as it was typed."""
        return self.text if self.whole is None else self.whole


def new_memory() -> Memory[Any]:
    """An empty memory of results, as large as ``settings().result_bytes`` allows."""
    return Memory(lambda: settings().result_bytes, n_bytes)


_memory = new_memory()
_line: Line | None = None
_line_lock = threading.Lock()


def line() -> Line:
    """The line in which all model work stands: ``settings().workers`` turns at once."""
    global _line
    with _line_lock:
        if _line is None:
            _line = Line(settings().workers, settings().queue_size, _share_cores)
        return _line


def _share_cores(under_way: int) -> None:
    """Each turn gets its share of the cores: torch's threads wait for one another at work, which wastes what others
    could use, so that two turns on two cores with two threads each take a quarter longer than with one each."""
    import torch

    wanted = settings().threads or max(1, (os.cpu_count() or 1) // max(1, under_way))
    if torch.get_num_threads() != wanted:
        torch.set_num_threads(wanted)


def forget() -> None:
    """Drops every remembered result (not the models)."""
    _memory.clear()
    with _texts_lock:
        _texts.clear()


def close(sentence: str) -> None:
    """Ends all model work after the step under way; everyone who waits or asks later is told ``sentence``."""
    line().close(sentence)


def crowd() -> int:
    """How many turns are under way or waiting: who streams results may send fewer of them while others wait."""
    return line().crowd


def _nobody(fraction: float | None, sentence: str) -> None:
    """The progress of those who did not ask."""


def load(model: str, progress: Progress | None = None) -> ModelInfo:
    """Makes sure that a model is in memory and says what it is.

    Raises:
        PlaygroundError: see ``models.load_model``.
    """
    return models.load_model(model, progress).info


def trace(prompt: Prompt, progress: Progress | None = None) -> Trace:
    """The forward pass of a prompt: captured now, or remembered.

    Raises:
        PlaygroundError: the model cannot be loaded, the text cannot be run, or too many wait already.
    """
    tell = progress or _nobody

    def capture_now() -> Trace:
        _check_texts(prompt)
        model = models.load_model(prompt.model, progress)
        from .hooks import capture

        return line().run(
            "forward pass", lambda: capture(model, prompt.text, prompt.target or None), _place_told(progress)
        )

    return _memory.get(("trace", prompt), capture_now, lambda: tell(None, "Another visitor runs the same text"))


def fitted(prompt: Prompt, cut: str) -> Prompt:
    """The prompt with as much of its text as fits into the context window.

    Args:
        prompt: its text may have been fitted before; the whole of it is taken again.
        cut: "start" or "end", the side on which tokens are left out; "refuse" leaves none out.

    Raises:
        PlaygroundError: the text is too long and none of it may be left out; see ``load``.
    """
    from .analysis.tokenization import fitted as fitted_text

    whole = replace(prompt, text=prompt.typed, whole=None)
    _check_texts(whole)
    text = fitted_text(models.load_model(prompt.model), whole.text, cut)
    return whole if text == whole.text else replace(whole, text=text, whole=whole.text)


def _check_texts(prompt: Prompt) -> None:
    """Refuse what cannot be run before a tokenizer sees it: five million characters take one of them five seconds."""
    if not clean(prompt.text):
        raise PlaygroundError("There is no text yet, so there is nothing to run. Type a word or a sentence.")
    most = settings().max_characters
    for name, text in (("text", prompt.text), ("target", prompt.target or "")):
        if len(text) > most:
            raise PlaygroundError(
                f"The {name} has {len(text):,} characters; at most {most:,} are read here. Shorten it."
            )


def _place_told(progress: Progress | None) -> Callable[[Wait], None] | None:
    """Progress of a wait in the line, and of the work after it."""
    if progress is None:
        return None
    return lambda wait: progress(None, f"Waiting: {wait}" if wait.ahead else "Running the text")


def analysed(
    compute: Callable[..., Value], prompt: Prompt | str, *arguments: Hashable, progress: Progress | None = None
) -> Value:
    """``compute(model, trace, *arguments)`` on a prompt's trace: computed now, or remembered.

    Args:
        compute: a function of a module (it is remembered by its name) that takes a LoadedModel and a Trace.
        prompt: whose trace; the name of a model where no text is needed, then the trace is None.
        arguments: what else the result depends on; a ``Prompt`` among them arrives as its trace.
        progress: told of waiting and loading.

    Raises:
        PlaygroundError: see ``trace``; and what ``compute`` raises.
    """
    tell = progress or _nobody
    traces = _traces(prompt, arguments, progress)

    def compute_now() -> Value:
        model = models.load_model(_model_of(prompt), progress)
        return line().run(compute.__qualname__, lambda: compute(model, *traces), _place_told(progress))

    key = _key(compute, prompt, arguments)
    return _memory.get(key, compute_now, lambda: tell(None, "Another visitor asks for the same"))


def _traces(prompt: Prompt | str, arguments: tuple[Hashable, ...], progress: Progress | None = None) -> list[Any]:
    """What an analysis is given beside the model."""
    first = trace(prompt, progress) if isinstance(prompt, Prompt) else None
    return [first, *(trace(item, progress) if isinstance(item, Prompt) else item for item in arguments)]


def _model_of(prompt: Prompt | str) -> str:
    return prompt.model if isinstance(prompt, Prompt) else prompt


def remembered(compute: Callable[..., Value], prompt: Prompt | str, *arguments: Hashable) -> Value | None:
    """What ``analysed`` would give, if it is there already; None where it has to be computed."""
    key = _key(compute, prompt, arguments)
    return analysed(compute, prompt, *arguments) if key in _memory else None


def analysed_in_steps(
    compute: Callable[..., Iterator[Value]],
    prompt: Prompt | str,
    *arguments: Hashable,
    keep_as: Callable[..., Value] | None = None,
) -> Iterator[Value]:
    """``compute(model, trace, *arguments)``, which gives better and better results, one a turn.

    Args:
        compute: a generator function of a module.
        prompt: whose trace; or the name of a model, see ``analysed``.
        arguments: what else the result depends on; a ``Prompt`` among them arrives as its trace.
        keep_as: a function that computes the last of them at once: ``analysed`` and ``remembered`` then find it.

    Raises:
        PlaygroundError: see ``analysed``.
    """
    traces = _traces(prompt, arguments)
    model, given = models.load_model(_model_of(prompt)), []
    for value in streamed(compute(model, *traces), compute.__qualname__):
        given = [value]
        yield value
    if keep_as is not None and given:
        _memory.get(_key(keep_as, prompt, arguments), lambda: given[0])


def _key(compute: Callable[..., Any], prompt: Prompt | str, arguments: tuple[Hashable, ...]) -> tuple[Hashable, ...]:
    """What a result is remembered by."""
    return (compute.__module__, compute.__qualname__, prompt, *arguments)


def by_name(compute: Callable[[str], Value], model: str) -> Value:
    """``compute(model)`` on a model's name, where no text is run: computed now, or remembered. It does not stand in
    the line: it may have to ask the hub, and others would wait for the answer.

    Raises:
        PlaygroundError: what ``compute`` raises.
    """
    return _memory.get((compute.__module__, compute.__qualname__, model), lambda: compute(model), lambda: None)


def streamed(steps: Iterator[Value], kind: str) -> Iterator[Value]:
    """Work that goes on, step by step: a step is a turn, so that nobody waits for the whole of it. While others wait,
    a turn is as many steps as fit into ``SLICE_S``: to hand over takes time too.

    Args:
        steps: an iterator that computes when it is asked for its next value; plain values.
        kind: what the steps are, for the reckoning of waiting times.
    """

    def some() -> list[Value]:
        until = time.monotonic() + (SLICE_S if crowd() > 1 else 0.0)
        taken = []
        for step in steps:
            taken.append(step)
            if time.monotonic() >= until:
                break
        return taken

    while taken := line().run(kind, some):
        yield from taken


def logit_lens(prompt: Prompt) -> Lens:
    """The read-out of every layer of a prompt's trace.

    Raises:
        PlaygroundError: the family's way out is not described.
    """
    from .analysis.lens import logit_lens as read_every_layer

    return analysed(read_every_layer, prompt)


def attention_maps(prompt: Prompt, kind: str) -> AttentionMaps:
    """All heads of one kind of attention ("self", "cross" or "encoder") with their thumbnails and patterns.

    Raises:
        PlaygroundError: the trace has none of this kind.
    """
    from .analysis.attention import attentions

    # Only what is measured is remembered: the weights themselves are the trace's, which is remembered already.
    return replace(analysed(_attention_maps, prompt, kind), layers=tuple(attentions(trace(prompt), kind)))


def _attention_maps(model: LoadedModel, trace: Trace, kind: str) -> AttentionMaps:
    from .analysis.attention import attention_maps as gathered

    return replace(gathered(trace, kind), layers=())


def attention_steps(prompt: Prompt, kind: str, layer: int, head: int, pos: int, key: int | None) -> HeadSteps:
    """One head at one token step by step, see ``analysis.attention.steps``; a layer's inner steps are kept.

    Raises:
        PlaygroundError: the trace has no attention of this kind; see ``trace``.
    """
    from .analysis.attention.steps import head_steps

    model, seen = models.load_model(prompt.model), trace(prompt)
    # Of a long text the inner steps would take as much memory again as the whole pass.
    short = max(len(seen), len(seen.encoder or ())) <= LONG
    steps = inside(prompt, layer) if short else None
    return line().run("attention", lambda: head_steps(model, seen, steps, kind, layer, head, pos, key))


def laws(prompt: Prompt) -> Laws:
    """How far a prompt's trace is from the laws it must obey."""
    from .hooks import check_laws

    return analysed(check_laws, prompt)


def inside(prompt: Prompt, layer: int) -> Inside:
    """The steps inside one layer of each tower: one more pass for each layer, which is kept.

    Raises:
        PlaygroundError: there is no such layer; see ``trace``.
    """
    from .analysis.walk import inside_layer

    return analysed(inside_layer, prompt, layer)


def walk(prompt: Prompt, layer: int, pos: int, source_pos: int, head: int, *, encoder: bool) -> Walk:
    """The machine and every step at one token, see ``analysis.walk``. Its pieces are kept, each by what it depends on:
    another head does not ask for the logits again.

    Raises:
        PlaygroundError: see ``inside``.
    """
    from .analysis.walk import Walk, machine_of, way_in_at, way_out_at

    known, model, seen = inside(prompt, layer), models.load_model(prompt.model), trace(prompt)

    def kept(key: tuple[Hashable, ...], compute: Callable[[], Value]) -> Value:
        return _memory.get(("walk", prompt, *key), lambda: line().run("walk", compute))

    own = source_pos if encoder else pos
    machine = kept(("machine", layer, pos, source_pos), lambda: machine_of(model, seen, known, pos, source_pos))
    out = kept(("out", pos), lambda: way_out_at(model, seen, known, pos))
    steps = kept(("in", layer, own, head, encoder), lambda: way_in_at(model, seen, known, own, head, encoder=encoder))
    return Walk(machine, steps if encoder else (*steps, *out.steps), out)


def names(model: str, token_ids: list[int]) -> list[str]:
    """Visible texts of ids in a model's vocabulary."""
    return vocabulary(models.load_model(model).tokenizer, token_ids)


def typed(model: str, word: str) -> TypedToken:
    """The token of a model's vocabulary that a typed word means.

    Raises:
        PlaygroundError: there is none.
    """
    from .analysis.typed import typed_token

    return typed_token(models.load_model(model), word)


def spelling(model: str) -> str:
    """How the pieces of a model's tokenizer are spelled, see ``tokens.kind_of_pieces``."""
    return kind_of_pieces(models.load_model(model).tokenizer)


def searched(model: str, query: str, **filters: Any) -> tuple[Vocabulary, Search]:
    """A model's whole vocabulary and what a search finds in it, see ``analysis.vocabulary.search``.

    Raises:
        PlaygroundError: there is no such id.
    """
    from .analysis.vocabulary import search, vocabulary_of

    vocabulary = vocabulary_of(models.load_model(model))
    return vocabulary, search(vocabulary, query, **filters)


def text_with(model: str, token_id: int) -> tuple[str, int] | None:
    """A short text in which a token stands, and its position there; None where none was found."""
    from .analysis.vocabulary import text_with as found_with

    return found_with(models.load_model(model), token_id)


def decoded(model: str, token_ids: list[int]) -> str:
    """What the tokenizer makes of ids, special ones included."""
    return str(models.load_model(model).tokenizer.decode(token_ids))


def token_table(model: str) -> TokenTable:
    """A model's token table, measured once: see ``analysis.embedding.table``."""
    from .analysis.embedding.table import table_measures, token_table

    return token_table(models.load_model(model), analysed(table_measures, model))


def word(model: str, typed: str) -> Word:
    """A typed word as a vector of a model's token table.

    Raises:
        PlaygroundError: the vocabulary has no token for it.
    """
    from .analysis.embedding.angles import word_of

    return word_of(models.load_model(model), token_table(model), typed)


def word_sum(model: str, typed: tuple[str, str, str], *, centred: bool, keep_inputs: bool) -> WordSum:
    """The rows of a model's token table nearest to a − b + c, see ``analysis.embedding.arithmetic``.

    Raises:
        PlaygroundError: the vocabulary has no token for one of the words.
    """
    from .analysis.embedding.arithmetic import sum_of

    loaded, table = models.load_model(model), token_table(model)
    return line().run("words", lambda: sum_of(loaded, table, typed, centred=centred, keep_inputs=keep_inputs))


def nearest_tokens(model: str, token_id: int, count: int = 8) -> list[tuple[int, str, float]]:
    """The tokens whose rows of the token table make the smallest angle with a token's row: (id, text, cosine)."""
    table = token_table(model)
    found = table.nearest(table.rows[token_id], count, leave_out=(token_id,))
    texts = names(model, [i for i, _ in found])
    return [(i, text, cosine) for (i, cosine), text in zip(found, texts, strict=True)]


def mask_token(model: str) -> tuple[str, int] | None:
    """An encoder's mask token and its id; None where there is none."""
    tokenizer = models.load_model(model).tokenizer
    return (tokenizer.mask_token, tokenizer.mask_token_id) if tokenizer.mask_token is not None else None


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
    _check_texts(prompt)
    model = models.load_model(prompt.model)
    if written is None or model.info.kind == "encoder":
        from .analysis.generation import generate as write

        return streamed(write(model, prompt.text, sampling, cancelled), "token")
    return streamed(_branches(prompt).write(written, sampling, begun, cancelled), "token")


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
    _check_texts(prompt)
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
    _check_texts(prompt)
    from .analysis.generation import beam_search

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
    branches = _branches(prompt)
    return line().run("token", lambda: (None, branches.ahead(written, sampling, begun)))


MOST_PROMPTS = 16
"""Prompts whose texts are kept with what the model has read of them."""
_texts: OrderedDict[tuple[str, str, str], tuple[LoadedModel, Branches | MaskFills]] = OrderedDict()
_texts_lock = threading.Lock()


def _branches(prompt: Prompt) -> Branches:
    from .analysis.generation import Branches

    found = _store("texts", prompt, Branches)
    assert isinstance(found, Branches)
    return found


def _fills(prompt: Prompt) -> MaskFills:
    from .analysis.generation import MaskFills

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
            known = _texts[key] = (model, make(model, prompt.text))
        _texts.move_to_end(key)
        while len(_texts) > MOST_PROMPTS:
            _texts.popitem(last=False)
    return known[1]
