"""Hand-typed distributions: CONCEPTS S2, S4, S5, S7, to the digits."""

from __future__ import annotations

import numpy as np
import pytest

from playground import PlaygroundError, SamplingSettings, next_token
from playground.analysis.sampling.by_hand import by_hand, parse

FRUIT = "apple .5\nbanana .3\ncherry .1\ndate .05\nelderberry .05"


def kept(text: str, **settings: float) -> dict[str, float]:
    """Word → probability of what can still be drawn."""
    typed = parse(text)
    stages = next_token(typed.logits, SamplingSettings(**settings))  # type: ignore[arg-type]
    return {word: round(float(p), 4) for word, p in zip(typed.words, stages.final, strict=True) if p > 0}


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"top_k": 2}, {"apple": 0.625, "banana": 0.375}),
        ({"top_k": 3}, {"apple": 0.5556, "banana": 0.3333, "cherry": 0.1111}),
        ({"top_k": 1}, {"apple": 1.0}),
        ({"top_p": 0.8}, {"apple": 0.625, "banana": 0.375}),
        ({"top_p": 0.9}, {"apple": 0.5556, "banana": 0.3333, "cherry": 0.1111}),
        ({}, {"apple": 0.5, "banana": 0.3, "cherry": 0.1, "date": 0.05, "elderberry": 0.05}),
        ({"do_sample": False}, {"apple": 1.0}),
    ],
)
def test_five_fruits(settings: dict[str, float], expected: dict[str, float]) -> None:
    assert kept(FRUIT, **settings) == expected
    assert parse(FRUIT).notes == ()


def test_five_times_seven_tenths() -> None:
    typed = parse("\n".join(f"word{i}: 0.7" for i in range(5)))
    np.testing.assert_allclose(typed.probs, 0.2, atol=1e-7)
    assert typed.notes == ("The weights sum to 3.5, not to 1: each is divided by 3.5.",)


def test_cake_and_the_rest_of_the_language() -> None:
    """S2, S5: cake 0.20, donut 0.10, banana 0.02, apple 0.01; 0.67 for what is not named, none of it likely."""
    text = "cake 20%\ndonut 0,10\nbanana = 0.02\napple; 1 %\n… 0.67"
    typed = parse(text)
    assert typed.words[:4] == ("cake", "donut", "banana", "apple")
    np.testing.assert_allclose(typed.probs[:4], [0.2, 0.1, 0.02, 0.01], atol=1e-7)
    assert typed.probs.sum() == pytest.approx(1, abs=1e-5) and typed.probs[4:].max() < 0.0051
    assert typed.notes == ("The rest, 0.67, is spread over 134 other words of 0.005 each.",)
    assert kept(text, top_p=0.29) == {"cake": 0.6667, "donut": 0.3333}
    assert kept(text, top_k=3)["banana"] == 0.0625


def test_a_word_of_weight_nothing_is_never_drawn() -> None:
    assert kept("a 0\nb 2\nc 6", temperature=2.0) == {"b": 0.366, "c": 0.634}
    assert parse("ice cream 1").words == ("ice cream",)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "at least one word"), ("apple", "needs a word and a weight"), ("0.5", "needs a word and a weight"),
        ("apple -0.1", "numbers of 0 or more"), ("apple nan", "numbers of 0 or more"),
        ("apple inf", "numbers of 0 or more"), ("apple lots", "is no number"), ("apple 0\npear 0", "All weights are 0"),
        ("apple 1\napple 2", "twice"), ("… 1", "at least one word"), ("apple 1\n… -1", "numbers of 0 or more"),
        ("apple 1e-9\n… 1", "too large"), ("\n".join(f"w{i} 1" for i in range(201)), "at most 200"),
    ],
)  # fmt: skip
def test_nonsense_is_refused_with_a_sentence(text: str, says: str) -> None:
    with pytest.raises(PlaygroundError, match=says):
        parse(text)


def test_as_many_weights_as_words() -> None:
    with pytest.raises(PlaygroundError, match="2 words and 1 weights"):
        by_hand(["a", "b"], [1.0])
