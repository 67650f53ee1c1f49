"""The read-out after every layer: its top row is the model's own answer."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from playground import PlaygroundError, capture, logit_lens, read_out
from playground.analysis.lens import additions, best_guesses, follow, stream_lengths, streams
from playground.analysis.sampling import softmax
from playground.tokens import vocabulary
from tests.hooks.variants import variant
from tests.tiny import FAMILIES, UNDESCRIBED, tiny

TEXT = "The cat sat on the mat."


@pytest.mark.parametrize("name", [name for name in FAMILIES if name not in UNDESCRIBED])
def test_the_top_row_is_the_models_own_answer(name: str) -> None:
    model = tiny(name)
    trace = capture(model, TEXT, "the cat" if model.info.kind == "encoder-decoder" else None)
    lens = logit_lens(model, trace)
    own = softmax(trace.logits)
    assert lens.rows == ("embedding", *(f"layer {i}" for i in range(model.info.n_layers)))
    np.testing.assert_array_equal(lens.top_ids[-1], own.argmax(-1))
    np.testing.assert_array_equal(lens.final_ids, own.argmax(-1))
    np.testing.assert_allclose(lens.top_probs[-1], own.max(-1), atol=1e-5)
    np.testing.assert_allclose(lens.final_probs[-1], own.max(-1), atol=1e-5)
    assert (lens.final_ranks[-1] == 1).all()
    np.testing.assert_allclose(lens.divergences[-1], 0, atol=1e-4)
    assert (lens.divergences >= 0).all() and (lens.entropies <= np.log2(own.shape[1]) + 1e-4).all()


def test_every_row_is_a_reduced_read_out() -> None:
    """Longer than one chunk of positions, so that nothing shifts where chunks meet."""
    model = variant("gpt2", n_positions=150)
    trace = capture(model, [1 + i * 7 % 200 for i in range(150)])
    lens = logit_lens(model, trace)
    for row, (name, resid) in enumerate(streams(trace)):
        probs = softmax(read_out(model, resid))
        assert lens.rows[row] == name
        np.testing.assert_array_equal(lens.top_ids[row], probs.argmax(-1))
        np.testing.assert_allclose(lens.top_probs[row], probs.max(-1), rtol=1e-4)
        of_final = probs[np.arange(150), lens.final_ids]
        np.testing.assert_allclose(lens.final_probs[row], of_final, rtol=1e-4)
        safe = np.maximum(probs, 1e-30)
        entropy = -(probs * np.log2(safe)).sum(-1)
        lost = (softmax(trace.logits) * (np.log2(softmax(trace.logits)) - np.log2(safe))).sum(-1)
        np.testing.assert_allclose(lens.entropies[row], entropy, rtol=1e-3)
        np.testing.assert_allclose(lens.divergences[row], lost, rtol=1e-3, atol=1e-3)
        np.testing.assert_array_equal(lens.final_ranks[row], 1 + (probs > of_final[:, None]).sum(-1))
        for pos in range(150):
            same = [ids[pos] == lens.final_ids[pos] for ids in lens.top_ids]
            assert all(same[lens.settled(pos) :]) and (lens.settled(pos) == 0 or not same[lens.settled(pos) - 1])
    lengths = stream_lengths(trace)
    assert lengths.rows == lens.rows
    np.testing.assert_allclose(lengths.values[-1], np.linalg.norm(trace.layers[-1].resid_post, axis=-1))
    assert list(lens.top_texts[1]) == vocabulary(model.tokenizer, lens.top_ids[1])


@pytest.mark.parametrize("name", ["gpt2", "bert", "marian", "gemma2"])
def test_a_followed_token_has_its_own_probability_and_rank_everywhere(name: str) -> None:
    model = tiny(name)
    trace = capture(model, TEXT, "the cat" if model.info.kind == "encoder-decoder" else None)
    found = follow(model, trace, "cat")
    token_id = found.token.token_id
    for row, (_, resid) in enumerate(streams(trace)):
        probs = softmax(read_out(model, resid))
        np.testing.assert_allclose(found.probs[row], probs[:, token_id], rtol=1e-4, atol=1e-9)
        np.testing.assert_array_equal(found.ranks[row], 1 + (probs > probs[:, [token_id]]).sum(-1))
        best = best_guesses(model, trace, row - 1, 1, 5)
        assert [p for _, p in best] == pytest.approx(np.sort(probs[1])[::-1][:5].tolist(), rel=1e-4)
        assert best[0][0] == vocabulary(model.tokenizer, [int(probs[1].argmax())])[0]


@pytest.mark.parametrize("name", UNDESCRIBED)
def test_an_undescribed_family_says_so(name: str) -> None:
    with pytest.raises(PlaygroundError, match=name):
        logit_lens(tiny(name), capture(tiny(name), TEXT))


@pytest.mark.parametrize(
    ("name", "labels"),
    [
        ("gpt2", ["attn 0", "mlp 0", "attn 1", "mlp 1"]),
        ("gpt_neox", ["attn 0", "mlp 0", "attn 1", "mlp 1"]),
        ("bert", ["attn 0", "mlp 0", "attn 1", "mlp 1"]),
        ("marian", [f"{part} {i}" for i in range(3) for part in ("attn", "cross", "mlp")]),
        ("falcon", ["attn 0", "mlp 0", "attn 1", "mlp 1"]),
        ("gpt_neox_japanese", []),
    ],
)
def test_additions_are_the_sublayers_in_order(name: str, labels: list[str]) -> None:
    model = tiny(name)
    trace = capture(model, TEXT, "the cat" if model.info.kind == "encoder-decoder" else None)
    found = additions(trace, 1)
    assert [a.label for a in found] == labels
    for part in found:
        kind, layer = part.label.split()
        added = getattr(trace.layers[int(layer)], f"{kind}_out")
        assert part.norm == pytest.approx(float(np.linalg.norm(added[1])), rel=1e-5)


def test_a_head_that_does_more_than_multiply_is_asked_as_a_whole() -> None:
    plain, odd = variant("gpt2"), variant("gpt2")
    trace = capture(plain, TEXT)
    odd.module.load_state_dict(plain.module.state_dict())
    head: Any = odd.module.lm_head
    head.register_forward_hook(lambda module, given, logits: 2 * logits)
    doubled = softmax(read_out(odd, trace.layers[0].resid_pre))
    np.testing.assert_allclose(doubled, softmax(2 * read_out(plain, trace.layers[0].resid_pre)), rtol=1e-4)
    np.testing.assert_allclose(logit_lens(odd, trace).top_probs[0], doubled.max(-1), rtol=1e-4)
    found = follow(odd, trace, "cat")
    np.testing.assert_allclose(found.probs[0], doubled[:, found.token.token_id], rtol=1e-4)


def test_a_token_that_the_model_forbids_breaks_no_sum() -> None:
    model = tiny("marian")
    trace = capture(model, TEXT, "the cat")
    bias: Any = model.module.final_logits_bias
    before = bias.clone()
    try:
        bias[0, 5] = -np.inf
        lens = logit_lens(model, trace)
    finally:
        bias.copy_(before)
    assert np.isfinite(lens.entropies).all() and np.isfinite(lens.divergences[:-1]).all()
    assert (lens.top_ids[:-1] != 5).all()
