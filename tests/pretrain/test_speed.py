"""The training-only shortcuts compute what the plain ways compute."""

from __future__ import annotations

import pytest
import torch
from torch import nn
from torch.nn import functional

from playground.pretrain.speed import add_dropout, products_attention


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("padded", [False, True])
def test_products_attention_is_attention(causal: bool, padded: bool) -> None:
    torch.manual_seed(0)
    query, key, value = torch.randn(3, 2, 4, 7, 8).unbind(0)
    mask = None
    if padded:
        mask = torch.ones(2, 1, 7, 7, dtype=torch.bool)
        mask[1, :, :, 5:] = False
        if causal:
            mask = mask.tril()
    expected = functional.scaled_dot_product_attention(query, key, value, mask, is_causal=causal and not padded)
    got, _ = products_attention(nn.Module(), query, key, value, mask, is_causal=causal)
    torch.testing.assert_close(got.transpose(1, 2), expected)


def test_dropout_drops_its_share_in_training_only() -> None:
    layer = nn.Sequential(nn.Identity())
    add_dropout(layer, ("0",), 0.25, torch.device("cpu"))
    ones = torch.ones(200, 300)
    dropped = layer.train()(ones)
    assert (dropped == 0).float().mean().item() == pytest.approx(0.25, abs=0.02)
    assert dropped.mean().item() == pytest.approx(1.0, abs=0.02)
    assert torch.equal(layer.eval()(ones), ones)


def test_a_renamed_module_does_not_lose_dropout_in_silence() -> None:
    with pytest.raises(ValueError, match="ends in"):
        add_dropout(nn.Linear(2, 2), ("c_proj",), 0.1, torch.device("cpu"))
