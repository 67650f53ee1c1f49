"""Two distributions of different vocabularies, and where two texts differ."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground.analysis.prompting import Expectation, by_words, compare, differing


def expected(probs: list[float]) -> Expectation:
    return Expectation(0, np.log(np.array(probs, np.float32)), np.array(probs, np.float32), 1.0)


def test_tokens_of_the_same_text_are_compared() -> None:
    first, second = expected([0.5, 0.3, 0.2]), expected([0.1, 0.6, 0.1, 0.2])
    a, b, names = by_words(first, second, (("␣cat", "cat", "dog"), ("dog", "cat", "##cat", "␣sea")))
    assert names == ("cat", "dog", "sea")
    np.testing.assert_allclose(a.probs, [0.8, 0.2, 0], atol=1e-6)
    np.testing.assert_allclose(b.probs, [0.7, 0.1, 0.2], atol=1e-6)
    found = compare(a, b, 2)
    assert names[found.moved_most] == "sea" and found.gain[2] == pytest.approx(0.2)
    assert by_words(first, first, (("␣", "a", "b"),) * 2)[2][0] == "␣", "a blank by itself is a text"


words = st.lists(st.sampled_from("abcd"), max_size=12)


@given(words, words)
def test_what_does_not_differ_is_common(first: list[str], second: list[str]) -> None:
    marks = differing(first, second)
    one, other = (
        [word for word, differs in zip(text, mark, strict=True) if not differs]
        for text, mark in zip((first, second), marks, strict=True)
    )
    assert one == other
    assert not any(differing(first, first)[0])
