"""Ready tasks for few-shot prompts, and examples as lines of text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ...errors import PlaygroundError
from .shots import Example, Task

ARROW = " => "
"""Between the text of an example and its label, one example on a line."""
NO_EXAMPLES = "none"
"""Stands for a list without examples."""
MOST_EXAMPLES = 12


@dataclass(frozen=True)
class ReadyTask:
    """A task with examples and cases to ask."""

    id: str
    title: str
    kinds: tuple[str, ...]
    """Kinds of model that it is written for: "decoder", "encoder", "encoder-decoder"."""
    task: Task
    examples: tuple[Example, ...]
    queries: tuple[str, ...]
    about: str
    """What the task asks of a model, in a sentence or two."""
    sorts: Mapping[str, str] = field(default_factory=dict)
    """Case → what it is, where only the examples tell which label goes with it."""
    answers: Mapping[str, str] = field(default_factory=dict)
    """Case → its label, where that is so in the world."""

    def told(self, examples: Sequence[Example], query: str) -> str | None:
        """The label that the examples point to for a case; None where they do not, or where nobody knows.

        In a task with ``sorts`` it is the most frequent label of the examples of the same sort; else the case's own
        label, as long as every example has its own.
        """
        if query in self.answers:
            right = all(self.answers.get(example.text, example.label) == example.label for example in examples)
            return self.answers[query] if right else None
        if query not in self.sorts:
            return None
        found = Counter(e.label for e in examples if self.sorts.get(e.text) == self.sorts[query]).most_common(2)
        if not found or (len(found) > 1 and found[0][1] == found[1][1]):
            return None
        return found[0][0]


def examples_of(text: str) -> tuple[Example, ...]:
    """Examples from lines such as ``I loved this movie! => Positive``; ``none`` for no example.

    Raises:
        PlaygroundError: a line without an arrow, or more than ``MOST_EXAMPLES``.
    """
    if text.strip() in ("", NO_EXAMPLES):
        return ()
    found = []
    for line in filter(str.strip, text.split("\n")):
        case, arrow, label = line.rpartition(ARROW)
        if not arrow:
            raise PlaygroundError(f"Each example is a line such as “The soup was cold.{ARROW}Negative”.")
        found.append(Example(case, label.strip()))
    if len(found) > MOST_EXAMPLES:
        raise PlaygroundError(f"At most {MOST_EXAMPLES} examples are shown here. Take some away.")
    return tuple(found)


def _pairs(lines: str) -> tuple[Example, ...]:
    return examples_of("\n".join(line.strip() for line in lines.strip().splitlines()))


_REVIEWS = """
    I loved this movie! => Positive
    I don't like this chair. => Negative
    The soup was terrible. => Negative
    What a lovely song! => Positive
    This phone is broken. => Negative
    My family loves this game. => Positive
    The hotel was dirty. => Negative
    I really enjoyed the book. => Positive
"""
_WORDS = """
    cat => moon
    bread => river
    milk => river
    dog => moon
    apple => river
    horse => moon
    bird => moon
    cheese => river
"""
_ASKED_REVIEWS = {
    "The cake was awful.": "Negative", "I like this song.": "Positive", "The show was boring.": "Negative",
    "The trip was wonderful.": "Positive",
}  # fmt: skip
_ASKED_WORDS = {"cow": "animal", "cake": "food", "frog": "animal", "soup": "food", "duck": "animal"}
_OPPOSITES = {"hot": "cold", "big": "small", "fast": "slow", "happy": "sad"}
_CAPITALS = {"Italy": "Rome", "England": "London", "Spain": "Madrid", "France": "Paris"}
_FRENCH = {"le chat": "the cat", "le chien": "the dog", "la maison": "the house", "le livre": "the book"}


def _reviews(id: str, title: str, kind: str, template: str, names: tuple[str, str], about: str) -> ReadyTask:
    called = dict(zip(("Positive", "Negative"), names, strict=True))
    examples = _pairs(_REVIEWS)
    return ReadyTask(
        id, title, (kind,), Task(names, template),
        tuple(Example(e.text, called[e.label]) for e in examples),
        tuple(_ASKED_REVIEWS), about,
        sorts={e.text: e.label for e in examples} | _ASKED_REVIEWS,
    )  # fmt: skip


def _known(
    id: str, title: str, kind: str, template: str, answers: dict[str, str], about: str, separator: str = "\n"
) -> ReadyTask:
    """All but the last are the examples, and the last is asked."""
    *shown, asked = answers
    return ReadyTask(
        id, title, (kind,), Task(tuple(answers.values()), template, separator=separator),
        tuple(Example(text, answers[text]) for text in shown), (asked, *shown), about, answers=answers,
    )  # fmt: skip


_WORD_SORTS = {e.text: "animal" if e.label == "moon" else "food" for e in _pairs(_WORDS)}
READY = (
    _reviews(
        "reviews", "Reviews", "decoder", "{text} Sentiment: {label}", ("Positive", "Negative"),
        "Is a review for or against? The labels have their usual meaning, so a model may know them without examples.",
    ),
    _reviews(
        "new-names", "Reviews, made-up labels", "decoder", "{text} Sentiment: {label}", ("moon", "river"),
        "The same reviews, but “moon” means for and “river” against. Only the examples tell.",
    ),
    ReadyTask(
        "words", "Words, made-up labels", ("decoder",), Task(("moon", "river"), "- {text} -> {label}"), _pairs(_WORDS),
        tuple(_ASKED_WORDS),
        "Here “moon” stands for animals and “river” for food. Nobody can know that; only the examples tell.",
        sorts=_WORD_SORTS | _ASKED_WORDS,
    ),
    _known("opposites", "Opposites", "decoder", "{text} -> {label}", _OPPOSITES,
           "The model must know the words, and find out from the examples what is asked of it."),
    _known("capitals", "Capitals", "decoder", "The capital of {text} is {label}.", _CAPITALS,
           "This asks for facts. A model that never read them cannot answer, however many examples it is shown."),
    _known("french", "French to English", "decoder", "{text} = {label}", _FRENCH,
           "A decoder that has read both languages finds out from the examples that it should translate."),
    _reviews(
        "reviews-mask", "Reviews", "encoder", "{text} It was {label}.", ("good", "bad"),
        "An encoder fills in a mask where the label is asked; the examples stand before it.",
    ),
    _known("opposites-mask", "Opposites", "encoder", "The opposite of {text} is {label}.", _OPPOSITES,
           "The mask stands where the last word is missing; the examples stand before it."),
    _known("translation", "Words to translate", "encoder-decoder", "{text} {label}.", _FRENCH,
           "A translator was trained to translate what it is given, with no examples before it. Those that stand there "
           "are just more text to translate.", " "),
)  # fmt: skip
"""All ready tasks; for each kind of model at least one."""


def ready_for(kind: str) -> tuple[ReadyTask, ...]:
    """The ready tasks for a kind of model."""
    return tuple(task for task in READY if kind in task.kinds)
