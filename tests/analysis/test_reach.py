"""How far a word reaches: nothing moves before it, and the recurrent network is the one that was trained."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch

from playground import PlaygroundError, capture
from playground.analysis.reach import reach
from playground.analysis.recurrent import bundled
from playground.analysis.sampling import softmax
from playground.pretrain.recurrent import Recurrent
from tests.tiny import tiny


@pytest.mark.parametrize("name", ["gpt2", "llama"])
def test_the_divergence_is_that_of_two_passes(name: str) -> None:
    model = tiny(name)
    trace = capture(model, "The cat sat on the mat.")
    found = reach(model, trace, 2)
    ids = [t.token_id for t in trace.tokens]
    assert trace.tokens[2].token_id not in found.others
    moved = []
    for other in found.others:
        again = capture(model, [*ids[:2], other, *ids[3:]])
        p, q = softmax(trace.logits[2:]), softmax(again.logits[2:])
        moved.append((p * np.log2(p / q)).sum(-1))
    np.testing.assert_allclose(found.bits, np.mean(moved, axis=0), atol=1e-4)
    strongest = max(layer.attention.weights[:, 4, 2].max() for layer in trace.layers if layer.attention)
    assert found.attention[2] == pytest.approx(strongest)
    assert found.network_bits is not None, "tiny vocabularies hold little but characters, which the network knows"
    assert found.network_bits.shape == found.bits.shape


def test_the_state_is_changed_from_the_exchange_on_by_what_is_told() -> None:
    model, network = tiny("gpt2"), bundled()
    trace = capture(model, "The cat sat on the mat.")
    found = reach(model, trace, 3)
    assert found.states is not None and found.state_changes is not None and found.state_change is not None
    ids = [network.ids[t.piece] for t in trace.tokens]
    put_in = [network.ids[str(model.tokenizer.convert_ids_to_tokens(other))] for other in found.others]
    changes = [np.abs(network.read([*ids[:3], i, *ids[4:]])[0] - found.states)[3:] for i in put_in]
    np.testing.assert_allclose(found.state_changes, np.mean(changes, axis=0), atol=1e-5)
    assert found.state_change[0] == 1 and (found.state_change >= 0).all()
    np.testing.assert_array_equal(network.read([*ids[:3], put_in[0]])[0][:3], found.states[:3])


def test_a_text_of_pieces_that_the_network_does_not_know_is_left_to_the_transformer() -> None:
    model = tiny("gpt2")
    trace = capture(model, "The cat sat on the mat.")
    strange = dataclasses.replace(trace, tokens=tuple(dataclasses.replace(t, piece="▁?!") for t in trace.tokens))
    found = reach(model, strange, 2)
    assert found.network_bits is found.states is found.state_changes is found.state_change is None


def test_the_first_word_cannot_be_exchanged() -> None:
    model = tiny("gpt2")
    trace = capture(model, "The cat sat")
    for pos in (0, 99):
        with pytest.raises(PlaygroundError, match="something before it"):
            reach(model, trace, pos)


def test_the_equations_are_those_of_the_training() -> None:
    """Read with numpy, the states are those of the torch module that was trained."""
    network = bundled()
    module = Recurrent(len(network.embedding), network.embedding.shape[1], network.n_state).eval()
    named = {
        "embedding.weight": network.embedding, "cell.weight_ih_l0": network.w_input,
        "cell.weight_hh_l0": network.w_state, "cell.bias_ih_l0": network.b_input, "cell.bias_hh_l0": network.b_state,
        "out.weight": network.out, "bias": network.bias,
    }  # fmt: skip
    module.load_state_dict({name: torch.from_numpy(value) for name, value in named.items()})
    ids = [network.end_id, 5, 900, 17, 2000]
    with torch.no_grad():
        logits, last = module(torch.tensor([ids]))
    states, log_probs = network.read(ids[1:])
    np.testing.assert_allclose(states[-1], last[0, 0].numpy(), atol=1e-5)
    np.testing.assert_allclose(log_probs, torch.log_softmax(logits[0, 1:], -1).numpy(), atol=1e-4)


def test_few_megabytes() -> None:
    from playground.analysis.recurrent import FOLDER

    assert sum(path.stat().st_size for path in FOLDER.iterdir()) < 2_000_000
