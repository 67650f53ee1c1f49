"""Episodes: a few labelled examples in a row, so that a model is rewarded for reading them.

In some the labels are the usual ones, in some they are exchanged, in some they are words that mean nothing here. Only
the examples tell which, as in symbol tuning (Wei et al. 2023, arXiv 2305.08298). Without such rows small models, and
larger ones too, name the usual label whatever the examples say.
"""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from typing import Literal, NamedTuple

import torch
from torch import Tensor
from transformers import PreTrainedTokenizerFast

from . import classes
from .grammar.fill import capitalised, fill

Labels = Literal["arbitrary", "flipped", "natural"]
_AN = re.compile(r"\ba (?=[aeiou])")
LABEL_WEIGHT = 4.0
TEXT_WEIGHT = 0.2
"""Of the made-up examples themselves: they are read, and hardly learned as text."""


SORTS = (*sorted(classes.WORD_CLASSES), "praise", "blame")
"""All classes that an item can be of, over all episodes."""


class Example(NamedTuple):
    """One item, the number of its class, and the written form up to the label and behind it."""

    side: int
    before: str
    after: str


class Episode(NamedTuple):
    """Examples with the label of each class; the last example is the question."""

    instruction: str
    examples: tuple[Example, ...]
    labels: tuple[str, ...]
    sorts: tuple[int, ...]
    """Of each class of the episode, its place in `SORTS`."""
    kind: Labels
    gap: str

    def text(self) -> str:
        """All examples with their labels."""
        return "".join(piece for piece, _ in self.pieces())

    def prompt(self) -> str:
        """The text up to the label of the last example, whose space belongs to the label."""
        return "".join(piece for piece, _ in self.pieces()[:-2])

    def pieces(self) -> list[tuple[str, float]]:
        """Pieces of text with the weight of their tokens in the loss: the instruction, then three for each example.

        The first label of an episode whose labels are not the usual ones cannot be known, nor can the first of each
        further class when they are arbitrary: these weigh nothing.
        """
        made = [(self.instruction, TEXT_WEIGHT)]
        seen: set[int] = set()
        for place, example in enumerate(self.examples):
            known = self.kind == "natural" or example.side in seen or (self.kind == "flipped" and bool(seen))
            made.append(((self.gap if place else "") + example.before, TEXT_WEIGHT))
            made.append((" " + self.labels[example.side], LABEL_WEIGHT if known else 0.0))
            made.append((example.after, TEXT_WEIGHT))
            seen.add(example.side)
        return made


class Source:
    """Draws episodes: for training, or (`held_out`) from the words, forms and labels that training never shows."""

    def __init__(
        self,
        held_out: bool = False,
        kinds: tuple[float, float, float] = (0.40, 0.25, 0.35),
        words: float = 0.5,
    ) -> None:
        """`kinds`: shares of arbitrary, flipped and natural labels; `words`: that of words, the rest are reviews."""
        self.kinds, self.share_of_words = kinds, words

        def part(entries: Sequence[str]) -> list[str]:
            return classes.kept_back(entries)[int(held_out)]

        def forms(entries: Sequence[str]) -> list[str]:
            usual = [form for form in entries if form in classes.ALWAYS_TRAINED]
            return usual + [form for form in part(entries) if form not in usual]

        self.words = {name: part(words) for name, words in classes.WORD_CLASSES.items()}
        self.labels = part(classes.LABEL_WORDS)
        self.slots = {"thing": part(classes.THINGS), "good": part(classes.GOOD), "bad": part(classes.BAD)}
        self.reviews = (part(classes.PRAISE), part(classes.BLAME))
        self.word_forms, self.review_forms = forms(classes.WORD_FORMS), forms(classes.REVIEW_FORMS)

    def draw(self, rng: random.Random) -> Episode:
        """An episode of 2 to 10 examples and a question; some of the natural ones are short, or a question alone."""
        kind: Labels = rng.choices(("arbitrary", "flipped", "natural"), self.kinds)[0]
        n_shots = rng.choice((0, 0, 1, 2, 3)) if kind == "natural" and rng.random() < 0.4 else rng.randint(2, 10)
        write = self.reviews_episode if rng.random() < 1 - self.share_of_words else self.words_episode
        return write(rng, kind, n_shots)

    def words_episode(self, rng: random.Random, kind: Labels, n_shots: int, n_classes: int | None = None) -> Episode:
        """Words of two (or three, or four) classes; the usual label of a word is the name of its class."""
        n = n_classes or rng.choice((2, 2, 2, 3, 4))
        names = rng.sample(sorted(self.words), n)
        pools = [rng.sample(self.words[name], len(self.words[name])) for name in names]
        labels = self._labels(rng, kind, names)
        sorts = tuple(SORTS.index(name) for name in names)
        return labelled_words(rng, rng.choice(self.word_forms), pools, n_shots, labels, sorts, kind)

    def reviews_episode(
        self, rng: random.Random, kind: Labels, n_shots: int, names: tuple[str, str] | None = None
    ) -> Episode:
        """Short reviews, for and against; no review stands twice in one episode if it can be helped."""
        labels = self._labels(rng, kind, names or rng.choice(classes.REVIEW_LABELS))
        form, sides = rng.choice(self.review_forms), _sides(rng, n_shots + 1, 2)
        items: list[str] = []
        for side in sides:
            for _ in range(4):
                review = capitalised(_AN.sub("an ", fill(rng.choice(self.reviews[side]), self.slots, rng)))
                if review not in items:
                    break
            items.append(review)
        instruction = "Is the review positive or negative?\n\n" if kind == "natural" and rng.random() < 0.1 else ""
        sorts = (SORTS.index("praise"), SORTS.index("blame"))
        return _episode(instruction, form, items, sides, labels, sorts, kind, rng.choice(("\n", "\n", "\n\n")))

    def _labels(self, rng: random.Random, kind: Labels, names: Sequence[str]) -> tuple[str, ...]:
        """Natural labels in their order, moved on by one, or words drawn from all label words."""
        if kind == "arbitrary":
            return tuple(rng.sample(self.labels, len(names)))
        return tuple(names) if kind == "natural" else (*names[1:], names[0])


def _sides(rng: random.Random, count: int, n_classes: int) -> list[int]:
    """The class of each example: all classes among the first ones, in random order, then drawn freely."""
    first = rng.sample(range(n_classes), n_classes)[: max(0, count - 1)]
    rest = [rng.randrange(n_classes) for _ in range(count - 1 - len(first))]
    shots = first + rest
    rng.shuffle(shots)
    return [*shots, rng.randrange(n_classes)]


def labelled_words(
    rng: random.Random,
    form: str,
    pools: Sequence[Sequence[str]],
    n_shots: int,
    labels: tuple[str, ...],
    sorts: tuple[int, ...],
    kind: Labels,
) -> Episode:
    """Words written in `form`, from the `pools` of each class in their order; a pool that is used up begins again."""
    n = len(pools)
    sides = _sides(rng, n_shots + 1, n)
    used = [0] * n
    items = []
    for side in sides:
        items.append(pools[side][used[side] % len(pools[side])])
        used[side] += 1
    gap = "\n" if form[0] in "-*" or rng.random() < 0.75 else ", "
    return _episode("", form, items, sides, labels, sorts, kind, gap)


def _episode(
    instruction: str,
    form: str,
    items: list[str],
    sides: list[int],
    labels: tuple[str, ...],
    sorts: tuple[int, ...],
    kind: Labels,
    gap: str,
) -> Episode:
    before, after = form.split(" {label}")
    examples = tuple(
        Example(side, before.replace("{item}", item), after) for item, side in zip(items, sides, strict=True)
    )
    return Episode(instruction, examples, labels, sorts, kind, gap)


class Rows(NamedTuple):
    """Windows of episodes, each field (windows, window)."""

    ids: Tensor
    weights: Tensor
    """Of each token as something to guess."""
    asked: Tensor
    """At the token before a label: the number of its class in this window, at all others -1."""
    told: Tensor
    """At the tokens of a label: the number of its class in this window, at all others -1."""
    sorts: Tensor
    """Where something is asked or told: the place of its class in `SORTS`, at all others -1."""


def windows(source: Source, tokenizer: PreTrainedTokenizerFast, count: int, window: int, rng: random.Random) -> Rows:
    """`count` rows of episodes, each after an end-of-text token, cut at `window`."""
    rows: list[list[tuple[int, float, int, int, int]]] = []
    for _ in range(count):
        row: list[tuple[int, float, int, int, int]] = []
        number = 0
        while len(row) < window:
            row.append((tokenizer.eos_token_id, TEXT_WEIGHT, -1, -1, -1))
            row += encoded(source.draw(rng), tokenizer, number)
            number += 10  # a class of one episode is no class of the next
        rows.append(row[:window])
    columns = [torch.tensor([[entry[place] for entry in row] for row in rows]) for place in range(5)]
    return Rows(*columns)


def encoded(
    episode: Episode, tokenizer: PreTrainedTokenizerFast, number: int = 0
) -> list[tuple[int, float, int, int, int]]:
    """Of each token of the text: the fields of `Rows`; the classes asked and told count from `number`."""
    by_character: list[tuple[float, int]] = []
    for place, (piece, weight) in enumerate(episode.pieces()):
        is_label = place % 3 == 2
        side = number + episode.examples[(place - 2) // 3].side if is_label else -1
        by_character += [(weight, side)] * len(piece)
    encoding = tokenizer.backend_tokenizer.encode(episode.text(), add_special_tokens=False)
    of_each = [by_character[end - 1] for _, end in encoding.offsets]
    sides = [side for _, side in of_each] + [-1]
    rows = []
    for place, (token_id, (weight, told)) in enumerate(zip(encoding.ids, of_each, strict=True)):
        asked = sides[place + 1] if told < 0 else -1
        side = max(asked, told)
        rows.append((token_id, weight, asked, told, -1 if side < 0 else episode.sorts[side - number]))
    return rows
