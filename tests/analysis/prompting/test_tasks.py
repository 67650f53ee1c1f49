"""Ready tasks: they can be written down, and what their examples point to is what they say."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground import PlaygroundError
from playground.analysis.prompting.shots import Example
from playground.analysis.prompting.tasks import READY, examples_of, ready_for

plain = st.text(st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp")), max_size=20)


@given(st.lists(st.builds(Example, plain, plain.map(str.strip).filter(lambda s: " => " not in f" {s}")), max_size=12))
def test_examples_are_read_from_the_lines_that_the_page_sends(examples: list[Example]) -> None:
    lines = "\n".join(f"{example.text} => {example.label}" for example in examples) or "none"
    assert examples_of(lines) == tuple(examples)


def test_lines_that_are_no_examples() -> None:
    assert examples_of("") == examples_of("none") == ()
    with pytest.raises(PlaygroundError, match="a line such as"):
        examples_of("The soup was cold.")
    with pytest.raises(PlaygroundError, match="At most"):
        examples_of("\n".join(["a => b"] * 13))


def test_every_kind_of_model_has_a_task_of_its_own_words() -> None:
    assert len({ready.id for ready in READY}) == len(READY)
    for kind in ("decoder", "encoder", "encoder-decoder"):
        assert ready_for(kind)
    for ready in READY:
        assert {e.label for e in ready.examples} <= set(ready.task.labels)
        for query in ready.queries:
            assert ready.told(ready.examples, query) in ready.task.labels


def test_what_the_examples_point_to_follows_their_labels() -> None:
    words = next(ready for ready in READY if ready.id == "words")
    assert words.told((), "cow") is None and words.told(words.examples, "a word of one's own") is None
    assert words.told(words.examples[:2], "cow") == "moon" and words.told(words.examples[:2], "cake") == "river"
    exchanged = [Example(e.text, {"moon": "river", "river": "moon"}[e.label]) for e in words.examples]
    assert words.told(exchanged, "cow") == "river"
    assert words.told([Example("cat", "moon"), Example("dog", "river")], "cow") is None
    capitals = next(ready for ready in READY if ready.id == "capitals")
    assert capitals.told((), "France") == "Paris"
    assert capitals.told([Example("Italy", "London")], "France") is None
