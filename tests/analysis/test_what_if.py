"""Before and after: the same numbers as two captures, and the texts as transformers writes them."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from playground import Change, PlaygroundError, ablation_map, capture, load_model
from playground.analysis.switches import change_of
from playground.analysis.what_if import (
    both_texts,
    both_texts_steps,
    changed,
    cost_of_effects,
    divergence_bits,
    head_effects,
    head_effects_steps,
    log2_probs,
)
from tests.hooks.test_changes import model_of, run
from tests.hooks.variants import TEXT

LOGITS = st.lists(st.floats(-30, 30), min_size=2, max_size=12)


@given(LOGITS, st.randoms())
def test_the_divergence_is_torchs(logits: list[float], random: object) -> None:
    other = [random.uniform(-30, 30) for _ in logits]  # type: ignore[attr-defined]
    p, q = (torch.log_softmax(torch.tensor(x, dtype=torch.float64), 0) for x in (logits, other))
    expected = float((p.exp() * (p - q)).sum()) / np.log(2)
    found = divergence_bits(*(log2_probs(np.array(x, np.float32)) for x in (logits, other)))
    assert float(found) == pytest.approx(max(0.0, expected), rel=1e-4, abs=1e-4)


@pytest.mark.parametrize("name", ["gpt2", "bert", "marian", "llama"])
def test_before_and_after_are_two_captures(name: str) -> None:
    model = model_of(name)
    plain = run(model)
    names = ("h0.1", "m1") if name != "marian" else ("c0.1", "em1")
    found = changed(model, plain, names, False, 2)
    after = run(model, *(change_of(switch, plain) for switch in names))
    for ours, trace in ((found.before, plain), (found.after, after)):
        expected = torch.softmax(torch.from_numpy(trace.logits[2].copy()).double(), 0).numpy()
        np.testing.assert_allclose(np.exp2(ours.astype(np.float64)), expected, atol=1e-6)
    assert len(found.moved_bits) == len(plain) and found.moved_bits[2] > 0 and len(found.words) == 2
    same = changed(model, plain, (), False, 2)
    assert not same.moved_bits.any() and same.words == ()
    np.testing.assert_array_equal(same.before, same.after)


def test_a_mean_is_not_nothing() -> None:
    model = model_of("llama")
    plain = run(model)
    zero, mean = (changed(model, plain, ("h0.1",), flag, 2) for flag in (False, True))
    assert np.abs(zero.after - mean.after).max() > 1e-5


@pytest.mark.parametrize("name", ["gpt2", "marian"])
def test_every_kind_of_head_has_its_map(name: str) -> None:
    model = model_of(name)
    trace = run(model)
    found = head_effects(model, trace, 7, 1, False)
    assert [(m.encoder, m.cross) for m in found] == (
        [(False, False)] if name == "gpt2" else [(True, False), (False, False), (False, True)]
    )
    target = None if trace.encoder is None else "the cat"
    for one in found:
        alone = ablation_map(model, TEXT, 7, target=target, pos=1, cross=one.cross, encoder=one.encoder)
        np.testing.assert_allclose(one.logits, alone.logits, atol=1e-4)


def test_a_map_grows() -> None:
    model = model_of("gpt2")
    steps = list(head_effects_steps(model, run(model), 7, 1, False))
    tried = [sum(one.n_tried for one in maps) for maps in steps]
    assert tried[0] == 0 and tried == sorted(tried) and tried[-1] == sum(one.n_heads for one in steps[-1])
    assert [all(one.done for one in maps) for maps in steps] == [False] * (len(steps) - 1) + [True]
    assert steps[0][0].n_tried == 0, "an earlier step stays as it was"


def test_what_a_map_costs_grows_with_the_text_and_the_heads() -> None:
    model = model_of("marian")
    short, long = capture(model, "the", "the"), run(model)
    assert 0 < cost_of_effects(short, 1000) < cost_of_effects(long, 1000) == cost_of_effects(long, 2000) / 2


@pytest.mark.parametrize("name", ["gpt2", "llama", "marian"])
def test_texts_are_those_that_transformers_writes(name: str) -> None:
    model = model_of(name)
    trace = run(model)
    ids = torch.tensor([[t.token_id for t in (trace.encoder or trace).tokens]])
    written = model.module.generate(ids, do_sample=False, num_beams=1, max_new_tokens=24)[0].tolist()  # type: ignore[operator]
    new = written[1:] if trace.encoder is not None else written[ids.shape[1] :]
    ends = model.module.generation_config.eos_token_id
    found = both_texts(model, trace, ("m0",), False)
    from playground.tokens import vocabulary

    assert list(found.before) == vocabulary(model.tokenizer, [i for i in new if i != ends])
    assert found.both and found.differs == tuple(
        found.after[: n + 1] != found.before[: n + 1] for n in range(len(found.after))
    )
    same = both_texts(model, trace, (), False)
    assert same.before == same.after and not any(same.differs)


def test_texts_grow_token_by_token() -> None:
    model = model_of("gpt2")
    steps = list(both_texts_steps(model, run(model), ("b1",), False))
    lengths = [len(texts.before) + len(texts.after) for texts in steps]
    assert lengths == sorted(lengths) and [texts.both for texts in steps] == [False] * (len(steps) - 1) + [True]


def test_an_encoder_fills_in_its_masks() -> None:
    model = model_of("bert")
    trace = capture(model, "The [MASK] sat on the [MASK].")
    found = both_texts(model, trace, ("b0",), False)
    masks = [n for n, t in enumerate(trace.tokens) if t.token_id == model.tokenizer.mask_token_id]
    after = capture(model, "The [MASK] sat on the [MASK].", changes=[Change.skip_block(0)])
    from playground.tokens import vocabulary

    best = vocabulary(model.tokenizer, [int(after.logits[n].argmax()) for n in masks])
    words = [t.text for t in trace.tokens if not t.special or t.token_id == model.tokenizer.mask_token_id]
    assert len(found.after) == len(words) and "[MASK]" not in found.after
    assert [w for w, own in zip(found.after, words, strict=True) if own == "[MASK]"] == best
    with pytest.raises(PlaygroundError, match="fills in masks, and this text has none"):
        both_texts(model, capture(model, "The cat"), (), False)


def test_the_lesson_takes_away_the_head_that_completes_patterns() -> None:
    """Little is left of “star” without it, and only two heads of the first layer matter as much."""
    model = load_model("storyteller")
    trace = capture(model, "king hat star rain cat door fish song king hat")
    star, last = int(trace.logits[-1].argmax()), len(trace) - 1
    assert model.tokenizer.decode([star]) == " star"
    found = changed(model, trace, ("h2.0",), False, last)
    assert 2 ** found.after[star] < 0.25 * 2 ** found.before[star]
    (effects,) = [one.effects for one in head_effects(model, trace, star, last, False)]
    most = [(int(i) // effects.shape[1], int(i) % effects.shape[1]) for i in effects.ravel().argsort()]
    assert set(most[:3]) == {(2, 0), (0, 0), (0, 2)} and effects[most[2]] < 1.3 * effects[most[3]] < 0
