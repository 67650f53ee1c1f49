"""Where the model looked while it wrote, against the attention of transformers' own generate, step by step."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from playground import PlaygroundError, capture
from playground.analysis.attention.writing import TO_COME, looks_while_writing
from tests.tiny import build, tiny

TEXT = "The cat sat on the"


@pytest.mark.parametrize("family", ["gpt2", "llama", "qwen3", "mistral", "opt"])
def test_each_row_is_the_step_of_generate(family: str) -> None:
    model, trace = tiny(family), capture(tiny(family), TEXT)
    ids = [token.token_id for token in trace.tokens]
    plain: Any = build(family).module
    plain.set_attn_implementation("eager")
    out = plain.generate(
        torch.tensor([ids]), max_new_tokens=6, do_sample=False, output_attentions=True, return_dict_in_generate=True
    )
    written = out.sequences[0, len(ids) :].tolist()
    looks = looks_while_writing(model, trace, written)
    assert [token.token_id for token in looks.rows] == written
    assert [token.token_id for token in looks.columns] == [*ids, *written[:-1]]
    for step, layers in enumerate(out.attentions):
        assert looks.seen[step].sum() == len(ids) + step
        for layer, weights in enumerate(layers):
            own = weights[0, :, -1].float().numpy()
            # A cache that slides holds only the window, which is all that a step can see.
            found = looks.weights[layer][:, step, : len(ids) + step]
            assert not found[:, : found.shape[1] - own.shape[1]].any()
            np.testing.assert_allclose(found[:, found.shape[1] - own.shape[1] :], own, atol=1e-5)


@pytest.mark.parametrize("family", ["marian", "t5", "bart"])
def test_a_translation_looks_at_the_source_step_by_step(family: str) -> None:
    model = tiny(family)
    trace = capture(model, "Le chat noir est assis", "the cat")
    assert trace.encoder is not None
    source = [token.token_id for token in trace.encoder.tokens]
    plain = build(family).module
    plain.set_attn_implementation("eager")
    start = plain.generation_config.decoder_start_token_id
    written = [5, 9, 7]
    looks = looks_while_writing(model, trace, written, "cross")
    own = looks_while_writing(model, trace, written, "self")
    assert [token.token_id for token in looks.columns] == source and looks.seen.all()
    assert [token.token_id for token in own.columns] == [start, *written[:-1]]
    for step in range(len(written)):
        with torch.inference_mode():
            out = plain(
                input_ids=torch.tensor([source]),
                decoder_input_ids=torch.tensor([[start, *written[:step]]]),
                output_attentions=True,
                use_cache=False,
            )
        for layer in range(len(looks.weights)):
            cross, inner = (w[layer][0, :, -1].numpy() for w in (out.cross_attentions, out.decoder_attentions))
            np.testing.assert_allclose(looks.weights[layer][:, step], cross, atol=1e-5)
            np.testing.assert_allclose(own.weights[layer][:, step, : step + 1], inner, atol=1e-5)
            assert not own.weights[layer][:, step, step + 1 :].any()


def test_before_the_first_word_there_is_the_look_that_will_write_it() -> None:
    model, trace = tiny("gpt2"), capture(tiny("gpt2"), TEXT)
    looks = looks_while_writing(model, trace, ())
    assert looks.rows == (TO_COME,) and looks.columns == trace.tokens
    for layer, weights in zip(trace.layers, looks.weights, strict=True):
        assert layer.attention is not None
        np.testing.assert_allclose(weights[:, 0], layer.attention.weights[:, -1], atol=1e-6)


def test_what_cannot_be_followed_is_said() -> None:
    marian = tiny("marian")
    with pytest.raises(PlaygroundError, match="does not grow"):
        looks_while_writing(marian, capture(marian, "Le chat", "the"), (5,), "encoder")
    bert = tiny("bert")
    with pytest.raises(PlaygroundError, match="later tokens change"):
        looks_while_writing(bert, capture(bert, "The cat"), (5,))
    gpt2 = tiny("gpt2")
    with pytest.raises(PlaygroundError, match="kind of attention"):
        looks_while_writing(gpt2, capture(gpt2, "The cat"), (5,), "cross")
