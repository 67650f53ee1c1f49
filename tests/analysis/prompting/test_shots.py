"""Prompts with examples: as they are fed, in every order, with flipped labels."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from playground import PlaygroundError, capture
from playground.analysis.attention import attentions
from playground.analysis.prompting import label_scores
from playground.analysis.prompting.shots import (
    Example,
    Task,
    few_shot_prompt,
    flip_sweep,
    looks_of_answer,
    order_sweep,
    share_on,
    shots_sweep,
)
from playground.models import LoadedModel
from tests.hooks.variants import variant
from tests.tiny import tiny

TASK = Task(("Yes", "No"), template="{text}? {label}")
EXAMPLES = (Example("cat", "Yes"), Example("mat", "No"), Example("sea", "Yes"))


def roomy() -> LoadedModel:
    return variant("gpt2", n_positions=128)


def test_a_prompt_as_it_is_fed() -> None:
    """CONCEPTS P2, word for word."""
    task = Task(("Positive", "Negative"), instruction="Classify:")
    examples = [Example("I loved this movie!", "Positive"), Example("I don't like {label} chair.", "Negative")]
    prompt = few_shot_prompt(task, examples, "The cake was wonderful.")
    lines = [
        "Classify:",
        "I loved this movie! Sentiment: Positive",
        "I don't like {label} chair. Sentiment: Negative",  # what people type is no template
        "The cake was wonderful. Sentiment:",
    ]
    assert prompt.text == "\n".join(lines)
    assert [prompt.text[a:b] for a, b in (*prompt.spans, prompt.query)] == lines[1:]
    assert [prompt.text[a:b] for a, b in prompt.labels] == ["Positive", "Negative"]
    assert few_shot_prompt(TASK, [], "cat").text == "cat?"


def test_an_encoder_is_asked_with_a_mask_and_what_stands_behind_it() -> None:
    task = Task(("good", "bad"), template="{text} It was {label}.")
    prompt = few_shot_prompt(task, [Example("A {text} day.", "good")], "Rain.", "[MASK]")
    assert prompt.text == "A {text} day. It was good.\nRain. It was [MASK]."
    assert prompt.text[slice(*prompt.query)] == "Rain. It was [MASK]."
    assert few_shot_prompt(task, [], "Rain.").text == "Rain. It was"


@pytest.mark.parametrize(("name", "kind"), [("bert", "self"), ("marian", "cross")])
def test_looks_of_other_kinds_of_model(name: str, kind: str) -> None:
    model = tiny(name)
    text = "The cat [MASK] sat" if name == "bert" else "Le chat noir"
    trace = capture(model, text, "the cat" if name == "marian" else None)
    looks = looks_of_answer(trace, model.tokenizer.mask_token_id if name == "bert" else None)
    pos = 3 if name == "bert" else 0
    for layer, its in enumerate(attentions(trace, kind)):
        np.testing.assert_array_equal(looks.weights[layer], its.weights[:, pos])
    assert looks.weights.shape[-1] == len(looks.tokens)
    unread = looks.weights[..., [t.span is None for t in looks.tokens]].sum(-1)
    np.testing.assert_allclose(share_on(looks, [(0, 99)]).sum(-1) + unread, 1, atol=1e-5)


def test_sweeps_ask_what_they_say() -> None:
    model = roomy()
    shots = list(shots_sweep(model, TASK, EXAMPLES, "dog"))
    assert [shot.examples for shot in shots] == [EXAMPLES[:n] for n in range(4)]
    for shot in shots:
        assert shot.prompt == few_shot_prompt(TASK, shot.examples, "dog")
        np.testing.assert_array_equal(
            shot.scores.log_probs, label_scores(model, shot.prompt.text, TASK.labels).log_probs
        )
    flips = list(flip_sweep(model, TASK, EXAMPLES, "dog"))
    labels = [[example.label for example in shot.examples] for shot in flips]
    assert labels == [["Yes", "No", "Yes"], ["No", "No", "Yes"], ["No", "Yes", "Yes"], ["No", "Yes", "No"]]
    assert len({shot.scores.shares.tobytes() for shot in flips}) == 4
    with pytest.raises(PlaygroundError, match="cannot be flipped"):
        list(flip_sweep(model, TASK, [Example("cat", "Maybe")], "dog"))


def test_all_orders_up_to_24() -> None:
    model = roomy()
    *_, found = order_sweep(model, TASK, EXAMPLES, "dog")
    assert sorted(found.orders) == sorted(itertools.permutations(range(3)))
    assert found.orders[0] == (0, 1, 2) and (found.n_all, found.n_planned) == (6, 6)
    for order, shares in zip(found.orders, found.shares, strict=True):
        text = few_shot_prompt(TASK, [EXAMPLES[i] for i in order], "dog").text
        np.testing.assert_allclose(shares, label_scores(model, text, TASK.labels).shares, atol=1e-5)
    np.testing.assert_allclose(found.mean, found.shares.mean(0))
    low, high = found.band
    assert (low <= found.mean).all() and (found.mean <= high).all() and (low < high).all()


def test_of_more_orders_24_different_ones() -> None:
    examples = [Example(word, "Yes") for word in ("a", "b", "c", "d", "e")]
    streamed = list(order_sweep(roomy(), TASK, examples, "dog", seed=1))
    found = streamed[-1]
    assert [len(sweep.orders) for sweep in streamed] == list(range(1, 25))
    assert len(set(found.orders)) == 24 and found.orders[0] == (0, 1, 2, 3, 4) and found.n_all == 120
    *_, again = order_sweep(roomy(), TASK, examples, "dog", seed=1)
    assert again.orders == found.orders
    few = order_sweep(roomy(), TASK, examples, "dog", cancelled=lambda: True)
    assert list(few) == []


def test_attention_of_the_answer_to_each_example() -> None:
    model = roomy()
    prompt = few_shot_prompt(TASK, EXAMPLES, "dog")
    trace = capture(model, prompt.text)
    looks = looks_of_answer(trace)
    found = share_on(looks, prompt.spans)
    assert found.shape == (2, 4, 3)
    query = [i for i, t in enumerate(trace.tokens) if t.span and t.span[0] >= prompt.query[0]]
    breaks = [i for i, t in enumerate(trace.tokens) if t.span and prompt.text[t.span[0] : t.span[1]] == "\n"]
    assert len(breaks) == 3
    for layer, head in itertools.product(range(2), range(4)):
        attention = trace.layers[layer].attention
        assert attention is not None
        rest = attention.weights[head, -1, [*query, *breaks]].sum()
        assert found[layer, head].sum() + rest == pytest.approx(1, abs=1e-5)
    assert share_on(looks, few_shot_prompt(TASK, [], "dog").spans).shape == (2, 4, 0)


def test_tasks_that_cannot_be_asked() -> None:
    for template in ("{text}", "{label}", "{label} {text}", "{text} {label} {label}"):
        with pytest.raises(PlaygroundError, match="template"):
            Task(("Yes", "No"), template=template)
    with pytest.raises(PlaygroundError, match="two labels"):
        Task(("Yes",))
    with pytest.raises(PlaygroundError, match="empty"):
        few_shot_prompt(TASK, EXAMPLES, " ")
    with pytest.raises(PlaygroundError, match="no examples"):
        next(order_sweep(roomy(), TASK, [], "dog"))
