"""Going round again: what is written is what the model would write, masks are filled as ``fill_masks`` fills them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from playground import SamplingSettings, capture, generate, load_model
from playground.analysis.generation import fill_masks
from playground.analysis.walk import Onward, Step
from playground.analysis.walk.onward import alignment, tokens_step, write_step
from playground.lessons import lessons
from playground.models import LoadedModel
from playground.trace import Trace
from tests.hooks.test_changes import ROWS, model_of
from tests.tiny import tiny

GREEDY = SamplingSettings(max_new_tokens=6, do_sample=False)


def around(model: LoadedModel, trace: Trace, pos: int) -> tuple[Step, Onward]:
    step = write_step(model, trace, pos)
    assert step.onward is not None and step.chips
    return step, step.onward


def test_written_round_by_round_is_what_generate_writes() -> None:
    model = load_model("storyteller")
    text = "Once upon a time, there was a little"
    wanted = [step.token.token_id for step in generate(model, text, GREEDY)]
    found = []
    for _ in wanted:
        trace = capture(model, text)
        step, onward = around(model, trace, len(trace.tokens) - 1)
        found.append(step.chips[-1].token_id)
        assert onward.text is not None and onward.written == onward.text
        text = onward.text
    assert found == wanted


def test_a_translation_is_written_token_by_token_until_the_end_token() -> None:
    model = load_model("translator")
    trace = capture(model, "Le chat dort sur la table.")
    pos, rounds = 0, 0
    while True:
        step, onward = around(model, trace, pos)
        rounds += 1
        assert step.cells is not None and step.cells.values.shape == (pos + 1, len(trace.encoder.tokens))  # type: ignore[union-attr]
        np.testing.assert_allclose(step.cells.values.sum(-1), 1, atol=1e-5)
        assert [chip.role for chip in step.chips] == ["read"] * pos + ["chosen", "new"]
        if onward.ends:
            break
        assert onward.pos == pos + 1 and onward.given is None
        assert step.chips[-1].token_id == trace.tokens[pos + 1].token_id
        pos = onward.pos
    assert onward.ends == "end" and onward.written == trace.target and rounds == len(trace.tokens)


def test_the_alignment_is_the_mean_of_all_heads_of_all_layers() -> None:
    model = tiny("marian")
    trace = capture(model, "Le chat noir", "the cat sat")
    found = alignment(trace, 2, "x")
    assert found is not None
    all_heads = np.concatenate([layer.cross_attention.weights for layer in trace.layers if layer.cross_attention])
    np.testing.assert_allclose(found.values, all_heads[:, :3].mean(0), atol=1e-6)


def test_masks_are_filled_one_by_one_the_surest_first() -> None:
    model = load_model("cloze")
    text = "The [MASK] sat on the [MASK] and the [MASK] was happy."
    wanted = [(mask.pos, mask.token.token_id) for mask in fill_masks(model, text, GREEDY)]
    found = []
    for left in range(len(wanted), 0, -1):
        trace = capture(model, text)
        step, onward = around(model, trace, 0)
        assert step.figure("n_masks") == left and onward.text is not None
        best = int(trace.logits[int(step.figure("pos"))].argmax())
        found.append((int(step.figure("pos")), best))
        text = onward.text
    assert found == wanted and "[MASK]" not in text
    assert around(model, capture(model, text), 0)[1].ends == "no mask"


def test_a_text_that_goes_on_otherwise_is_read_on_and_says_what_the_model_would_write() -> None:
    model = tiny("gpt2")
    trace = capture(model, "The cat sat on the mat.")
    for pos in range(len(trace.tokens) - 1):
        step, onward = around(model, trace, pos)
        best = int(trace.logits[pos].argmax())
        assert step.chips[-1].token_id == best and onward.pos == pos + 1
        assert (onward.given is None) == (trace.tokens[pos + 1].token_id == best)


@pytest.mark.parametrize("name", ROWS)
def test_every_family_says_how_it_goes_on_or_why_it_ends(name: str) -> None:
    model = model_of(name)
    trace = capture(model, "The cat sat", "the cat" if model.info.kind == "encoder-decoder" else None)
    _, onward = around(model, trace, len(trace.tokens) - 1)
    ways = [onward.pos is not None, onward.text is not None, onward.target is not None, bool(onward.ends)]
    assert sum(ways) == 1
    assert [chip.token_id for chip in tokens_step(model, trace, 0).chips] == [t.token_id for t in trace.tokens]


def test_at_the_end_of_the_context_nothing_is_written() -> None:
    model = tiny("gpt2")
    trace = capture(model, [5] * int(model.info.context or 0))
    assert around(model, trace, len(trace.tokens) - 1)[1].ends in ("context", "end")


@settings(max_examples=25, deadline=None)
@given(st.text(alphabet="aé世🙂 שׁ</script>", min_size=1, max_size=12))
def test_what_is_written_only_adds_to_the_text(text: str) -> None:
    """Emoji in pieces, right to left, markup: the text stays, and a token that is no whole character is not typed."""
    model = tiny("gpt2")
    trace = capture(model, text)
    _, onward = around(model, trace, len(trace.tokens) - 1)
    if onward.text is not None:
        assert onward.text.startswith(text) and len(onward.text) > len(text) and "\ufffd" not in onward.text
    else:
        assert onward.ends in ("character", "end")


def lesson(title: str) -> tuple[LoadedModel, str]:
    """The model and text of a lesson."""
    (found,) = [lesson for lesson in lessons() if lesson.title == title]
    return load_model(found.state["model"]), found.state["text"]


def test_the_lesson_on_translation_begins_with_the_and_ends() -> None:
    model, text = lesson("Word by word into English")
    trace = capture(model, text)
    first, onward = around(model, trace, 0)
    assert onward.token == "␣The" and first.cells is not None
    assert around(model, trace, len(trace.tokens) - 1)[1].ends == "end"


def test_the_lesson_on_masks_fills_the_second_first_and_guesses_the_first_anew() -> None:
    model, text = lesson("Masks, one by one")
    first, onward = around(model, capture(model, text), 0)
    masks = [n for n, chip in enumerate(first.chips) if chip.role == "mask"]
    assert first.figure("pos") == masks[1] and onward.text is not None
    second, _ = around(model, capture(model, onward.text), 0)
    assert first.cells is not None and second.cells is not None
    before, after = float(first.cells.values[1, 0]), float(second.cells.values[0, 0])
    assert abs(before - after) > 0.005, "the other mask knows the first answer now"
