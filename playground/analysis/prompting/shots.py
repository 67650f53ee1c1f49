"""In-context learning: one task with zero, one or more examples in the prompt, in every order, with flipped labels."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ...errors import PlaygroundError
from ...models import LoadedModel
from ...trace import Array, Token, Trace
from ..attention import attentions
from .answers import answer_positions
from .labels import LabelScores, label_scores

MOST_ORDERS = 24


@dataclass(frozen=True)
class Example:
    """One solved case."""

    text: str
    label: str


@dataclass(frozen=True)
class Task:
    """How cases are written down for a model.

    Raises:
        PlaygroundError: a template without ``{text}`` and one ``{label}`` behind it; fewer than two labels.
    """

    labels: tuple[str, ...]
    template: str = "{text} Sentiment: {label}"
    """What stands behind the label is left out where the model has to continue, and is there behind a mask."""
    instruction: str = ""
    """Stands on a line of its own before the examples."""
    separator: str = "\n"
    """Between cases."""

    def __post_init__(self) -> None:
        before, *after = self.template.split("{label}")
        if "{text}" not in before or len(after) != 1:
            raise PlaygroundError("The template needs {text} where the case stands, and behind it {label}, once.")
        if len(self.labels) < 2:
            raise PlaygroundError("Give at least two labels to choose from.")

    def case(self, text: str, label: str | None = None) -> tuple[str, str, str]:
        """A case up to its label, the label, and what stands behind it; without a label only the first."""
        before, after = self.template.split("{label}")
        before = before.replace("{text}", text)
        return (before.rstrip(" "), "", "") if label is None else (before, label, after)


@dataclass(frozen=True)
class FewShotPrompt:
    """A prompt as it is fed."""

    text: str
    spans: tuple[tuple[int, int], ...]
    """Characters [start, end) of each example."""
    query: tuple[int, int]
    """Characters of the case that is asked."""
    labels: tuple[tuple[int, int], ...] = ()
    """Characters of the label of each example."""


def few_shot_prompt(task: Task, examples: Sequence[Example], query: str, mask: str | None = None) -> FewShotPrompt:
    """Instruction, examples and the query: up to its label, or with an encoder's mask in the label's place.

    Raises:
        PlaygroundError: an empty query.
    """
    if not query.strip():
        raise PlaygroundError("The case that is asked is empty. Type one.")
    text = f"{task.instruction}{task.separator}" if task.instruction else ""
    spans, labels = [], []
    for example in examples:
        before, label, after = task.case(example.text, example.label)
        start, told = len(text), len(text) + len(before)
        text += before + label + after
        spans.append((start, len(text)))
        labels.append((told, told + len(label)))
        text += task.separator
    asked = "".join(task.case(query, mask))
    return FewShotPrompt(text + asked, tuple(spans), (len(text), len(text) + len(asked)), tuple(labels))


@dataclass(frozen=True, eq=False)
class Shot:
    """One prompt of a sweep and what it makes of the labels."""

    examples: tuple[Example, ...]
    prompt: FewShotPrompt
    scores: LabelScores


def ask(model: LoadedModel, task: Task, examples: Sequence[Example], query: str) -> Shot:
    """Label scores of the query behind the examples.

    Raises:
        PlaygroundError: as ``label_scores``.
    """
    prompt = few_shot_prompt(task, examples, query, mask_of(model))
    return Shot(tuple(examples), prompt, label_scores(model, prompt.text, task.labels))


def mask_of(model: LoadedModel) -> str | None:
    """What stands in the place of the label that is asked: an encoder's mask, else nothing."""
    tokenizer: Any = model.tokenizer
    return tokenizer.mask_token if model.info.kind == "encoder" else None


def shots_sweep(model: LoadedModel, task: Task, examples: Sequence[Example], query: str) -> Iterator[Shot]:
    """With no example, with the first, with the first two, … with all.

    Raises:
        PlaygroundError: as ``label_scores``.
    """
    for count in range(len(examples) + 1):
        yield ask(model, task, examples[:count], query)


def flip_sweep(model: LoadedModel, task: Task, examples: Sequence[Example], query: str) -> Iterator[Shot]:
    """With the labels as they are, with the first one flipped, with the first two … with all flipped.

    A flipped label is the next one of the task's list.

    Raises:
        PlaygroundError: as ``label_scores``; an example whose label is none of the task's.
    """
    flipped = [replace(example, label=_next_label(task, example)) for example in examples]
    for count in range(len(examples) + 1):
        yield ask(model, task, [*flipped[:count], *examples[count:]], query)


def _next_label(task: Task, example: Example) -> str:
    if example.label not in task.labels:
        raise PlaygroundError(
            f"The label “{example.label}” of an example is none of {', '.join(task.labels)}: it cannot be flipped."
        )
    return task.labels[(task.labels.index(example.label) + 1) % len(task.labels)]


@dataclass(frozen=True, eq=False)
class OrderSweep:
    """The same examples in several orders, as far as the sweep has come."""

    orders: tuple[tuple[int, ...], ...]
    """Indices of the examples in each order; the given one first."""
    shares: Array
    """(n_orders, n_labels): probability of each label among the labels."""
    n_all: int
    """Orders that there are."""
    n_planned: int
    """Orders that the sweep tries."""

    @property
    def mean(self) -> Array:
        """(n_labels,)."""
        return self.shares.mean(0)

    @property
    def band(self) -> tuple[Array, Array]:
        """(n_labels,) each: the smallest and the largest share in any order."""
        return self.shares.min(0), self.shares.max(0)


def order_sweep(
    model: LoadedModel,
    task: Task,
    examples: Sequence[Example],
    query: str,
    seed: int = 0,
    cancelled: Callable[[], bool] = lambda: False,
) -> Iterator[OrderSweep]:
    """Tries all orders up to 24, else 24 different ones at random; gives what it has after each.

    Raises:
        PlaygroundError: as ``label_scores``; no examples.
    """
    if not examples:
        raise PlaygroundError("There are no examples whose order could change. Add at least two.")
    orders = list(_orders(len(examples), seed))
    shares: list[Array] = []
    for order in orders:
        if cancelled():
            return
        shares.append(ask(model, task, [examples[i] for i in order], query).scores.shares)
        yield OrderSweep(tuple(orders[: len(shares)]), np.stack(shares), math.factorial(len(examples)), len(orders))


def _orders(count: int, seed: int) -> Iterator[tuple[int, ...]]:
    if math.factorial(count) <= MOST_ORDERS:
        yield from itertools.permutations(range(count))
        return
    rng, seen = np.random.default_rng(seed), {tuple(range(count))}
    yield tuple(range(count))
    while len(seen) < MOST_ORDERS:
        order = tuple(int(i) for i in rng.permutation(count))
        if order not in seen:
            seen.add(order)
            yield order


@dataclass(frozen=True, eq=False)
class Looks:
    """Where the place that answers looks."""

    tokens: tuple[Token, ...]
    """What is looked at: the prompt as it was fed."""
    weights: Array
    """(n_layers, n_heads, seq): of each head, from the place where the label is read off."""


def looks_of_answer(trace: Trace, mask_id: int | None = None) -> Looks:
    """The attention weights of the place that answers: a decoder's last token, an encoder's mask; of an
    encoder–decoder the cross-attention of the first step.

    Raises:
        PlaygroundError: the model does not hand over its attention; an encoder's text has no mask.
    """
    kind = "self" if trace.encoder is None else "cross"
    pos = answer_positions(trace, mask_id)[0]
    weights = np.stack([attention.weights[:, pos] for attention in attentions(trace, kind)])
    return Looks(trace.tokens if trace.encoder is None else trace.encoder.tokens, weights)


def share_on(looks: Looks, spans: Sequence[tuple[int, int]]) -> Array:
    """(n_layers, n_heads, n_spans): how much of its weight each head puts on the tokens of each span of characters."""
    columns = [
        [i for i, t in enumerate(looks.tokens) if t.span and t.span[0] < end and t.span[1] > start]
        for start, end in spans
    ]
    found = [looks.weights[:, :, inside].sum(-1) for inside in columns]
    return np.stack(found, axis=-1) if found else np.zeros((*looks.weights.shape[:2], 0), np.float32)


def sweep(
    model: LoadedModel, trace: Trace, task: Task, examples: tuple[Example, ...], query: str, over: str
) -> tuple[Shot, ...]:
    """``flip_sweep`` for "flips", else ``shots_sweep``, whole; as the engine asks for it (``trace`` is not read).

    Raises:
        PlaygroundError: as these.
    """
    return tuple((flip_sweep if over == "flips" else shots_sweep)(model, task, examples, query))


def orders(
    model: LoadedModel, trace: Trace, task: Task, examples: tuple[Example, ...], query: str
) -> Iterator[OrderSweep]:
    """``order_sweep`` as the engine asks for it (``trace`` is not read)."""
    return order_sweep(model, task, examples, query)


def all_orders(model: LoadedModel, trace: Trace, task: Task, examples: tuple[Example, ...], query: str) -> OrderSweep:
    """The last of ``orders``."""
    *_, last = orders(model, trace, task, examples, query)
    return last
