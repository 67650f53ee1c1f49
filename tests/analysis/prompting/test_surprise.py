"""Surprisal: against the definition; an encoder's, masking one token at a time."""

from __future__ import annotations

import copy

import numpy as np
import pytest

from playground import PlaygroundError, capture
from playground.analysis import rows
from playground.analysis.prompting import chat_ids, surprisal
from playground.analysis.prompting.surprise import as_chat, expected_at, surprisal_in_steps
from playground.analysis.sampling import softmax
from playground.models import wrap
from tests.hooks.variants import variant
from tests.tiny import tiny


@pytest.mark.parametrize("name", ["gpt2", "llama", "marian"])
def test_a_token_is_predicted_from_those_before_it(name: str) -> None:
    model = tiny(name)
    trace = capture(model, "The cat sat on the mat.", "the cat" if name == "marian" else None)
    found = surprisal(model, trace)
    probs, ids = softmax(trace.logits.astype(np.float64)), [t.token_id for t in trace.tokens]
    assert np.isnan(found.bits[0]) and not found.pseudo
    for i in range(1, len(ids)):
        assert found.bits[i] == pytest.approx(-np.log2(probs[i - 1, ids[i]]), rel=1e-4)
        assert found.ranks[i] == 1 + (probs[i - 1] > probs[i - 1, ids[i]]).sum()
        assert found.guesses[i] == probs[i - 1].argmax()
        assert found.guess_probs[i] == pytest.approx(probs[i - 1].max(), rel=1e-4)
    assert found.perplexity == pytest.approx(2 ** float(found.bits[1:].mean()), rel=1e-5)
    assert found.bits[found.most_wrong] == found.bits[1:].max()


def test_longer_than_one_chunk() -> None:
    model = variant("gpt2", n_positions=150)
    trace = capture(model, [1 + i * 7 % 200 for i in range(150)])
    found = surprisal(model, trace)
    log_probs = np.log(softmax(trace.logits[:-1].astype(np.float64)))
    ids = [t.token_id for t in trace.tokens]
    np.testing.assert_allclose(found.bits[1:], -log_probs[np.arange(149), ids[1:]] / np.log(2), rtol=1e-4)
    n_bytes = sum(t.n_bytes for t in trace.tokens[1:])
    assert found.bits_per_byte == pytest.approx(float(found.bits[1:].sum()) / n_bytes, rel=1e-4)


@pytest.mark.parametrize("name", ["bert", "roberta"])
def test_an_encoder_fills_in_each_token_in_turn(name: str) -> None:
    model = tiny(name)
    trace = capture(model, "The cat sat.")
    found = surprisal(model, trace)
    ids = [t.token_id for t in trace.tokens]
    assert found.pseudo and np.isnan(found.bits[[0, -1]]).all()  # [CLS] and [SEP]
    for i in range(1, len(ids) - 1):
        hidden = [*ids[:i], model.tokenizer.mask_token_id, *ids[i + 1 :]]
        probs = softmax(capture(model, hidden).logits[i].astype(np.float64))
        assert found.bits[i] == pytest.approx(-np.log2(probs[ids[i]]), rel=1e-3)
        assert found.ranks[i] == 1 + (probs > probs[ids[i]]).sum()
    with pytest.raises(PlaygroundError, match="Stopped"):
        surprisal(model, trace, cancelled=lambda: True)


def test_nothing_to_predict() -> None:
    with pytest.raises(PlaygroundError, match="at least two"):
        surprisal(tiny("gpt2"), capture(tiny("gpt2"), [20]))
    with pytest.raises(PlaygroundError, match="special tokens"):
        surprisal(tiny("bert"), capture(tiny("bert"), "[CLS]"))


def test_a_chat_template_wraps_the_text_once() -> None:
    model = tiny("roberta")  # a tokenizer that adds its start token itself
    assert chat_ids(model, "The cat") is None
    tokenizer = copy.deepcopy(model.tokenizer)
    tokenizer.chat_template = (
        "{{ bos_token }}{% for m in messages %}[{{ m.role }}] {{ m.content }}{% endfor %}"
        "{% if add_generation_prompt %} [assistant]{% endif %}"
    )
    ids = chat_ids(wrap(model.module, tokenizer, id="chat"), "The cat")
    assert ids is not None and ids.count(tokenizer.bos_token_id) == 1
    assert tokenizer.decode(ids) == "<s>[user] The cat [assistant]"


def test_an_encoders_surprisal_grows_step_by_step(monkeypatch: pytest.MonkeyPatch) -> None:
    model = tiny("bert")
    trace = capture(model, "The cat sat on the mat.")
    monkeypatch.setattr(rows, "MOST_TOKENS", 8 * len(trace))
    steps = list(surprisal_in_steps(model, trace))
    counts = [int((~np.isnan(step.bits)).sum()) for step in steps]
    assert counts == sorted(set(counts)) and len(counts) > 2
    np.testing.assert_allclose(steps[-1].bits, surprisal(model, trace).bits, rtol=1e-4)


@pytest.mark.parametrize("name", ["gpt2", "bert", "marian"])
def test_what_was_expected_in_the_place_of_a_token(name: str) -> None:
    model = tiny(name)
    trace = capture(model, "The cat sat on the mat.", "the cat" if name == "marian" else None)
    found = surprisal(model, trace)
    for pos in (1, 2):
        probs = expected_at(model, trace, pos)
        assert probs.sum() == pytest.approx(1, abs=1e-4)
        assert -np.log2(probs[trace.tokens[pos].token_id]) == pytest.approx(float(found.bits[pos]), rel=1e-3)
        assert probs.argmax() == found.guesses[pos]
    if name != "bert":
        with pytest.raises(PlaygroundError, match="Nothing stands before"):
            expected_at(model, trace, 0)


def test_the_texts_own_tokens_inside_a_template() -> None:
    model = variant("gpt2", n_positions=64)
    trace = capture(model, "The cat sat")
    assert as_chat(model, trace, "The cat sat") is None
    tokenizer = copy.deepcopy(model.tokenizer)
    tokenizer.chat_template = "{% for m in messages %}the mat: {{ m.content }}{% endfor %}"
    chat = wrap(model.module, tokenizer, id="chat")
    found = as_chat(chat, trace, "The cat sat")
    assert found is not None
    wrapped = surprisal(model, capture(model, "the mat: The cat sat"))
    np.testing.assert_allclose(found.surprisal.bits, wrapped.bits, rtol=1e-4)
    both = found.mean_bits(surprisal(model, trace))
    if found.own is None:  # this tokenizer cuts the text otherwise behind a blank
        assert both is None
    else:
        start, end = found.own
        assert end - start == len([t for t in trace.tokens if not t.special])
        assert both is not None and both[1] <= float(np.nanmax(wrapped.bits[start:end]))
