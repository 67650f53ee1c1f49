"""The decoder's text of an encoder–decoder: written by the model, or typed and shifted by one."""

from __future__ import annotations

import pytest
import torch

from playground import PlaygroundError, capture
from playground.settings import override
from tests.hooks.variants import TEXT, twin, variant
from tests.tiny import build, tiny

TWO_TEXTS = ("bart", "mbart", "marian", "t5", "t5-untied", "mt5")


@pytest.mark.parametrize("name", TWO_TEXTS)
def test_the_model_writes_the_target_itself(name: str) -> None:
    """As ``generate`` does, greedy: fed back without its end token."""
    # transformers' own generate needs as many decoder layers as encoder layers in a T5
    model = variant(name, num_decoder_layers=2) if "t5" in name else build(name)
    plain = twin(model).module
    source = model.tokenizer(TEXT, return_tensors="pt")["input_ids"]
    room = 12
    written = plain.generate(source, do_sample=False, num_beams=1, max_new_tokens=room)[0].tolist()  # type: ignore[operator]
    with override(max_new_tokens=room):
        fed = [t.token_id for t in capture(model, TEXT).tokens]
    end = model.tokenizer.eos_token_id
    assert fed == (written[:-1] if written[-1] == end and len(written) > 1 else written)
    assert len(fed) > 1 or written[1:] == [end]


@pytest.mark.parametrize("name", ["t5", "t5-untied", "mt5"])
def test_a_t5_of_unequal_depths_writes_too(name: str) -> None:
    """transformers' generate stumbles over it (IndexError in its cache)."""
    model = build(name)
    assert model.info.n_layers != model.info.n_encoder_layers
    with override(max_new_tokens=5):
        trace = capture(model, TEXT)
    step_by_step = [trace.tokens[0].token_id]
    for _ in range(len(trace) - 1):
        step_by_step.append(int(capture(model, TEXT, step_by_step).logits[-1].argmax()))
    assert [t.token_id for t in trace.tokens] == step_by_step


@pytest.mark.parametrize("name", TWO_TEXTS)
def test_a_typed_target_is_shifted_by_one(name: str) -> None:
    """Teacher forcing: the start token first, the end token never fed, so that row i predicts label i."""
    model = tiny(name)
    trace = capture(model, TEXT, "the cat")
    labels = model.tokenizer(text_target="the cat")["input_ids"]
    fed = [t.token_id for t in trace.tokens]
    assert labels[-1] == model.tokenizer.eos_token_id
    if name == "mbart":  # its own rule: the last label, which names the language, goes to the front
        assert fed == [labels[-1], *labels[:-1]]
    else:
        assert fed == [model.module.config.decoder_start_token_id, *labels[:-1]]
    assert trace.target is not None and trace.target.strip() == "the cat"
    assert trace.text == TEXT


def test_ids_are_fed_to_the_decoder_as_they_are() -> None:
    trace = capture(tiny("marian"), [5, 6, 1], [0, 7, 8])
    assert [t.token_id for t in trace.tokens] == [0, 7, 8]
    assert trace.encoder is not None and [t.token_id for t in trace.encoder.tokens] == [5, 6, 1]


def test_an_empty_target_still_has_its_start_token() -> None:
    for name in TWO_TEXTS:
        assert len(capture(tiny(name), TEXT, "")) >= 1


def test_a_target_longer_than_the_decoder_takes_is_refused() -> None:
    with pytest.raises(PlaygroundError, match="The target is"):
        capture(tiny("bart"), TEXT, "cat " * 200)


@pytest.mark.parametrize("ids", [[], [10**6], [-1], [5] * 1000])
def test_target_ids_that_cannot_be_fed_are_refused(ids: list[int]) -> None:
    with pytest.raises(PlaygroundError):
        capture(tiny("bart"), TEXT, ids)


def test_source_and_target_do_not_mix() -> None:
    """Encoder and decoder share one table of tokens: each stack must keep its own rows."""
    for name in TWO_TEXTS:
        trace = capture(tiny(name), TEXT, "the cat")
        assert trace.encoder is not None and trace.embeddings is not None and trace.encoder.embeddings is not None
        assert (len(trace.embeddings), len(trace.encoder.embeddings)) == (len(trace), len(trace.encoder))
        assert torch.isfinite(torch.tensor(trace.logits)).all()
