"""Attention rollout against the authors' own recipe, and its laws on every family."""

from __future__ import annotations

import numpy as np
import pytest

from playground import Trace, capture
from playground.analysis.attention import attentions, kinds_of
from playground.analysis.attention.rollout import rollout
from tests.tiny import FAMILIES, tiny

TEXT, TARGET = "The cat sat on the mat. The cat", "the cat sat"


def trace_of(family: str) -> Trace:
    model = tiny(family)
    return capture(model, TEXT, TARGET if model.info.kind == "encoder-decoder" else None)


def joint(attentions_of_layers: np.ndarray) -> np.ndarray:
    """Abnar and Zuidema's published ``compute_joint_attention(att_mat, add_residual=True)``, for one text."""
    residual = np.eye(attentions_of_layers.shape[1])[None]
    mixed = attentions_of_layers + residual
    mixed = mixed / mixed.sum(axis=-1)[..., None]
    together = np.zeros(mixed.shape)
    together[0] = mixed[0]
    for i in range(1, len(together)):
        together[i] = mixed[i].dot(together[i - 1])
    return together


@pytest.mark.parametrize(
    ("family", "kind"), [("gpt2", "self"), ("bert", "self"), ("marian", "encoder"), ("t5", "self")]
)
def test_it_is_the_authors_recipe(family: str, kind: str) -> None:
    trace = trace_of(family)
    expected = joint(np.stack([a.weights.mean(0) for a in attentions(trace, kind)]))
    for layer in range(len(expected)):
        np.testing.assert_allclose(rollout(trace, kind, layer), expected[layer], atol=1e-6)


@pytest.mark.parametrize("family", ["marian", "t5", "bart"])
def test_across_two_texts_it_is_one_flow_over_both(family: str) -> None:
    """The same by one block matrix over target and source together: each addition to the stream is one product."""
    trace = trace_of(family)
    own, cross, encoder = (attentions(trace, kind) for kind in ("self", "cross", "encoder"))
    n, m = cross[0].weights.shape[1:]
    source = joint(np.stack([a.weights.mean(0) for a in encoder]))[-1]
    flow = np.block([[np.eye(n), np.zeros((n, m))], [np.zeros((m, n)), source]])
    for layer in range(len(cross)):
        step = np.eye(n + m)
        step[:n, :n] = (np.eye(n) + own[layer].weights.mean(0)) / 2
        look = np.eye(n + m)
        look[:n, :n] /= 2
        look[:n, n:] = cross[layer].weights.mean(0) / 2
        flow = look @ step @ flow
        np.testing.assert_allclose(rollout(trace, "cross", layer), flow[:n, n:], atol=1e-6)
        assert (rollout(trace, "cross", layer).sum(-1) < 1).all()


@pytest.mark.parametrize("family", FAMILIES)
def test_rows_are_shares_and_the_mask_holds(family: str) -> None:
    trace = trace_of(family)
    for kind in kinds_of(trace):
        found = rollout(trace, kind)
        assert (found >= 0).all()
        if kind == "cross":
            continue
        np.testing.assert_allclose(found.sum(-1), 1, atol=1e-5)
        if kind == "self" and tiny(family).info.kind != "encoder":
            assert not np.triu(found, 1).any(), "nothing flows back in time"
