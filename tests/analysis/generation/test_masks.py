"""Masks filled one at a time, the surest first."""

from __future__ import annotations

import numpy as np
import pytest

from playground import PlaygroundError, SamplingSettings, capture
from playground.analysis.generation.masks import MaskFills, fill_masks
from playground.analysis.sampling import next_token
from tests.tiny import tiny

TEXT = "The [MASK] sat on [MASK] [MASK]"
GREEDY = SamplingSettings(do_sample=False)


def test_each_answer_knows_the_ones_before_it() -> None:
    model = tiny("bert")
    mask = model.tokenizer.mask_token_id
    ids = [t.token_id for t in capture(model, TEXT).tokens]
    for n, filled in enumerate(fill_masks(model, TEXT, GREEDY)):
        trace = capture(model, ids)
        masks = [i for i, token_id in enumerate(ids) if token_id == mask]
        raw = [next_token(trace.logits[i], SamplingSettings()).raw for i in masks]
        surest = int(np.argmax([probs.max() for probs in raw]))
        assert filled.pos == masks[surest] and filled.n_left == 2 - n
        assert filled.token.token_id == raw[surest].argmax() and filled.rank == 1 and filled.probability == 1
        assert filled.raw_probability == pytest.approx(float(raw[surest].max()), rel=1e-3)
        ids[filled.pos] = filled.token.token_id
        assert filled.token_ids == tuple(ids)
    assert mask not in ids


def test_masks_are_drawn_with_the_settings_and_the_seed() -> None:
    model = tiny("bert")
    settings = SamplingSettings(temperature=2.0, top_k=40, seed=3)
    found = list(fill_masks(model, TEXT, settings))
    assert [f.token_ids for f in found] == [f.token_ids for f in fill_masks(model, TEXT, settings)]
    others = {list(fill_masks(model, TEXT, SamplingSettings(temperature=2.0, seed=s)))[-1].token_ids for s in range(5)}
    assert len(others) == 5
    for filled in found:
        assert filled.probability == pytest.approx(float(filled.stages.final[filled.token.token_id]), rel=1e-5)
        assert filled.stages.kept.sum() == 40
    once: list[int] = []
    for filled in fill_masks(model, TEXT, settings, cancelled=lambda: bool(once)):
        once.append(filled.pos)
    assert len(once) == 1


@pytest.mark.parametrize(("name", "text"), [("gpt2", "The cat"), ("bert", "The cat"), ("bert", "")])
def test_nothing_to_fill(name: str, text: str) -> None:
    with pytest.raises(PlaygroundError, match=r"\.$"):
        fill_masks(tiny(name), text, GREEDY)


def test_masks_can_be_filled_one_by_one_and_otherwise() -> None:
    model, settings = tiny("bert"), SamplingSettings(temperature=2.0, seed=4)
    whole = [f.token.token_id for f in fill_masks(model, TEXT, settings)]
    fills = MaskFills(model, TEXT)
    for n in range(len(whole)):
        assert next(fills.write(whole[:n], settings, begun=0)).token.token_id == whole[n]
    other = [40, *(f.token.token_id for f in fills.write([40], settings))]
    assert len(other) == len(whole) and [t.token.token_id for t in fills.tokens(other)] == other
    assert len({t.pos for t in fills.tokens(other)}) == len(whole)
    assert fills.ahead(whole, settings) is None
    with pytest.raises(PlaygroundError, match="more tokens than masks"):
        fills.tokens([*whole, 40])
