"""Rows of several lengths in one pass give what each gives alone."""

from __future__ import annotations

import numpy as np
import pytest

from playground import capture
from playground.analysis import rows as rows_module
from playground.analysis.rows import log_probs_at
from playground.analysis.sampling import softmax
from tests.tiny import tiny

ROWS = [[20, 21, 22, 23], [30], [20, 21], [40, 41, 42, 43, 44], [50, 51]]
PLACES = [[1, 3], [0], [1], [4, 0], [0]]


@pytest.mark.parametrize("name", ["gpt2", "llama", "qwen2", "mistral", "gpt_neox"])
@pytest.mark.parametrize("most_tokens", [1, 12, 4096])
def test_rows_of_a_decoder(name: str, most_tokens: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows_module, "MOST_TOKENS", most_tokens)
    model = tiny(name)
    for row, places, found in zip(ROWS, PLACES, log_probs_at(model, ROWS, PLACES), strict=True):
        np.testing.assert_allclose(found.exp().numpy(), softmax(capture(model, row).logits[places]), atol=1e-5)


@pytest.mark.parametrize("name", ["marian", "t5-untied", "bart"])
def test_rows_of_an_encoder_decoder(name: str) -> None:
    model, source = tiny(name), [20, 21, 22]
    for row, places, found in zip(ROWS, PLACES, log_probs_at(model, ROWS, PLACES, source), strict=True):
        alone = capture(model, source, row)
        np.testing.assert_allclose(found.exp().numpy(), softmax(alone.logits[places]), atol=1e-5)


def test_cancelling_ends_the_list_early() -> None:
    assert log_probs_at(tiny("gpt2"), ROWS, PLACES, cancelled=lambda: True) == []
