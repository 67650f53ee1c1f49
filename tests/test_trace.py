"""Records check themselves, and what they hold cannot be changed."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from playground import Trace, capture
from playground.trace import Attention, Layer, frozen
from tests.tiny import tiny


def trace() -> Trace:
    return capture(tiny("gpt2"), "The cat sat")


def test_rows_must_fit_the_tokens() -> None:
    whole = trace()
    with pytest.raises(ValueError, match="logits have 1 rows for"):
        dataclasses.replace(whole, logits=whole.logits[:1])
    short = dataclasses.replace(whole.layers[1], resid_post=whole.layers[1].resid_post[:2])
    with pytest.raises(ValueError, match="layer 1 has 2 positions for"):
        dataclasses.replace(whole, layers=(whole.layers[0], short))


def test_nothing_can_be_changed() -> None:
    whole = trace()
    with pytest.raises(dataclasses.FrozenInstanceError):
        whole.text = "another"  # type: ignore[misc]
    with pytest.raises(ValueError, match="read-only"):
        whole.logits[0, 0] = 1
    assert whole.layers[0].attention is not None and whole.layers[0].attention.scores is not None
    with pytest.raises(ValueError, match="read-only"):
        whole.layers[0].attention.scores[0] = 1


def test_freezing_leaves_the_callers_array_alone() -> None:
    mine = np.zeros(3, np.float32)
    assert not frozen(mine).flags.writeable and mine.flags.writeable
    Layer(resid_pre=mine[None], resid_post=mine[None])
    mine[0] = 1


def test_key_heads_serve_groups_of_query_heads() -> None:
    k = np.arange(2, dtype=np.float32).reshape(2, 1, 1)
    a = Attention(weights=np.ones((6, 1, 1), np.float32), k=k)
    assert a.per_head(k)[:, 0, 0].tolist() == [0, 0, 0, 1, 1, 1]


def test_what_is_not_handed_over_is_none() -> None:
    bare = Attention(weights=np.ones((1, 1, 1), np.float32))
    assert bare.scores is bare.scaled is bare.masked is None
