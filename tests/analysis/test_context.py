"""Less and less context: each window is a text of its own, and the whole text is the last of them."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from playground import PlaygroundError, capture, load_model
from playground.analysis.context import context_curve, context_curve_steps, context_sweep, powers_of_two
from playground.analysis.prompting import surprisal
from playground.analysis.sampling import softmax
from tests.tiny import tiny


@pytest.mark.parametrize(
    ("most", "lengths"), [(1, (1,)), (2, (1, 2)), (5, (1, 2, 4, 5)), (8, (1, 2, 4, 8)), (9, (1, 2, 4, 8, 9))]
)
def test_powers_of_two(most: int, lengths: tuple[int, ...]) -> None:
    assert powers_of_two(most) == lengths


@pytest.mark.parametrize("name", ["gpt2", "llama"])
def test_each_window_is_a_text_of_its_own(name: str) -> None:
    model = tiny(name)
    trace = capture(model, "The cat sat on the mat.")
    ids = [t.token_id for t in trace.tokens]
    for pos in (4, len(ids) - 1):
        found = context_sweep(model, trace, pos)
        assert found.lengths[-1] == pos + 1
        assert found.target_id == (ids[5] if pos == 4 else int(trace.logits[-1].argmax()))
        for n, length in enumerate(found.lengths):
            probs = softmax(capture(model, ids[pos + 1 - length : pos + 1]).logits[-1])
            assert found.probs[n] == pytest.approx(float(probs[found.target_id]), rel=1e-3)
            assert found.ranks[n] == 1 + (probs > probs[found.target_id]).sum()
            assert found.guesses[n] == probs.argmax()
            assert found.guess_probs[n] == pytest.approx(float(probs.max()), rel=1e-3)


def test_the_curve_ends_at_the_texts_own_surprisal() -> None:
    model = tiny("gpt2")
    trace = capture(model, "The cat sat on the mat. The dog sat on the cat.")
    curve = context_curve(model, trace)
    own = surprisal(model, trace)
    assert curve.n_positions == len(trace) - 1 and curve.lengths == powers_of_two(len(trace) - 1)
    assert curve.mean_bits[-1] == pytest.approx(own.mean_bits, rel=1e-4)
    ids = [t.token_id for t in trace.tokens]
    alone = [softmax(capture(model, [i]).logits[0])[after] for i, after in itertools.pairwise(ids)]
    assert curve.mean_bits[0] == pytest.approx(float(-np.log2(alone).mean()), rel=1e-4)


def test_the_curve_grows_by_a_length_and_each_is_that_of_every_window() -> None:
    model = tiny("gpt2")
    trace = capture(model, "The cat sat on the mat. The dog sat on the cat.")
    ids = [t.token_id for t in trace.tokens]
    steps = list(context_curve_steps(model, trace, most_positions=7))
    assert [step.lengths for step in steps] == [steps[-1].lengths[: n + 1] for n in range(len(steps))]
    places = np.unique(np.linspace(0, len(ids) - 2, 7).astype(int)).tolist()
    for length, bits in zip(steps[-1].lengths, steps[-1].mean_bits, strict=True):
        windows = [(pos, ids[max(0, pos + 1 - length) : pos + 1]) for pos in places]
        own = [softmax(capture(model, window).logits[-1])[ids[pos + 1]] for pos, window in windows]
        assert bits == pytest.approx(float(-np.log2(own).mean()), rel=1e-4)


def test_a_bundled_model_guesses_better_with_more_in_view() -> None:
    model = load_model("storyteller")
    text = (
        "Once upon a time, there was a little girl named Lily. She loved to play in the garden with her dog. "
        "One day, Lily and her dog went to the park."
    )
    curve = context_curve(model, capture(model, text), most_positions=20)
    assert curve.n_positions == 20 and curve.mean_bits[0] > curve.mean_bits[2] > curve.mean_bits[-1]


def test_what_has_no_last_tokens() -> None:
    gpt2 = tiny("gpt2")
    with pytest.raises(PlaygroundError, match="decoder"):
        context_sweep(tiny("bert"), capture(tiny("bert"), "The [MASK]"), 1)
    for pos in (-1, 99):
        with pytest.raises(PlaygroundError, match="no position"):
            context_sweep(gpt2, capture(gpt2, "The cat"), pos)
    with pytest.raises(PlaygroundError, match="at least two"):
        context_curve(gpt2, capture(gpt2, [20]))
