"""What capture refuses, in sentences; and what it takes."""

from __future__ import annotations

import pytest

from playground import PlaygroundError, capture, read_out
from playground.settings import override
from tests.tiny import CONTEXT, FAMILIES, build, tiny


def test_no_text_is_refused() -> None:
    with pytest.raises(PlaygroundError, match="no text"):
        capture(tiny("gpt2"), "")


def test_more_tokens_than_the_context_are_refused() -> None:
    with pytest.raises(PlaygroundError, match=f"takes? {CONTEXT}|take {CONTEXT}"):
        capture(tiny("gpt2"), "世" * 100_000)


def test_more_tokens_than_the_page_allows_are_refused() -> None:
    with override(max_tokens=3), pytest.raises(PlaygroundError, match="Shorten"):
        capture(tiny("gpt2"), "one two three four five")


@pytest.mark.parametrize("name", FAMILIES)
def test_a_text_that_fills_the_context_runs(name: str) -> None:
    """To the last position: RoBERTa counts its positions from 2, a learned table ends somewhere."""
    model = tiny(name)
    assert model.info.context == CONTEXT
    target = [5] * CONTEXT if model.info.kind == "encoder-decoder" else None
    trace = capture(model, [5 + i % 20 for i in range(CONTEXT)], target)
    assert len(trace) == CONTEXT
    assert trace.layers[0].attention is not None
    assert trace.layers[0].attention.weights.shape[-1] == CONTEXT


@pytest.mark.parametrize("ids", [[], [-1], [5, 10**9], [0] * (CONTEXT + 1)])
def test_ids_that_cannot_be_fed_are_refused(ids: list[int]) -> None:
    with pytest.raises(PlaygroundError, match="Token ids must be"):
        capture(tiny("gpt2"), ids)


def test_ids_are_fed_as_they_are() -> None:
    model = tiny("bert")
    trace = capture(model, [7, 8, 9])
    assert [t.token_id for t in trace.tokens] == [7, 8, 9]
    assert trace.text == model.tokenizer.decode([7, 8, 9])


HOSTILE = [
    "<script>alert(1)</script>",
    "${1+1}",
    "{{x}}",
    "a\0b",
    "\ud800 lone \udfff",
    "   ",
    "\n\t\r",
    "👩‍👩‍👧‍👦🇩🇪",
    "e\u0301 \u202etxet",
]


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("name", ["gpt2", "bert", "roberta", "t5"])
def test_hostile_texts_run(name: str, text: str) -> None:
    model = tiny(name)
    trace = capture(model, text, "the cat" if model.info.kind == "encoder-decoder" else None)
    assert trace.text == text
    assert len(trace) == len(trace.logits) > 0


def test_one_token_alone_runs_everywhere() -> None:
    for name in FAMILIES:
        model = tiny(name)
        trace = capture(model, [6], [7] if model.info.kind == "encoder-decoder" else None)
        assert len(trace) == 1


def test_out_of_memory_becomes_a_sentence() -> None:
    import torch

    model = build("gpt2")
    capture(model, "a")

    def full(*_: object, **__: object) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory")

    model.module.lm_head.forward = full
    with pytest.raises(PlaygroundError, match="memory"):
        capture(model, "a")


def test_an_undescribed_family_cannot_be_read_out() -> None:
    model = tiny("gpt_neox_japanese")
    trace = capture(model, "The cat")
    with pytest.raises(PlaygroundError, match="gpt_neox_japanese"):
        read_out(model, trace.layers[0].resid_post)
