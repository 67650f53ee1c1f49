"""What the lessons of the tab Prompting claim of the bundled models, read with a margin."""

from __future__ import annotations

import pytest

from playground import capture, load_model
from playground.analysis.prompting import compare, expectation, surprisal
from playground.analysis.prompting.shots import flip_sweep, looks_of_answer, share_on, shots_sweep
from playground.analysis.prompting.tasks import READY
from playground.lessons import lessons
from playground.models import LoadedModel
from playground.tabs.prompting.compare import EXAMPLES, TASK

STATES = {lesson.title: lesson.state for lesson in lessons() if lesson.state["tab"] == "prompting"}


@pytest.fixture(scope="module")
def storyteller() -> LoadedModel:
    return load_model("storyteller")


def test_labels_follow_their_examples_and_flip_with_them(storyteller: LoadedModel) -> None:
    (name,) = [state["shots.task"] for state in STATES.values() if "shots.task" in state]
    ready = next(task for task in READY if task.id == name)
    right = 0
    for query in ready.queries:
        told = ready.told(ready.examples, query)
        assert told is not None
        at = ready.task.labels.index(told)
        *_, last = shots_sweep(storyteller, ready.task, ready.examples, query)
        *_, flipped = flip_sweep(storyteller, ready.task, ready.examples, query)
        right += int(last.scores.shares[at] > 0.6) + int(flipped.scores.shares[at] < 0.4)
    assert right >= 2 * len(ready.queries) - 2, "of a small model, at most two may fail"
    shots = list(shots_sweep(storyteller, ready.task, ready.examples, ready.queries[0]))
    at = ready.task.labels.index(ready.told(ready.examples, ready.queries[0]) or "")
    assert shots[-1].scores.shares[at] > 0.6 and flip_of(storyteller, ready.queries[0])[at] < 0.4


def flip_of(model: LoadedModel, query: str) -> list[float]:
    ready = next(task for task in READY if task.id == "new-names")
    *_, flipped = flip_sweep(model, ready.task, ready.examples, query)
    return [float(share) for share in flipped.scores.shares]


def test_some_head_reads_the_labels_of_the_examples(storyteller: LoadedModel) -> None:
    ready = next(task for task in READY if task.id == "new-names")
    *_, shot = shots_sweep(storyteller, ready.task, ready.examples, ready.queries[0])
    looks = looks_of_answer(capture(storyteller, shot.prompt.text))
    assert share_on(looks, shot.prompt.labels).sum(-1).max() > 0.5


def test_examples_move_the_answer_to_a_label(storyteller: LoadedModel) -> None:
    without, after = (expectation(capture(storyteller, text)) for text in (TASK, EXAMPLES))
    found = compare(without, after)
    label = storyteller.tokenizer(" Positive")["input_ids"][0]
    assert after.probs[label] > 0.6 and after.probs[label] > without.probs[label]
    assert found.divergence_bits > 0.02
    turned = EXAMPLES.replace("Positive", "?").replace("Negative", "Positive").replace("?", "Negative")
    assert expectation(capture(storyteller, turned)).probs[label] < after.probs[label]


def test_the_word_that_does_not_belong_surprises_most(storyteller: LoadedModel) -> None:
    (state,) = [state for state in STATES.values() if state.get("view") == "surprise"]
    found = surprisal(storyteller, capture(storyteller, state["text"]))
    start = state["text"].index("volcano")
    span = found.tokens[found.most_wrong].span
    assert span is not None and span[1] > start and span[0] < start + len("volcano")
