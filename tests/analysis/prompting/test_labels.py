"""Labels: joint probabilities of all their tokens, against the chain of single steps."""

from __future__ import annotations

import numpy as np
import pytest

from playground import PlaygroundError, capture, load_model
from playground.analysis.prompting import label_scores
from playground.analysis.sampling import softmax
from tests.tiny import tiny

LABELS = ("Positive", "Negative", "cat")


@pytest.mark.parametrize("prompt", ["The cat sat:", "The cat sat: "])
@pytest.mark.parametrize("name", ["gpt2", "llama"])
def test_a_decoders_labels_are_chains_of_next_tokens(name: str, prompt: str) -> None:
    model = tiny(name)
    found = label_scores(model, prompt, LABELS)
    whole = [model.tokenizer(f"The cat sat: {label}")["input_ids"] for label in LABELS]
    start = len(model.tokenizer("The cat sat:")["input_ids"])
    assert [list(ids) for ids in found.token_ids] == [ids[start:] for ids in whole]
    assert {len(ids) for ids in found.token_ids} > {1} or max(len(ids) for ids in found.token_ids) > 1
    expected = []
    for ids in whole:
        probs = softmax(capture(model, ids).logits)
        expected.append(float(np.log([probs[i - 1, ids[i]] for i in range(start, len(ids))]).sum()))
    np.testing.assert_allclose(found.log_probs, expected, atol=1e-3)
    np.testing.assert_allclose(found.shares, np.exp(expected) / np.exp(expected).sum(), atol=1e-4)
    assert found.mass == pytest.approx(float(np.exp(expected).sum()), rel=1e-3)
    assert found.best == int(np.argmax(expected))


def test_an_encoder_decoders_labels_are_answers() -> None:
    model = tiny("marian")
    found = label_scores(model, "Le chat noir", ["the cat", "the mat"])
    for label, ids, log_prob in zip(found.labels, found.token_ids, found.log_probs, strict=True):
        trace = capture(model, "Le chat noir", label)
        assert [t.token_id for t in trace.tokens[1:]] == list(ids)
        probs = softmax(trace.logits)
        assert log_prob == pytest.approx(float(np.log([probs[n, i] for n, i in enumerate(ids)]).sum()), abs=1e-3)


@pytest.mark.parametrize(("name", "prompt"), [("bert", "The [MASK] sat."), ("roberta", "The<mask> sat.")])
def test_an_encoders_labels_fill_its_mask(name: str, prompt: str) -> None:
    model = tiny(name)
    trace = capture(model, prompt)
    place = [t.token_id for t in trace.tokens].index(model.tokenizer.mask_token_id)
    # two words that are one token there
    words = [
        text
        for text, i in sorted(model.tokenizer.get_vocab().items())
        if text.isalpha() and i != model.tokenizer.unk_token_id
    ]
    labels = []
    for word in words:
        try:
            label_scores(model, prompt, [word, "."])
            labels.append(word)
        except PlaygroundError:
            continue
        if len(labels) == 2:
            break
    found = label_scores(model, prompt, labels)
    probs = softmax(trace.logits[place])
    np.testing.assert_allclose(np.exp(found.log_probs), [probs[ids[0]] for ids in found.token_ids], rtol=1e-3)
    with pytest.raises(PlaygroundError, match="several tokens"):
        label_scores(model, prompt, [labels[0], "Constantinople"])
    with pytest.raises(PlaygroundError, match="once"):
        label_scores(model, "The cat sat.", labels)


@pytest.mark.parametrize(
    ("labels", "says"),
    [
        (("Positive",), "at least two"),
        (("Positive", ""), "no tokens"),
        (("Positive", "  "), "no tokens"),
        (("cat", "cat"), "begins with all of"),
        (("Pos", "Positive"), "begins with all of"),
    ],
)
def test_labels_that_cannot_be_told_apart(labels: tuple[str, ...], says: str) -> None:
    with pytest.raises(PlaygroundError, match=says):
        label_scores(tiny("gpt2"), "The cat sat:", labels)


def test_prompts_that_cannot_be_run() -> None:
    for prompt in ("", "a b c d e f g h i j k l m n o p " * 10):
        with pytest.raises(PlaygroundError, match=r"\.$"):
            label_scores(tiny("gpt2"), prompt, LABELS)


def test_a_bundled_model_prefers_what_fits() -> None:
    found = label_scores(load_model("storyteller"), "Once upon a", ["time", "table"])
    assert found.best == 0 and found.shares[0] > 0.99 and found.mass > 0.9
